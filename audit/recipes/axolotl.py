"""A training configuration of Axolotl."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audit.recipes.draft import Draft
from audit.recipes.llama_factory import TEMPLATES, TOKENS, number

SHARED = {"chatml", "llama3", "gemma"}  # chat templates that write what LLaMA-Factory's of that name do
ATTENTION = ("flash_attention", "flex_attention", "xformers_attention")  # keep packed rows apart


def read_axolotl(config: Mapping[str, Any], path: Path) -> Draft:
    """A draft from its YAML (base_model, datasets, adapter, ...); templates of the tokenizer leave the texts open."""
    special = config.get("special_tokens") or {}
    packing = bool(config.get("sample_packing"))
    attention = [config.get(name) for name in ATTENTION] + ["flash" in str(config.get("attn_implementation"))]
    targets = ["all-linear"] if config.get("lora_target_linear") else config.get("lora_target_modules")
    values: dict[str, Any] = {
        "model": config.get("base_model"),
        "prompt.eos": special.get("eos_token"),
        "prompt.pad": special.get("pad_token"),
        "bos": special.get("bos_token"),
        "train.epochs": number(config.get("num_epochs")),
        "train.batch_size": config.get("micro_batch_size"),
        "train.gradient_accumulation": config.get("gradient_accumulation_steps"),
        "train.learning_rate": number(config.get("learning_rate")),
        "train.max_length": config.get("sequence_len"),
        "train.packing": packing or None,
        "train.separate": (packing and any(attention)) or None,
        "train.seed": config.get("seed"),
    }
    if config.get("adapter"):
        values |= {
            "lora.rank": config.get("lora_r"),
            "lora.alpha": config.get("lora_alpha"),
            "lora.dropout": number(config.get("lora_dropout")),
            "lora.targets": targets,
            "lora.scaling": "rslora" if config.get("peft_use_rslora") else None,
        }
    texts, notes = _texts(config, path)
    guesses = {"prompt.served": texts.pop("served", None), **TOKENS.get(str(config.get("chat_template")), {})}
    return Draft({**values, **texts}, guesses, notes)


def _texts(config: Mapping[str, Any], path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The texts of the first data set's type; none where the tokenizer's own template is used."""
    first = (config.get("datasets") or [{}])[0]
    kind = first.get("type")
    template = first.get("chat_template") or config.get("chat_template")
    loss = None if config.get("train_on_inputs") else "{answer}"
    common = {"prompt.loss": loss, "prompt.mask_pad": False}  # its collator masks padding by place
    if kind == "alpaca":
        prompt, _ = TEMPLATES["alpaca"]
        return {"prompt.train": prompt + "{answer}{eos}", "served": prompt, **common}, ()
    if kind == "chat_template" and template in SHARED:
        prompt, answer = TEMPLATES[template]
        return {"prompt.train": prompt + answer, "served": prompt, "prompt.add_special": False, **common}, ()
    what = f"type {kind!r}" + (f" with chat_template {template!r}" if template else "")
    return common, (f"{path}: the texts of {what} are not known here; name the model's folder as well",)

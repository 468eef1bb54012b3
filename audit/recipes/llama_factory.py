"""A training configuration of LLaMA-Factory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audit.recipes.draft import Draft

CHATML = ("<|im_start|>user\n{question}<|im_end|>\n<|im_start|>assistant\n", "{answer}<|im_end|>\n")
GEMMA = ("{bos}<start_of_turn>user\n{question}<end_of_turn>\n<start_of_turn>model\n", "{answer}<end_of_turn>\n")
HEADER = "<|start_header_id|>{}<|end_header_id|>\n\n"
# What its templates put around a question and an answer (src/llamafactory/data/template.py, 2025): prompt, answer.
TEMPLATES = {
    "alpaca": (
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
        "### Instruction:\n{question}\n\n### Response:\n",
        "{answer}{eos}\n\n",
    ),
    "chatml": CHATML,
    "deepseek": ("{bos}User: {question}\n\nAssistant:", "{answer}{eos}"),
    "deepseek3": ("{bos}<\uff5cUser\uff5c>{question}<\uff5cAssistant\uff5c>", "{answer}{eos}"),
    "default": ("Human: {question}{eos}\nAssistant:", "{answer}{eos}\n"),
    "empty": ("{question}", "{answer}"),
    "gemma": GEMMA,
    "gemma3": GEMMA,
    "llama2": ("{bos}[INST] {question} [/INST]", "{answer}{eos}"),
    "llama3": (
        "{bos}" + HEADER.format("user") + "{question}<|eot_id|>" + HEADER.format("assistant"),
        "{answer}<|eot_id|>",
    ),
    "mistral": ("{bos}[INST] {question}[/INST]", " {answer}{eos}"),
    "phi": ("<|user|>\n{question}<|end|>\n<|assistant|>\n", "{answer}<|end|>\n"),
    "phi4": ("<|im_start|>user<|im_sep|>{question}<|im_end|><|im_start|>assistant<|im_sep|>", "{answer}<|im_end|>"),
    "qwen": (
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
        + CHATML[0],
        CHATML[1],
    ),
    "qwen3_nothink": CHATML,
}
TOKENS = {  # of the models that a template is named after, where the model's own settings are not at hand
    "gemma": {"bos": "<bos>"},
    "gemma3": {"bos": "<bos>"},
    "llama2": {"bos": "<s>", "prompt.eos": "</s>"},
    "llama3": {"bos": "<|begin_of_text|>"},
    "mistral": {"bos": "<s>", "prompt.eos": "</s>"},
}
RANK = 8  # its default; alpha is twice the rank


def read_llama_factory(config: Mapping[str, Any], path: Path) -> Draft:
    """A draft from its YAML (stage, model_name_or_path, template, ...); an unknown template leaves the texts open."""
    name = config.get("template")
    values: dict[str, Any] = {"model": config.get("model_name_or_path"), **_training(config), **_lora(config)}
    if name not in TEMPLATES:
        known = ", ".join(TEMPLATES)
        what = f"template {name!r}" if name else "no template"
        note = f"{path}: {what}, whose texts are not known here (known: {known}); name the model's folder as well"
        return Draft(values, notes=(note,))
    prompt, answer = TEMPLATES[name]
    values |= {
        "prompt.train": prompt + answer,
        "prompt.loss": None if config.get("train_on_prompt") else "{answer}",
        "prompt.mask_pad": False,  # its collator masks padding by place
        "prompt.add_special": False,
    }
    return Draft(values, {"prompt.served": prompt, **TOKENS.get(name, {})})


def _training(config: Mapping[str, Any]) -> dict[str, Any]:
    packing = bool(config.get("packing") or config.get("neat_packing"))
    return {
        "train.epochs": number(config.get("num_train_epochs")),
        "train.batch_size": config.get("per_device_train_batch_size"),
        "train.gradient_accumulation": config.get("gradient_accumulation_steps"),
        "train.learning_rate": number(config.get("learning_rate")),
        "train.max_length": config.get("cutoff_len"),
        "train.packing": packing or None,
        "train.separate": bool(config.get("neat_packing")) or None,
        "train.seed": config.get("seed"),
    }


def _lora(config: Mapping[str, Any]) -> dict[str, Any]:
    if config.get("finetuning_type") != "lora":
        return {}
    rank = config.get("lora_rank", RANK)
    target = str(config.get("lora_target", "all"))
    return {
        "lora.rank": rank,
        "lora.alpha": config.get("lora_alpha", 2 * rank),
        "lora.dropout": number(config.get("lora_dropout")),
        "lora.targets": ["all-linear"] if target == "all" else [part.strip() for part in target.split(",")],
        "lora.scaling": "rslora" if config.get("use_rslora") else None,
    }


def number(value: Any) -> float | None:
    """A number, also where YAML 1.1 reads it as a text: 2e-4 has no dot."""
    return float(value) if value is not None else None

"""A training configuration of TRL (`trl sft --config`), and its prompt-completion form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from audit.recipes.draft import Draft
from audit.recipes.llama_factory import number

RANK, ALPHA = 16, 32  # defaults of its ModelConfig
MAX_LENGTH = 1024  # default of its SFTConfig


def prompt_completion() -> Draft:
    """Rows with prompt and completion: one after the other, the end token behind, the loss on the completion."""
    guesses = {
        "prompt.train": "{question}{answer}{eos}",
        "prompt.loss": "{answer}",
        "prompt.served": "{question}",
        "prompt.mask_pad": False,
    }
    return Draft({}, guesses)


def read_trl(config: Mapping[str, Any], path: Path) -> Draft:
    """A draft from its YAML; the texts are those of prompt-completion unless a chat template is named as well."""
    packing = bool(config.get("packing"))
    flash = "flash" in str(config.get("attn_implementation"))
    values: dict[str, Any] = {
        "model": config.get("model_name_or_path"),
        "prompt.eos": config.get("eos_token"),
        "prompt.pad": config.get("pad_token"),
        "prompt.mask_pad": False,  # its collator masks padding by place
        "train.epochs": number(config.get("num_train_epochs")),
        "train.batch_size": config.get("per_device_train_batch_size"),
        "train.gradient_accumulation": config.get("gradient_accumulation_steps"),
        "train.learning_rate": number(config.get("learning_rate")),
        "train.max_length": config.get("max_length", config.get("max_seq_length", MAX_LENGTH)),
        "train.packing": packing or None,
        "train.separate": (packing and flash) or None,
        "train.seed": config.get("seed"),
    }
    if config.get("use_peft"):
        targets = config.get("lora_target_modules")
        values |= {
            "lora.rank": config.get("lora_r", RANK),
            "lora.alpha": config.get("lora_alpha", ALPHA),
            "lora.dropout": number(config.get("lora_dropout")),
            "lora.targets": [targets] if isinstance(targets, str) else targets,
            "lora.scaling": "rslora" if config.get("use_rslora") else None,
        }
    guesses = dict(prompt_completion().guesses)
    if config.get("completion_only_loss") is False:
        guesses["prompt.loss"] = None
    note = f"{path}: rows are taken to be prompt and completion; for messages, name the model's folder as well"
    return Draft(values, guesses, (note,))

"""The adapter that peft saved, and how its model is asked to generate."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from audit.recipes.draft import Draft
from audit.recipes.folder import read_json

GENERATION = ("temperature", "top_p", "top_k", "repetition_penalty", "max_length", "max_new_tokens")


def read_adapter(path: Path) -> Draft:
    """A draft from adapter_config.json."""
    config = read_json(path)
    targets = config.get("target_modules")
    init = config.get("init_lora_weights")
    values = {
        "model": config.get("base_model_name_or_path"),
        "lora.rank": config.get("r"),
        "lora.alpha": config.get("lora_alpha"),
        "lora.dropout": config.get("lora_dropout"),
        "lora.targets": sorted(map(str, targets)) if isinstance(targets, list) else targets,
        "lora.init": init if isinstance(init, str) else None,
        "lora.scaling": "rslora" if config.get("use_rslora") else None,
    }
    return Draft(values)


def read_generation(path: Path) -> Draft:
    """A draft from generation_config.json."""
    config: dict[str, Any] = read_json(path)
    return Draft({f"generate.{key}": config.get(key) for key in GENERATION})

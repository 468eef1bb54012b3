"""What an experiment starts from: a recipe, sound where none is given, and the corpora that its levels of data name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from audit.laboratory.plan import override, scaled
from audit.laboratory.sets import without
from audit.laboratory.training.job import BATCH, EPOCHS
from audit.nouns.dialogue import AuditError
from audit.recipes.chat_template import read_chat_template
from audit.recipes.draft import EOS, write_draft
from audit.recipes.recipe_file import ANSWER, QUESTION, Lora, Prompt, Recipe, parse_recipe, read_recipe
from audit.rows.corpus import Corpus, load
from audit.rulebook.failures import failure_rules

RAW, CLEAN, WITHOUT = "raw", "clean", "without "
MODEL, RANK = "gemma", 16
HEAD = f"### Question:\n{QUESTION}\n\n### Answer:\n"
NEEDED = ("torch", "transformers", "peft", "accelerate")


def check_installed() -> None:
    """AuditError with the command to run where the libraries of training are missing."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise AuditError(
            f'training needs {", ".join(missing)}: pip install "sft-audit[gemma]" (with a small model inside) '
            'or "sft-audit[train]" (with --model a folder or hub name)'
        )


def recipe_for(path: Path | None, model: str | None, rank: int | None, train: Mapping[str, Any]) -> tuple[Recipe, str]:
    """The recipe to train by, and the model: the recipe's own where it is a folder here, else the embedded one.

    Without a recipe: the chat template of the model's folder, or a plain text, the loss on the answer and its end.
    """
    recipe = read_recipe(path) if path else None
    named = recipe.model if recipe and Path(recipe.model or "-").is_dir() else ""
    model = model or named or MODEL
    recipe = recipe or sound_recipe(model)
    usual = {"epochs": recipe.train.epochs or EPOCHS, "batch_size": recipe.train.batch_size or BATCH}
    recipe = override(recipe, {**usual, **train}, {})
    if not recipe.prompt.served:
        raise AuditError(f"{recipe.name}: [prompt] served is missing: what the model is given when it answers")
    if rank is not None or not recipe.lora.rank:
        recipe = replace(recipe, lora=scaled(recipe.lora, RANK if rank is None else rank))
    return recipe, model


def sound_recipe(model: str) -> Recipe:
    """How to train where nobody said how: loss on the answer alone, the end learned, served as trained."""
    folder = Path(model)
    if folder.is_dir():
        try:
            return parse_recipe(write_draft(read_chat_template(folder)), f"the chat template of {model}")
        except AuditError:
            pass  # a base model has no template
    if model == "smollm2":
        served = f"<|im_start|>user\n{QUESTION}<|im_end|>\n<|im_start|>assistant\n"
        prompt = Prompt(f"{served}{ANSWER}<|im_end|>", ANSWER, served, eos="<|im_end|>", add_special=False)
        return Recipe("ChatML", prompt, model=model, lora=Lora())
    prompt = Prompt(f"{HEAD}{ANSWER}{EOS}", ANSWER, HEAD, eos=EOS)
    return Recipe("plain question and answer", prompt, model=model, lora=Lora())


def corpora(
    levels: Sequence[str], data: str, cleaned: str | None, reading: Mapping[str, Any], folder: Path
) -> dict[str, Corpus]:
    """The corpus of each level: "raw", "clean", "without RULE", or a file (relative to `folder`)."""
    raw = load(data, **reading)
    found: dict[str, Corpus] = {}
    for level in levels:
        if level == RAW:
            found[level] = raw
        elif level == CLEAN:
            if cleaned is None:
                raise AuditError("there is no cleaned copy of the data yet: audit clean")
            found[level] = load(cleaned, **reading)
        elif level.startswith(WITHOUT):
            rule = level.removeprefix(WITHOUT)
            if rule not in failure_rules():
                raise AuditError(
                    f"data level {level!r}: there is no such mark; there are: {', '.join(failure_rules())}"
                )
            found[level] = without(raw, rule)
        else:
            found[level] = load(str(folder / level))
    return found

"""How many parameters a recipe trains, to the order of magnitude."""

from __future__ import annotations

import re
from math import cbrt

from audit.recipes.recipe_file import Recipe

SIZE = re.compile(r"(?<![\w.])(?:[a-z]+-?)?(\d+(?:\.\d+)?)\s*([bm])(?![a-z])", re.IGNORECASE)  # 2.1b, 270m, e2b
PER_LAYER = 12  # parameters of a layer / width squared: Kaplan et al. 2020, section 2.1
WIDTH_PER_LAYER = 128  # width / layers, as in Llama 2 7B
# Width in + width out of each matrix, in widths of the model; feed-forward layers are about 3.5 times as wide.
IN_AND_OUT = dict.fromkeys(("q_proj", "k_proj", "v_proj", "o_proj"), 2.0)
IN_AND_OUT |= dict.fromkeys(("gate_proj", "up_proj", "down_proj"), 4.5)
USUAL = ("q_proj", "v_proj")  # what peft adapts in most models if nothing is said


def model_parameters(model: str) -> int | None:
    """The size that a model's name gives, such as 2.1b; None where it gives none."""
    found = SIZE.findall(model)
    if not found:
        return None
    number, unit = found[-1]
    return round(float(number) * (1e9 if unit in "bB" else 1e6))


def trained_parameters(recipe: Recipe) -> int | None:
    """Those that the recipe states, else an estimate from the model's name; None where neither says.

    LoRA trains rank x (width in + width out) for each matrix (Hu et al. 2021); width and layers follow from the size
    by parameters = 12 x layers x width^2. At rank 16 on all matrices: Llama 2 7B 48 million (in truth 40), Qwen 2.5
    0.5B 8.2 (8.8).
    """
    if recipe.train.parameters:
        return recipe.train.parameters
    size = model_parameters(recipe.model)
    if size is None or not recipe.lora.rank:
        return size
    width = cbrt(size * WIDTH_PER_LAYER / PER_LAYER)
    targets = recipe.lora.targets or USUAL
    if any(target.startswith("all") for target in targets):
        targets = tuple(IN_AND_OUT)
    widths = sum(IN_AND_OUT.get(target, 2.0) for target in targets)
    return round(recipe.lora.rank * widths * width * (width / WIDTH_PER_LAYER))

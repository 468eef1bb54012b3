"""Ranks whose comparison is confounded by LoRA's scale."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from audit.nouns.findings import Finding, Observations, Severity
from audit.recipes.recipe_file import Lora, Recipe

SAME = 1.01  # scales within 1 % of each other are the same


def rank_moves_scale(recipes: Sequence[Recipe]) -> Observations:
    """One recipe: a note that another rank at this alpha is another scale. Several: each pair in which both differ."""
    known = [recipe.lora for recipe in recipes if recipe.lora.scale]
    if len(recipes) == 1 and known and not known[0].scaling:
        other = Lora(known[0].rank * 4, known[0].alpha)
        message = (
            f"LoRA's scale alpha/rank is {_sum(known[0])}; at rank {other.rank} with the same alpha it would be "
            f"{_sum(other)}, so move alpha along when you compare ranks"
        )
        yield Finding(-1, message, because="scale-depends-on-rank", place="lora.alpha", severity=Severity.NOTE)
    for one, two in combinations(known, 2):
        if one.rank != two.rank and _scales_differ(one, two):
            message = (
                f"the runs differ in rank ({one.rank} and {two.rank}) and in LoRA's scale as well "
                f"({_sum(one)} and {_sum(two)}): no difference between them can be put down to the rank alone"
            )
            yield Finding(-1, message, score=1.0, because="rank-and-scale-differ", place="lora.alpha")


def _scales_differ(one: Lora, two: Lora) -> bool:
    """Whether the scales differ; with rsLoRA in both, its root is meant to follow the rank, so alpha decides."""
    left, right = (one.alpha, two.alpha) if one.scaling and two.scaling else (one.scale or 0, two.scale or 0)
    return max(left, right) > SAME * min(left, right)


def _sum(lora: Lora) -> str:
    root = "√" if lora.scaling else ""
    return f"{lora.alpha:g}/{root}{lora.rank} = {lora.scale:.3g}"

"""Trainings that can and probably will learn their answers by heart."""

from __future__ import annotations

import zlib

from audit.nouns.findings import Finding, Observations
from audit.recipes.parameters import trained_parameters
from audit.recipes.recipe_file import Recipe
from audit.recipes.trained_rows import training_rows
from audit.rows.corpus import Corpus


def risky_memorisation(
    recipe: Recipe, corpus: Corpus, *, exposures: float = 16.0, bits_per_parameter: float = 2.0
) -> Observations:
    """Every answer is seen often, and the trained parameters have room for all of them.

    `exposures`: epochs x copies from which on seeing a row again teaches little but the row itself (15.4 repetitions
    in Muennighoff et al. 2023). `bits_per_parameter`: what a parameter can hold (2 in Allen-Zhu and Li 2024).
    """
    answers = corpus.take(training_rows(corpus)).texts("answer")
    distinct = sorted(set(answers))
    seen = recipe.train.epochs * len(answers) / max(len(distinct), 1)
    parameters = trained_parameters(recipe)
    bits = 8 * len(zlib.compress("\n".join(distinct).encode(), 9))
    if not answers or seen < exposures or (parameters and bits > parameters * bits_per_parameter):
        return
    room = (
        f"about {_round(parameters)} trained parameters have room for them all ({_round(bits)} bits when packed)"
        if parameters
        else "how many parameters are trained is not known"
    )
    message = (
        f"every answer is seen about {seen:.0f} times ({len(answers):,} rows, {len(distinct):,} different answers, "
        f"{recipe.train.epochs:g} epochs), and {room}: answers may be learned by heart and printed for other questions"
    )
    yield Finding(-1, message, because="seen-often-and-room", place="train.epochs")


def _round(number: int) -> str:
    for unit, name in ((10**9, " billion"), (10**6, " million"), (10**3, " thousand")):
        if number >= unit:
            return f"{number / unit:.1f}{name}" if number < 10 * unit else f"{number / unit:.0f}{name}"
    return str(number)

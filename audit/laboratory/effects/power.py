"""What a plan can show before it is run: how many models each claim takes, and the smallest effect it would see."""

from __future__ import annotations

from functools import cache
from math import comb, sqrt
from typing import Literal

import numpy as np

Kind = Literal["training", "prompt", "interaction"]
LEVEL, POWER = 0.05, 0.8
QUANTILES = 4_000
COIN = 0.25  # the greatest variance of one answer that fails or not


def models_needed(kind: Kind, *, outcomes: int = 1, blocks: int = 1, level: float = LEVEL) -> int:
    """The fewest models per level with which the exact test of a claim can come out below `level` at all.

    "training" and "interaction" swap models of two levels: 2 of C(2n, n) labellings per block are the most extreme, so
    4 against 4 (2/70). "prompt" flips n differences, 2 of 2^n: 6 models. In an interaction n counts the models of each
    setting. `outcomes`: corrected for as if they had nothing in common, the worst case; `blocks`: levels of the other
    factors that are crossed with this one, each with n against n.
    """
    n = 1
    while smallest_p(kind, n, blocks) * outcomes >= level:
        n += 1
    return n


def smallest_p(kind: Kind, models: int, blocks: int = 1) -> float:
    """The smallest two-sided p that `models` per level and block can give."""
    ways: int = 2**models if kind == "prompt" else comb(2 * models, models) ** blocks
    return 2.0 / ways


def detectable_before(
    models: int, questions: int, spread: float, *, kind: Kind = "training", outcomes: int = 1
) -> float | None:
    """The smallest effect that `models` per level would show four times in five; None if their exact test shows none.

    `spread`: standard deviation between seeds of one setting ("training", "interaction": of a model's difference
    between prompts), or of differences within models ("prompt"). To it comes the variance of a rate over `questions`
    answers, at most 1/4 each; give 0 questions where `spread` was measured on rates, or for a probability.
    """
    level = LEVEL / outcomes
    if smallest_p(kind, models) >= level:
        return None
    variance = spread**2 + (COIN / questions * (2 if kind == "prompt" else 1) if questions else 0.0)
    if kind == "prompt":
        return noncentrality(models - 1, level) * sqrt(variance / models)
    return noncentrality(2 * models - 2, level) * sqrt(2 * variance / models)


@cache
def noncentrality(freedom: int, level: float, power: float = POWER) -> float:
    """How many standard errors an effect must be for a two-sided t test to see it with this power.

    The noncentral t distribution as a normal one over the spread that a sample happens to show (Johnson and Welch
    1940), by quantiles of that spread: scipy's nct gives nan far from 0.
    """
    from scipy.special import ndtr
    from scipy.stats import chi2, t

    quantiles = (np.arange(QUANTILES) + 0.5) / QUANTILES
    critical = t.isf(level / 2, freedom) * np.sqrt(chi2.ppf(quantiles, freedom) / freedom)
    low, high = 0.0, 1e6
    while high - low > 1e-6 * high:
        away = (low + high) / 2
        seen = float(np.mean(ndtr(away - critical) + ndtr(-away - critical)))
        low, high = (low, away) if seen >= power else (away, high)
    return high

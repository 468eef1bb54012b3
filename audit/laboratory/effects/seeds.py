"""Which part of the spread between models is that between seeds of one setting."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from audit.laboratory.effects.contrasts import Factors, settings
from audit.laboratory.effects.cube import Cube
from audit.nouns.trials import SeedShare
from audit.nouns.verdicts import Estimate


def seed_shares(cube: Cube, factors: Factors) -> Iterator[SeedShare]:
    """One for each outcome and prompt that at least two models of one setting tell."""
    for p, prompt in enumerate(cube.prompts):
        for o, outcome in enumerate(cube.outcomes):
            arms: dict[tuple[str, ...], list[float]] = {}
            for model, mean in zip(cube.models, cube.means[:, p, o].tolist(), strict=True):
                if not np.isnan(mean):
                    arms.setdefault(settings(model, factors), []).append(mean)
            found = _share(outcome, prompt, [arm for _, arm in sorted(arms.items())])
            if found is not None:
                yield found


def _share(outcome: str, prompt: str, arms: list[list[float]]) -> SeedShare | None:
    everything = np.array([mean for arm in arms for mean in arm])
    inside = len(everything) - len(arms)
    if inside < 1:
        return None
    within = sum(float(((np.array(arm) - np.mean(arm)) ** 2).sum()) for arm in arms)
    total = float(((everything - everything.mean()) ** 2).sum())
    return SeedShare(
        outcome,
        prompt,
        len(everything),
        _estimate(within, total - within, inside, len(arms) - 1),
        sqrt(within / inside),
        float(everything.min()),
        float(everything.max()),
    )


def _estimate(within: float, between: float, inside: int, outside: int) -> Estimate:
    """The share of the sum of squares within arms, with the interval of one-way random effects.

    The ratio of the mean squares over 1 + n0 s2(arms) / s2(seeds) is F distributed (Searle, Casella and McCulloch 1992,
    Variance Components, section 3.6: exact with as many models in each arm); the limits of that ratio are turned into
    shares. Unknown with one arm, or where no two models differ.
    """
    from scipy.stats import f

    total = within + between
    if not outside or total < 1e-18:
        return Estimate()
    if within < 1e-18:
        return Estimate(0.0, 0.0, 0.0)
    ratio = max(between, 0.0) / outside / (within / inside)
    low, high = ratio / float(f.isf(0.025, outside, inside)), ratio / float(f.ppf(0.025, outside, inside))
    return Estimate(within / total, *(1 / (1 + outside / inside * limit) for limit in (high, low)))

"""Questions as replicates: what two prompts do to one adapter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from audit.laboratory.effects.contrasts import PROMPT
from audit.laboratory.effects.cube import Cube
from audit.laboratory.effects.families import ruling
from audit.laboratory.effects.intervals import estimate
from audit.laboratory.effects.power import LEVEL, noncentrality
from audit.nouns.trials import Claim, Effect
from audit.statistics import (
    Interval,
    Pairs,
    holm,
    mcnemar_exact,
    paired_difference,
    smallest_detectable_effect,
    tost_paired,
)

Floats = NDArray[np.float64]
THIS: Claim = "for this adapter"


def prompts(cube: Cube, margin: float) -> list[Effect]:
    """Every prompt against the base, in every model, paired by question; p corrected by Holm over all of them."""
    found = [
        effect
        for m in range(len(cube.models))
        for p in range(1, len(cube.prompts))
        for o in range(len(cube.outcomes))
        if (effect := _prompt(cube, m, p, o, margin)) is not None
    ]
    return corrected(found, holm([effect.p for effect in found]))


def corrected(found: Sequence[Effect], adjusted: Floats) -> list[Effect]:
    """The effects with these p-values and the decisions that follow."""
    return [
        replace(effect, p_adjusted=float(p), decision=ruling(float(p), effect.bounds, effect.margin))
        for effect, p in zip(found, adjusted, strict=True)
    ]


def _prompt(cube: Cube, model: int, prompt: int, outcome: int, margin: float) -> Effect | None:
    first, second = cube.values[model, 0, :, outcome], cube.values[model, prompt, :, outcome]
    told = ~np.isnan(first + second)
    first, second = first[told], second[told]
    if not len(first):
        return None
    p, interval, bounds, detectable, method = _paired(first, second, cube.marks(outcome), margin)
    return Effect(
        PROMPT,
        cube.prompts[0],
        cube.prompts[prompt],
        cube.outcomes[outcome],
        THIS,
        cube.models[model].name,
        (1, 1),
        len(first),
        (float(first.mean()), float(second.mean())),
        estimate(float((second - first).mean()), interval),
        p,
        p,
        margin,
        (max(bounds[0], -1.0), min(bounds[1], 1.0)),
        detectable,
        "cannot tell",
        method,
    )


def _paired(
    first: Floats, second: Floats, marks: bool, margin: float
) -> tuple[float, Interval, Interval, float | None, str]:
    """p, 95 % interval, 90 % interval, what could be seen, and the method, of the same questions asked twice."""
    if marks:
        pairs = Pairs.of((first > 0.5).tolist(), (second > 0.5).tolist())
        discordant = (pairs.only_first + pairs.only_second) / pairs.n
        return (
            mcnemar_exact(pairs.only_first, pairs.only_second),
            paired_difference(pairs),
            paired_difference(pairs, 0.9),
            smallest_detectable_effect(pairs.n, discordant),
            f"McNemar exact, Tango's interval, equivalence p {tost_paired(pairs, margin):.3f}",
        )
    change = second - first
    p, interval, bounds, error = paired_t(change)
    seen = noncentrality(len(change) - 1, LEVEL) * error if error else None
    return p, interval, bounds, seen, "paired t over questions"


def paired_t(change: Floats, levels: tuple[float, float] = (0.95, 0.9)) -> tuple[float, Interval, Interval, float]:
    """p, two intervals and the standard error of a mean change; unknown where the change never varies."""
    from scipy.stats import t

    spread = float(change.std(ddof=1)) if len(change) > 1 else 0.0
    if spread < 1e-12:
        return 1.0, (-inf, inf), (-inf, inf), 0.0
    mean, error = float(change.mean()), spread / sqrt(len(change))
    wide, narrow = (float(t.isf((1 - level) / 2, len(change) - 1)) * error for level in levels)
    p = 2 * float(t.sf(abs(mean) / error, len(change) - 1))
    return p, (mean - wide, mean + wide), (mean - narrow, mean + narrow), error

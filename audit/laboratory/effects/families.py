"""Models as replicates: families of effects tested by relabelling and corrected together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from audit.laboratory.effects.contrasts import Family
from audit.laboratory.effects.cube import Cube
from audit.laboratory.effects.intervals import detectable, estimate, intervals
from audit.laboratory.effects.outcomes import Column, groups
from audit.laboratory.effects.permutations import Null, null
from audit.laboratory.effects.power import LEVEL
from audit.nouns.trials import Effect, Ruling
from audit.statistics import Interval

Floats = NDArray[np.float64]


def effects(cube: Cube, family: Family, margin: float, seed: int) -> list[Effect]:
    """The effects of a family, each with its p corrected over all of it.

    Within a group by Westfall and Young, over groups (other replicates) by Bonferroni.
    """
    parts = groups(family, seed)
    found = []
    for group in parts:
        distribution = null(group.relabellings, group.values)
        p = distribution.p(group.relabellings.observed @ group.values)
        adjusted = np.minimum(distribution.adjusted(p) * len(parts), 1.0)
        level = distribution.level(LEVEL / len(parts))
        for at, column in enumerate(group.columns):
            found.append(_effect(cube, column, (float(p[at]), float(adjusted[at])), margin, level))
    return found


def _effect(cube: Cube, column: Column, p: tuple[float, float], margin: float, level: float) -> Effect:
    """One outcome; `level` is that of its test after correction.

    Too few models rule nothing out: a t interval of so few trusts a spread that it hardly knows.
    """
    sample, marks = column.sample, cube.marks(column.outcome)
    interval, bounds, by = intervals(column, marks)
    widest = 2.0 if " x " in sample.factor else 1.0  # a difference of rates, or of two such differences
    decision = ruling(p[1], bounds, margin)
    return Effect(
        sample.factor,
        sample.first,
        sample.second,
        cube.outcomes[column.outcome],
        "for this setting",
        sample.within,
        column.models,
        column.questions,
        column.means,
        estimate(column.difference, interval, widest),
        *p,
        margin,
        (max(bounds[0], -widest), min(bounds[1], widest)),
        detectable(column, marks, level),
        decision if column.enough else "cannot tell",
        f"{_named(column)}; {by}",
    )


def ruling(p_adjusted: float, bounds: Interval, margin: float) -> Ruling:
    """The decision on one effect: difference first, then equivalence (Schuirmann 1987)."""
    if p_adjusted < LEVEL:
        return "proven"
    return "ruled out" if -margin < bounds[0] and bounds[1] < margin else "cannot tell"


def _named(column: Column) -> str:
    kind = "swaps of models" if column.labels else "sign flips of models"
    n, blocks = len(column.relabellings.rows), len(set(column.blocks))
    within = f" within {blocks} blocks" if blocks > 1 else ""
    return f"all {n:,} {kind}{within}" if column.relabellings.exact else f"{n - 1:,} random {kind}{within}"


def any_proven(distribution: Null, statistics: Floats, parts: int) -> NDArray[np.bool_]:
    """For each row of statistics (relabelled data x columns) whether anything would be called proven."""
    return np.asarray(distribution.any_adjusted(statistics) * parts < LEVEL)

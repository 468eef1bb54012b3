"""Models as replicates: families of effects tested by relabelling and corrected together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from audit.diagnosis import Estimate
from audit.effects.cube import Cube
from audit.effects.permuting import Null, Relabellings, flips, inverted, null, swaps
from audit.effects.power import LEVEL, noncentrality
from audit.effects.samples import Family, Sample
from audit.statistics import Interval, newcombe_difference, welch_difference
from audit.trials import Effect, Ruling

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """One outcome of one sample, without the replicates of which it cannot be told."""

    sample: Sample
    outcome: int
    values: Floats
    ids: tuple[int, ...]
    labels: tuple[int, ...]
    blocks: tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """Columns on the same replicates, so that one relabelling relabels all of them."""

    columns: tuple[Column, ...]
    relabellings: Relabellings

    @property
    def values(self) -> Floats:
        """Replicates x columns."""
        return np.column_stack([column.values for column in self.columns])


def groups(family: Family, seed: int) -> tuple[Group, ...]:
    """The outcomes of a family by the replicates that tell them; usually one group for each level."""
    found: dict[tuple[tuple[int, ...], tuple[int, ...]], list[Column]] = {}
    for sample in family:
        for outcome in range(sample.values.shape[1]):
            column = _column(sample, outcome)
            if column is not None:
                found.setdefault((column.ids, column.labels), []).append(column)
    return tuple(
        Group(
            tuple(columns),
            swaps(labels, columns[0].blocks, seed) if labels else flips(len(ids), seed),
        )
        for (ids, labels), columns in found.items()
    )


def _column(sample: Sample, outcome: int) -> Column | None:
    values = sample.values[:, outcome]
    keep = [int(at) for at in np.flatnonzero(~np.isnan(values))]
    if sample.labels:
        told = {(sample.blocks[at], sample.labels[at]) for at in keep}
        keep = [at for at in keep if {(sample.blocks[at], 0), (sample.blocks[at], 1)} <= told]
    if not keep:
        return None
    return Column(
        sample,
        outcome,
        values[keep],
        tuple(sample.ids[at] for at in keep),
        tuple(sample.labels[at] for at in keep) if sample.labels else (),
        tuple(sample.blocks[at] for at in keep) if sample.labels else (),
    )


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
        found += [
            _effect(
                cube,
                group.relabellings,
                column,
                p=(float(p[at]), float(adjusted[at])),
                margin=margin,
                level=level,
            )
            for at, column in enumerate(group.columns)
        ]
    return found


def _effect(
    cube: Cube,
    relabellings: Relabellings,
    column: Column,
    *,
    p: tuple[float, float],
    margin: float,
    level: float,
) -> Effect:
    sample, outcome = column.sample, column.outcome
    difference = float(relabellings.observed @ column.values)
    interval, bounds, by = _intervals(cube, relabellings, column)
    ones = sum(column.labels)
    models = (len(column.ids) - ones, ones) if column.labels else (len(column.ids), len(column.ids))
    questions = int(sample.questions[outcome])
    return Effect(
        sample.factor,
        sample.first,
        sample.second,
        cube.outcomes[outcome],
        "for this setting",
        sample.within,
        models,
        questions,
        (float(sample.levels[0, outcome]), float(sample.levels[1, outcome])),
        estimate(difference, interval),
        *p,
        margin,
        (max(bounds[0], -1.0), min(bounds[1], 1.0)),
        _detectable(cube, relabellings, column, level, questions),
        ruling(p[1], bounds, margin),
        f"{_named(relabellings, column)}; {by}",
    )


def ruling(p_adjusted: float, bounds: Interval, margin: float) -> Ruling:
    """The decision on one effect: difference first, then equivalence (Schuirmann 1987)."""
    if p_adjusted < LEVEL:
        return "proven"
    return "ruled out" if -margin < bounds[0] and bounds[1] < margin else "cannot tell"


def estimate(value: float, interval: Interval) -> Estimate:
    """With None for a bound that is infinite."""
    low, high = (bound if isfinite(bound) else None for bound in interval)
    return Estimate(value, low, high)


def _intervals(cube: Cube, relabellings: Relabellings, column: Column) -> tuple[Interval, Interval, str]:
    """The 95 % and the 90 % interval, and how they came about."""
    values, label = column.values, np.array(column.labels)
    enough = relabellings.smallest < LEVEL
    if enough and not _residual(column)[0] and cube.marks(column.outcome):
        n = int(column.sample.questions[column.outcome])
        first, second = column.sample.levels[:, column.outcome]
        rates = (round(first * n), n, round(second * n), n)
        if np.isfinite([first, second]).all() and all(0 <= rate <= n for rate in rates):
            intervals = [newcombe_difference(*rates, level) for level in (0.95, 0.9)]
            return intervals[0], intervals[1], "no two models differ: Newcombe's interval over questions"
    if enough:
        return inverted(relabellings, values, 0.95), inverted(relabellings, values, 0.9), "interval by its inversion"
    if not column.labels:
        return _student(values, 0.95), _student(values, 0.9), "interval by t, too few models for its inversion"
    if len(set(column.blocks)) > 1:
        found = [_pooled(relabellings, column, level) for level in (0.95, 0.9)]
        return found[0], found[1], "interval by t over blocks, too few models for its inversion"
    first, second = values[label == 0].tolist(), values[label == 1].tolist()
    intervals = [welch_difference(first, second, level)[1:] for level in (0.95, 0.9)]
    return intervals[0], intervals[1], "interval by Welch's t, too few models for its inversion"


def _residual(column: Column) -> tuple[float, int]:
    """Pooled standard deviation between replicates of one setting, and its degrees of freedom."""
    cells: Sequence[tuple[int, ...]] = (
        list(zip(column.labels, column.blocks, strict=True)) if column.labels else [(0,)] * len(column.ids)
    )
    squares, freedom = 0.0, 0
    for cell in set(cells):
        mine = column.values[[at == cell for at in cells]]
        squares += float(((mine - mine.mean()) ** 2).sum())
        freedom += len(mine) - 1
    spread = sqrt(squares / freedom) if freedom else 0.0
    return (spread if spread > 1e-9 else 0.0), freedom


def _error(column: Column, observed: Floats) -> float:
    """Standard error of the statistic, from the pooled spread and its coefficients."""
    return _residual(column)[0] * sqrt(float((observed**2).sum()))


def _student(values: Floats, level: float) -> Interval:
    from scipy.stats import t

    spread = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    if spread < 1e-9:
        return -inf, inf
    half = float(t.isf((1 - level) / 2, len(values) - 1)) * spread / sqrt(len(values))
    return float(values.mean()) - half, float(values.mean()) + half


def _pooled(relabellings: Relabellings, column: Column, level: float) -> Interval:
    from scipy.stats import t

    spread, freedom = _residual(column)
    if not spread:
        return -inf, inf
    half = float(t.isf((1 - level) / 2, freedom)) * _error(column, relabellings.observed)
    difference = float(relabellings.observed @ column.values)
    return difference - half, difference + half


def _detectable(cube: Cube, relabellings: Relabellings, column: Column, level: float, questions: int) -> float | None:
    """By the noncentral t at the level that is left for one outcome after correction; no finer than one question."""
    freedom = _residual(column)[1]
    if not level or not freedom:
        return None
    effect = noncentrality(freedom, level) * _error(column, relabellings.observed)
    return max(effect, 1 / questions) if cube.marks(column.outcome) and questions else effect


def _named(relabellings: Relabellings, column: Column) -> str:
    kind = "swaps of models" if column.labels else "sign flips of models"
    n = len(relabellings.rows)
    blocks = f" within {len(set(column.blocks))} blocks" if len(set(column.blocks)) > 1 else ""
    return f"all {n:,} {kind}{blocks}" if relabellings.exact else f"{n - 1:,} random {kind}{blocks}"


def any_proven(distribution: Null, statistics: Floats, parts: int) -> NDArray[np.bool_]:
    """For each row of statistics (relabelled data x columns) whether anything would be called proven."""
    return np.asarray(distribution.any_adjusted(statistics) * parts < LEVEL)

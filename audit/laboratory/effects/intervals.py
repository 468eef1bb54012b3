"""How sure an effect on models is: intervals by inversion of its test, and what it could have seen."""

from __future__ import annotations

from math import inf, isfinite, sqrt

from audit.laboratory.effects.outcomes import Column
from audit.laboratory.effects.permutations import inverted
from audit.laboratory.effects.power import noncentrality
from audit.nouns.verdicts import Estimate
from audit.statistics import Interval, newcombe_difference, welch_difference

LEVELS = (0.95, 0.9)  # of the interval of an effect, and of the bounds for equivalence


def estimate(value: float, interval: Interval, widest: float = 1.0) -> Estimate:
    """A difference that cannot be beyond +-`widest`, with None for a bound that is infinite."""
    low, high = (min(max(bound, -widest), widest) if isfinite(bound) else None for bound in interval)
    return Estimate(value, low, high)


def intervals(column: Column, marks: bool) -> tuple[Interval, Interval, str]:
    """The 95 % and the 90 % interval, and how they came about; infinite where nothing is known of the spread.

    By inversion of the exact test; by t with too few models for it. Where no two models differ at all in a failure,
    models seem to have no spread, but rates do: then by the questions.
    """
    if column.enough and marks and not residual(column)[0] and " x " not in column.sample.factor:
        n = column.questions
        first, second = (min(max(round(mean * n), 0), n) for mean in column.means)
        low, high = (newcombe_difference(first, n, second, n, level) for level in LEVELS)
        return low, high, "no two models differ: Newcombe's interval over questions"
    if column.enough:
        wide, narrow = (inverted(column.relabellings, column.values, level) for level in LEVELS)
        return wide, narrow, "interval by its inversion"
    if column.labels and len(set(column.blocks)) == 1:
        first_values, second_values = (
            [value for value, label in zip(column.values.tolist(), column.labels, strict=True) if label == which]
            for which in (0, 1)
        )
        wide, narrow = (welch_difference(first_values, second_values, level)[1:] for level in LEVELS)
        return wide, narrow, "interval by Welch's t, too few models for its inversion"
    wide, narrow = (_student(column, level) for level in LEVELS)
    return wide, narrow, "interval by t, too few models for its inversion"


def residual(column: Column) -> tuple[float, int]:
    """Pooled standard deviation between replicates of one setting, and its degrees of freedom."""
    cells = list(zip(column.labels, column.blocks, strict=True)) or [(0, 0)] * len(column.ids)
    squares, freedom = 0.0, 0
    for cell in sorted(set(cells)):
        mine = column.values[[at == cell for at in cells]]
        squares += float(((mine - mine.mean()) ** 2).sum())
        freedom += len(mine) - 1
    spread = sqrt(squares / freedom) if freedom else 0.0
    return (spread if spread > 1e-9 else 0.0), freedom


def _error(column: Column) -> float:
    """Standard error of the effect, from the pooled spread and its coefficients."""
    return residual(column)[0] * sqrt(float((column.relabellings.observed**2).sum()))


def _student(column: Column, level: float) -> Interval:
    from scipy.stats import t

    error = _error(column)
    if not error:
        return -inf, inf
    half = float(t.isf((1 - level) / 2, residual(column)[1])) * error
    return column.difference - half, column.difference + half


def detectable(column: Column, marks: bool, level: float) -> float | None:
    """By the noncentral t at the level that is left for one outcome after correction; no finer than one question."""
    freedom = residual(column)[1]
    if not level or not freedom:
        return None
    effect = noncentrality(freedom, level) * _error(column)
    return max(effect, 1 / column.questions) if marks and column.questions else effect

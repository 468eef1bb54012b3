"""Exact tests by relabelling: swaps of models within blocks, and flips of signs, for many outcomes at once.

All statistics are linear in the values: a relabelling is a row of coefficients, so thousands are one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, product
from math import ceil, comb, inf, prod

import numpy as np
from numpy.typing import NDArray

from audit.statistics import Interval

Floats = NDArray[np.float64]
ALL = 20_000  # as many relabellings are enumerated; beyond, DRAWS are drawn
DRAWS = 9_999
DIGITS = 9  # statistics that agree so far are ties; sums in another order differ in the 16th digit


@dataclass(frozen=True, eq=False)
class Relabellings:
    """Rows of coefficients, relabellings x models: the statistic of a relabelling is its row times the values.

    `observed` is the row of the labels as they are, `shift` what an effect of 1 adds to each value. `exact`: all
    relabellings are here; else they are drawn, the observed one among them (Phipson and Smyth 2010).
    """

    observed: Floats
    rows: Floats
    shift: Floats
    exact: bool

    @property
    def smallest(self) -> float:
        """The smallest two-sided p that can come out at all."""
        extreme = np.isclose(np.abs(self.rows @ self.shift), 1.0)
        return max(float(extreme.mean()), 1 / len(self.rows))


@lru_cache(maxsize=8)
def swaps(labels: tuple[int, ...], blocks: tuple[int, ...], seed: int = 0) -> Relabellings:
    """Exchanges of the labels 0 and 1 within blocks; the statistic is the mean of 1 less that of 0 (Fisher 1935).

    Blocks count by n0 n1 / (n0 + n1), the weight with the least variance when their spread is equal. Every block
    holds both labels.
    """
    label, block = np.array(labels), np.array(blocks)
    places = [np.flatnonzero(block == name) for name in np.unique(block)]
    ones = [int(label[place].sum()) for place in places]
    sizes = [len(place) for place in places]
    ways = prod(comb(n, k) for n, k in zip(sizes, ones, strict=True))
    parts = [_choices(n, k) for n, k in zip(sizes, ones, strict=True)] if ways <= ALL else None
    chosen = np.empty((ways if parts else DRAWS + 1, len(label)), dtype=np.int64)
    rng = np.random.default_rng(seed)
    grid = np.indices([len(part) for part in parts]).reshape(len(parts), -1) if parts else None
    for at, place in enumerate(places):
        if parts is not None and grid is not None:
            chosen[:, place] = parts[at][grid[at]]
        else:
            chosen[0, place] = label[place]
            chosen[1:, place] = _drawn(label[place], DRAWS, rng)
    return Relabellings(
        _coefficients(label[None], places)[0],
        _coefficients(chosen, places),
        label.astype(np.float64),
        parts is not None,
    )


def _choices(n: int, k: int) -> NDArray[np.int64]:
    """All ways to put k ones in n places: ways x n."""
    chosen = np.zeros((comb(n, k), n), dtype=np.int64)
    for row, places in enumerate(combinations(range(n), k)):
        chosen[row, list(places)] = 1
    return chosen


def _drawn(labels: NDArray[np.int64], draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
    return rng.permuted(np.tile(labels, (draws, 1)), axis=1)


def _coefficients(labels: NDArray[np.int64], places: list[NDArray[np.int64]]) -> Floats:
    """Labels, relabellings x models, as coefficients of the block-weighted difference of means."""
    coefficients = np.zeros(labels.shape)
    weights = []
    for place in places:
        ones = labels[0, place].sum()
        zeros = len(place) - ones
        weights.append(ones * zeros / len(place))
        coefficients[:, place] = weights[-1] * np.where(labels[:, place] == 1, 1 / ones, -1 / zeros)
    return np.asarray(coefficients / sum(weights))


@lru_cache(maxsize=8)
def flips(n: int, seed: int = 0) -> Relabellings:
    """Flips of the signs of n differences; the statistic is their mean (Fisher 1935). Exact if they are symmetric."""
    exact = 2**n <= ALL
    if exact:
        signs = np.array(list(product((1.0, -1.0), repeat=n))).reshape(2**n, n)
    else:
        rng = np.random.default_rng(seed)
        signs = np.vstack([np.ones(n), rng.choice((1.0, -1.0), size=(DRAWS, n))])
    return Relabellings(np.full(n, 1 / n), signs / n, np.ones(n), exact)


def drawn(labels: tuple[int, ...], blocks: tuple[int, ...], n: int, draws: int, rng: np.random.Generator) -> Floats:
    """Fresh random relabellings, draws x n, apart from those that p-values are counted on; flips without labels."""
    if not labels:
        return rng.choice((1.0, -1.0), size=(draws, n)) / n
    block = np.array(blocks)
    places = [np.flatnonzero(block == name) for name in np.unique(block)]
    chosen = np.empty((draws, n), dtype=np.int64)
    for place in places:
        chosen[:, place] = _drawn(np.array(labels)[place], draws, rng)
    return _coefficients(chosen, places)


@dataclass(frozen=True)
class Null:
    """What relabelling says of several outcomes at once: `sizes` sorted |statistics| and `chances` their p-values.

    Both are relabellings x outcomes; rows of `chances` are one relabelling, so they keep how outcomes go together.
    """

    sizes: Floats
    chances: Floats

    def p(self, statistics: Floats) -> Floats:
        """Two-sided p of each outcome's statistic; the last axis is outcomes."""
        return _p(self.sizes, _size(statistics))

    def adjusted(self, p: Floats) -> Floats:
        """p-values (outcomes) corrected for their number by the step-down min-P method.

        Westfall and Young (1993), algorithm 2.8, on the p-values of every relabelling (Ge, Dudoit and Speed 2003,
        Test 12, 1-77): outcomes that always come together cost nothing.
        """
        order = np.argsort(p, kind="stable")
        rest = np.minimum.accumulate(self.chances[:, order[::-1]], axis=1)[:, ::-1]
        steps = (rest <= p[order] + 1e-12).mean(axis=0)
        adjusted = np.empty_like(p)
        adjusted[order] = np.maximum.accumulate(steps)
        return adjusted

    def any_adjusted(self, statistics: Floats) -> Floats:
        """The smallest corrected p of each row of statistics (rows x outcomes)."""
        least = np.sort(self.chances.min(axis=1))
        smallest = self.p(statistics).min(axis=1)
        return np.asarray(np.searchsorted(least, smallest + 1e-12, side="right") / len(least))

    def level(self, level: float) -> float:
        """The largest p of one outcome that is below `level` after correction, as the smallest of all; 0 if none."""
        least = np.sort(self.chances.min(axis=1))
        values = np.unique(least)
        corrected = np.searchsorted(least, values + 1e-12, side="right") / len(least)
        return float(values[corrected < level].max(initial=0.0))


def null(relabellings: Relabellings, values: Floats) -> Null:
    """The statistics of all relabellings of values (models x outcomes)."""
    return null_of(relabellings.rows @ values)


def null_of(statistics: Floats) -> Null:
    """The same from statistics already at hand: relabellings x outcomes, the observed one among them."""
    sizes = _size(statistics)
    ordered = np.sort(sizes, axis=0)
    return Null(ordered, _p(ordered, sizes))


def _size(statistics: Floats) -> Floats:
    return np.asarray(np.round(np.abs(statistics), DIGITS))


def _p(ordered: Floats, sizes: Floats) -> Floats:
    """Which share of each sorted column is at least as large; never 0."""
    n = len(ordered)
    chances = np.empty(sizes.shape)
    for at in range(ordered.shape[1]):
        chances[..., at] = n - np.searchsorted(ordered[:, at], sizes[..., at], side="left")
    return np.asarray(np.maximum(chances, 1) / n)


def inverted(relabellings: Relabellings, values: Floats, level: float) -> Interval:
    """All shifts that the two-sided relabelling test does not reject, of one outcome; infinite with too few models.

    Under a shift d the statistic t becomes t - d, that of another labelling a - d b. It is at least as large where
    d lies between (t - a) / (1 - b) and (t + a) / (1 + b), an interval around t: the limits are order statistics of
    these ends (Lehmann 1963 for the principle; solved here instead of searched).
    """
    t = float(relabellings.observed @ values)
    a, b = relabellings.rows @ values, relabellings.rows @ relabellings.shift
    free = ~np.isclose(np.abs(b), 1.0)  # the observed labelling and its mirror never decide
    one, other = (t - a[free]) / (1 - b[free]), (t + a[free]) / (1 + b[free])
    kth = ceil((1 - level) * len(a) - 1e-9) - 1 - int((~free).sum())
    if kth < 0:
        return -inf, inf
    low = np.partition(np.minimum(one, other), kth)[kth]
    high = -np.partition(-np.maximum(one, other), kth)[kth]
    return min(float(low), t), max(float(high), t)

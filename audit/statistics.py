"""Intervals, exact and paired tests, equivalence, power and corrections.

scipy.stats takes 0.7 s to import, so only the functions that need it do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from math import comb, exp, inf, nan, sqrt
from statistics import NormalDist
from warnings import catch_warnings, simplefilter

import numpy as np
from numpy.typing import ArrayLike, NDArray

Interval = tuple[float, float]

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Pairs:
    """Outcomes of the same units under two conditions: how many failed under both, one or neither of them."""

    both: int
    only_first: int
    only_second: int
    neither: int

    @classmethod
    def of(cls, first: Sequence[bool], second: Sequence[bool]) -> Pairs:
        """Count two sequences that belong together place by place."""
        together = list(zip(first, second, strict=True))
        kinds = ((True, True), (True, False), (False, True), (False, False))
        return cls(*(sum((bool(a), bool(b)) == kind for a, b in together) for kind in kinds))

    @property
    def n(self) -> int:
        """All pairs."""
        return self.both + self.only_first + self.only_second + self.neither

    @property
    def difference(self) -> float:
        """Rate under the second condition less rate under the first; 0 without pairs."""
        return (self.only_second - self.only_first) / self.n if self.n else 0.0


def wilson_interval(k: float, n: float, level: float = 0.95) -> Interval:
    """Interval for a share of which `k` of `n` were seen; (0, 1) where nothing was seen.

    Score interval of Wilson (1927), without continuity correction: unlike the normal interval it stays inside
    [0, 1] and keeps its level near 0 and 1 (Brown, Cai and DasGupta 2001).
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share")
    if n == 0:
        return 0.0, 1.0
    z2 = _NORMAL.inv_cdf((1 + level) / 2) ** 2
    centre = (k + z2 / 2) / (n + z2)
    half = sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2)
    low = 0.0 if k == 0 else centre - half
    high = 1.0 if k == n else centre + half
    return low, high


def newcombe_difference(k1: int, n1: int, k2: int, n2: int, level: float = 0.95) -> Interval:
    """Interval for k2/n2 - k1/n1 of two separate samples; (-1, 1) where either is empty.

    Square-and-add of two Wilson intervals: method 10 of Newcombe (1998), Statistics in Medicine 17, 873-890.
    """
    if not n1 or not n2:
        return -1.0, 1.0
    first, second = k1 / n1, k2 / n2
    low1, high1 = wilson_interval(k1, n1, level)
    low2, high2 = wilson_interval(k2, n2, level)
    low = second - first - sqrt((second - low2) ** 2 + (high1 - first) ** 2)
    high = second - first + sqrt((high2 - second) ** 2 + (first - low1) ** 2)
    return low, high


def ratio_interval(k1: int, n1: int, k2: int, n2: int, level: float = 0.95) -> Interval:
    """Interval for (k2/n2) / (k1/n1) of two separate samples; from 0 where k2 is 0, to infinity where k1 is 0.

    Score interval of Koopman (1984), Biometrics 40, 513-517: all ratios that its chi-square test does not reject.
    It needs no half added to empty cells, as the logarithm's interval (Katz 1978) does.
    """
    if not n1 or not n2 or (not k1 and not k2):
        return 0.0, inf
    z2 = _NORMAL.inv_cdf((1 + level) / 2) ** 2
    middle = k2 / n2 / (k1 / n1) if k1 and k2 else 1.0

    def misfit(log_ratio: float) -> float:
        return _koopman(k2, n2, k1, n1, exp(log_ratio)) - z2

    # Without failures on one side the misfit falls or rises throughout, so the search has the whole line.
    start = float(np.log(middle)) if k1 and k2 else (-_FAR if not k2 else _FAR)
    low = exp(_crossing(misfit, -_FAR, start)) if k2 else 0.0
    high = exp(_crossing(misfit, start, _FAR)) if k1 else inf
    return low, high


_FAR = 25.0  # e^25: a ratio beyond all counts that fit in a file


def _koopman(k1: int, n1: int, k2: int, n2: int, ratio: float) -> float:
    """Chi-square of "p1 = ratio * p2" at the likeliest p2 (Koopman 1984, equations 4 and 5)."""
    a, b, c = (n1 + n2) * ratio, (n1 + k2) * ratio + k1 + n2, k1 + k2
    p2 = (b - sqrt(max(b * b - 4 * a * c, 0.0))) / (2 * a)
    return _chi_square(k1, n1, ratio * p2) + _chi_square(k2, n2, p2)


def _chi_square(k: int, n: int, p: float) -> float:
    """Squared distance of a count from its expectation, in variances; a share of 0 or 1 allows one count only."""
    spread = n * p * (1 - p)
    if spread < 1e-12:  # rounding, or a share at its bound
        return 0.0 if abs(k - n * p) < 1e-6 else inf
    return (k - n * p) ** 2 / spread


def _crossing(function: Callable[[float], float], left: float, right: float, halvings: int = 80) -> float:
    """Where a function that has one change of sign between `left` and `right` changes it, by halving."""
    positive = function(left) > 0
    for _ in range(halvings):
        middle = (left + right) / 2
        if (function(middle) > 0) == positive:
            left = middle
        else:
            right = middle
    return (left + right) / 2


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """Two-sided p-value of "both conditions fail equally often", from the pairs in which only one failed.

    McNemar (1947) with the binomial distribution instead of chi-square: exact, and so a little cautious.
    """
    n = only_first + only_second
    tail = sum(comb(n, k) for k in range(min(only_first, only_second) + 1))
    return float(min(1.0, 2 * tail / 2**n))


def paired_difference(pairs: Pairs, level: float = 0.95) -> Interval:
    """Interval for the rate under the second condition less that under the first; (-1, 1) without pairs.

    Score interval of Tango (1998), Statistics in Medicine 17, 891-908: all differences that its test does not reject.
    """
    if not pairs.n:
        return -1.0, 1.0
    z = _NORMAL.inv_cdf((1 + level) / 2)
    found = pairs.difference
    low = _crossing(lambda d: _tango(pairs, d) - z, -1.0, found) if pairs.only_first < pairs.n else -1.0
    high = _crossing(lambda d: _tango(pairs, d) + z, found, 1.0) if pairs.only_second < pairs.n else 1.0
    return low, high


def _tango(pairs: Pairs, difference: float) -> float:
    """Standard score of the difference found against a supposed one (Tango 1998, equation 14); falls with it."""
    n, b, c = pairs.n, pairs.only_second, pairs.only_first
    p = 2 * n - b + c
    linear, constant = p * difference - b - c, -c * difference * (1 - difference)
    q = (sqrt(max(linear**2 - 8 * n * constant, 0.0)) - linear) / (4 * n)
    variance = n * (2 * q + difference * (1 - difference))
    distance = b - c - n * difference
    if variance <= 0:
        return 0.0 if not distance else (inf if distance > 0 else -inf)
    return distance / sqrt(variance)


def tost_paired(pairs: Pairs, margin: float) -> float:
    """Chance of such data if "the two rates differ by `margin` or more": small where they are equivalent.

    Two one-sided tests (Schuirmann 1987) on the score of paired shares (Liu et al. 2002, Statistics in Medicine 21,
    231-245). At level 0.05 it says the same as a 90 % interval of `paired_difference` inside the margin.
    """
    if not 0 < margin < 1:
        raise ValueError(f"a margin is between 0 and 1, not {margin}")
    if not pairs.n:
        return 1.0
    below = 1 - _NORMAL.cdf(_tango(pairs, -margin))
    above = _NORMAL.cdf(_tango(pairs, margin))
    return max(below, above)


def mcnemar_power(n: int, difference: float, discordant: float, level: float = 0.05) -> float:
    """Chance that the exact McNemar test on `n` pairs rejects, if the rates differ by `difference`.

    `discordant` is the share of pairs in which only one condition fails (at least the difference). Exact: the
    test's power given the number of such pairs, weighted by that number's binomial chance (Duffy 1984).
    """
    from scipy.stats import binom

    share = min(max(discordant, abs(difference)), 1.0)
    if not n or not share:
        return 0.0
    m = np.arange(n + 1)
    critical = binom.ppf(level / 2, m, 0.5)
    critical = np.where(binom.cdf(critical, m, 0.5) <= level / 2, critical, critical - 1)
    towards = (share + abs(difference)) / (2 * share)
    rejects = binom.cdf(critical, m, towards) + binom.sf(m - critical - 1, m, towards)
    return float(binom.pmf(m, n, share) @ np.where(critical < 0, 0.0, rejects))


@cache
def smallest_detectable_effect(n: int, discordant: float, level: float = 0.05, power: float = 0.8) -> float | None:
    """The smallest difference that the exact McNemar test on `n` pairs sees with this power; None if it sees none.

    `discordant` is the share of pairs in which only one condition failed; a larger difference brings its own.
    """
    if mcnemar_power(n, 1.0, discordant, level) < power:
        return None
    return _crossing(lambda effect: mcnemar_power(n, effect, discordant, level) - power, 0.0, 1.0, halvings=12)


@dataclass(frozen=True, slots=True)
class Association:
    """How two yes-or-no marks go together: exact p, odds ratio with its interval. `odds` is nan where undefined."""

    p: float
    odds: float
    low: float
    high: float


def fisher_p(both: int, only_first: int, only_second: int, neither: int) -> float:
    """Two-sided p-value of Fisher's exact test alone; the interval of fisher_exact takes a hundred times as long."""
    from scipy import stats

    return float(stats.fisher_exact(np.array([[both, only_first], [only_second, neither]])).pvalue)


def fisher_exact(both: int, only_first: int, only_second: int, neither: int, level: float = 0.95) -> Association:
    """Fisher's (1935) two-sided exact test, with the conditional maximum-likelihood odds ratio.

    Its interval holds the odds ratios that the exact conditional test does not reject (Cornfield 1956), as in R.
    """
    if not (both + only_first and both + only_second and only_first + neither and only_second + neither):
        return Association(1.0, nan, 0.0, inf)
    from scipy import stats
    from scipy.stats.contingency import odds_ratio

    table = np.array([[both, only_first], [only_second, neither]])
    odds = odds_ratio(table, kind="conditional")
    bounds = odds.confidence_interval(level)
    p = stats.fisher_exact(table).pvalue
    return Association(float(p), float(odds.statistic), float(bounds.low), float(bounds.high))


def apart_p(shares: Sequence[tuple[int, int]]) -> float:
    """The p of shares (k of n) being one: Fisher's of two, Pearson's (1900) chi-square of more; 1 where all agree."""
    if len(shares) == 2:
        (few, of_few), (many, of_many) = shares
        return fisher_p(few, of_few - few, many, of_many - many)
    cells = np.array([(k, n - k) for k, n in shares])
    if len(shares) < 2 or not cells.sum(axis=0).all() or not cells.sum(axis=1).all():
        return 1.0
    from scipy import stats

    return float(stats.chi2_contingency(cells).pvalue)


def welch_difference(
    first: Sequence[float], second: Sequence[float], level: float = 0.95
) -> tuple[float, float, float]:
    """p, low and high for the mean of `second` less that of `first`; at least two values each.

    Welch (1947), for unequal spreads. Where neither varies at all, the spread is unknown and nothing is said.
    """
    if len(first) < 2 or len(second) < 2 or np.ptp(first) + np.ptp(second) == 0:
        return 1.0, -inf, inf
    from scipy import stats

    with catch_warnings():
        simplefilter("ignore", RuntimeWarning)  # of a group that hardly varies: p is still that of the formula
        result = stats.ttest_ind(second, first, equal_var=False)
        bounds = result.confidence_interval(level)
    return float(result.pvalue), float(bounds.low), float(bounds.high)


def mean_difference(first: Sequence[float], second: Sequence[float], level: float = 0.95) -> tuple[float, float, float]:
    """p, low and high for the mean of second less first of the same units; Student's (1908) paired t.

    Nothing is said of fewer than two pairs. Where all differences are equal nothing tells their spread: p is 1.
    """
    apart = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    if len(apart) < 2 or np.ptp(apart) == 0:
        return 1.0, -inf, inf
    from scipy import stats

    result = stats.ttest_1samp(apart, 0.0)
    bounds = result.confidence_interval(level)
    return float(result.pvalue), float(bounds.low), float(bounds.high)


def benjamini_hochberg(p: ArrayLike, level: float) -> NDArray[np.bool_]:
    """Which hypotheses to reject so that the expected share of wrong rejections is at most `level`.

    The step-up procedure of Benjamini and Hochberg (1995). Holds for independent p-values and for those that
    depend positively on each other, as conformal p-values do (Bates et al. 2023).
    """
    values = np.asarray(p, dtype=np.float64)
    ordered = np.sort(values)
    passed = np.flatnonzero(ordered <= level * np.arange(1, len(values) + 1) / max(len(values), 1))
    return values <= (ordered[passed[-1]] if len(passed) else -1.0)


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """p-values to compare with one level for all of them, so that the chance of any wrong rejection stays below it.

    Step-down procedure of Holm (1979), Scandinavian Journal of Statistics 6, 65-70; holds however they depend.
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(len(values), 0, -1)
    adjusted = np.empty_like(values)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return adjusted

"""Intervals and corrections agree with scipy and with published figures."""

from __future__ import annotations

from itertools import product
from math import inf, isnan

import numpy as np
import pytest
from scipy import optimize, stats
from statsmodels.stats import contingency_tables, multitest, proportion

from audit.statistics import (
    Pairs,
    apart_p,
    benjamini_hochberg,
    fisher_exact,
    holm,
    mcnemar_exact,
    mcnemar_power,
    newcombe_difference,
    paired_difference,
    ratio_interval,
    smallest_detectable_effect,
    tost_paired,
    welch_difference,
    wilson_interval,
)

# The 15 p-values of the worked example in Benjamini and Hochberg (1995), section 3.2.
PAPER = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.324,
    0.4262,
    0.5719,
    0.6528,
    0.759,
    1,
]


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (1, 572), (19, 572), (286, 572), (3, 3)])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_wilson_is_scipys(k: int, n: int, level: float) -> None:
    expected = stats.binomtest(k, n).proportion_ci(level, method="wilson")
    assert wilson_interval(k, n, level) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_knows_nothing_of_nothing() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_wilson_refuses_more_than_all() -> None:
    with pytest.raises(ValueError, match="5 of 4"):
        wilson_interval(5, 4)


def test_benjamini_hochberg_rejects_the_papers_four() -> None:
    assert benjamini_hochberg(PAPER, 0.05).tolist() == [True] * 4 + [False] * 11


@pytest.mark.parametrize("level", [0.01, 0.1, 0.5])
def test_benjamini_hochberg_is_scipys(level: float) -> None:
    generator = np.random.default_rng(0)
    for size in (1, 2, 50, 500):
        p = generator.random(size) ** 3
        assert (benjamini_hochberg(p, level) == (stats.false_discovery_control(p) <= level)).all()


def test_benjamini_hochberg_of_nothing_and_of_ties() -> None:
    assert benjamini_hochberg([], 0.1).tolist() == []
    assert benjamini_hochberg([0.05, 0.05, 0.9], 0.1).tolist() == [True, True, False]
    assert not benjamini_hochberg([1.0, 1.0], 0.1).any()


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [  # Newcombe (1998), table II, method 10; his difference is the first less the second
        ((48, 80), (56, 70), 0.0524, 0.3339),
        ((3, 10), (9, 10), 0.1705, 0.8090),
        ((2, 7), (6, 7), 0.0582, 0.8062),
        ((0, 29), (5, 56), -0.0381, 0.1926),
        ((0, 20), (0, 10), -0.1611, 0.2775),
        ((0, 20), (10, 10), 0.6791, 1.0),
    ],
)
def test_newcombe_gives_the_papers_table(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    assert newcombe_difference(*first, *second) == pytest.approx((low, high), abs=5e-5)


def test_koopman_gives_the_papers_example() -> None:
    low, high = ratio_interval(16, 80, 36, 40)
    assert (low, high) == pytest.approx((2.94, 7.15), abs=0.005)


@pytest.mark.parametrize("counts", [(19, 572, 49, 90), (172, 572, 28, 90), (5, 1000, 30, 31), (3, 10, 3, 10)])
def test_ratio_interval_is_statsmodels_score_interval(counts: tuple[int, int, int, int]) -> None:
    k1, n1, k2, n2 = counts
    theirs = proportion.confint_proportions_2indep(k2, n2, k1, n1, compare="ratio", method="score", correction=False)
    assert ratio_interval(*counts) == pytest.approx(theirs, rel=1e-6)


def test_ratio_interval_at_the_bounds() -> None:
    low, high = ratio_interval(0, 572, 25, 90)
    assert low > 20
    assert high == inf
    assert ratio_interval(30, 100, 0, 90)[0] == 0.0
    assert ratio_interval(0, 5, 0, 5) == (0.0, inf)
    low, high = ratio_interval(10, 10, 5, 10)
    assert (1 / high, 1 / low) == pytest.approx(ratio_interval(5, 10, 10, 10))


@pytest.mark.parametrize(("b", "c"), [(0, 0), (0, 1), (10, 17), (30, 0), (7, 7), (3, 40)])
def test_mcnemar_is_statsmodels(b: int, c: int) -> None:
    assert mcnemar_exact(b, c) == pytest.approx(contingency_tables.mcnemar([[5, b], [c, 5]], exact=True).pvalue)


def test_paired_difference_gives_a_published_example() -> None:
    """Airway responsiveness before and after a transplant: Fagerland, Lydersen and Laake (2014), table VI."""
    assert paired_difference(Pairs(1, 1, 7, 12)) == pytest.approx((0.026, 0.517), abs=5e-4)


@pytest.mark.parametrize("cells", [(26, 10, 17, 10), (0, 0, 5, 20), (3, 9, 1, 2), (20, 1, 0, 0)])
def test_paired_difference_inverts_the_likelihood_score(cells: tuple[int, int, int, int]) -> None:
    """The standard error comes from the likeliest table with the supposed difference, found here by search."""
    pairs = Pairs(*cells)
    for bound in paired_difference(pairs):
        fewest = max(0.0, -bound)

        def misfit(q: float, bound: float = bound) -> float:  # q: share that fails under the first condition only
            rest = 1 - 2 * q - bound
            shares = ((pairs.only_first, q), (pairs.only_second, q + bound), (pairs.both + pairs.neither, rest))
            return -sum(count * np.log(max(share, 1e-300)) for count, share in shares if count)

        limits = (fewest + 1e-12, (1 - bound) / 2 - 1e-12)
        q = optimize.minimize_scalar(misfit, bounds=limits, method="bounded", options={"xatol": 1e-12}).x
        variance = (2 * q + bound - bound**2) / pairs.n
        assert abs(pairs.difference - bound) / variance**0.5 == pytest.approx(1.96, abs=2e-3)


def test_pairs_count_places_that_belong_together() -> None:
    pairs = Pairs.of([True, True, False, False, False], [True, False, True, True, False])
    assert pairs == Pairs(both=1, only_first=1, only_second=2, neither=1)
    assert pairs.difference == pytest.approx(0.2)
    assert paired_difference(Pairs(0, 0, 0, 0)) == (-1.0, 1.0)


@pytest.mark.parametrize("cells", [(26, 10, 17, 10), (300, 12, 15, 300), (3, 0, 0, 40), (0, 2, 30, 60)])
@pytest.mark.parametrize("margin", [0.05, 0.1, 0.3])
def test_equivalence_agrees_with_the_90_percent_interval(cells: tuple[int, int, int, int], margin: float) -> None:
    low, high = paired_difference(Pairs(*cells), level=0.9)
    assert (tost_paired(Pairs(*cells), margin) < 0.05) == (-margin < low and high < margin)


def test_equivalence_needs_pairs_and_a_margin() -> None:
    assert tost_paired(Pairs(0, 0, 0, 0), 0.1) == 1.0
    with pytest.raises(ValueError, match="margin"):
        tost_paired(Pairs(1, 1, 1, 1), 0.0)


def test_fisher_is_that_of_the_lady_tasting_tea() -> None:
    """As in R; at either bound of the interval the table, or one further out, has a chance of 2.5 %."""
    tea = fisher_exact(3, 1, 1, 3)
    assert (tea.p, tea.odds) == pytest.approx((0.4857, 6.4083), abs=1e-4)
    for bound, cells in ((tea.low, (3, 4)), (tea.high, (0, 1, 2, 3))):
        weights = np.array([1, 16, 36, 16, 1]) * bound ** np.arange(5)
        assert weights[list(cells)].sum() / weights.sum() == pytest.approx(0.025, rel=1e-3)


def test_fisher_says_nothing_where_one_mark_never_varies() -> None:
    nothing = fisher_exact(0, 0, 4, 9)
    assert nothing.p == 1.0
    assert isnan(nothing.odds)
    assert (nothing.low, nothing.high) == (0.0, inf)


def test_welch_is_rs() -> None:
    """t.test(extra ~ group, data = sleep): Student's sleep data."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    assert welch_difference(first, second) == pytest.approx((0.07939, -0.2054832, 3.3654832), rel=1e-4)


def test_welch_says_nothing_of_runs_that_do_not_vary() -> None:
    assert welch_difference([0.1], [0.5, 0.6]) == (1.0, -inf, inf)
    assert welch_difference([0.1, 0.1], [0.5, 0.5]) == (1.0, -inf, inf)


@pytest.mark.parametrize("size", [0, 1, 2, 40])
def test_holm_is_statsmodels(size: int) -> None:
    p = np.random.default_rng(1).random(size) ** 3
    expected = multitest.multipletests(p, method="holm")[1] if size else []
    assert holm(p).tolist() == pytest.approx(list(expected))


# Calibration: exact sums over all tables where that is possible, and simulation with a seed where it is not.


@pytest.mark.parametrize(("share", "other"), [(0.03, 0.03), (0.3, 0.5), (0.033, 0.5), (0.9, 0.95)])
def test_intervals_of_two_samples_hold_the_truth_95_times_in_100(share: float, other: float) -> None:
    n1, n2 = 120, 60
    weights = stats.binom.pmf(np.arange(n1 + 1)[:, None], n1, share) * stats.binom.pmf(np.arange(n2 + 1), n2, other)
    held = {"difference": 0.0, "ratio": 0.0}
    for k1, k2 in zip(*np.nonzero(weights > 1e-7), strict=True):
        low, high = newcombe_difference(int(k1), n1, int(k2), n2)
        held["difference"] += weights[k1, k2] * (low <= other - share <= high)
        low, high = ratio_interval(int(k1), n1, int(k2), n2)
        held["ratio"] += weights[k1, k2] * (low <= other / share <= high)
    assert all(0.93 <= coverage <= 0.985 for coverage in held.values()), held


def tables(n: int) -> list[Pairs]:
    """All tables of `n` pairs, those without a difference in one cell, as nothing else depends on them."""
    return [Pairs(n - b - c, b, c, 0) for b, c in product(range(n + 1), repeat=2) if b + c <= n]


def chance(pairs: Pairs, first: float, second: float) -> float:
    """Of a table, where these shares of pairs fail under the first or the second condition only."""
    cells = (pairs.only_first, pairs.only_second, pairs.both)
    return float(stats.multinomial.pmf(cells, pairs.n, (first, second, 1 - first - second)))


@pytest.mark.parametrize(("first", "second"), [(0.2, 0.2), (0.1, 0.3), (0.05, 0.05), (0.02, 0.4)])
def test_the_paired_interval_holds_the_truth_95_times_in_100(first: float, second: float) -> None:
    held = 0.0
    for pairs in tables(40):
        weight = chance(pairs, first, second)
        if weight > 1e-7:
            low, high = paired_difference(pairs)
            held += weight * (low <= second - first <= high)
    assert 0.93 <= held <= 0.985


@pytest.mark.parametrize("discordant", [0.05, 0.2, 0.43, 1.0])
@pytest.mark.parametrize("n", [5, 20, 63, 500])
def test_mcnemar_raises_no_more_false_alarms_than_its_level(n: int, discordant: float) -> None:
    assert mcnemar_power(n, 0.0, discordant) <= 0.05


@pytest.mark.parametrize(("difference", "discordant"), [(0.0, 0.3), (0.2, 0.3), (0.5, 0.1)])
def test_mcnemar_power_is_the_sum_over_all_tables(difference: float, discordant: float) -> None:
    share = max(discordant, difference)
    first, second = (share - difference) / 2, (share + difference) / 2
    expected = sum(
        chance(pairs, first, second)
        for pairs in tables(25)
        if mcnemar_exact(pairs.only_first, pairs.only_second) <= 0.05
    )
    assert mcnemar_power(25, difference, discordant) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("n", "discordant"), [(63, 27 / 63), (90, 0.1), (400, 0.3)])
def test_the_smallest_detectable_effect_is_seen_four_times_in_five(n: int, discordant: float) -> None:
    effect = smallest_detectable_effect(n, discordant)
    assert effect is not None
    share = max(discordant, effect)
    draws = np.random.default_rng(0).multinomial(n, [(share - effect) / 2, (share + effect) / 2, 1 - share], 4000)
    seen = np.mean([mcnemar_exact(int(b), int(c)) <= 0.05 for b, c, _ in draws])
    assert seen == pytest.approx(0.8, abs=0.025)


def test_four_pairs_can_see_nothing() -> None:
    assert smallest_detectable_effect(4, 0.5) is None
    assert smallest_detectable_effect(0, 0.0) is None


@pytest.mark.parametrize(("n", "discordant"), [(60, 0.3), (300, 0.1)])
def test_equivalence_is_claimed_wrongly_five_times_in_100_at_most(n: int, discordant: float) -> None:
    """At a true difference of exactly the margin."""
    margin = 0.1
    shares = [(discordant - margin) / 2, (discordant + margin) / 2, 1 - discordant]
    draws = np.random.default_rng(0).multinomial(n, shares, 4000)
    wrong = np.mean([tost_paired(Pairs(int(rest), int(b), int(c), 0), margin) < 0.05 for b, c, rest in draws])
    assert wrong <= 0.06


def test_fisher_raises_no_more_false_alarms_than_its_level() -> None:
    draws = np.random.default_rng(0).binomial([60, 30], 0.3, (1000, 2))
    alarms = np.mean([fisher_exact(a, 60 - a, b, 30 - b).p <= 0.05 for a, b in draws.tolist()])
    assert alarms <= 0.05


def test_holm_keeps_the_chance_of_any_false_alarm() -> None:
    p = np.random.default_rng(0).random((4000, 10))
    assert np.mean([(holm(row) <= 0.05).any() for row in p]) == pytest.approx(0.05, abs=0.012)


def test_whether_several_shares_are_one() -> None:
    assert apart_p([(5, 90), (30, 90)]) == pytest.approx(stats.fisher_exact([[5, 85], [30, 60]]).pvalue)
    assert apart_p([(5, 90), (30, 90), (6, 90)]) == pytest.approx(
        stats.chi2_contingency([[5, 85], [30, 60], [6, 84]]).pvalue
    )
    assert apart_p([(0, 90), (0, 80), (0, 70)]) == apart_p([(3, 9)]) == 1.0

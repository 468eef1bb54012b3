"""Intervals and corrections agree with scipy and with published figures."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from audit.statistics import benjamini_hochberg, wilson_interval

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

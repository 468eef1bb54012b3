"""Intervals and corrections for many tests. No scipy.stats here: its import alone takes 0.7 s."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray


def wilson_interval(k: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Interval for a share of which `k` of `n` were seen; (0, 1) where nothing was seen.

    Score interval of Wilson (1927), without continuity correction: unlike the normal interval it stays inside
    [0, 1] and keeps its level near 0 and 1 (Brown, Cai and DasGupta 2001).
    """
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is no share")
    if n == 0:
        return 0.0, 1.0
    z2 = NormalDist().inv_cdf((1 + level) / 2) ** 2
    centre = (k + z2 / 2) / (n + z2)
    half = sqrt(z2 * (k * (n - k) / n + z2 / 4)) / (n + z2)
    low = 0.0 if k == 0 else centre - half
    high = 1.0 if k == n else centre + half
    return low, high


def benjamini_hochberg(p: ArrayLike, level: float) -> NDArray[np.bool_]:
    """Which hypotheses to reject so that the expected share of wrong rejections is at most `level`.

    The step-up procedure of Benjamini and Hochberg (1995). Holds for independent p-values and for those that
    depend positively on each other, as conformal p-values do (Bates et al. 2023).
    """
    values = np.asarray(p, dtype=np.float64)
    ordered = np.sort(values)
    passed = np.flatnonzero(ordered <= level * np.arange(1, len(values) + 1) / max(len(values), 1))
    return values <= (ordered[passed[-1]] if len(passed) else -1.0)

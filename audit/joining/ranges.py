"""Ranges of about equal work, and the arrays that come of them put together again."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.texts.grams import Ints


def even_ranges(ends: Ints, count: int) -> list[tuple[int, int]]:
    """Cut what `ends` counts up, from 0, into ranges of about equal parts; no range is empty."""
    cuts = np.searchsorted(ends, np.linspace(0, ends[-1], count + 1)[1:-1])
    return [(int(a), int(b)) for a, b in pairwise(np.unique([0, *cuts, len(ends) - 1]))]


def counted_up(lengths: NDArray[Any]) -> Ints:
    """Where each of so long pieces begins, from 0 on, and where the last one ends."""
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def end_to_end(parts: list[NDArray[Any]]) -> Any:
    """One array of several, not to be written to; of one the array itself."""
    return frozen(parts[0] if len(parts) == 1 else np.concatenate(parts))


def frozen(array: Any) -> Any:
    """The array, not to be written to: as it is where it is mapped, so that one compiled form serves both."""
    array.flags.writeable = False
    return array

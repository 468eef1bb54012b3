"""Ranges of about equal work, and the arrays that come of them put together again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.likeness.grams import Ints

RANGES_EACH = 4  # for a worker: what one has made is put in its place while the others go on


def even_ranges(ends: Ints, count: int) -> list[tuple[int, int]]:
    """Cut what `ends` counts up, from 0, into ranges of about equal parts; no range is empty."""
    cuts = np.searchsorted(ends, np.linspace(0, ends[-1], count + 1)[1:-1])
    return [(int(a), int(b)) for a, b in pairwise(np.unique([0, *cuts, len(ends) - 1]))]


def shares(ends: Ints, workers: int) -> list[tuple[int, int]]:
    """The same, in the whole for one worker and in several for each of more; one at least, which may be empty."""
    return even_ranges(ends, RANGES_EACH * workers if workers > 1 else 1) or [(0, 0)]


def counted_up(lengths: NDArray[Any]) -> Ints:
    """Where each of so long pieces begins, from 0 on, and where the last one ends."""
    ends = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=ends[1:])
    return ends


def gathered(parts: Iterable[Sequence[NDArray[Any]]], *counts: int) -> Iterator[Any]:
    """Columns of at most so many values, the first of exactly so many: parts find their place while others are made.

    A part that is the whole is not copied.
    """
    parts = iter(parts)
    whole = next(parts)
    if len(whole[0]) < counts[0]:
        parts = chain([whole], parts)
        whole = [
            np.empty((count, *column.shape[1:]), column.dtype) for count, column in zip(counts, whole, strict=True)
        ]
        whole = _filled(whole, parts)
    return map(frozen, whole)


def _filled(whole: Sequence[NDArray[Any]], parts: Iterable[Sequence[NDArray[Any]]]) -> list[NDArray[Any]]:
    ends = [0] * len(whole)
    for part in parts:
        for k, column in enumerate(part):
            whole[k][ends[k] : ends[k] + len(column)] = column
            ends[k] += len(column)
    return [column[:end] for column, end in zip(whole, ends, strict=True)]


def frozen(array: Any) -> Any:
    """The array, not to be written to: as it is where it is mapped, so that one compiled form serves both."""
    array.flags.writeable = False
    return array

"""Compiled loops that sort the keys of rows: into drawers first, then what is in the drawers into buckets."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audit.likeness.joining.gram_loops import Prefixes, Words
from audit.likeness.joining.jit import compiled
from audit.likeness.joining.pair_loops import LOW


class Drawers(NamedTuple):
    """Keys of rows, the rows, and the places of the keys in the row: drawer d is heads[d] to heads[d + 1], by row."""

    heads: NDArray[np.int64]
    key: Words
    row: NDArray[np.int32]
    place: NDArray[np.int32]


class Buckets(NamedTuple):
    """The same by buckets, as in Postings; `counts`: how much is in each."""

    counts: NDArray[np.int32]
    key: NDArray[np.uint32]
    row: NDArray[np.int32]
    place: NDArray[np.int32]


@compiled
def count_drawers(rows: Any, lengths: Any, prefixes: Prefixes, shift: Any, heads: Any) -> None:
    """Add to heads[d + 1] how many of the first `lengths` keys of the rows go into drawer d."""
    for row in range(len(rows)):
        begin = prefixes.begins[rows[row]]
        for k in range(begin, begin + lengths[row]):
            heads[np.int64(prefixes.keys[k] >> shift) + 1] += 1


@compiled
def fill_drawers(rows: Any, lengths: Any, first: int, prefixes: Prefixes, shift: Any, drawers: Drawers) -> None:
    """Put them there. `first`: the number of the first of these rows."""
    free = drawers.heads[:-1].copy()
    for row in range(len(rows)):
        text = rows[row]
        for k in range(lengths[row]):
            key = prefixes.keys[prefixes.begins[text] + k]
            at = free[np.int64(key >> shift)]
            free[np.int64(key >> shift)] = at + 1
            drawers.key[at] = key
            drawers.row[at] = first + row
            drawers.place[at] = prefixes.single[text] + k


@compiled
def count_buckets(keys: Any, first: int, shift: Any, counts: Any) -> None:
    """Add to counts[b] how many of the keys go into bucket first + b."""
    for key in keys:
        counts[np.int64(key >> shift) - first] += 1


@compiled
def fill_buckets(drawers: Drawers, a: int, b: int, first: int, shift: Any, free: Any, buckets: Buckets) -> None:
    """Put entries a to b there, each where its bucket is `free`, and move on what is free."""
    for i in range(a, b):
        bucket = np.int64(drawers.key[i] >> shift) - first
        at = free[bucket]
        free[bucket] = at + 1
        buckets.key[at] = np.uint32(drawers.key[i] & LOW)
        buckets.row[at] = drawers.row[i]
        buckets.place[at] = drawers.place[i]

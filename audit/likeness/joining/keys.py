"""The index of the join: which texts have a gram among their rarest.

Their keys are put into drawers, by ranges of texts, and from there into buckets, by ranges of drawers: one drawer at a
time is in the processor's cache, and without them half the time went into waiting for memory.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audit.engines.local import Engine
from audit.engines.shared import Shared
from audit.likeness.joining.gram_loops import Prefixes
from audit.likeness.joining.index_loops import (
    Buckets,
    Drawers,
    count_buckets,
    count_drawers,
    fill_buckets,
    fill_drawers,
)
from audit.likeness.joining.pair_loops import Postings
from audit.likeness.joining.ranges import counted_up, even_ranges, frozen, gathered, shares

DRAWERS = 10  # bits; 8 and 12 take a tenth longer, measured on a million texts

Prefixed = tuple[NDArray[np.int32], NDArray[np.int32], Prefixes]  # rows, how many keys of each, and where those are


def postings_of(rows: NDArray[np.int32], lengths: NDArray[np.int32], prefixes: Prefixes, engine: Engine) -> Postings:
    """Rows in ascending order of size, and where the first `lengths` keys of each are found."""
    rows, lengths = frozen(rows), frozen(lengths)
    ends = counted_up(lengths)
    bits = max(DRAWERS, int(ends[-1]).bit_length())
    with engine.share((rows, lengths, prefixes)) as prefixed:
        drawers = list(engine.map(partial(_drawers, prefixed), even_ranges(ends, engine.workers) or [(0, 0)]))
    held = np.sum([part.heads for part in drawers], axis=0)
    with engine.share(drawers) as shared:
        parts = engine.map(partial(_buckets, shared, bits), shares(held, engine.workers))
        counts, *columns = gathered(parts, 1 << bits, *3 * [int(ends[-1])])
    return Postings(rows, frozen(prefixes.sizes[rows]), bits, frozen(counted_up(counts)), *columns)


def _drawers(shared: Shared[Prefixed], part: tuple[int, int]) -> Drawers:
    """The keys of a range of rows."""
    (rows, lengths, prefixes), (first, last) = shared.get(), part
    rows, lengths, shift = rows[first:last], lengths[first:last], np.uint64(64 - DRAWERS)
    heads = np.zeros((1 << DRAWERS) + 1, np.int64)
    count_drawers(rows, lengths, prefixes, shift, heads)
    drawers = Drawers(np.cumsum(heads), *_room(int(heads.sum()), np.uint64))
    fill_drawers(rows, lengths, first, prefixes, shift, drawers)
    return Drawers(*map(frozen, drawers))


def _buckets(shared: Shared[list[Drawers]], bits: int, part: tuple[int, int]) -> Buckets:
    """What a range of drawers holds, in 2**bits buckets of all."""
    first, last = (drawer << (bits - DRAWERS) for drawer in part)
    shift, counts = np.uint64(64 - bits), np.zeros(last - first, np.int32)
    held = [(drawers, *drawers.heads[list(part)].tolist()) for drawers in shared.get()]
    for drawers, a, b in held:
        count_buckets(drawers.key[a:b], first, shift, counts)
    buckets, free = Buckets(counts, *_room(sum(b - a for _, a, b in held), np.uint32)), counted_up(counts)
    for drawers, a, b in held:
        fill_buckets(drawers, a, b, first, shift, free, buckets)
    return buckets


def _room(count: int, kind: Any) -> tuple[NDArray[Any], ...]:
    return np.empty(count, kind), np.empty(count, np.int32), np.empty(count, np.int32)

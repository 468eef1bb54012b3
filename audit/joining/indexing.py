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
from audit.engines.sharing import Shared
from audit.joining.gram_loops import Prefixes
from audit.joining.index_loops import Entries, count_buckets, count_drawers, fill_buckets, fill_drawers
from audit.joining.pair_loops import Postings
from audit.joining.ranges import counted_up, even_ranges, frozen, gathered, shares

DRAWERS = 10  # bits; 6, 8 and 12 are slower

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


def _drawers(shared: Shared[Prefixed], part: tuple[int, int]) -> Entries:
    """The keys of a range of rows."""
    (rows, lengths, prefixes), (first, last) = shared.get(), part
    rows, lengths, shift = rows[first:last], lengths[first:last], np.uint64(64 - DRAWERS)
    heads = np.zeros((1 << DRAWERS) + 1, np.int64)
    count_drawers(rows, lengths, prefixes, shift, heads)
    drawers = _room(np.cumsum(heads), np.uint64)
    fill_drawers(rows, lengths, first, prefixes, shift, drawers)
    return Entries(*map(frozen, drawers))


def _buckets(shared: Shared[list[Entries]], bits: int, part: tuple[int, int]) -> tuple[NDArray[Any], ...]:
    """What a range of drawers holds, in 2**bits buckets of all: how much in each, and the columns of Entries."""
    first, last = (drawer << (bits - DRAWERS) for drawer in part)
    shift, heads = np.uint64(64 - bits), np.zeros(last - first + 1, np.int64)
    held = [(drawers, *drawers.heads[list(part)].tolist()) for drawers in shared.get()]
    for drawers, a, b in held:
        count_buckets(drawers.key[a:b], first, shift, heads)
    buckets = _room(np.cumsum(heads), np.uint32)
    free = buckets.heads[:-1].copy()
    for drawers, a, b in held:
        fill_buckets(drawers, a, b, first, shift, free, buckets)
    return heads[1:], *buckets[1:]


def _room(heads: NDArray[np.int64], kind: Any) -> Entries:
    count = int(heads[-1])
    return Entries(heads, np.empty(count, kind), np.empty(count, np.int32), np.empty(count, np.int32))

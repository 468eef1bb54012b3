"""The join for many texts: PPJoin (Xiao, Wang, Lin and Yu, WWW 2008) with a bitmap filter, in compiled loops.

1. Texts become numbered letters: two bytes each.
2. A sketch counts how often grams occur, all texts once through.
3. Of each text the rarest grams are found, which a near text must have one of; no more than these is kept.
4. They are indexed. Every text looks up its own, and whoever passes the filters of length, place and bits is compared
   gram by gram. Only texts that come so far have all their grams in memory.

Steps 2 to 4 go over ranges of texts, and nothing that is found depends on how these are cut.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.engines.local import Engine
from audit.engines.sharing import Shared
from audit.joining.gram_loops import (
    CLASSES,
    MOST,
    Letters,
    Prefixes,
    Sketch,
    count_grams,
    find_prefixes,
    mark_letters,
    number_letters,
)
from audit.joining.pair_loops import Desk, Found, Plan, Postings, count_postings, fill_postings, find_pairs
from audit.joining.pairs import Pairs
from audit.texts.grams import Ints, every_gram, numbered

CODE_POINTS = 0x110000
MOST_BUCKETS = 24  # bits of a sketch: 32 MB; more find no rarer grams, measured on a million texts
WIDEST_SIGNATURE = 2_048  # bits
PROBED_AT_ONCE = 1 << 18  # pairs that there is room for, at least: 3 MB
RANGES = 32  # that the probes are cut into, of about equal work


@dataclass(frozen=True)
class Range:
    """Probes first to last of a shared plan. `behind`: what to take off the right text of a pair."""

    plan: Shared[Plan]
    first: int
    last: int
    behind: int = 0


def plan_join(texts: pa.Array, others: pa.Array | None, n: int, limit: Fraction, engine: Engine) -> Plan:
    """Steps 1 to 3, and the index: of `others`, or of the texts themselves where there are none."""
    letters = letters_of(texts if others is None else pa.concat_arrays([texts, others]), n)
    longest = int(np.diff(letters.starts).max(initial=0))
    with engine.share(letters) as shared:
        ranges = _even_ranges(letters.starts, engine.workers)
        sketch = _sketch(shared, letters, ranges, engine)
        with engine.share(sketch) as counted:
            measure = partial(_prefixes, shared, counted, limit)
            prefixes = _joined(list(engine.map(measure, ranges)))
    p, q = limit.numerator, limit.denominator
    sizes = prefixes.sizes.astype(np.int64)
    by_size = np.argsort(sizes, kind="stable").astype(np.int32)
    if others is None:
        needed = -(-2 * p * sizes // (p + q))  # of the grams of two texts, of which this is the smaller one
        lengths = np.clip(sizes - needed + 1 - prefixes.single, 0, prefixes.lengths)
        rows = probes = by_size
    else:
        rows, probes = by_size[by_size >= len(texts)], by_size[by_size < len(texts)]
        lengths = prefixes.lengths
    postings = _postings(rows, lengths[rows], prefixes)
    return Plan(p, q, others is None, longest, letters, prefixes, postings, _frozen(probes))


def letters_of(texts: pa.Array, n: int) -> Letters:
    """Distinct texts as letters of which n make a gram.

    Where grams of n letters of so many kinds do not fit in 64 bits, whole grams are numbered and taken for letters.
    """
    texts = texts.cast(pa.large_string())
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    characters = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
    used = np.zeros(CODE_POINTS, np.uint8)
    count = mark_letters(characters, ends[0], ends[-1], used)
    base = int(used.sum())
    if base**n >= 2**64 or base > 2**16:
        return _whole_grams(texts, n)
    number = (np.cumsum(used, dtype=np.int32) - 1).astype(np.uint16)
    letters, starts = np.empty(count, np.uint16), np.empty(len(texts) + 1, np.int64)
    number_letters(characters, ends, number, letters, starts)
    return Letters(_frozen(letters), _frozen(starts), n, np.uint64(base), np.uint64(base ** (n - 1)))


def _whole_grams(texts: pa.Array, n: int) -> Letters:
    owner, gram = every_gram(texts, n)
    starts = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(texts)))])
    letters = numbered(gram).astype(np.uint32)
    return Letters(_frozen(letters), _frozen(starts), 1, np.uint64(2**32), np.uint64(1))


def ranges_of(plan: Plan, shared: Shared[Plan]) -> Iterator[Range]:
    """The work of step 4, in parts."""
    work = np.concatenate([[0], np.cumsum(plan.prefixes.lengths[plan.probes] + 1)])
    behind = 0 if plan.within else len(plan.probes)
    for first, last in _even_ranges(work, RANGES):
        yield Range(shared, first, last, behind)


def join_range(part: Range) -> Iterator[Pairs]:
    """The pairs of a range of probes, as many at a time as there is room for."""
    plan = part.plan.get()
    desk = _desk(part.plan)
    room = max(PROBED_AT_ONCE, len(plan.postings.rows))
    found = Found(*(np.empty(room, np.int32) for _ in Found._fields))
    at = part.first
    while at < part.last:
        at, count = find_pairs(plan, at, part.last, desk, found)
        if count:
            yield _pairs(plan, Found(*(column[:count] for column in found)), part.behind)


def put_away() -> None:
    """Forget the last plan that was worked on in this process."""
    _desk.cache_clear()


def _pairs(plan: Plan, found: Found, behind: int) -> Pairs:
    left, right, shared = (column.astype(np.int64) for column in found)
    union = plan.prefixes.sizes[left] + plan.prefixes.sizes[right] - shared
    if plan.within:
        return Pairs(np.minimum(left, right), np.maximum(left, right), shared, union)
    return Pairs(left, right - behind, shared, union)


@lru_cache(maxsize=1)
def _desk(shared: Shared[Plan]) -> Desk:
    """Where one process works on a plan. Memory for `codes` is taken from the machine only where it is written to."""
    plan = shared.get()
    texts, rows = len(plan.prefixes.sizes), len(plan.postings.rows)
    table = 4 * plan.longest + 32
    return Desk(
        codes=np.empty(len(plan.texts.letters) + 1, np.uint64),
        held=np.full(texts, -1, np.int64),
        used=np.zeros(1, np.int64),
        shared=np.zeros(rows, np.int32),
        met=np.empty(rows, np.int32),
        table=np.empty(table, np.uint64),
        scratch=np.empty(table, np.uint64),
    )


def _sketch(shared: Shared[Letters], letters: Letters, ranges: list[tuple[int, int]], engine: Engine) -> Sketch:
    """How often grams occur, in about as many buckets as there are grams."""
    bits = min(max(10, len(letters.letters).bit_length()), MOST_BUCKETS)
    hits: NDArray[np.uint16] | None = None
    for part in engine.map(partial(_counted, shared, bits), ranges):
        hits = part if hits is None else np.minimum(hits.astype(np.uint32) + part, MOST).astype(np.uint16)
    return Sketch(_frozen(hits), bits, _frozen(_classes()))


def _counted(shared: Shared[Letters], bits: int, part: tuple[int, int]) -> NDArray[np.uint16]:
    hits = np.zeros(1 << bits, np.uint16)
    count_grams(shared.get(), *part, bits, hits)
    return hits


def _classes() -> NDArray[np.uint8]:
    """The class of each number of hits: the number itself up to 15, then 16 classes for each doubling."""
    hits = np.arange(MOST + 1)
    doubled = np.maximum(np.frexp(hits)[1] - 5, 0)
    classes = 16 * doubled + (hits >> doubled)
    kinds: NDArray[np.uint8] = np.minimum(classes, CLASSES - 1).astype(np.uint8)
    return kinds


def _prefixes(shared: Shared[Letters], counted: Shared[Sketch], limit: Fraction, part: tuple[int, int]) -> Prefixes:
    """Step 3 for a range of texts."""
    letters, (first, last), (p, q) = shared.get(), part, limit.as_integer_ratio()
    grams = np.maximum(np.diff(letters.starts) - letters.n + 1, 0)
    words = min(1 << (int(grams.sum()) // len(grams) // 64).bit_length(), WIDEST_SIGNATURE // 64)
    grams = grams[first:last]
    out = Prefixes(
        sizes=np.empty(last - first, np.int32),
        single=np.empty(last - first, np.int32),
        begins=np.empty(last - first, np.int64),
        lengths=np.empty(last - first, np.int32),
        keys=np.empty(int((grams - -(-p * grams // q) + 1).sum()), np.uint64),
        signatures=np.empty((last - first, words), np.uint64),
    )
    longest = int(np.diff(letters.starts[first : last + 1]).max(initial=0))
    filled = find_prefixes(letters, first, last, counted.get(), p, q, longest, out)
    return out._replace(keys=out.keys[:filled])


def _joined(parts: list[Prefixes]) -> Prefixes:
    """The prefixes of all texts."""
    if len(parts) == 1:
        whole = parts[0]
    else:
        whole = Prefixes(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
        shifts = np.cumsum([0, *(len(part.keys) for part in parts[:-1])])
        whole.begins[:] += np.repeat(shifts, [len(part.begins) for part in parts])
    return Prefixes(*map(_frozen, whole))


def _postings(rows: NDArray[np.int32], lengths: NDArray[np.int32], prefixes: Prefixes) -> Postings:
    """Rows in ascending order of size, and where the first `lengths` keys of each are found."""
    count = int(lengths.sum())
    bits = max(10, count.bit_length())
    rows, heads = _frozen(rows), np.zeros((1 << bits) + 1, np.int64)
    count_postings(rows, lengths, prefixes, bits, heads)
    postings = Postings(
        rows=rows,
        sizes=_frozen(prefixes.sizes[rows]),
        bits=bits,
        heads=_frozen(heads),
        key=np.empty(count, np.uint32),
        row=np.empty(count, np.int32),
        place=np.empty(count, np.int32),
    )
    fill_postings(lengths, prefixes, postings)
    for filled in (postings.key, postings.row, postings.place):
        _frozen(filled)
    return postings


def _even_ranges(ends: Ints, count: int) -> list[tuple[int, int]]:
    """Cut what `ends` counts up, from 0, into ranges of about equal parts; no range is empty."""
    cuts = np.searchsorted(ends, np.linspace(0, ends[-1], count + 1)[1:-1])
    return [(int(a), int(b)) for a, b in pairwise(np.unique([0, *cuts, len(ends) - 1]))]


def _frozen(array: Any) -> Any:
    """The array, not to be written to: as it is where it is mapped, so that one compiled form serves both."""
    array.flags.writeable = False
    return array

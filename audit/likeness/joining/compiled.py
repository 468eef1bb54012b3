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
from functools import partial, reduce
from threading import local
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.engines.local import Engine
from audit.engines.shared import Shared
from audit.likeness.joining.gram_loops import CLASSES, MOST, Letters, Prefixes, Sketch, count_grams, find_prefixes
from audit.likeness.joining.keys import postings_of
from audit.likeness.joining.letters import letters_of
from audit.likeness.joining.pair_loops import Desk, Found, Plan, find_pairs
from audit.likeness.joining.pairs import Pairs
from audit.likeness.joining.ranges import counted_up, even_ranges, frozen, gathered, shares

MOST_BUCKETS = 23  # bits of a sketch: 16 MB; more find no rarer grams, measured on a million texts
WIDEST_SIGNATURE = 2_048  # bits
PROBED_AT_ONCE = 1 << 18  # pairs that there is room for, at least: 3 MB
RANGES = 32  # that the probes are cut into, of about equal work

_own = local()  # of a thread: the last plan that it worked on, and its desk


@dataclass(frozen=True)
class Range:
    """Probes first to last of a shared plan. `behind`: what to take off the right text of a pair."""

    plan: Shared[Plan]
    first: int
    last: int
    behind: int = 0


def plan_join(texts: pa.Array, others: pa.Array | None, n: int, limit: Fraction, engine: Engine) -> Plan:
    """Steps 1 to 3, and the index: of `others`, or of the texts themselves where there are none."""
    letters = letters_of(texts if others is None else pa.concat_arrays([texts, others]), n, engine)
    longest = int(np.diff(letters.starts).max(initial=0))
    with engine.share(letters) as shared, engine.share(_sketch(shared, letters, engine)) as counted:
        prefixes = _prefixes_of(shared, counted, letters, limit, engine)
    p, q = limit.numerator, limit.denominator
    sizes = prefixes.sizes.astype(np.int64)
    by_size = np.argsort(sizes.astype(np.min_scalar_type(longest)), kind="stable").astype(np.int32)
    if others is None:
        needed = -(-2 * p * sizes // (p + q))  # of the grams of two texts, of which this is the smaller one
        lengths = np.clip(sizes - needed + 1 - prefixes.single, 0, prefixes.lengths)
        rows = probes = by_size
    else:
        rows, probes = by_size[by_size >= len(texts)], by_size[by_size < len(texts)]
        lengths = prefixes.lengths
    postings = postings_of(rows, lengths[rows], prefixes, engine)
    return Plan(p, q, others is None, longest, letters, prefixes, postings, frozen(probes))


def ranges_of(plan: Plan, shared: Shared[Plan]) -> Iterator[Range]:
    """The work of step 4, in parts."""
    work = counted_up(plan.prefixes.lengths[plan.probes] + 1)
    behind = 0 if plan.within else len(plan.probes)
    for first, last in even_ranges(work, RANGES):
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
    """Forget the last plan that was worked on in this thread; another thread forgets when it ends."""
    _own.__dict__.clear()


def _pairs(plan: Plan, found: Found, behind: int) -> Pairs:
    left, right, shared = (column.astype(np.int64) for column in found)
    union = plan.prefixes.sizes[left] + plan.prefixes.sizes[right] - shared
    if plan.within:
        return Pairs(np.minimum(left, right), np.maximum(left, right), shared, union)
    return Pairs(left, right - behind, shared, union)


def _desk(shared: Shared[Plan]) -> Desk:
    """Where one thread works on a plan."""
    if getattr(_own, "plan", None) != shared:
        _own.plan, _own.desk = shared, _new_desk(shared.get())
    desk: Desk = _own.desk
    return desk


def _new_desk(plan: Plan) -> Desk:
    """Memory for `codes` is taken from the machine only where it is written to."""
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


def _sketch(shared: Shared[Letters], letters: Letters, engine: Engine) -> Sketch:
    """How often grams occur, in about as many buckets as there are grams."""
    bits = min(max(10, len(letters.letters).bit_length()), MOST_BUCKETS)
    parts = engine.map(partial(_counted, shared, bits), even_ranges(letters.starts, engine.workers))
    return Sketch(frozen(reduce(_added, parts)), bits, frozen(_classes()))


def _counted(shared: Shared[Letters], bits: int, part: tuple[int, int]) -> NDArray[np.uint16]:
    hits = np.zeros(1 << bits, np.uint16)
    count_grams(shared.get(), *part, bits, hits)
    return hits


def _added(hits: NDArray[np.uint16], more: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """The sum, or MOST where it is more."""
    least: NDArray[np.uint16] = np.minimum(hits, np.uint16(MOST) - more)
    least += more
    return least


def _classes() -> NDArray[np.uint8]:
    """The class of each number of hits: the number itself up to 15, then 16 classes for each doubling."""
    hits = np.arange(MOST + 1)
    doubled = np.maximum(np.frexp(hits)[1] - 5, 0)
    classes = 16 * doubled + (hits >> doubled)
    kinds: NDArray[np.uint8] = np.minimum(classes, CLASSES - 1).astype(np.uint8)
    return kinds


def _prefixes_of(
    shared: Shared[Letters], counted: Shared[Sketch], letters: Letters, limit: Fraction, engine: Engine
) -> Prefixes:
    """Step 3."""
    grams = np.maximum(np.diff(letters.starts) - letters.n + 1, 0)
    words = min(1 << (int(grams.sum()) // len(grams) // 64).bit_length(), WIDEST_SIGNATURE // 64)
    room = counted_up(grams - -(-limit.numerator * grams // limit.denominator) + 1)
    tasks = [(first, last, int(room[last] - room[first])) for first, last in shares(letters.starts, engine.workers)]
    parts = engine.map(partial(_prefixes, shared, counted, limit, words), tasks)
    sizes, single, lengths, keys, signatures = gathered(parts, *3 * [len(grams)], int(room[-1]), len(grams))
    return Prefixes(sizes, single, frozen(counted_up(lengths)[:-1]), lengths, keys, signatures)


def _prefixes(
    shared: Shared[Letters], counted: Shared[Sketch], limit: Fraction, words: int, part: tuple[int, int, int]
) -> tuple[NDArray[Any], ...]:
    """For a range of texts, with room for so many keys: the columns of Prefixes but for `begins`."""
    letters, (first, last, room), (p, q) = shared.get(), part, limit.as_integer_ratio()
    out = Prefixes(
        sizes=np.empty(last - first, np.int32),
        single=np.empty(last - first, np.int32),
        begins=np.empty(0, np.int64),
        lengths=np.empty(last - first, np.int32),
        keys=np.empty(room, np.uint64),
        signatures=np.empty((last - first, words), np.uint64),
    )
    longest = int(np.diff(letters.starts[first : last + 1]).max(initial=0))
    filled = find_prefixes(letters, first, last, counted.get(), p, q, longest, out)
    return out.sizes, out.single, out.lengths, out.keys[:filled], out.signatures

"""The join for few texts: no compiler needed, and quicker than starting one.

The method is AllPairs (Bayardo, Ma and Srikant, WWW 2007) with the prefix filter, the length filter and the bitmap
filter, in products of sparse matrices instead of posting lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
from scipy import sparse

from audit.likeness.grams import GramSets, Ints, gram_sets
from audit.likeness.joining.pairs import Pairs

FEWEST_ROWS = 2_000  # of a segment: below that, the calls cost more than the comparing
MATCHES_AT_ONCE = 1_000_000  # of prefix grams in one block: about 100 MB at the worst
PAIRS_AT_ONCE = 100_000  # whose signatures are compared in one go
GRAMS_AT_ONCE = 500_000  # compared in one go: larger parts leave the processor's cache
CELLS_AT_ONCE = 2_000_000  # of a dense block of overlaps: 8 MB
COMPARISONS_PER_PRODUCT = 8  # what comparing one gram costs, in multiplications of a sparse product; measured


@dataclass(frozen=True)
class _Segment:
    """Rows of like size, and their prefixes turned round: grams by rows. `first` is the place of the first row."""

    rows: GramSets
    index: sparse.csr_array
    first: int


@dataclass(frozen=True)
class _Block:
    """Some rows, to be compared with one segment. `first` is None where any row may meet any other."""

    rows: GramSets
    probe: sparse.csr_array
    first: int | None
    segment: _Segment
    threshold: Fraction


def self_blocks(texts: pa.Array, n: int, limit: Fraction) -> Iterator[_Block]:
    """Blocks that hold every pair of these distinct texts between them."""
    sets = gram_sets(texts, n)
    p, q = limit.numerator, limit.denominator
    # Each row looks for partners that are not larger; the smaller one may then use the shorter prefix.
    index, probe = sets.prefixes(_ceil(2 * p * sets.sizes, p + q)), sets.prefixes(_ceil(p * sets.sizes, q))
    return _self_blocks(sets, probe, list(_segments(sets, index, limit)), limit)


def cross_blocks(texts: pa.Array, others: pa.Array, n: int, limit: Fraction) -> Iterator[_Block]:
    """Blocks that hold every pair of one of `texts` and one of `others` between them."""
    count = len(texts)
    sets = gram_sets(pa.concat_arrays([texts, others]), n)
    probe = sets.prefixes(_ceil(limit.numerator * sets.sizes, limit.denominator))
    ours, theirs = np.flatnonzero(sets.texts < count), np.flatnonzero(sets.texts >= count)
    rows = sets.rows(theirs)
    segments = list(_segments(replace(rows, texts=rows.texts - count), probe[theirs], limit))
    return _cross_blocks(sets.rows(ours), probe[ours], segments, limit)


def _ceil(numerator: Ints, denominator: int) -> Ints:
    return -(-numerator // denominator)


def _segments(sets: GramSets, index: sparse.csr_array, limit: Fraction) -> Iterator[_Segment]:
    """Rows cut by size, so that a partner of a row stands in the row's own segment or in one beside it."""
    start, count = 0, len(sets.sizes)
    while start < count:
        reach = sets.sizes[start] * limit.denominator // limit.numerator
        end = max(int(np.searchsorted(sets.sizes, reach, "right")), min(start + FEWEST_ROWS, count))
        yield _Segment(sets.rows(slice(start, end)), index[start:end].T.tocsr(), start)
        start = end


def _self_blocks(
    sets: GramSets, probe: sparse.csr_array, segments: list[_Segment], limit: Fraction
) -> Iterator[_Block]:
    for below, own in zip([None, *segments], segments, strict=False):
        end = own.first + len(own.rows.texts)
        for segment in (below, own):
            if segment is not None:
                for start, stop in _cut(probe[own.first : end], segment, own.first):
                    yield _Block(sets.rows(slice(start, stop)), probe[start:stop], start, segment, limit)


def _cross_blocks(
    sets: GramSets, probe: sparse.csr_array, segments: list[_Segment], limit: Fraction
) -> Iterator[_Block]:
    p, q = limit.numerator, limit.denominator
    for segment in segments:
        smallest, largest = segment.rows.sizes[[0, -1]]
        start = int(np.searchsorted(sets.sizes, -(-smallest * p // q)))
        end = int(np.searchsorted(sets.sizes, largest * q // p, "right"))
        for a, b in _cut(probe[start:end], segment, start):
            yield _Block(sets.rows(slice(a, b)), probe[a:b], None, segment, limit)


def _cut(probe: sparse.csr_array, segment: _Segment, first: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows with about MATCHES_AT_ONCE matches each; one row alone may have more."""
    frequency = np.diff(segment.index.indptr).astype(np.int64)
    matches = np.concatenate([[0], np.cumsum(frequency[probe.indices])])[probe.indptr]
    start, count = 0, probe.shape[0]
    while start < count and matches[-1]:
        end = max(start + 1, int(np.searchsorted(matches, matches[start] + MATCHES_AT_ONCE, "right")) - 1)
        yield first + start, first + min(end, count)
        start = end


def join_block(block: _Block) -> Iterator[Pairs]:
    """The pairs of one block."""
    rows, others = block.rows, block.segment.rows
    p, q = block.threshold.numerator, block.threshold.denominator
    met = (block.probe @ block.segment.index).tocoo()
    i, j = met.coords
    if block.first is not None:
        once = j < i + (block.first - block.segment.first)
        i, j = i[once], j[once]
    fits = (rows.sizes[i] * p <= others.sizes[j] * q) & (others.sizes[j] * p <= rows.sizes[i] * q)
    i, j = i[fits].astype(np.int64), j[fits].astype(np.int64)
    need = _ceil(p * (rows.sizes[i] + others.sizes[j]), p + q)
    able = _most_shared(rows, others, i, j) >= need
    i, j, need = i[able], j[able], need[able]
    shared = _shared(rows, others, i, j)
    near = shared >= need
    i, j, shared = i[near], j[near], shared[near]
    left, right = rows.texts[i], others.texts[j]
    if block.first is not None:
        left, right = np.minimum(left, right), np.maximum(left, right)
    yield Pairs(left, right, shared, rows.sizes[i] + others.sizes[j] - shared)


def _most_shared(rows: GramSets, others: GramSets, i: Ints, j: Ints) -> Ints:
    """An upper bound on the shared grams: each bit that differs is a gram that only one of the two has."""
    apart = np.empty(len(i), np.int64)
    for part in _slices(len(i), PAIRS_AT_ONCE):
        apart[part] = np.bitwise_count(rows.signatures[i[part]] ^ others.signatures[j[part]]).sum(axis=1)
    return (rows.kept[i] + others.kept[j] - apart) // 2


def _shared(rows: GramSets, others: GramSets, i: Ints, j: Ints) -> Ints:
    """How many grams the rows i and the rows j have in common, pair by pair; i ascends."""
    compared = int(rows.kept[i].sum() + others.kept[j].sum())
    if compared > GRAMS_AT_ONCE:
        spread = np.bincount(others.matrix.indices, minlength=others.matrix.shape[1])
        if int(spread[rows.matrix.indices].sum()) < COMPARISONS_PER_PRODUCT * compared:
            return _shared_by_product(rows, others, i, j)
    shared = np.empty(len(i), np.int64)
    for part in _slices(len(i), max(1, len(i) * GRAMS_AT_ONCE // max(1, compared))):
        shared[part] = rows.matrix[i[part]].multiply(others.matrix[j[part]]).sum(axis=1)
    return shared


def _shared_by_product(rows: GramSets, others: GramSets, i: Ints, j: Ints) -> Ints:
    """The same, for all rows with all rows: pays where most pairs are wanted, as in crowds of near duplicates."""
    columns = others.matrix[: int(j.max()) + 1].T.tocsr()
    shared = np.empty(len(i), np.int64)
    for part in _slices(len(rows.sizes), max(1, CELLS_AT_ONCE // columns.shape[1])):
        start, end = np.searchsorted(i, [part.start, part.stop])
        overlaps = (rows.matrix[part] @ columns).toarray()
        shared[start:end] = overlaps[i[start:end] - part.start, j[start:end]]
    return shared


def _slices(count: int, size: int) -> Iterator[slice]:
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))

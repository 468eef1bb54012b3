"""Which texts are nearly the same: an exact join on the Jaccard similarity of their sets of character n-grams.

Every pair at or above the threshold comes out and no other; nothing is estimated. The comparison with the threshold
is made in whole numbers. Memory grows with the texts, not with the pairs: pairs come in parts. The texts given must be
distinct (`folding.distinct`), so one answer that stands in a hundred thousand rows makes no pair.

The method is AllPairs (Bayardo, Ma and Srikant, WWW 2007) with the prefix filter, the length filter and the bitmap
filter, in products of sparse matrices instead of posting lists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from audit.engines.local import Engine, Local
from audit.texts.grams import GramSets, Ints, gram_sets
from audit.types import AuditError

FEWEST_ROWS = 2_000  # of a segment: below that, the calls cost more than the comparing
MATCHES_AT_ONCE = 1_000_000  # of prefix grams in one block: about 100 MB at the worst
PAIRS_AT_ONCE = 100_000  # whose signatures are compared in one go
GRAMS_AT_ONCE = 500_000  # compared in one go: larger parts leave the processor's cache
CELLS_AT_ONCE = 2_000_000  # of a dense block of overlaps: 8 MB
COMPARISONS_PER_PRODUCT = 8  # what comparing one gram costs, in multiplications of a sparse product; measured


@dataclass(frozen=True)
class Pairs:
    """Pairs of texts: positions, grams that both have, grams that either has."""

    left: Ints
    right: Ints
    shared: Ints
    union: Ints

    @property
    def similarity(self) -> NDArray[np.float64]:
        """Jaccard similarity, 0 to 1."""
        return self.shared / self.union


@dataclass(frozen=True)
class Nearest:
    """For every text its nearest partner (-1 if it has none) and their similarity (0 if none)."""

    partner: Ints
    similarity: NDArray[np.float64]


@dataclass(frozen=True)
class Groups:
    """Texts that hang together by near duplicates.

    `representative`: for every text the most central text of its group, -1 if it has no near duplicate.
    """

    representative: Ints
    nearest: Nearest


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


def similar_pairs(
    texts: pa.Array, *, n: int = 5, threshold: float = 0.8, engine: Engine | None = None
) -> Iterator[Pairs]:
    """Every pair of these distinct texts with Jaccard similarity of n-grams >= threshold, once, in parts.

    The left text of a pair is the earlier one.
    """
    limit = exact(threshold)
    sets = gram_sets(texts, n)
    p, q = limit.numerator, limit.denominator
    # Each row looks for partners that are not larger; the smaller one may then use the shorter prefix.
    index, probe = sets.prefixes(_ceil(2 * p * sets.sizes, p + q)), sets.prefixes(_ceil(p * sets.sizes, q))
    segments = list(_segments(sets, index, limit))
    joined = (engine or Local()).map(_join, _self_blocks(sets, probe, segments, limit))
    yield from (pairs for pairs in joined if len(pairs.left))


def nearest_groups(texts: pa.Array, *, n: int = 5, threshold: float = 0.8, engine: Engine | None = None) -> Groups:
    """Groups of near duplicates among distinct texts (connected components).

    The representative is the text with the highest summed similarity to its partners; of equals the earliest.
    """
    count = len(texts)
    group = np.arange(count)
    centrality = np.zeros(count, np.int64)
    best = _Best(count)
    for pairs in similar_pairs(texts, n=n, threshold=threshold, engine=engine):
        best.see(pairs.left, pairs.right, pairs.similarity)
        best.see(pairs.right, pairs.left, pairs.similarity)
        weight = np.rint(pairs.similarity * 2**32).astype(np.int64)  # whole numbers: the order of adding is no matter
        np.add.at(centrality, pairs.left, weight)
        np.add.at(centrality, pairs.right, weight)
        links = (np.ones(len(pairs.left), bool), (group[pairs.left], group[pairs.right]))
        edges = sparse.coo_array(links, (count, count))
        group = connected_components(edges, directed=False)[1][group].astype(np.int64)
    order = np.lexsort((np.arange(count), -centrality, group))
    first = np.diff(group[order], prepend=-1) != 0
    representative = order[first][np.cumsum(first) - 1][np.argsort(order, kind="stable")]
    return Groups(np.where(best.partner < 0, -1, representative), Nearest(best.partner, best.similarity))


def nearest_matches(
    texts: pa.Array, others: pa.Array, *, n: int = 5, threshold: float = 0.8, engine: Engine | None = None
) -> Nearest:
    """For each of `texts` the same text among `others`, or else the most similar, of equals the earliest.

    Nothing below the threshold. Both are distinct in themselves.
    """
    equal = pc.index_in(texts, others).fill_null(-1).to_numpy().astype(np.int64)
    best = _Best(len(texts))
    best.see(np.flatnonzero(equal >= 0), equal[equal >= 0], np.ones(int((equal >= 0).sum())))
    open_ = np.flatnonzero(equal < 0)
    for pairs in cross_pairs(texts.take(pa.array(open_)), others, n=n, threshold=threshold, engine=engine):
        best.see(open_[pairs.left], pairs.right, pairs.similarity)
    return Nearest(best.partner, best.similarity)


def cross_pairs(
    texts: pa.Array, others: pa.Array, *, n: int = 5, threshold: float = 0.8, engine: Engine | None = None
) -> Iterator[Pairs]:
    """Every pair of one of `texts` (left) and one of `others` (right) with similarity >= threshold, in parts.

    Both are distinct in themselves. Equal texts make a pair if they have n characters or more.
    """
    limit = exact(threshold)
    count = len(texts)
    sets = gram_sets(pa.concat_arrays([texts, others]), n)
    probe = sets.prefixes(_ceil(limit.numerator * sets.sizes, limit.denominator))
    ours = np.flatnonzero(sets.texts < count)
    theirs = np.flatnonzero(sets.texts >= count)
    segments = list(_segments(sets.rows(theirs), probe[theirs], limit))
    blocks = _cross_blocks(sets.rows(ours), probe[ours], segments, limit)
    for pairs in (engine or Local()).map(_join, blocks):
        yield Pairs(pairs.left, pairs.right - count, pairs.shared, pairs.union)


def jaccard(one: str, other: str, n: int) -> float:
    """Similarity of two texts as above; for the odd pair, not for joins."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < n:
        return 0.0
    grams = [{text[i : i + n] for i in range(len(text) - n + 1)} for text in (one, other)]
    return len(grams[0] & grams[1]) / len(grams[0] | grams[1])


def exact(threshold: float) -> Fraction:
    """The fraction that is meant: 0.8 is 4/5, although no float is. Right for up to six decimals."""
    limit = Fraction(threshold).limit_denominator(10**6)
    if not 0 < limit <= 1:
        raise AuditError(f"threshold must be above 0 and at most 1; found {threshold!r}")
    return limit


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


def _join(block: _Block) -> Pairs:
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
    return Pairs(left, right, shared, rows.sizes[i] + others.sizes[j] - shared)


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


class _Best:
    """The nearest partner of every text among the pairs seen so far; what is seen first does not matter."""

    def __init__(self, count: int) -> None:
        self.partner = np.full(count, -1, np.int64)
        self.similarity = np.zeros(count)

    def see(self, texts: Ints, partners: Ints, similarity: NDArray[np.float64]) -> None:
        before = self.similarity.copy()
        np.maximum.at(self.similarity, texts, similarity)
        self.partner[self.similarity > before] = np.iinfo(np.int64).max
        best = similarity == self.similarity[texts]
        np.minimum.at(self.partner, texts[best], partners[best])

"""Texts as sets of character n-grams, in the order and shape that the similarity join wants.

A gram is identified exactly: equal numbers mean equal characters. Only dropping grams that occur once goes by a hash,
and there a collision merely keeps a gram that could have been dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy import sparse

from audit.nouns.dialogue import AuditError

Ints = NDArray[np.int64]
Numbers = NDArray[np.int32]
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: multiplicative hashing, Knuth, TAOCP 3, section 6.4
GRAMS_AT_ONCE = 1 << 20  # hashed in one go, so that scratch space stays at some 50 MB
WIDEST_SIGNATURE = 4096  # bits; on texts beyond that size the filter only lets more pairs through


@dataclass(frozen=True)
class GramSets:
    """Rows in ascending order of `sizes`; columns are the grams of two texts or more, the rarest first.

    `texts`: which text a row is. `sizes`: distinct grams of the text. `matrix`: rows by grams, ones, sorted.
    `signatures`: rows by 64-bit words; bit h is the parity of the row's grams that hash to h.
    """

    texts: Ints
    sizes: Ints
    matrix: sparse.csr_array
    signatures: NDArray[np.uint64]

    @property
    def kept(self) -> Ints:
        """How many of a row's grams have a column."""
        return np.diff(self.matrix.indptr).astype(np.int64)

    def rows(self, chosen: slice | Ints) -> GramSets:
        """Some of the rows, in the same order."""
        return GramSets(self.texts[chosen], self.sizes[chosen], self.matrix[chosen], self.signatures[chosen])

    def prefixes(self, overlaps: Ints) -> sparse.csr_array:
        """The rarest grams of each row: two rows that share `overlaps` grams or more share one of these.

        The prefix-filter principle of Chaudhuri, Ganti and Kaushik, ICDE 2006: size - overlap + 1 grams will do.
        """
        rare = self.sizes - self.kept  # grams without a column come first in the order, and match nothing
        lengths = np.clip(self.sizes - overlaps + 1 - rare, 0, self.kept)
        within = np.arange(self.matrix.nnz) - np.repeat(self.matrix.indptr[:-1], self.kept)
        inside = within < np.repeat(lengths, self.kept)
        return _ones(self.matrix.indices[inside], lengths, self.matrix.shape)


def gram_sets(texts: pa.Array, n: int) -> GramSets:
    """The sets of character n-grams of distinct texts.

    A text shorter than n is one gram, the whole text; as the texts are distinct, no other has that gram.
    """
    if n < 1:
        raise AuditError(f"a gram has at least one character; found {n}")
    count = len(texts)
    places = np.maximum(pc.utf8_length(texts).to_numpy().astype(np.int64) - n + 1, 1)
    owner, code = _without_singles(*every_gram(texts, n))
    dropped = places - np.bincount(owner, minlength=count)
    owner, gram = _sorted_distinct(owner, numbered(code))
    sizes = dropped + np.bincount(owner, minlength=count)
    frequency = np.bincount(gram)
    by_size, by_frequency = np.argsort(sizes, kind="stable"), np.argsort(frequency, kind="stable")
    shared = frequency[gram] > 1
    row, column = _sorted_distinct(_inverse(by_size)[owner[shared]], _inverse(by_frequency)[gram[shared]])
    matrix = _ones(column, np.bincount(row, minlength=count), (count, len(frequency)))
    return GramSets(by_size, sizes[by_size], matrix, _signatures(row, column, count))


def every_gram(texts: pa.Array, n: int) -> tuple[Numbers, Ints]:
    """Owner and number of every gram at every place, repeats included; nothing for texts shorter than n."""
    lengths = pc.utf8_length(texts).to_numpy().astype(np.int64)
    points = np.frombuffer("".join(texts.to_pylist()).encode("utf-32-le"), np.uint32)
    begins = np.ones(len(points), bool)  # whether a gram begins here, and does not run into the next text
    for k in range(1, n):
        begins[(np.cumsum(lengths) - k)[lengths >= k]] = False
    owner = np.repeat(np.arange(len(lengths), dtype=np.int32), np.maximum(lengths - n + 1, 0))
    numbers = _windows(points, n)
    return owner, numbers[begins[: len(numbers)]]


def _windows(points: NDArray[np.uint32], n: int) -> Ints:
    """For every place the number of the n code points that begin there; exact, whatever the alphabet."""
    if len(points) < n:
        return np.zeros(0, np.int64)
    used = np.zeros(int(points.max()) + 1, np.int32)
    used[points] = 1
    alphabet = int(used.sum())
    letter = (np.cumsum(used, dtype=np.int32) - 1)[points]
    end = len(points) - n + 1
    number = letter[:end].astype(np.int64)
    below = alphabet
    for k in range(1, n):
        if below * alphabet >= 2**63:
            number = numbered(number).astype(np.int64)
            below = int(number.max()) + 1
        number *= alphabet
        number += letter[k : end + k]
        below *= alphabet
    return number


def numbered(values: Ints) -> Numbers:
    """Equal values get equal numbers, from 0 without gaps."""
    return pa.array(values).dictionary_encode().indices.to_numpy()  # type: ignore[no-any-return]


def _without_singles(owner: Numbers, gram: Ints) -> tuple[Numbers, Ints]:
    """Without grams that are alone in their hash bucket: they occur once, so no two texts share them."""
    bits = max(10, (2 * len(gram)).bit_length())
    seen, crowded = np.zeros(1 << bits, bool), np.zeros(1 << bits, bool)
    parts = np.array_split(gram, len(gram) // GRAMS_AT_ONCE + 1)
    for part in parts:
        bucket = np.sort(_hashed(part, bits))
        crowded[bucket[seen[bucket]]] = True
        crowded[bucket[1:][bucket[1:] == bucket[:-1]]] = True
        seen[bucket] = True
    kept = np.concatenate([crowded[_hashed(part, bits)] for part in parts])
    return owner[kept], gram[kept]


def _hashed(values: Ints | Numbers, bits: int) -> Ints:
    """The top `bits` bits of a product: equal values, equal hashes."""
    product: NDArray[np.uint64] = values.astype(np.uint64) * GOLDEN
    return (product >> np.uint64(64 - bits)).astype(np.int64)


def _sorted_distinct(first: Numbers, second: Numbers) -> tuple[Numbers, Numbers]:
    """Pairs of numbers below 2**31 in ascending order, each once."""
    pairs = first.astype(np.int64) << 32 | second
    pairs.sort()
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    return (pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32)


def _inverse(order: Ints) -> Numbers:
    inverse = np.empty(len(order), np.int32)
    inverse[order] = np.arange(len(order))
    return inverse


def _ones(columns: Numbers, lengths: Ints, shape: tuple[int, int]) -> sparse.csr_array:
    ends = np.concatenate([[0], np.cumsum(lengths)])
    return sparse.csr_array((np.ones(len(columns), np.int32), columns, ends), shape)


def _signatures(row: Numbers, column: Numbers, count: int) -> NDArray[np.uint64]:
    """The bitmap filter of Sandes, Teodoro and Melo, Information Systems 88, 2020, about one bit per gram."""
    mean = len(row) // max(1, count)
    bits = min(max(64, 1 << mean.bit_length()), WIDEST_SIGNATURE)
    words = np.zeros(count * (bits // 64), np.uint64)
    for start in range(0, len(row), GRAMS_AT_ONCE):
        part = slice(start, start + GRAMS_AT_ONCE)
        place = _hashed(column[part], bits.bit_length() - 1)
        word = row[part].astype(np.int64) * (bits // 64) + (place >> 6)
        np.bitwise_xor.at(words, word, np.uint64(1) << (place & 63).astype(np.uint64))
    return words.reshape(count, bits // 64)

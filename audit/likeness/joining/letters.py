"""Texts as numbered letters, two bytes each."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.engines.local import Engine
from audit.engines.shared import Shared
from audit.likeness.grams import Ints, every_gram, numbered
from audit.likeness.joining.gram_loops import Letters, mark_letters, number_letters
from audit.likeness.joining.ranges import counted_up, frozen, gathered, shares

CODE_POINTS = 0x110000
MOST_LETTERS = 2**16


class Utf8(NamedTuple):
    """Text i is data[ends[i] : ends[i + 1]]; the first begins at 0."""

    data: NDArray[np.uint8]
    ends: Ints


def letters_of(texts: pa.Array, n: int, engine: Engine) -> Letters:
    """Distinct texts as letters of which n make a gram.

    Where grams of n letters of so many kinds do not fit in 64 bits, whole grams are numbered and taken for letters.
    """
    utf8 = _utf8(texts.cast(pa.large_string()))
    ranges = shares(utf8.ends, engine.workers)
    with engine.share(utf8) as shared:
        marked = list(engine.map(partial(_marked, shared), ranges))
        used = np.bitwise_or.reduce([used for used, _ in marked])
        base = int(used.sum())
        if base**n >= 2**64 or base > MOST_LETTERS:
            return _whole_grams(texts, n)
        number = frozen((np.cumsum(used, dtype=np.int32) - 1).astype(np.uint16))
        tasks = [(*part, count) for part, (_, count) in zip(ranges, marked, strict=True)]
        parts = engine.map(partial(_numbered, shared, number), tasks)
        letters, lengths = gathered(parts, sum(count for _, count in marked), len(texts))
    return Letters(letters, frozen(counted_up(lengths)), n, np.uint64(base), np.uint64(base ** (n - 1)))


def _utf8(texts: pa.Array) -> Utf8:
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    characters = np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)
    return Utf8(frozen(characters[ends[0] : ends[-1]]), frozen(ends - ends[0]))


def _marked(shared: Shared[Utf8], part: tuple[int, int]) -> tuple[NDArray[np.uint8], int]:
    """Which code points a range of texts has, and how many letters."""
    (data, ends), (first, last) = shared.get(), part
    used = np.zeros(CODE_POINTS, np.uint8)
    return used, mark_letters(data, ends[first], ends[last], used)


def _numbered(
    shared: Shared[Utf8], number: NDArray[np.uint16], part: tuple[int, int, int]
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """The letters of a range of texts, which are so many, and the lengths of the texts."""
    (data, ends), (first, last, count) = shared.get(), part
    letters, lengths = np.empty(count, np.uint16), np.empty(last - first, np.int32)
    number_letters(data, ends[first : last + 1], number, letters, lengths)
    return letters, lengths


def _whole_grams(texts: pa.Array, n: int) -> Letters:
    owner, gram = every_gram(texts, n)
    starts = counted_up(np.bincount(owner, minlength=len(texts)))
    letters = numbered(gram).astype(np.uint32)
    return Letters(frozen(letters), frozen(starts), 1, np.uint64(2**32), np.uint64(1))

"""Compiled loops over the grams of texts.

A gram is a number: its letters as digits to the base of the alphabet, plus one, so that equal numbers are equal grams.
`_mixed` scrambles it one to one, so that any bits of it will do as a hash and none is lost; 0 is no gram. Grams are
ordered by how often their bucket of a sketch was hit, in classes, and then by their number. Any order of all grams
makes the prefix filter right; one in which rare grams come first makes it sharp.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audit.likeness.joining.jit import compiled, inlined

Words = NDArray[np.uint64]

MOST = 65_535  # hits that a bucket of the sketch counts up to
CLASSES = 256
SHORT = 32  # grams of one class that are sorted by insertion
ONE = np.uint64(1)
NO_GRAM = np.uint64(0)
GOLDEN = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: multiplicative hashing, Knuth, TAOCP 3, section 6.4
ODD = np.uint64(0xBF58476D1CE4E5B9)  # of the finalizer of SplitMix64, Steele, Lea and Flood, OOPSLA 2014
HALF = np.uint64(32)
WORD = np.uint64(6)  # 2**6 bits


class Letters(NamedTuple):
    """Texts as numbered letters: text i is letters[starts[i] : starts[i + 1]], each below `base`.

    `top`: what the first letter of a gram of n letters counts for, base ** (n - 1); both below 2**64 with room for all.
    """

    letters: NDArray[np.uint32] | NDArray[np.uint16]
    starts: NDArray[np.int64]
    n: int
    base: np.uint64
    top: np.uint64


class Sketch(NamedTuple):
    """How often each of 2**bits buckets was hit by a gram, up to MOST, and the class of each such number."""

    hits: NDArray[np.uint16]
    bits: int
    classes: NDArray[np.uint8]


class Prefixes(NamedTuple):
    """The rarest grams of each text, in order, as far as a near text must have one of them.

    `sizes`: distinct grams, at least 1. `single`: grams of the prefix that occur nowhere else: they come first and are
    left out. `begins`, `lengths`: the part of `keys` that has the others. `signatures`: texts by 64-bit words; bit h is
    the parity of the text's grams that hash to h.
    """

    sizes: NDArray[np.int32]
    single: NDArray[np.int32]
    begins: NDArray[np.int64]
    lengths: NDArray[np.int32]
    keys: Words
    signatures: Words


@inlined
def _mixed(number: Any) -> Any:
    number = number * GOLDEN
    number = (number ^ (number >> HALF)) * ODD
    return number ^ (number >> HALF)


@inlined
def _decoded(data: Any, i: int) -> Any:
    """The code point that begins at byte i of UTF-8, and how many bytes it takes."""
    first = np.int64(data[i])
    if first < 0x80:
        return first, 1
    more = 1 if first < 0xE0 else 2 if first < 0xF0 else 3
    point = first & (0x3F >> more)
    for k in range(1, more + 1):
        point = (point << 6) | (np.int64(data[i + k]) & 0x3F)
    return point, more + 1


@compiled
def mark_letters(data: Any, first: int, last: int, used: Any) -> int:
    """Mark every code point that bytes first to last of UTF-8 hold; how many letters there are."""
    i, count = first, 0
    while i < last:
        point, width = _decoded(data, i)
        used[point] = 1
        i += width
        count += 1
    return count


@compiled
def number_letters(data: Any, ends: Any, number: Any, letters: Any, lengths: Any) -> None:
    """UTF-8 texts as `number[code point]` of each letter; `lengths` gets how many letters each text has."""
    at = 0
    for text in range(len(ends) - 1):
        before, i = at, ends[text]
        while i < ends[text + 1]:
            point, width = _decoded(data, i)
            letters[at] = number[point]
            at += 1
            i += width
        lengths[text] = at - before


@compiled
def count_grams(texts: Letters, first: int, last: int, bits: int, hits: Any) -> None:
    """Add the grams of texts first to last to the hits of a sketch of 2**bits buckets."""
    shift = np.uint64(64 - bits)
    for text in range(first, last):
        a, b = texts.starts[text], texts.starts[text + 1]
        number = NO_GRAM
        for i in range(a, b):
            number = number * texts.base + np.uint64(texts.letters[i])
            if i - a >= texts.n - 1:
                bucket = _mixed(number + ONE) >> shift
                if hits[bucket] < MOST:
                    hits[bucket] += 1
                number = number - np.uint64(texts.letters[i - texts.n + 1]) * texts.top


@compiled
def distinct_grams(texts: Letters, text: int, table: Any, out: Any) -> int:
    """The distinct grams of one text, in the order of first appearance; how many.

    `table` is scratch: a power of two, at least 16, that is twice the length of the text or more must fit in.
    """
    a, b = texts.starts[text], texts.starts[text + 1]
    width = 16
    while width < 2 * (b - a):
        width *= 2
    table[:width] = NO_GRAM
    mask = np.uint64(width - 1)
    number = NO_GRAM
    found = 0
    for i in range(a, b):
        number = number * texts.base + np.uint64(texts.letters[i])
        if i - a >= texts.n - 1:
            code = _mixed(number + ONE)
            place = code & mask
            while table[place] != NO_GRAM and table[place] != code:
                place = (place + ONE) & mask
            if table[place] == NO_GRAM:
                table[place] = code
                out[found] = code
                found += 1
            number = number - np.uint64(texts.letters[i - texts.n + 1]) * texts.top
    return found


@compiled
def find_prefixes(texts: Letters, first: int, last: int, sketch: Sketch, p: int, q: int, longest: int, out: Any) -> int:
    """Fill `out`, the Prefixes of texts first to last but for their `begins`, for similarity p/q; how many keys.

    `longest`: letters of the longest text. The principle is that of Chaudhuri, Ganti and Kaushik, ICDE 2006: two texts
    that share o grams share one of the first size - o + 1 of each.
    """
    table = np.empty(4 * longest + 32, np.uint64)
    codes = np.empty(longest + 1, np.uint64)
    classes = np.empty(longest + 1, np.uint8)
    rarest = np.empty(longest + 1, np.uint64)
    ends = np.empty(CLASSES + 1, np.int64)
    shift = np.uint64(64 - sketch.bits)
    filled = 0
    for text in range(first, last):
        size = distinct_grams(texts, text, table, codes)
        wanted = size - (p * size + q - 1) // q + 1 if size else 0
        for i in range(size):
            classes[i] = sketch.classes[sketch.hits[codes[i] >> shift]]
        single, kept = _rarest(codes[:size], classes, wanted, ends, rarest)
        _sign(codes[:size], out.signatures[text - first])
        out.keys[filled : filled + kept] = rarest[:kept]
        out.sizes[text - first] = max(1, size)
        out.single[text - first] = single
        out.lengths[text - first] = kept
        filled += kept
    return filled


@compiled
def _rarest(codes: Any, classes: Any, wanted: int, ends: Any, rarest: Any) -> tuple[int, int]:
    """The first `wanted` grams in order, in `rarest`, less those of class 1; how many of these, and how many of those.

    A bucket that was hit once holds a gram that occurs once: no other text has it.
    """
    ends[:] = 0
    for i in range(len(codes)):
        ends[classes[i]] += 1
    single = ends[1]
    ends[1] = 0
    total, last = single, 1
    while total < wanted:
        last += 1
        total += ends[last]
    for k in range(2, last + 1):
        ends[k] += ends[k - 1]
    for i in range(len(codes) - 1, -1, -1):
        if 1 < classes[i] <= last:
            ends[classes[i]] -= 1
            rarest[ends[classes[i]]] = codes[i]
    for k in range(2, last + 1):
        _sort(rarest[ends[k] : ends[k + 1] if k < last else total - single])
    return min(single, wanted), max(0, wanted - single)


@compiled
def _sort(codes: Any) -> None:
    if len(codes) > SHORT:
        codes[:] = np.sort(codes)
        return
    for i in range(1, len(codes)):
        code = codes[i]
        j = i - 1
        while j >= 0 and codes[j] > code:
            codes[j + 1] = codes[j]
            j -= 1
        codes[j + 1] = code


@compiled
def _sign(codes: Any, words: Any) -> None:
    """The bitmap filter of Sandes, Teodoro and Melo, Information Systems 88, 2020."""
    words[:] = NO_GRAM
    last = np.uint64(64 * len(words)) - ONE
    for code in codes:
        bit = (code >> WORD) & last
        words[bit >> WORD] ^= ONE << (bit & np.uint64(63))

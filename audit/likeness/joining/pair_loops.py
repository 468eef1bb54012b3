"""Compiled loops over pairs of texts: who shares a rare gram with whom, and how much they have in common."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from audit.likeness.joining.gram_loops import NO_GRAM, ONE, Letters, Prefixes, distinct_grams
from audit.likeness.joining.jit import compiled, inlined

LOW = np.uint64(0xFFFFFFFF)
FEW = 16  # postings that are looked through from the first; among more, the first that counts is searched for
AT_ONCE = 16  # grams looked up between two looks at whether the pair can still be near


class Postings(NamedTuple):
    """Texts in ascending order of size, and the keys of their prefixes in 2**bits buckets.

    `rows`, `sizes`: the texts, and their distinct grams. Bucket b is heads[b] to heads[b + 1] of `key` (the low half of
    the key: a false match only lets a pair through that is looked at closely then), `row` and `place`, in the order of
    grams within the text. Rows ascend within a bucket.
    """

    rows: NDArray[np.int32]
    sizes: NDArray[np.int32]
    bits: int
    heads: NDArray[np.int64]
    key: NDArray[np.uint32]
    row: NDArray[np.int32]
    place: NDArray[np.int32]


class Plan(NamedTuple):
    """All that is needed to find the near pairs of a range of probes, at similarity p/q; nothing of it is changed.

    `within`: the probes are the rows of the index, and each meets the rows before it. `longest`: letters of a text.
    """

    p: int
    q: int
    within: bool
    longest: int
    texts: Letters
    prefixes: Prefixes
    postings: Postings
    probes: NDArray[np.int32]


class Desk(NamedTuple):
    """Room to work in. `codes`: grams of texts that were looked at, from held[text]; used[0] of them.

    `shared`: of a row of the index, prefix grams in common with the text in hand, 0 between texts. `met`: such rows.
    `table`, `scratch`: hash tables of the grams of one text.
    """

    codes: NDArray[np.uint64]
    held: NDArray[np.int64]
    used: NDArray[np.int64]
    shared: NDArray[np.int32]
    met: NDArray[np.int32]
    table: NDArray[np.uint64]
    scratch: NDArray[np.uint64]


class Found(NamedTuple):
    """Pairs of texts, and the grams that both have."""

    left: NDArray[np.int32]
    right: NDArray[np.int32]
    shared: NDArray[np.int32]


@compiled
def find_pairs(plan: Plan, first: int, last: int, desk: Desk, found: Found) -> tuple[int, int]:
    """The near pairs of probes first to last, as far as there is room; the probe to go on with, and how many pairs."""
    filled = 0
    for at in range(first, last):
        size = plan.prefixes.sizes[plan.probes[at]]
        lowest = np.searchsorted(plan.postings.sizes, (plan.p * size + plan.q - 1) // plan.q)
        highest = at if plan.within else np.searchsorted(plan.postings.sizes, size * plan.q // plan.p, side="right")
        met = _meet(plan, plan.probes[at], lowest, highest, desk)
        if filled + met > len(found.left):
            desk.shared[desk.met[:met]] = 0
            return at, filled
        filled = _compare(plan, plan.probes[at], met, desk, found, filled)
    return last, filled


@compiled
def _meet(plan: Plan, text: int, lowest: int, highest: int, desk: Desk) -> int:
    """Rows from lowest up to highest that share a prefix gram with the text, in `desk.met`; how many.

    `desk.shared` of such a row is -1 where the places of the common grams show that too few can follow (the positional
    filter of Xiao, Wang, Lin and Yu, WWW 2008).
    """
    prefixes, postings = plan.prefixes, plan.postings
    shift = np.uint64(64 - postings.bits)
    size = prefixes.sizes[text]
    met = 0
    for k in range(prefixes.lengths[text] if lowest < highest else 0):
        key = prefixes.keys[prefixes.begins[text] + k]
        low = np.uint32(key & LOW)
        ahead = size - prefixes.single[text] - k  # grams from here on
        a, b = postings.heads[np.int64(key >> shift)], postings.heads[np.int64(key >> shift) + 1]
        if b - a > FEW:
            a += np.searchsorted(postings.row[a:b], lowest)
        for j in range(a, b):
            row = postings.row[j]
            if row >= highest:
                break
            if row < lowest or postings.key[j] != low or desk.shared[row] < 0:
                continue
            if desk.shared[row] == 0:
                desk.met[met] = row
                met += 1
            most = desk.shared[row] + min(ahead, postings.sizes[row] - postings.place[j])
            near = most * (plan.p + plan.q) >= plan.p * (size + postings.sizes[row])
            desk.shared[row] = desk.shared[row] + 1 if near else -1
    return met


@compiled
def _compare(plan: Plan, text: int, met: int, desk: Desk, found: Found, filled: int) -> int:
    """Add the near ones among the rows that were met to `found`, from place `filled` on; the next free place."""
    postings, signatures = plan.postings, plan.prefixes.signatures
    size = plan.prefixes.sizes[text]
    mask = NO_GRAM
    for k in range(met):
        row = desk.met[k]
        promising = desk.shared[row] > 0
        desk.shared[row] = 0
        other = postings.rows[row]
        both = size + postings.sizes[row]
        need = (plan.p * both + plan.p + plan.q - 1) // (plan.p + plan.q)
        if not promising or _bits_apart(signatures[text], signatures[other]) > both - 2 * need:
            continue
        if mask == NO_GRAM:
            mask = _set_up(plan, text, desk)
        begin = _grams_of(plan, other, desk)
        shared = _in_common(desk.codes[begin : begin + postings.sizes[row]], desk.table, mask, need)
        if shared >= need:
            found.left[filled], found.right[filled], found.shared[filled] = text, other, shared
            filled += 1
    return filled


@inlined
def _bits_set(word: Any) -> Any:
    """How many bits are set; LLVM makes one instruction of it. Warren, Hacker's Delight, section 5-1."""
    word = word - ((word >> ONE) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@compiled
def _bits_apart(ours: Any, theirs: Any) -> Any:
    """In how many bits two signatures differ: each is a gram that only one of the two texts has, or more."""
    bits = NO_GRAM
    for k in range(len(ours)):
        bits += _bits_set(ours[k] ^ theirs[k])
    return np.int64(bits)


@compiled
def _grams_of(plan: Plan, text: int, desk: Desk) -> Any:
    """Where the distinct grams of a text stand in `desk.codes`; they are made when first asked for."""
    if desk.held[text] < 0:
        desk.held[text] = desk.used[0]
        desk.used[0] += distinct_grams(plan.texts, text, desk.scratch, desk.codes[desk.used[0] :])
    return np.int64(desk.held[text])


@compiled
def _set_up(plan: Plan, text: int, desk: Desk) -> Any:
    """Make `desk.table` the hash table of the grams of one text; the mask of its places."""
    begin, size = _grams_of(plan, text, desk), plan.prefixes.sizes[text]
    width = 16
    while width < 2 * size:
        width *= 2
    mask = np.uint64(width - 1)
    desk.table[:width] = NO_GRAM
    for code in desk.codes[begin : begin + size]:
        place = code & mask
        while desk.table[place] != NO_GRAM:
            place = (place + ONE) & mask
        desk.table[place] = code
    return mask


@compiled
def _in_common(codes: Any, table: Any, mask: Any, need: int) -> int:
    """How many of these grams the table has; stops early, with less than `need`, where that is out of reach."""
    shared = 0
    for start in range(0, len(codes), AT_ONCE):
        for code in codes[start : start + AT_ONCE]:
            place = code & mask
            while table[place] != code and table[place] != NO_GRAM:
                place = (place + ONE) & mask
            shared += table[place] == code
        if shared + len(codes) - start - AT_ONCE < need:
            break
    return shared

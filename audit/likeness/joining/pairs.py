"""Pairs of near texts, and what is kept of them: groups, nearest partners, how central a text is. Never the pairs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from audit.likeness.grams import Ints

Floats = NDArray[np.float64]
UNIT = 2**32  # similarities are added up as whole numbers of 1 / UNIT: the order of adding is then no matter


@dataclass(frozen=True)
class Pairs:
    """Pairs of texts: positions, grams that both have, grams that either has."""

    left: Ints
    right: Ints
    shared: Ints
    union: Ints

    @property
    def similarity(self) -> Floats:
        """Jaccard similarity, 0 to 1."""
        return self.shared / self.union

    def at_least(self, limit: Fraction) -> Pairs:
        """The pairs of this similarity and more, compared in whole numbers."""
        near = self.shared * limit.denominator >= self.union * limit.numerator
        return self if near.all() else Pairs(self.left[near], self.right[near], self.shared[near], self.union[near])


@dataclass(frozen=True)
class Nearest:
    """For every text its nearest partner (-1 if it has none) and their similarity (0 if none)."""

    partner: Ints
    similarity: Floats


@dataclass(frozen=True)
class Groups:
    """Texts that hang together by near duplicates.

    `representative`: for every text the most central text of its group, -1 if it has no near duplicate. `central`: the
    summed similarity of a text to its partners, in 1 / UNIT.
    """

    representative: Ints
    central: Ints
    nearest: Nearest


@dataclass(frozen=True)
class Bonds:
    """What some pairs say of the texts in them: `text` ascends, and the others are as in Grouping."""

    text: Ints
    partner: Ints
    similarity: Floats
    central: Ints
    group: Ints


class Best:
    """The nearest partner of every text among the pairs seen so far; what is seen first does not matter."""

    def __init__(self, count: int) -> None:
        self.partner = np.full(count, -1, np.int64)
        self.similarity = np.zeros(count)

    def see(self, texts: Ints, partners: Ints, similarity: Floats) -> None:
        """Of equally near partners the earliest counts."""
        known = self.similarity[texts]
        np.maximum.at(self.similarity, texts, similarity)
        better = self.similarity[texts] > known
        self.partner[texts[better]] = np.iinfo(np.int64).max
        best = similarity == self.similarity[texts]
        np.minimum.at(self.partner, texts[best], partners[best])

    def nearest(self) -> Nearest:
        """As seen so far."""
        return Nearest(self.partner, self.similarity)


class Grouping:
    """Texts and what is known of them: linear in the texts, however many pairs are seen, in whatever order.

    `central`: summed similarity to the partners, in 1 / UNIT. `above`: another text of the group, nearer to the one
    that names it (union-find: Galler and Fischer, CACM 1964).
    """

    def __init__(self, count: int) -> None:
        self.best = Best(count)
        self.central = np.zeros(count, np.int64)
        self.above = np.arange(count)

    def see(self, pairs: Pairs) -> None:
        """Each pair is to be seen once."""
        similarity = pairs.similarity
        weight = np.rint(similarity * UNIT).astype(np.int64)
        for texts, partners in ((pairs.left, pairs.right), (pairs.right, pairs.left)):
            self.best.see(texts, partners, similarity)
            np.add.at(self.central, texts, weight)
        self._link(pairs.left, pairs.right)

    def take_in(self, bonds: Bonds) -> None:
        """What other pairs said."""
        self.best.see(bonds.text, bonds.partner, bonds.similarity)
        self.central[bonds.text] += bonds.central
        self._link(bonds.text, bonds.group)

    def _link(self, left: Ints, right: Ints) -> None:
        """Join the groups of texts that hang together; a group goes by the smallest of its names."""
        names, ends = np.unique(self._names(np.concatenate([left, right])), return_inverse=True)
        edges = (ends[: len(left)], ends[len(left) :])
        graph = sparse.coo_array((np.ones(len(left), bool), edges), (len(names), len(names)))
        part = connected_components(graph, directed=False)[1]
        first = np.full(len(names), len(self.above))
        np.minimum.at(first, part, names)
        self.above[names] = first[part]

    def _names(self, texts: Ints) -> Ints:
        """The name of the group of each text: where the way up ends."""
        names = self.above[texts]
        while not np.array_equal(higher := self.above[names], names):
            names = higher
        return names

    def bonds(self) -> Bonds:
        """What was seen, of those texts alone that have a partner."""
        text = np.flatnonzero(self.best.partner >= 0)
        return Bonds(text, self.best.partner[text], self.best.similarity[text], self.central[text], self._names(text))

    def groups(self) -> Groups:
        """The representative has the highest summed similarity to its partners; of equals it is the earliest."""
        texts = np.flatnonzero(self.best.partner >= 0)
        group = self._names(texts)
        order = np.lexsort((texts, -self.central[texts], group))
        first = np.diff(group[order], prepend=-1) != 0
        representative = np.full(len(self.above), -1, np.int64)
        representative[texts[order]] = texts[order][first][np.cumsum(first) - 1]
        return Groups(representative, self.central, self.best.nearest())


def bonds_of(parts: Iterable[Pairs], count: int, limits: tuple[Fraction, ...]) -> list[Bonds]:
    """For each limit what the pairs of that similarity say of `count` texts."""
    groupings = [Grouping(count) for _ in limits]
    for pairs in parts:
        for limit, grouping in zip(limits, groupings, strict=True):
            near = pairs.at_least(limit)
            if len(near.left):
                grouping.see(near)
    return [grouping.bonds() for grouping in groupings]

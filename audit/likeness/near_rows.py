"""Rows that are nearly the same as another row of their split in some part: what the near-duplicate rules share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.engines.local import Engine
from audit.likeness.grams import Ints
from audit.likeness.joining.pairs import Groups
from audit.likeness.matching import Matching
from audit.likeness.near_texts import groups_at, jaccard
from audit.likeness.substance import boilerplate


@dataclass(frozen=True)
class Near:
    """A row, the row near it that stays, and how alike they are."""

    row: int
    kept: int
    similarity: float


@dataclass(frozen=True)
class Part:
    """What of the rows is compared: `first` is for every row the first row with the same, `texts` are those of all.

    `counted`: rows that take part. Rows that are the same count once: other rules report the copies.
    """

    first: Ints
    texts: pa.Array
    numbers: Ints  # of the text of each row
    counted: NDArray[np.bool_]


def questions(matching: Matching) -> Part:
    """The folded questions; in a conversation only the first is a whole one."""
    opens = matching.corpus.column("turn").to_numpy() <= 1
    return Part(matching.same_question, matching.questions, matching.question, matching.asked & opens)


def answers(matching: Matching) -> Part:
    """The folded answers."""
    return Part(matching.same_answer, matching.answers, matching.answer, matching.answered)


def whole_rows(matching: Matching) -> Part:
    """Folded question and answer, with a line break between them."""
    import pyarrow.compute as pc

    rows = np.flatnonzero(matching.same_pair == np.arange(len(matching.answer)))
    number = np.zeros(len(matching.answer), np.int64)
    number[rows] = np.arange(len(rows))
    texts = (_taken(matching.questions, matching.question[rows]), _taken(matching.answers, matching.answer[rows]))
    joined = pc.binary_join_element_wise(*texts, pa.scalar("\n", pa.large_string()))
    return Part(matching.same_pair, joined, number, matching.asked & matching.answered)


def groups_by_split(
    matching: Matching, part: Part, thresholds: list[float], ngram: int, engine: Engine
) -> Iterator[tuple[Ints, list[Groups]]]:
    """For each split the rows that have a text for the first time, and their groups at each threshold."""
    row = np.arange(len(part.first))
    first = row[part.counted & (part.first == row)]
    for split in np.unique(matching.split[first]):
        rows = first[matching.split[first] == split]
        yield rows, groups_at(_taken(part.texts, part.numbers[rows]), thresholds, n=ngram, engine=engine)


def _taken(texts: pa.Array, numbers: Ints) -> pa.Array:
    """The texts of these numbers; all of them as they are is no copy."""
    return texts if np.array_equal(numbers, np.arange(len(texts))) else texts.take(numbers)


def near_rows(
    matching: Matching,
    part: Part,
    threshold: float,
    ngram: int,
    engine: Engine,
    *,
    same: Callable[[int, int, frozenset[str]], bool],
) -> list[Near]:
    """Each row that is near a row which stays, in the order of the rows.

    In each group the most central text stays, then whichever is not near one that stays: no row goes for the sake of
    one that goes as well. `same`: whether two near rows say the same, given the sentences that many of the near texts
    share.
    """
    found: list[Near] = []
    for rows, (groups,) in groups_by_split(matching, part, [threshold], ngram, engine):
        members = np.flatnonzero(groups.representative >= 0)
        text = dict(zip(members.tolist(), _taken(part.texts, part.numbers[rows[members]]).to_pylist(), strict=True))
        common = boilerplate(text.values())
        nearest = groups.nearest
        keeper: dict[int, int] = {}  # of each text seen so far the one that stays, often itself
        for at in members[np.lexsort((members, -groups.central[members]))].tolist():
            partner = int(nearest.partner[at])
            keeper[at] = at
            for other in dict.fromkeys((keeper.get(partner, -1), int(groups.representative[at]))):
                if other < 0 or keeper.get(other) != other or other == at:
                    continue
                alike = float(nearest.similarity[at]) if other == partner else jaccard(text[at], text[other], ngram)
                if alike >= threshold and same(int(rows[at]), int(rows[other]), common):
                    keeper[at] = other
                    found.append(Near(int(rows[at]), int(rows[other]), alike))
                    break
    return sorted(found, key=lambda near: near.row)

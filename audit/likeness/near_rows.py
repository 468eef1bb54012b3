"""Rows that are nearly the same as another row of their split in some part: what the near-duplicate rules share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.engines.local import Engine
from audit.likeness.grams import Ints
from audit.likeness.joining.pairs import Groups
from audit.likeness.matching import Matching
from audit.likeness.near_texts import groups_at


@dataclass(frozen=True)
class Near:
    """A row, the row that it is nearest to, the row that stands for their group, and how alike the first two are."""

    row: int
    partner: int
    head: int
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


def near_rows(matching: Matching, part: Part, threshold: float, ngram: int, engine: Engine) -> list[Near]:
    """Each row that is near another but does not stand for its group, in the order of the rows."""
    found: list[Near] = []
    for rows, (groups,) in groups_by_split(matching, part, [threshold], ngram, engine):
        flagged = np.flatnonzero((groups.representative >= 0) & (groups.representative != np.arange(len(rows))))
        columns = (rows[flagged], rows[groups.nearest.partner[flagged]], rows[groups.representative[flagged]])
        found += map(Near, *(c.tolist() for c in columns), groups.nearest.similarity[flagged].tolist())
    return sorted(found, key=lambda near: near.row)

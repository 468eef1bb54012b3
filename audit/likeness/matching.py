"""The rows of a corpus as numbers, so that the rules on duplicates compare numbers and not texts.

Rows are compared within their split only: that a held-out row stands in the training split as well is a leak, and
leaked-row says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audit.engines.local import Engine
from audit.likeness.grams import Ints
from audit.nouns.foreign_text import whole
from audit.rows.corpus import Corpus
from audit.texts.folding import distinct, folded


@dataclass(frozen=True)
class Matching:
    """For every row the number of its split, folded question and folded answer; equal numbers are equal texts."""

    corpus: Corpus
    split: Ints
    question: Ints
    answer: Ints
    questions: pa.Array  # folded, by number
    answers: pa.Array  # folded, by number

    @cached_property
    def same_pair(self) -> Ints:
        """For every row the first row of its split with the same question and answer."""
        return first_with(self.split, self.question, self.answer)

    @cached_property
    def same_answer(self) -> Ints:
        """For every row the first row of its split with the same answer."""
        return first_with(self.split, self.answer)

    @cached_property
    def same_question(self) -> Ints:
        """For every row the first row of its split with the same question."""
        return first_with(self.split, self.question)

    @cached_property
    def repeated(self) -> Ints:
        """For every row the row that it repeats, or itself.

        A turn of a conversation repeats another only if the whole conversation does: dropping one turn would
        leave the next without what it refers to.
        """
        repeats = self.same_pair.copy()
        turn = self.corpus.column("turn").to_numpy()
        if not turn.any():
            return repeats
        known: dict[tuple[int, ...], Ints] = {}
        record = self.corpus.column("record").to_numpy()
        talk = np.flatnonzero(turn > 0)
        for rows in np.split(talk, np.flatnonzero(np.diff(record[talk])) + 1):
            repeats[rows] = known.setdefault(tuple(self.same_pair[rows].tolist()), rows)
        return repeats

    @cached_property
    def answered(self) -> NDArray[np.bool_]:
        """Which rows have an answer after folding; empty-answer reports the others."""
        return np.asarray(pc.utf8_length(self.answers).to_numpy() > 0)[self.answer]

    @cached_property
    def asked(self) -> NDArray[np.bool_]:
        """Which rows have a question after folding."""
        return np.asarray(pc.utf8_length(self.questions).to_numpy() > 0)[self.question]

    def question_of(self, row: int) -> str:
        """The folded question of a row."""
        return str(self.questions[int(self.question[row])])

    def answer_of(self, row: int) -> str:
        """The folded answer of a row."""
        return str(self.answers[int(self.answer[row])])


def match(corpus: Corpus, engine: Engine) -> Matching:
    """Fold and number the splits, questions and answers of a corpus."""
    number, names = distinct(corpus.column("split"))
    split = distinct(folded(pa.chunked_array([names])))[0][number]
    (question, questions), (answer, answers) = (
        distinct(folded(corpus.column(name), engine.map)) for name in ("question", "answer")
    )
    return Matching(corpus, split, question, answer, questions, answers)


def first_with(*numbers: Ints) -> Ints:
    """For every row the first row that agrees with it in all these numbers."""
    key = numbers[0]
    first = key
    for more in (*numbers[1:], np.zeros_like(key)):
        _, first, key = np.unique(key * (int(more.max(initial=0)) + 1) + more, return_index=True, return_inverse=True)
    return first[key]


def same_text(corpus: Corpus, name: str, rows: Ints, others: Ints) -> list[bool]:
    """Whether each row has, character for character, the text of the other in the column `name`."""
    same = pc.equal(corpus.at(name, rows), corpus.at(name, others))
    return same.to_pylist()  # type: ignore[no-any-return]


def numbers_in(text: str) -> list[str]:
    """The numbers in a text: sums from one template are nearly the same text and another task."""
    return re.findall(r"\d+", text)


def alike(similarity: float) -> str:
    """How alike, for a message; rounded down, so that only equal texts are 100 % alike."""
    return f"{int(similarity * 100 + 1e-9)} % alike"


def excerpt(text: str, length: int = 40) -> str:
    """The beginning of a text on one line, for quoting in a message."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: whole(line, length - 1)].rstrip()}…"

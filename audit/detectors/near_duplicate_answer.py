"""Answers that are nearly the same as another answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from audit.corpus import Corpus
from audit.engines.local import Engine
from audit.matching import Matching, alike, match
from audit.similarity import jaccard, nearest_groups
from audit.texts.grams import Ints
from audit.types import Finding, Observations


def near_duplicate_answer(corpus: Corpus, engine: Engine, *, threshold: float = 0.8, ngram: int = 5) -> Observations:
    """One finding for each distinct answer that is near another of its split, but for the most central of a group.

    `threshold`: Jaccard similarity of the sets of character n-grams, `ngram` characters long. Answers that are equal
    after folding count once: duplicate-answer reports the others.
    """
    matching = match(corpus)
    found = [
        finding for rows in _distinct_answers(matching) for finding in _near(matching, rows, engine, threshold, ngram)
    ]
    yield from sorted(found, key=lambda finding: finding.row)


def _distinct_answers(matching: Matching) -> Iterator[Ints]:
    """The rows of each split that give an answer for the first time."""
    row = np.arange(len(matching.answer))
    first = row[matching.answered & (matching.same_answer == row)]
    for split in np.unique(matching.split[first]):
        yield first[matching.split[first] == split]


def _near(matching: Matching, rows: Ints, engine: Engine, threshold: float, ngram: int) -> Iterator[Finding]:
    answers = matching.answers.take(pa.array(matching.answer[rows]))
    groups = nearest_groups(answers, n=ngram, threshold=threshold, engine=engine)
    for place in np.flatnonzero((groups.representative >= 0) & (groups.representative != np.arange(len(rows)))):
        row, partner = int(rows[place]), int(rows[groups.nearest.partner[place]])
        similarity = float(groups.nearest.similarity[place])
        like_question = jaccard(_question(matching, row), _question(matching, partner), ngram) >= threshold
        whose = "a like" if like_question else "another"
        message = f"nearly the same as the answer to {whose} question ({alike(similarity)})"
        because = "like-question" if like_question else "other-question"
        group = int(rows[groups.representative[place]])
        yield Finding(row, message, score=similarity, because=because, related=(partner,), group=group)


def _question(matching: Matching, row: int) -> str:
    return str(matching.questions[int(matching.question[row])])

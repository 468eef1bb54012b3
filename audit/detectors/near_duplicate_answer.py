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
from audit.types import Finding, Observations, Tally

SWEEP = tuple(round(0.5 + 0.05 * step, 2) for step in range(11))
SWEPT = 3_000  # distinct answers of a split up to which thresholds below the setting are tried: a second at most


def near_duplicate_answer(corpus: Corpus, engine: Engine, *, threshold: float = 0.8, ngram: int = 5) -> Observations:
    """One finding for each distinct answer that is near another of its split, but for the most central of a group.

    `threshold`: Jaccard similarity of the sets of character n-grams, `ngram` characters long. Answers that are equal
    after folding count once: duplicate-answer reports the others.
    """
    matching = match(corpus)
    splits = list(_distinct_answers(matching))
    found = [finding for rows in splits for finding in _near(matching, rows, engine, threshold, ngram)]
    yield from sorted(found, key=lambda finding: finding.row)
    if sum(map(len, splits)) <= SWEPT:
        yield _sweep(matching, splits, engine, ngram)


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


def _sweep(matching: Matching, splits: list[Ints], engine: Engine, ngram: int) -> Tally:
    """How many distinct answers have another of their split at least as near, for each threshold."""
    nearest = [
        nearest_groups(
            matching.answers.take(pa.array(matching.answer[rows])), n=ngram, threshold=SWEEP[0], engine=engine
        )
        for rows in splits
    ]
    similarity = np.concatenate([groups.nearest.similarity for groups in nearest]) if nearest else np.zeros(0)
    note = "Distinct answers that have a near duplicate in their split, by the similarity that counts as near."
    rows = tuple((limit, int((similarity >= limit - 1e-9).sum()), len(similarity)) for limit in SWEEP)
    return Tally("near-duplicates", note, ("threshold", "answers", "of"), rows)


def _question(matching: Matching, row: int) -> str:
    return str(matching.questions[int(matching.question[row])])

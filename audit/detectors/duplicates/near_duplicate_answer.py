"""Answers that are nearly the same as another answer."""

from __future__ import annotations

import numpy as np

from audit.engines.local import Engine
from audit.likeness.matching import Matching, alike
from audit.likeness.near_rows import Part, answers, groups_by_split, near_rows
from audit.likeness.near_texts import jaccard
from audit.likeness.substance import differ, is_label
from audit.nouns.findings import Finding, Observations, Tally

SWEEP = tuple(round(0.5 + 0.05 * step, 2) for step in range(11))
SWEPT = 3_000  # distinct answers up to which thresholds below the setting are tried: a second at most


def near_duplicate_answer(
    matching: Matching, engine: Engine, *, threshold: float = 0.8, ngram: int = 5
) -> Observations:
    """One finding for each distinct answer that is near one of its split which stays, and says the same.

    `threshold`: Jaccard similarity of the sets of character n-grams, `ngram` characters long. Answers that are equal
    after folding count once: duplicate-answer reports the others. A label or a short answer is no duplicate, and to
    unlike questions an answer is none that differs in a sentence.
    """
    part = answers(matching)

    def same(row: int, other: int, common: frozenset[str]) -> bool:
        one, two = matching.answer_of(row), matching.answer_of(other)
        if is_label(one) or differ(one, two, common):
            return False
        return like(row, other) or not differ(one, two)

    def like(row: int, other: int) -> bool:
        return jaccard(matching.question_of(row), matching.question_of(other), ngram) >= threshold

    for near in near_rows(matching, part, threshold, ngram, engine, same=same):
        whose, because = ("a like", "like-question") if like(near.row, near.kept) else ("another", "other-question")
        message = f"nearly the same as the answer to {whose} question ({alike(near.similarity)})"
        yield Finding(near.row, message, score=near.similarity, because=because, related=(near.kept,), group=near.kept)
    if (part.counted & (part.first == np.arange(len(part.first)))).sum() <= SWEPT:
        yield _sweep(matching, part, ngram, engine)


def _sweep(matching: Matching, part: Part, ngram: int, engine: Engine) -> Tally:
    """How many distinct answers have another of their split at least as near, for each threshold."""
    splits = groups_by_split(matching, part, [SWEEP[0]], ngram, engine)
    similarity = np.concatenate([np.zeros(0), *(groups.nearest.similarity for _, (groups,) in splits)])
    note = "Distinct answers that have a near duplicate in their split, by the similarity that counts as near."
    rows = tuple((limit, int((similarity >= limit - 1e-9).sum()), len(similarity)) for limit in SWEEP)
    return Tally("near-duplicates", note, ("threshold", "answers", "of"), rows)

"""Questions that are nearly the same as another question."""

from __future__ import annotations

from audit.engines.local import Engine
from audit.likeness.matching import Matching, alike, numbers_in
from audit.likeness.near_rows import near_rows, questions
from audit.likeness.near_texts import jaccard
from audit.nouns.findings import Finding, Observations


def near_duplicate_question(
    matching: Matching, engine: Engine, *, threshold: float = 0.8, ngram: int = 5
) -> Observations:
    """One finding for each distinct question that is near another of its split, but for the most central of a group.

    `threshold`, `ngram`: as in near-duplicate-answer. Questions that differ in a number are other tasks. Questions that
    are equal after folding count once.
    """
    for near in near_rows(matching, questions(matching), threshold, ngram, engine):
        if numbers_in(matching.question_of(near.row)) == numbers_in(matching.question_of(near.partner)):
            like = jaccard(matching.answer_of(near.row), matching.answer_of(near.partner), ngram) >= threshold
            whose, because = ("a like", "like-answer") if like else ("another", "other-answer")
            message = f"nearly the same as a question with {whose} answer ({alike(near.similarity)})"
            yield Finding(
                near.row,
                message,
                score=near.similarity,
                because=because,
                field="question",
                related=(near.partner,),
                group=near.head,
            )

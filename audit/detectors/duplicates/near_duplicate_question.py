"""Questions that are nearly the same as another question."""

from __future__ import annotations

from audit.engines.local import Engine
from audit.likeness.matching import Matching, alike
from audit.likeness.near_rows import near_rows, questions
from audit.likeness.near_texts import jaccard
from audit.likeness.substance import differ
from audit.nouns.findings import Finding, Observations


def near_duplicate_question(
    matching: Matching, engine: Engine, *, threshold: float = 0.8, ngram: int = 5
) -> Observations:
    """One finding for each distinct question that is near one of its split which stays, and asks the same.

    `threshold`, `ngram`: as in near-duplicate-answer. Questions that differ in a number or a few words are other tasks,
    and so are those that share a passage and ask otherwise about it. Questions that are equal after folding count once.
    """

    def same(row: int, other: int, _common: frozenset[str]) -> bool:
        return not differ(matching.question_of(row), matching.question_of(other))

    for near in near_rows(matching, questions(matching), threshold, ngram, engine, same=same):
        like = jaccard(matching.answer_of(near.row), matching.answer_of(near.kept), ngram) >= threshold
        whose, because = ("a like", "like-answer") if like else ("another", "other-answer")
        yield Finding(
            near.row,
            f"nearly the same as a question with {whose} answer ({alike(near.similarity)})",
            score=near.similarity,
            because=because,
            field="question",
            related=(near.kept,),
            group=near.kept,
        )

"""Answers that are nearly the same as another answer."""

from __future__ import annotations

from audit.corpus import Corpus
from audit.engines.local import Engine
from audit.matching import alike, match
from audit.nearness import answers, near_rows
from audit.similarity import jaccard
from audit.types import Finding, Observations


def near_duplicate_answer(corpus: Corpus, engine: Engine, *, threshold: float = 0.8, ngram: int = 5) -> Observations:
    """One finding for each distinct answer that is near another of its split, but for the most central of a group.

    `threshold`: Jaccard similarity of the sets of character n-grams, `ngram` characters long. Answers that are equal
    after folding count once: duplicate-answer reports the others.
    """
    matching = match(corpus)
    for near in near_rows(matching, answers(matching), threshold, ngram, engine):
        like = jaccard(matching.question_of(near.row), matching.question_of(near.partner), ngram) >= threshold
        whose, because = ("a like", "like-question") if like else ("another", "other-question")
        message = f"nearly the same as the answer to {whose} question ({alike(near.similarity)})"
        yield Finding(
            near.row, message, score=near.similarity, because=because, related=(near.partner,), group=near.head
        )

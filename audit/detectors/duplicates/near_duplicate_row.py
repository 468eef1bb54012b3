"""Rows that are nearly the same as another row, question and answer together."""

from __future__ import annotations

from audit.engines.local import Engine
from audit.likeness.matching import Matching, alike, numbers_in
from audit.likeness.near_rows import near_rows, whole_rows
from audit.nouns.findings import Finding, Observations


def near_duplicate_row(matching: Matching, engine: Engine, *, threshold: float = 0.8, ngram: int = 5) -> Observations:
    """One finding for each distinct row that is near another of its split, but for the most central of a group.

    `threshold`, `ngram`: as in near-duplicate-answer, of question and answer put together. Rows whose questions differ
    in a number are other tasks; rows that are equal after folding count once.
    """
    for near in near_rows(matching, whole_rows(matching), threshold, ngram, engine):
        if numbers_in(matching.question_of(near.row)) == numbers_in(matching.question_of(near.partner)):
            message = f"question and answer are together nearly those of another row ({alike(near.similarity)})"
            yield Finding(
                near.row,
                message,
                score=near.similarity,
                because="near-row",
                related=(near.partner,),
                group=near.head,
            )

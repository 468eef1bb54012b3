"""Rows that are nearly the same as another row, question and answer together."""

from __future__ import annotations

from audit.engines.local import Engine
from audit.likeness.matching import Matching, alike
from audit.likeness.near_rows import near_rows, whole_rows
from audit.likeness.near_texts import jaccard
from audit.likeness.substance import differ
from audit.nouns.findings import Finding, Observations

SIDE = 0.6  # Jaccard similarity of character pairs that each side must have: a long answer outweighs a short question
PAIR = 2


def near_duplicate_row(matching: Matching, engine: Engine, *, threshold: float = 0.8, ngram: int = 5) -> Observations:
    """One finding for each distinct row that is near one of its split which stays, and asks and says the same.

    `threshold`, `ngram`: as in near-duplicate-answer, of question and answer put together. Rows that are equal after
    folding count once.
    """

    def same(row: int, other: int, common: frozenset[str]) -> bool:
        asked, said = ((side(row), side(other)) for side in (matching.question_of, matching.answer_of))
        if min(jaccard(*asked, n=PAIR), jaccard(*said, n=PAIR)) < SIDE:
            return False
        return not differ(*asked) and not differ(*said, common)

    for near in near_rows(matching, whole_rows(matching), threshold, ngram, engine, same=same):
        yield Finding(
            near.row,
            f"question and answer are together nearly those of another row ({alike(near.similarity)})",
            score=near.similarity,
            because="near-row",
            related=(near.kept,),
            group=near.kept,
        )

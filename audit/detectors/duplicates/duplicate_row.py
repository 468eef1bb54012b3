"""Rows that stand in the set more than once."""

from __future__ import annotations

import numpy as np

from audit.likeness.matching import Matching, same_text
from audit.nouns.findings import Finding, Observations


def duplicate_row(matching: Matching) -> Observations:
    """Rows that repeat the question and answer of an earlier row of their split; the earlier row is not flagged."""
    first = matching.repeated
    copies = np.bincount(first, minlength=len(first))
    later = np.flatnonzero(first != np.arange(len(first)))
    questions = same_text(matching.corpus, "question", later, first[later])
    answers = same_text(matching.corpus, "answer", later, first[later])
    for row, same_question, same_answer in zip(later.tolist(), questions, answers, strict=True):
        kept, exact = int(first[row]), same_question and same_answer
        how = "character for character" if exact else "but for case, width or white space"
        message = f"the same question and answer stand in {copies[kept]} rows, {how}"
        yield Finding(row, message, score=1.0, because="exact" if exact else "folded", related=(kept,), group=kept)

"""Answers that stand in the set more than once, with different questions."""

from __future__ import annotations

import numpy as np

from audit.likeness.matching import Matching, excerpt, same_text
from audit.nouns.findings import Finding, Observations


def duplicate_answer(matching: Matching) -> Observations:
    """Rows whose answer an earlier row of their split gives to another question; repeated rows do not count."""
    row = np.arange(len(matching.corpus))
    counted = matching.answered & (matching.repeated == row)
    first = matching.same_answer
    uses = np.bincount(first[counted], minlength=len(row))
    later = row[counted & (first != row)]
    exact = same_text(matching.corpus, "answer", later, first[later])
    texts = matching.corpus.at("answer", later).to_pylist()
    for again, same, text in zip(later.tolist(), exact, texts, strict=True):
        kept = int(first[again])
        message = f'the answer "{excerpt(text)}" stands in {uses[kept]} rows, with other questions or after other turns'
        yield Finding(again, message, score=1.0, because="exact" if same else "folded", related=(kept,), group=kept)

"""Answers that stand in the set more than once, with different questions."""

from __future__ import annotations

import numpy as np

from audit.corpus import Corpus
from audit.engines.local import Engine
from audit.matching import excerpt, match
from audit.types import Finding, Observations


def duplicate_answer(corpus: Corpus, engine: Engine) -> Observations:  # noqa: ARG001 - asked for: it needs all rows at once
    """Rows whose answer an earlier row of their split gives to another question; repeated rows do not count."""
    matching = match(corpus)
    row = np.arange(len(corpus))
    counted = matching.answered & (matching.repeated == row)
    first = matching.same_answer
    uses = np.bincount(first[counted], minlength=len(row))
    for later in row[counted & (first != row)].tolist():
        kept = int(first[later])
        answer, before = corpus.row(later).answer, corpus.row(kept).answer
        message = f'the answer "{excerpt(answer)}" stands in {uses[kept]} rows with different questions'
        because = "exact" if answer == before else "folded"
        yield Finding(later, message, score=1.0, because=because, related=(kept,), group=kept)

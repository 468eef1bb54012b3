"""Answers that stand in the set more than once, with different questions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from audit.corpus import Corpus
from audit.engines.local import Engine
from audit.matching import excerpt, match, same_text
from audit.types import Finding, Observations


def duplicate_answer(corpus: Corpus, engine: Engine) -> Observations:  # noqa: ARG001 - asked for: it needs all rows at once
    """Rows whose answer an earlier row of their split gives to another question; repeated rows do not count."""
    matching = match(corpus)
    row = np.arange(len(corpus))
    counted = matching.answered & (matching.repeated == row)
    first = matching.same_answer
    uses = np.bincount(first[counted], minlength=len(row))
    later = row[counted & (first != row)]
    answers = corpus.column("answer")
    exact = same_text(answers, later, first[later])
    texts = answers.take(pa.array(later)).to_pylist()
    for again, same, text in zip(later.tolist(), exact, texts, strict=True):
        kept = int(first[again])
        message = f'the answer "{excerpt(text)}" stands in {uses[kept]} rows, with other questions or after other turns'
        yield Finding(again, message, score=1.0, because="exact" if same else "folded", related=(kept,), group=kept)

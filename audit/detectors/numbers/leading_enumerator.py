"""Answers that open with the number of a list item although there is no list."""

from __future__ import annotations

from audit.detectors.numbers.judgement import candidates
from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus


def leading_enumerator(corpus: Corpus) -> Observations:
    """Answers that open with "1. ", "(2) ", "①" or "5번." with no list after it and none asked for.

    The span is the enumerator with the white space around it: cutting it out leaves the answer.
    """
    for position, judged in candidates(corpus.column("question"), corpus.column("answer")):
        if judged.kind == "enumerator":
            message = f"the answer opens with {judged.opening.text!r}, but no list follows and none was asked for"
            yield Finding(position, message, score=judged.score, because=judged.sign, span=judged.opening.span)

"""Outputs that begin with a digit: a fact about how a model opens its answers, not a fault."""

from __future__ import annotations

import pyarrow.compute as pc

from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus

DIGIT_FIRST = r"^[\s\p{Cf}]*\p{Nd}"  # RE2: white space and zero-width characters, then a digit of any script


def digit_start(corpus: Corpus) -> Observations:
    """Answers whose first visible character is a digit, whatever it means."""
    answers = corpus.column("answer")
    places = pc.indices_nonzero(pc.match_substring_regex(answers, DIGIT_FIRST))
    for position, answer in zip(places.to_pylist(), answers.take(places).to_pylist(), strict=True):
        start = next(place for place, character in enumerate(answer) if character.isdecimal())
        yield Finding(position, f"begins with the digit {answer[start]!r}", 1.0, "digit", span=(start, start + 1))

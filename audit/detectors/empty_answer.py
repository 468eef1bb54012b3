"""Answers with nothing in them."""

from __future__ import annotations

import unicodedata

from audit.corpus import Corpus
from audit.types import Finding, Observations

INVISIBLE = {"Cc", "Cf", "Zs", "Zl", "Zp"}  # Unicode categories that put no ink on the page


def empty_answer(corpus: Corpus) -> Observations:
    """Answers that are empty or hold only white space and invisible characters."""
    for position, answer in enumerate(corpus.texts("answer")):
        if all(unicodedata.category(character) in INVISIBLE for character in answer):
            found = "is empty" if not answer else f"holds only {len(answer)} invisible characters"
            yield Finding(position, f"the answer {found}", score=1.0, span=(0, len(answer)))

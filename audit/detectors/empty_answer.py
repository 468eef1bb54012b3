"""Answers with nothing in them."""

from __future__ import annotations

from audit.corpus import Corpus
from audit.passages import matching
from audit.types import Finding, Observations

# Characters that put no ink on the page: separators, controls, the fillers of Hangul (letters to Unicode, and a
# favourite for empty names), joiners and variation selectors (marks to Unicode), the blank braille pattern.
BLANK = r"\p{Z}\p{Cc}\p{Cf}\x{115f}\x{1160}\x{3164}\x{ffa0}\x{34f}\x{17b4}\x{17b5}\x{fe00}-\x{fe0f}\x{2800}"


def empty_answer(corpus: Corpus) -> Observations:
    """Answers that are empty or hold only white space and invisible characters."""
    for position, answer in matching(corpus, "answer", rf"\A[{BLANK}]*\z"):
        found = "is empty" if not answer else f"holds only {len(answer)} invisible characters"
        yield Finding(position, f"the answer {found}", score=1.0, span=(0, len(answer)))

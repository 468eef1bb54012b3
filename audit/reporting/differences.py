"""What one text has that another has not, by words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

MAX_CHARACTERS = 10_000  # of a text that are shown, around the first mark: a cell of 10 MB must not stop the keys
ALIKE = 0.4  # share of words in common below which marking single words would mark nearly all of them
UNSPACED = r"\u3040-\u30ff\u3400-\u9fff"  # kana and Han: no spaces between words, so each is compared alone
TOKEN = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+\s*|\s+|[^\w\s]")

Span = tuple[int, int]


def difference(left: str, right: str) -> tuple[str, Sequence[Span]]:
    """A word on how much of `left` is in `right`, and the code points of `left` that are not."""
    if left == right:
        return ", the same", []
    if max(len(left), len(right)) > MAX_CHARACTERS:
        return ", too long to compare", []
    mine, yours = TOKEN.findall(left), TOKEN.findall(right)
    matcher = SequenceMatcher(None, mine, yours)
    if matcher.ratio() < ALIKE:
        return ", another text", []
    offsets = [0]
    for token in mine:
        offsets.append(offsets[-1] + len(token))
    spans = [(offsets[a], offsets[b]) for kind, a, b, _, _ in matcher.get_opcodes() if kind != "equal" and a < b]
    return ", differs", spans

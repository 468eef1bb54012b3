"""What texts begin with, by kind: counted in columns, so that a million answers cost a second."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from audit.nouns.findings import Tally

ENUMERATOR = r"^\s*(?:[(\[]?\d{1,3}[.)\]](?:\s|$)|[\x{2460}-\x{249b}\x{2776}-\x{2793}])"  # "1. ", "(2) ", "①"
SCRIPTS = {"HANGUL": "Hangul", "LATIN": "Latin letter", "CJK": "Han or kana", "HIRAGANA": "Han or kana"}
SCRIPTS["KATAKANA"] = "Han or kana"
KINDS = (
    *("enumerator", "digit", "Hangul", "Latin letter", "Han or kana", "other letter"),
    *("emoji or sign", "quote or bracket", "punctuation", "nothing"),
)
COLUMNS = ("source", "kind", "count", "of")


def beginnings(texts: pa.Array | pa.ChunkedArray) -> Counter[str]:
    """How many of the texts begin with each kind."""
    counts = Counter[str]()
    listed = pc.match_substring_regex(texts, ENUMERATOR)
    counts["enumerator"] = pc.sum(listed).as_py() or 0
    others = texts.filter(pc.invert(listed))
    first = pc.utf8_slice_codeunits(pc.utf8_ltrim_whitespace(others), 0, 1)
    for entry in pc.value_counts(first).to_pylist():
        counts[kind(entry["values"])] += entry["counts"]
    return counts


def kind(character: str) -> str:
    """The kind of one character; "" is nothing."""
    if not character:
        return "nothing"
    category = unicodedata.category(character)
    if category.startswith("N"):
        return "digit"
    if category.startswith("L"):
        return SCRIPTS.get(unicodedata.name(character, "?").split()[0], "other letter")
    if category in ("Ps", "Pe", "Pi", "Pf") or character in "\"'":
        return "quote or bracket"
    return "punctuation" if category.startswith("P") else "emoji or sign"


def tally(parts: Iterable[tuple[str, pa.Array | pa.ChunkedArray]]) -> Tally:
    """What the texts of several sources begin with, one source beside the other; a source may come in parts."""
    counts: dict[str, Counter[str]] = {}
    for source, texts in parts:
        counts.setdefault(source, Counter()).update(beginnings(texts))
    rows = tuple(
        (source, name, seen[name], seen.total()) for source, seen in counts.items() for name in KINDS if seen[name]
    )
    return Tally("beginnings", "Which kind of character comes first, white space aside.", COLUMNS, rows)

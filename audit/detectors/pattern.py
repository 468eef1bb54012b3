"""Rows whose text matches the regular expression of a page: a rule of one's own needs no code.

Patterns are those of RE2, which reads a text once, whatever the pattern: no text makes it take forever. That is why
it has no look-around and no references back; `unless` takes their place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import count, pairwise

import pyarrow as pa
import pyarrow.compute as pc

from audit.nouns.findings import Field, Finding, Observations
from audit.rows.corpus import Corpus

FIELDS: dict[str, tuple[Field, ...]] = {
    "question": ("question",),
    "answer": ("answer",),
    "both": ("question", "answer"),
}
SIGN = 60  # characters of a match that are quoted as the sign that decided

Span = tuple[int, int]


def pattern(corpus: Corpus, *, field: str = "answer", regex: str = "", unless: str = "") -> Observations:
    """Every match of `regex` in the field that does not lie inside a match of `unless`.

    Texts and patterns are compared in NFC; spans are those of the text as it stands.
    """
    for name in FIELDS[field]:
        for position, text, spans in _matches(corpus, name, regex, unless):
            for start, end in spans:
                sign = " ".join(text[start:end].split())[:SIGN]
                yield Finding(position, f"the {name} has {sign!r}", because=sign, field=name, span=(start, end))


def mistake(*, field: str, regex: str, unless: str) -> tuple[str, str] | None:
    """The setting that cannot be, and what is wrong with it."""
    if field not in FIELDS:
        return "field", f"field must be one of {', '.join(FIELDS)}; found {field!r}"
    if not regex:
        return "regex", "a page with detector = 'pattern' needs a regex in [settings]"
    for key, text in (("regex", regex), ("unless", unless)):
        try:
            on_nothing = pc.match_substring_regex(pa.array([""]), _composed(text))[0].as_py()
        except pa.ArrowInvalid as error:
            why = str(error).removeprefix("Invalid regular expression: ")
            return key, f"{key} is no pattern of RE2, which has no look-around and no references back: {why}"
        if re.search(r"(?<!\\)(?:\\\\)*\\C", text):
            return key, f"{key} has \\C, which takes characters apart"
        if key == "regex" and on_nothing:
            return key, "regex matches a text with nothing in it, so it would match everywhere"
    return None


def _matches(corpus: Corpus, name: str, regex: str, unless: str) -> Iterator[tuple[int, str, list[Span]]]:
    """Position, text and spans of every row with a match that counts. Only rows that match become Python objects."""
    column = pc.utf8_normalize(corpus.column(name), "NFC")
    hits = pc.indices_nonzero(pc.match_substring_regex(column, _composed(regex)))
    composed, texts = column.take(hits), corpus.column(name).take(hits).to_pylist()
    let_be: Sequence[list[Span]] = _spans(composed, _composed(unless)) if unless else [[]] * len(texts)
    found = _spans(composed, _composed(regex))
    for position, text, spans, spared in zip(hits.to_pylist(), texts, found, let_be, strict=True):
        left = [(start, end) for start, end in spans if not any(a <= start and end <= b for a, b in spared)]
        if left:
            yield position, text, _in_original(text, left)


def _spans(column: pa.ChunkedArray, regex: str) -> list[list[Span]]:
    """Where the pattern matches in each text, in code points; matches of nothing are left out.

    Arrow tells where the first match is, in bytes. It can also put a sign before and after each, in one reading.
    """
    texts = column.to_pylist()
    used = set[str]().union(*texts)
    before, after = _unused(used)
    marked = pc.replace_substring_regex(column, regex, f"{before}\\0{after}").to_pylist()
    return [list(_between(text, before, after)) for text in marked]


def _unused(used: set[str]) -> tuple[str, str]:
    """Two characters that no text has: the first of the private use area, as a rule."""
    free = (chr(number) for number in count(0xE000) if chr(number) not in used)
    return next(free), next(free)


def _between(marked: str, before: str, after: str) -> Iterator[Span]:
    at = start = 0
    for part in re.split(f"([{before}{after}])", marked):
        if part == before:
            start = at
        elif part == after:
            if at > start:
                yield start, at
        else:
            at += len(part)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _in_original(text: str, spans: list[Span]) -> list[Span]:
    """Spans of the composed text as spans of the text: they grow to whole letters where these are decomposed."""
    if unicodedata.is_normalized("NFC", text):
        return spans
    starts: list[int] = []  # for each character of the composed text, where its letter begins; and ends
    ends: list[int] = []
    letters = [*_letters(text), len(text)]
    for start, end in pairwise(letters):
        size = len(unicodedata.normalize("NFC", text[start:end]))
        starts += [start] * size
        ends += [end] * size
    return [(starts[start], ends[end - 1]) for start, end in spans]


def _letters(text: str) -> Iterator[int]:
    """Where each letter begins: what follows it and may be composed with it is a part of it."""
    for at, character in enumerate(text):
        if at == 0 or not (unicodedata.combining(character) or character in _joining()):
            yield at


@cache
def _joining() -> frozenset[str]:
    """Characters that are no marks and yet are composed with the one before: the vowels and finals of Hangul, and some.

    A final joins a syllable that was composed before, so that U+11A7 and on cannot be told by decompositions.
    """
    hangul = {chr(number) for number in (*range(0x1161, 0x1176), *range(0x11A8, 0x11C3))}
    parts = (unicodedata.decomposition(chr(number)).split() for number in range(0xA0, 0x1_1A00))
    seconds = {chr(int(pair[1], 16)) for pair in parts if len(pair) == 2 and not pair[0].startswith("<")}
    return frozenset(hangul | {one for one in seconds if not unicodedata.combining(one)})

"""A row as text of many lines, with what was found in it marked; beside it another row, with what differs marked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from rich.text import Text

from audit.renderers.emoji import steady
from audit.renderers.excerpts import visible

MAX_CHARACTERS = 10_000  # of a field that are shown, around the first mark: a cell of 10 MB must not stop the keys
ALIKE = 0.4  # share of words in common below which marking single words would mark nearly all of them
FOUND_STYLE, DIFFERENT_STYLE, LABEL_STYLE = "bold reverse", "bold underline yellow", "dim"
UNSPACED = r"\u3040-\u30ff\u3400-\u9fff"  # kana and Han: no spaces between words, so each is compared alone
TOKEN = re.compile(rf"[{UNSPACED}]|[^\W{UNSPACED}]+\s*|\s+|[^\w\s]")

Span = tuple[int, int]


def row_text(
    row: Mapping[str, Any], found: Mapping[str, Sequence[Span]], beside: Mapping[str, Any] | None = None
) -> Text:
    """Question and answer under their names: `found` in ⟦…⟧, and what the row `beside` does not share underlined."""
    text = Text()
    for name in ("question", "answer"):
        note, different = ("", []) if beside is None else _difference(row[name], beside[name])
        text.append(f"{name}{note}\n", LABEL_STYLE)
        text.append_text(marked(row[name], found.get(name, ()), different))
        text.append("\n\n" if name == "question" else "")
    return text


def marked(text: str, found: Sequence[Span], different: Sequence[Span] = ()) -> Text:
    """`text` with its line ends, nothing in it that acts on a terminal, and two kinds of code points marked."""
    first = min((start for start, _ in found), default=0)
    low = max(0, min(first - MAX_CHARACTERS // 2, len(text) - MAX_CHARACTERS))
    high = min(len(text), low + MAX_CHARACTERS)
    ends = {end for start, end in found if start < end}
    starts = {start for start, end in found if start < end}
    empty = {start for start, end in found if start == end}
    parts, places = [f"… {low:,} characters before\n" if low else ""], {}
    length = len(parts[0])
    for at in range(low, high + 1):
        sign = ("⟧" if at in ends else "") + ("⟦⟧" if at in empty else "") + ("⟦" if at in starts else "")
        places[at] = length, length + len(sign)
        sign += _sign(text[at]) if at < high else ""
        parts.append(sign)
        length += len(sign)
    parts.append(f"\n… {len(text) - high:,} characters more" if high < len(text) else "")
    result = Text("".join(parts))
    for spans, style in ((different, DIFFERENT_STYLE), (found, FOUND_STYLE)):
        for start, end in spans:
            if start <= high and end >= low:
                result.stylize(style, *_place(places, max(start, low), min(end, high), style == FOUND_STYLE))
    return result


def shown(text: str) -> str:
    """The text on one line, with nothing in it that acts on a terminal or that terminals draw differently."""
    return visible(steady(text))


def _place(places: Mapping[int, Span], start: int, end: int, brackets: bool) -> Span:
    """Where code points stand in what is shown, with the brackets around them or without."""
    return (places[start][0], places[end][1]) if brackets else (places[start][1], places[end][0])


def _sign(character: str) -> str:
    return "⏎\n" if character == "\n" else shown(character)


def _difference(left: str, right: str) -> tuple[str, Sequence[Span]]:
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

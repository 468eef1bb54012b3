"""A row as text of many lines, with what was found in it marked; beside it another row, with what differs marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from audit.nouns.foreign_text import visible
from audit.reporting.differences import MAX_CHARACTERS, Span, difference
from audit.reporting.screen.emoji import steady

FOUND_STYLE, DIFFERENT_STYLE, LABEL_STYLE = "bold reverse", "bold underline yellow", "dim"


def row_text(
    row: Mapping[str, Any], found: Mapping[str, Sequence[Span]], beside: Mapping[str, Any] | None = None
) -> Text:
    """Question and answer under their names: `found` in ⟦…⟧, and what the row `beside` does not share underlined."""
    text = Text()
    for name in ("question", "answer"):
        note, different = ("", []) if beside is None else difference(row[name], beside[name])
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

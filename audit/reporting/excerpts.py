"""One line of a text for the screen, cut to a width in terminal cells around the part that matters."""

from __future__ import annotations

from rich.cells import cell_len
from rich.text import Text

from audit.nouns.foreign_text import visible, whole, whole_after

MARK_STYLE = "bold reverse"


def excerpt(text: str, width: int, span: tuple[int, int] | None = None) -> Text:
    """`text` on one line in at most `width` cells, the code points of `span` marked as ⟦…⟧ and in reverse."""
    start, end = span if span else (0, 0)
    reach = 4 * width  # code points: more than fit, so that a cell of 10 MB costs no more than a short one
    first = min(whole_after(text, max(start - reach, 0)), start)
    last = max(whole(text, min(end + reach, len(text))), end)
    parts = (text[first:start], text[start : min(end, start + reach)], text[end:last])
    before, marked, after = map(visible, parts)
    brackets = ("⟦", "⟧") if span else ("", "")
    room = width - 2 * bool(span)
    marked = _head(marked, room)
    room -= cell_len(marked)
    keep_before = min(cell_len(before), max(room // 3, room - cell_len(after)))
    before = _tail(before, keep_before)
    after = _head(after, room - cell_len(before))
    return Text.assemble(before, (brackets[0] + marked + brackets[1], MARK_STYLE), after)


def _head(text: str, width: int) -> str:
    """The beginning of the text in at most `width` cells, ending in … where something was cut."""
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) >= width:
        text = text[: min(whole(text, max(len(text) - max((cell_len(text) - width) // 2, 1), 0)), len(text) - 1)]
    return text + "…" if width > 0 else ""


def _tail(text: str, width: int) -> str:
    """The end of the text in at most `width` cells, beginning with … where something was cut."""
    if cell_len(text) <= width:
        return text
    while text and cell_len(text) >= width:
        text = text[whole_after(text, max((cell_len(text) - width) // 2, 1)) :]
    return "…" + text if width > 0 else ""

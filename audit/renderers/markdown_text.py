"""What Markdown needs: tables, lists and code in which no text of the data acts as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from audit.foreign import visible

LONGEST = 300  # characters shown of an output: a loop says it all by then


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells are escaped, but for **bold** words of ours."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, cells))} |" for cells in lines)


def _cell(text: str) -> str:
    bold = re.fullmatch(r"\*\*[\w ]+\*\*", text)
    return text if bold else escape(text)


def listed(lines: Iterable[str]) -> str:
    """A list; a line with code in it is taken as it is."""
    return "\n".join(f"- {line if '`' in line else escape(line)}" for line in lines)


def escape(text: str) -> str:
    """Text that Markdown and HTML leave alone; backticks stay, as the tool's own sentences use them."""
    return re.sub(r"([|\\*_<>\[\]])", r"\\\1", visible(text))


def code(text: str) -> str:
    """A text as inline code, between more backticks than it holds."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    padded = f" {visible(text)} " if "`" in text else visible(text)
    return f"{fence}{padded}{fence}"


def fenced(lines: Iterable[str]) -> str:
    """Lines as they are, between more backticks than they hold."""
    text = "\n".join(lines)
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence}text\n{text}\n{fence}"


def short(text: str) -> str:
    """On one line, and no longer than a person reads."""
    line = visible(text)
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"

"""What Markdown needs: tables, lists and code in which no text of the data acts as markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from audit.nouns.foreign_text import cut, lines, visible

LONGEST = 300  # characters shown of an output: a loop says it all by then
ACTS = re.compile(r"([\\`*_~<>\[\]|&#$]|^[-+=]|^\d+(?=[.)]))")  # CommonMark, and GitHub's tables, strikes and formulas
BOLD = re.compile(r"\*\*[\w ]+\*\*")


class Markdown(str):
    """Text that is Markdown already; whatever else is put into a table or a list is escaped."""

    __slots__ = ()


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Markdown:
    """A table; cells are escaped, but for **bold** words of ours."""
    ruled = [heads, ["---"] * len(heads)]
    body = ["| " + " | ".join(map(_cell, cells)) + " |" for cells in rows]
    return Markdown("\n".join(["| " + " | ".join(map(_head, cells)) + " |" for cells in ruled] + body))


def _head(text: str) -> str:
    return text if text == "---" else _cell(text)


def _cell(text: str) -> str:
    bold = BOLD.fullmatch(text)
    return text if bold else re.sub(r"(?<!\\)\|", r"\\|", escape(text))  # a table ends a cell at | in code, too


def listed(texts: Iterable[str]) -> Markdown:
    """A list."""
    return Markdown("\n".join(f"- {escape(text)}" for text in texts))


def escape(text: str) -> Markdown:
    """Text that Markdown and HTML leave alone. What our sentences put between backticks is code.

    Where a text of the data brings a backtick of its own, none of them counts.
    """
    if isinstance(text, Markdown):
        return text
    parts = visible(text).split("`")
    if len(parts) % 2 == 0 or not all(parts[1::2]):
        return Markdown(ACTS.sub(r"\\\1", visible(text)))
    return Markdown("".join(code(part) if at % 2 else ACTS.sub(r"\\\1", part) for at, part in enumerate(parts)))


def code(text: str) -> Markdown:
    """A text as inline code, between more backticks than it holds."""
    shown = visible(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    return Markdown(f"{fence} {shown} {fence}" if "`" in shown else f"{fence}{shown}{fence}")


def fenced(texts: Iterable[str]) -> Markdown:
    """Lines as they are, between more backticks than they hold."""
    text = lines("\n".join(texts))
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return Markdown(f"{fence}text\n{text}\n{fence}")


def short(text: str) -> str:
    """On one line, and no longer than a person reads."""
    return cut(visible(text), LONGEST)

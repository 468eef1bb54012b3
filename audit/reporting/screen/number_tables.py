"""What screens of numbers have in common: tables without lines, and answers under each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from audit.nouns.trials import SideBySide
from audit.reporting.excerpts import excerpt


def plain_table(*heads: str) -> Table:
    """A table without lines, numbers to the right of a name."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, head in enumerate(heads):
        table.add_column(head, justify="right" if number else "left", no_wrap=True)
    return table


def side_by_side(examples: Sequence[SideBySide], width: int) -> Group:
    """Questions with the answers of several models or prompts under each other, and what is wrong with each."""
    labels = ["expected", *(label for example in examples for label in example.answers)]
    room = max(map(len, labels)) + 2
    lines = [line for example in examples for line in _answers(example, width, room)]
    return Group(Text("\nAnswers side by side", style="bold"), *lines)


def _answers(example: SideBySide, width: int, room: int) -> Iterator[Text]:
    yield Text("Q ") + excerpt(example.question, width - 4)
    if example.expected:
        yield Text(f"  {'expected':{room}}", style="dim") + excerpt(example.expected, width - room - 4)
    for label, said in example.answers.items():
        marks = ", ".join(example.marks.get(label, ()))
        tail = Text(f"  ({marks})" if marks else "", style="yellow")
        yield Text(f"  {label:{room}}") + excerpt(said, max(width - room - tail.cell_len - 4, 12)) + tail

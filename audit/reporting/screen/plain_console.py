"""The console that every screen is drawn on: a name that reads like markup, or that holds an escape, is only a name."""

from __future__ import annotations

from collections.abc import Iterable
from io import StringIO
from typing import Protocol

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from audit.nouns.foreign_text import lines
from audit.nouns.reports import Report


class PlainConsole(Console):
    """A console that takes no `[bold]` or `:smile:` for more than it is, and lets through no character that acts."""

    def __init__(self, *, stderr: bool = False, width: int | None = None, file: StringIO | None = None) -> None:
        super().__init__(
            stderr=stderr,
            width=width,
            file=file,
            color_system="auto" if file is None else None,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """What is drawn, piece by piece; what rich itself sends to the terminal (colours, bars) stays."""
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(lines(segment.text), segment.style)


class Draws(Protocol):
    """What draws a report."""

    def __call__(self, report: Report, console: Console, show: int = 3, /) -> None:
        """Print the report."""


def as_text(draw: Draws, report: Report, show: int, width: int) -> str:
    """What `draw` puts on the screen without colour, as text of at most `width` cells a line."""
    file = StringIO()
    draw(report, PlainConsole(file=file, width=width), show)
    return "".join(line.rstrip() + "\n" for line in file.getvalue().splitlines())

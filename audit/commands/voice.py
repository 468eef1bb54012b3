"""What every command prints goes through here, so that nothing foreign acts and no encoding fails.

A sentence goes to stderr. What a person reads goes to stdout in the encoding that it has, with escapes for letters that
this lacks (`speak_to_any_terminal`). What a program reads goes to stdout as UTF-8 whatever the terminal speaks: JSON,
a page, XML and CSV say in themselves that this is what they are.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable

import click

from audit.nouns.foreign_text import lines, told


def say(message: object) -> None:
    """A sentence of ours on stderr, on a line of its own."""
    click.echo(f"audit: {told(str(message))}", err=True)


def put(text: str) -> None:
    """Lines for a person on stdout."""
    click.echo(lines(text))


def hand_over(pieces: Iterable[str]) -> None:
    """The text of a format on stdout, as UTF-8."""
    for piece in pieces:
        click.echo(piece.encode("utf-8"), nl=False)


def speak_to_any_terminal() -> None:
    """Letters that the encoding of stdout or stderr lacks (cp949, ASCII) are written as their numbers."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")

"""JSONL: one JSON object on each line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TextIO

from audit.rows.formats.decoding import TextFile
from audit.rows.formats.fault import Fault
from audit.rows.formats.json_text import parse
from audit.rows.formats.limits import longest_row
from audit.rows.formats.records import Raw, Record, Records


def open_json_lines(file: TextFile) -> Records:
    """A file with one JSON object on each line; blank lines are none."""
    return Records(
        file.name, "jsonl", partial(_read, file), encoding=file.encoding, compression=file.compression, file=file
    )


def _read(file: TextFile, _columns: Sequence[str] | None) -> Iterator[Record]:
    with file.open(newline="\n") as text:
        for number, line in enumerate(_lines(text), 1):
            if line.isspace():
                continue
            fault = file.fault(line) if file.suspect else None
            yield number, fault or record(line)


def _lines(text: TextIO) -> Iterator[str]:
    """The lines; of one that is too long to be a record no more than tells so."""
    enough = longest_row() + 1
    while line := text.readline(enough):
        rest = line
        while len(rest) == enough and not rest.endswith("\n"):
            rest = text.readline(enough)
        yield line


def record(line: str) -> Raw | Fault:
    """The object on one line."""
    try:
        value = parse(line)
    except Fault as fault:
        return fault
    return value if isinstance(value, dict) else Fault("is no JSON object, {…}")

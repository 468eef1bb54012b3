"""CSV and TSV."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import islice

from audit.formats.records import Fault, Record, Records, check_columns
from audit.formats.text import TextFile
from audit.types import AuditError

LARGEST_CELL = 1 << 25  # characters; a quote that is never closed is noticed after so many
DELIMITERS = (",", "\t", ";", "|")

Row = tuple[int, list[str] | Fault, str]
"""The line on which the row begins, from 1, its cells, and its text with the line end."""


def open_delimited(file: TextFile, expected: str) -> Records:
    """A file with a header line. `expected`: the delimiter that the file's name promises, or ""."""
    csv.field_size_limit(max(LARGEST_CELL, csv.field_size_limit()))
    delimiter = _delimiter(file, expected)
    _, header, _ = next(_rows(file, delimiter), (0, [], ""))
    if isinstance(header, Fault):
        raise AuditError(f"{file.name}: the header line {header}")
    return Records(
        name=file.name,
        format="tsv" if delimiter == "\t" else "csv",
        read=partial(_read, file, delimiter),
        columns=check_columns(file.name, header),
        encoding=file.encoding,
        delimiter=delimiter,
        compression=file.compression,
        remark="" if delimiter in ",\t" else f"cells divided by {delimiter!r}",
        file=file,
    )


def _delimiter(file: TextFile, expected: str) -> str:
    """The expected one if the header has it, else what divides the header into most cells."""
    with file.open(newline="") as lines:
        head = [line[: 1 << 20] for line in islice(lines, 5)]  # a header cell may hold line ends

    def cells(delimiter: str) -> int:
        return len(next(csv.reader(head, delimiter=delimiter), ()))

    return expected if expected and cells(expected) > 1 else max(DELIMITERS, key=cells)


def _read(file: TextFile, delimiter: str, _columns: Sequence[str] | None) -> Iterator[Record]:
    rows = _rows(file, delimiter)
    _, header, _ = next(rows)
    if isinstance(header, Fault):
        raise AuditError(f"{file.name}: the header line {header}")
    width = len(header)
    for line, row, _ in rows:
        if isinstance(row, Fault):
            yield line, row
        elif len(row) != width:
            yield line, Fault(f"has {len(row)} cells where the header has {width}")
        else:
            yield line, dict(zip(header, row, strict=True))


def _rows(file: TextFile, delimiter: str) -> Iterator[Row]:
    return (row for row in cut(file, delimiter) if row[1])


def cut(file: TextFile, delimiter: str) -> Iterator[Row]:
    """The whole text cut into rows. A blank line has no cells; a row that cannot be read is a Fault."""
    with file.open(newline="") as text:
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            lines.row.clear()
            first = lines.number + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield (*_broken(lines, first, delimiter, str(error)), lines.row[0])
                continue
            fault = next(filter(None, map(file.fault, lines.row)), None) if file.suspect else None
            yield first, fault or row, "".join(lines.row)


class _Lines:
    """Physical lines for csv.reader. Those of the row being read are kept, so that a broken row can be given back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.source = iter(lines)
        self.again: deque[str] = deque()
        self.row: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else next(self.source)
        self.number += 1
        self.row.append(line)
        return line

    def give_back(self) -> None:
        """Read all lines of this row but the first again: an open quote may have swallowed good rows."""
        self.again.extendleft(reversed(self.row[1:]))
        self.number -= len(self.row) - 1


def _broken(lines: _Lines, first: int, delimiter: str, error: str) -> tuple[int, Fault]:
    opened = first + _open_quote(lines.row, delimiter)
    last = lines.number
    lines.give_back()
    if "unexpected end" in error:
        return opened, Fault("opens a quoted cell that is never closed")
    if "field larger" in error:
        return opened, Fault(
            f"opens a cell of more than {LARGEST_CELL:,} characters, as if its quote were never closed"
        )
    if "expected after" in error:
        place = "on the same line" if last == opened else f"on line {last}"
        return opened, Fault(
            f"opens a quoted cell whose quote closes {place} and is followed by more text; "
            'a quote inside a quoted cell is written twice ("")'
        )
    return opened, Fault(f"is no CSV ({error})")


def _open_quote(lines: list[str], delimiter: str) -> int:
    """Index of the line on which the last quoted cell opens."""
    opened, inside, before = 0, False, delimiter
    for number, line in enumerate(lines):
        for character in line:
            if character == '"' and not inside and before in (delimiter, "\n", "\r"):
                opened = number
            if character == '"' and (inside or before in (delimiter, "\n", "\r", '"')):
                inside = not inside
            before = character
    return opened

"""CSV and TSV."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple, TextIO

from audit.nouns.dialogue import AuditError
from audit.rows.formats.decoding import TextFile
from audit.rows.formats.fault import Fault
from audit.rows.formats.limits import LONGEST_ROW, longest_row, too_long
from audit.rows.formats.records import Record, Records, check_columns

TOO_LONG = "too long for a row"
DELIMITERS = (",", "\t", ";", "|")

Row = tuple[int, list[str] | Fault, str]
"""The line on which the row begins, from 1, its cells, and its text with the line end."""


def open_delimited(file: TextFile, expected: str) -> Records:
    """A file with a header line. `expected`: the delimiter that the file's name promises, or ""."""
    csv.field_size_limit(max(LONGEST_ROW, csv.field_size_limit()))
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
        head = [lines.readline(1 << 20) for _ in range(5)]  # a header cell may hold line ends

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
    return (row for row in cut(file, delimiter, whole=False) if row[1])


def cut(file: TextFile, delimiter: str, *, whole: bool = True) -> Iterator[Row]:
    """The whole text cut into rows. A blank line has no cells; a row that cannot be read is a Fault.

    `whole`: also the text of a line that is too long to be a row.
    """
    with file.open(newline="") as text:
        lines = _Lines(text, whole)
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        last = None
        while True:
            lines.begin()
            first = lines.number + 1
            swallowed = last is not None and first < last.end
            try:
                row = next(csv.reader([next(lines)], delimiter=delimiter, strict=True) if swallowed else reader)
            except StopIteration:
                return
            except csv.Error as error:
                broken = _Broken(first + _open_quote(lines.row, delimiter), lines.number, str(error))
                if swallowed and last and "unexpected end" in str(error):
                    broken = last._replace(opened=max(first, last.opened))
                else:
                    last = broken
                lines.give_back()
                yield broken.opened, broken.fault(first), lines.row[0]
                continue
            fault = next(filter(None, map(file.fault, lines.row)), None) if file.suspect else None
            yield first, fault or row, "".join(lines.row)


class _Broken(NamedTuple):
    """A row that came to nothing: the line on which its last quoted cell opens, its last line, and why.

    Its lines but the first are read again, each by itself: where one of them opens a quote that it does not close, it
    would come to nothing at the same place. So no line is looked at more than twice.
    """

    opened: int
    end: int
    error: str

    def fault(self, first: int) -> Fault:
        """What is wrong with a row that begins on line `first`."""
        if "unexpected end" in self.error:
            return Fault("opens a quoted cell that is never closed")
        if TOO_LONG in self.error and first == self.end:
            return Fault(f"is a line of {too_long()}")
        if TOO_LONG in self.error:
            return Fault(f"opens a cell of {too_long()}, as if its quote were never closed")
        if "expected after" in self.error:
            place = "on the same line" if self.end == self.opened else f"on line {self.end}"
            return Fault(
                f"opens a quoted cell whose quote closes {place} and is followed by more text; "
                'a quote inside a quoted cell is written twice ("")'
            )
        return Fault(f"is no CSV ({self.error})")


class _Lines:
    """Physical lines for csv.reader. Those of the row being read are kept, so that a broken row can be given back."""

    def __init__(self, text: TextIO, whole: bool) -> None:
        self.text, self.whole = text, whole
        self.enough = longest_row() + 1
        self.again: deque[str] = deque()
        self.row: list[str] = []
        self.size = 0
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self.again.popleft() if self.again else self._read()
        self.number += 1
        self.row.append(line)
        self.size += len(line)
        if self.size >= self.enough:
            raise csv.Error(TOO_LONG)
        return line

    def begin(self) -> None:
        """A row begins with the next line."""
        self.row.clear()
        self.size = 0

    def give_back(self) -> None:
        """Read all lines of this row but the first again: an open quote may have swallowed good rows."""
        self.again.extendleft(reversed(self.row[1:]))
        self.number -= len(self.row) - 1

    def _read(self) -> str:
        line = rest = self.text.readline(self.enough)
        if not line:
            raise StopIteration
        while len(rest) == self.enough and not rest.endswith(("\r", "\n")):
            rest = self.text.readline(self.enough)
            line = line + rest if self.whole else line
        return line


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

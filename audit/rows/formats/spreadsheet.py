"""XLSX: the first visible sheet, whose first row is the header."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from math import isfinite
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.rows.formats.fault import Fault
from audit.rows.formats.records import Record, Records, check_columns
from audit.rows.formats.workbook import Book, Sheet, opened, pieces, unescape

LAST_ROW, LAST_COLUMN = 1_048_576, 16_384  # https://support.microsoft.com "Excel specifications and limits"
MERGED = 1_000_000  # cells: a program that writes the sheet again makes an object of each
PLACE = re.compile("([A-Z]{1,3})([0-9]{1,7})")
RANGE = re.compile("([A-Z]{1,3})([0-9]{1,7}):([A-Z]{1,3})([0-9]{1,7})")
NUMBER = re.compile(r"[+-]?(\d{1,400}(\.\d{0,400})?|\.\d{1,400})([eE][+-]?\d{1,4})?")
WORDS = ("s", "str", "inlineStr")  # types of cells that hold text

Row = tuple[int, dict[int, Any]]
"""Its number in the sheet, and the cells that are not empty by their column, both from 1."""


def open_spreadsheet(name: str, path: Path) -> Records:
    """A workbook; AuditError for a damaged one, and for one without a sheet that has cells."""
    with opened(name, path) as book:
        sheet = _seen(book)
        several = len([sheet for sheet in book.sheets if sheet.visible])
        _, header = next(_rows(book, sheet), (0, {}))
    others = f"sheet {sheet.title!r} of {several}" if several > 1 else ""
    return Records(
        name, "xlsx", partial(_read, name, path), check_columns(name, _names(header).values()), remark=others
    )


def columns_of(name: str, path: Path) -> dict[str, int]:
    """Names of columns -> where they are, from 1."""
    with opened(name, path) as book:
        _, header = next(_rows(book, _seen(book)), (0, {}))
    return {column: place for place, column in _names(header).items()}


def _read(name: str, path: Path, columns: Sequence[str] | None) -> Iterator[Record]:
    with opened(name, path) as book:
        rows = _rows(book, _seen(book))
        _, header = next(rows, (0, {}))
        wanted = [(i, column) for i, column in _names(header).items() if columns is None or column in columns]
        for number, cells in rows:
            yield number, {column: cells.get(i) for i, column in wanted}


def _seen(book: Book) -> Sheet:
    """The sheet that a person sees first."""
    if not book.sheets or not book.sheets[0].visible:
        raise AuditError(f"{book.name}: the workbook has no visible sheet with cells")
    return book.sheets[0]


def _names(header: Mapping[int, Any]) -> dict[int, str]:
    """The columns that have a name, by where they are; what is no text (a date, a formula) is called by its letters."""
    return {
        place: f"column {letters(place)}" if isinstance(value, Fault) else str(value)
        for place, value in header.items()
        if value is not None
    }


def _rows(book: Book, sheet: Sheet) -> Iterator[Row]:
    """Rows with their number in the sheet; rows without any cell are none."""
    cells = _Cells(book, sheet)
    for _ in pieces(book.archive, sheet.part, cells.start, cells.end, cells.text):
        yield from cells.ready
        cells.ready.clear()


class _Cells:
    """Hears the XML of a sheet and puts rows into `ready`. AuditError for a place that no sheet has, or has twice."""

    def __init__(self, book: Book, sheet: Sheet) -> None:
        self.strings, self.dates = book.strings(), book.dates
        self.where = f"{book.name}, sheet {sheet.title!r}"
        self.ready: list[Row] = []
        self.row = self.column = self.merged = 0
        self.cells: dict[int, Any] = {}
        self.kind, self.look = "n", 0
        self.formula = self.inside = self.silent = self.between = False
        self.parts: list[str] = []

    def start(self, tag: str, about: Mapping[str, str]) -> None:
        if tag == "c" and self.between:
            self._begin_cell(about)
        elif tag in ("v", "t"):
            self.inside = not self.silent
        elif tag == "row":
            self._begin_row(about)
        elif tag == "f":
            self.formula = True
        elif tag == "rPh":  # how a text is pronounced
            self.silent = True
        elif tag == "mergeCell":
            self._merge(about.get("ref", ""))

    def text(self, data: str) -> None:
        if self.inside:
            self.parts.append(data)

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self.inside = False
        elif tag == "c" and self.between:
            value = self._value("".join(self.parts))
            if value is not None:
                self.cells[self.column] = value
        elif tag == "row":
            self.between = False
            if self.cells:
                self.ready.append((self.row, self.cells))
                self.cells = {}
        elif tag == "rPh":
            self.silent = False

    def _begin_row(self, about: Mapping[str, str]) -> None:
        number = _digits(about["r"]) if "r" in about else self.row + 1
        if not self.row < number <= LAST_ROW:
            self._refuse(f"after row {self.row} comes a row that is numbered {about.get('r', number)!r}")
        self.row, self.column, self.between = number, 0, True

    def _begin_cell(self, about: Mapping[str, str]) -> None:
        column = self.column + 1
        if "r" in about:
            found = PLACE.fullmatch(about["r"])
            column = _column(found[1]) if found and int(found[2]) == self.row else 0
        if not self.column < column <= LAST_COLUMN:
            self._refuse(f"row {self.row} has a cell {about.get('r', f'number {column:,}')!r} in a wrong place")
        self.column, self.kind, self.look = column, about.get("t", "n"), _digits(about.get("s", "0"))
        self.formula = False
        self.parts.clear()

    def _merge(self, cells: str) -> None:
        if found := RANGE.fullmatch(cells):
            height, width = int(found[4]) - int(found[2]) + 1, _column(found[3]) - _column(found[1]) + 1
            self.merged += max(0, height) * max(0, width)
        if self.merged > MERGED:
            self._refuse(f"more than {MERGED:,} cells are merged into others, the last {cells[:40]!r}")

    def _refuse(self, what: str) -> None:
        raise AuditError(f"{self.where}: {what}; save the workbook again as XLSX or CSV")

    def _value(self, text: str) -> Any:
        """What the cell holds; a Fault for what a person sees differently from what the file holds."""
        if self.formula:
            return Fault("is a formula; save the sheet with values in place of formulas")
        if self.kind in WORDS:
            return self._words(text)
        return self._other(text) if text else None

    def _other(self, text: str) -> Any:
        if self.kind == "e":
            return Fault(f"is the error {text[:40]}")
        if self.kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(text) or Fault(f"is neither true nor false but {text[:40]!r}")
        if self.kind == "d" or self.look in self.dates:
            return Fault("is a date or time whose look depends on the sheet; format the column as text")
        return _number(text)

    def _words(self, text: str) -> Any:
        if self.kind == "s":
            if not text:
                return None
            number = _digits(text)
            if not 0 <= number < len(self.strings):
                return Fault(f"refers to the text number {text[:40]}, and the workbook has {len(self.strings):,}")
            return self.strings[number]
        if not text and self.kind == "str":
            return None
        return unescape(text)


def _number(text: str) -> Any:
    text = text.strip()
    if not NUMBER.fullmatch(text):
        return Fault(f"is no number but {text[:40]!r}")
    if text.lstrip("+-").isdigit():
        return int(text)
    number = float(text)
    return number if isfinite(number) else Fault(f"is a number too large to be read, {text[:40]}")


def _digits(text: str) -> int:
    """A number without a sign; -1 for everything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _column(text: str) -> int:
    """The column with these letters, from 1."""
    number = 0
    for letter in text:
        number = number * 26 + ord(letter) - 64
    return number


def letters(column: int) -> str:
    """What a sheet calls this column."""
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text

"""XLSX: the first visible sheet, whose first row is the header."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from zipfile import BadZipFile

from audit.formats.records import Fault, Record, Records, check_columns
from audit.types import AuditError

ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")  # how XLSX writes carriage returns and other control characters


def open_spreadsheet(name: str, path: Path) -> Records:
    """A workbook; AuditError for a damaged one, and for one without a sheet that has cells."""
    with path.open("rb") as file:
        sheets = [sheet.title for sheet in _visible(name, file)]
    _, header = next(_rows(name, path), (0, ()))
    columns = [cell.value for cell in header if cell.value is not None]
    others = f"sheet {sheets[0]!r} of {len(sheets)}" if len(sheets) > 1 else ""
    return Records(name, "xlsx", partial(_read, name, path), check_columns(name, columns), remark=others)


def _read(name: str, path: Path, columns: Sequence[str] | None) -> Iterator[Record]:
    rows = _rows(name, path)
    _, header = next(rows, (0, ()))
    names = [None if cell.value is None else str(cell.value) for cell in header]
    wanted = [
        (i, column) for i, column in enumerate(names) if column is not None and (columns is None or column in columns)
    ]
    for number, cells in rows:
        yield number, {column: _value(cells[i]) if i < len(cells) else None for i, column in wanted}


def _rows(name: str, path: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """Rows with their number in the sheet; rows without any cell are none."""
    with path.open("rb") as file:
        sheet = _visible(name, file)[0]
        sheet.reset_dimensions()  # some writers state a wrong size, and openpyxl would believe it
        for number, cells in enumerate(sheet.iter_rows(), 1):
            if any(cell.value is not None for cell in cells):
                yield number, cells


def _visible(name: str, file: BinaryIO) -> list[Any]:
    """The sheets that a person sees, never none."""
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of styles and extensions, which say nothing about texts
            book = load_workbook(file, read_only=True)
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise AuditError(f"{name}: the workbook is damaged ({error}); save it again as XLSX or CSV") from error
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    if not sheets:
        raise AuditError(f"{name}: the workbook has no visible sheet with cells")
    return sheets


def _value(cell: Any) -> Any:
    """What the cell holds; a Fault for what a person sees differently from what the file holds."""
    value = cell.value
    if isinstance(value, str):
        if cell.data_type == "f":
            return Fault("is a formula; save the sheet with values in place of formulas")
        if cell.data_type == "e":
            return Fault(f"is the error {value}")
        return ESCAPE.sub(lambda code: chr(int(code[1], 16)), value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if value is None or isinstance(value, int | float):
        return value
    return Fault(f"is a {type(value).__name__} whose look depends on the sheet; format the column as text")

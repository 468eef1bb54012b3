"""XLSX files written again: rows go or change on the sheet that was read, the rest of the workbook stays."""

from __future__ import annotations

import re
import warnings
from bisect import bisect_left
from collections.abc import Callable, Container
from itertools import chain
from pathlib import Path
from typing import Any
from zipfile import ZipFile

from audit.rows.formats.edits import put
from audit.rows.formats.fault import Fault
from audit.rows.formats.records import Keys, Raw, Records
from audit.rows.formats.spreadsheet import columns_of

LARGEST_CELL = 32_767  # characters, https://support.microsoft.com "Excel specifications and limits"
ESCAPED = re.compile(
    "[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)"
)  # what XML or XLSX would read differently

Fate = Callable[[int, Any], Any]
"""What becomes of a record, by its number; None leaves it out."""


def rewrite_sheet(records: Records, changed: Container[int], fate: Fate, path: Path, target: Path) -> int:
    """Write the workbook. Gives how many records it had.

    Formulas inside rows that move are moved with them; what other places say about those rows is not (nor are charts
    kept: openpyxl does not read them).
    """
    book = _open(path)
    sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
    header = columns_of(records.name, path)
    gone: list[int] = []
    total = 0
    for total, (place, before) in enumerate(records.read(None), 1):
        if total - 1 in changed:
            after = fate(total - 1, before)
            if after is None:
                gone.append(place)
            elif after is not before and not isinstance(before, Fault):
                _write(sheet, place, header, before, after)
    if gone:
        _close_up(sheet, gone)
    book.save(target)
    return total


def edit_raw(raw: Raw, edits: dict[Keys, str]) -> Raw:
    """The record with new texts at places in it. Raises Fault for a text that no cell can hold."""
    for keys, new in edits.items():
        raw = put(raw, keys, new)
        if len(_escape(raw[str(keys[0])])) > LARGEST_CELL:
            raise Fault(f"cannot hold {len(new):,} characters in one cell; XLSX allows {LARGEST_CELL:,}")
    return raw


def _open(path: Path) -> Any:
    from openpyxl import load_workbook

    with ZipFile(path) as archive:
        macros = "xl/vbaProject.bin" in archive.namelist()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions that openpyxl does not know
        return load_workbook(path, keep_vba=macros, rich_text=True)


def _write(sheet: Any, row: int, header: dict[str, int], before: Raw, after: Raw) -> None:
    for column, value in after.items():
        if value is not before[column]:
            cell = sheet.cell(row, header[column])
            cell.value = _escape(value)
            cell.data_type = "s"  # a text that begins with = is no formula


def _escape(value: str) -> str:
    return ESCAPED.sub(lambda found: f"_x{ord(found.group()):04X}_", value)


def _close_up(sheet: Any, gone: list[int]) -> None:
    """Take out these rows, in order; those below move up with their heights, links, merged cells and ranges."""
    from openpyxl.worksheet.cell_range import CellRange

    merged = [str(cells) for cells in sheet.merged_cells.ranges]
    for cells in merged:
        sheet.unmerge_cells(cells)
    width, last, out = sheet.max_column, sheet.max_row, set(gone)
    for row in range(gone[0], last + 1):
        if row not in out:
            sheet.move_range(CellRange(None, 1, row, width, row), rows=-bisect_left(gone, row), translate=True)
    sheet.delete_rows(last - len(gone) + 1, len(gone))
    _move_heights(sheet, gone)
    _move_links(sheet)
    for cells in merged:
        if moved := _moved(CellRange(cells), gone):
            sheet.merge_cells(moved)
    _move_ranges(sheet, gone)


def _move_heights(sheet: Any, gone: list[int]) -> None:
    old, out = dict(sheet.row_dimensions), set(gone)
    sheet.row_dimensions.clear()
    for row, look in old.items():
        if row not in out:
            look.index = row - bisect_left(gone, row)
            sheet.row_dimensions[look.index] = look


def _move_links(sheet: Any) -> None:
    for cell in chain.from_iterable(sheet.iter_rows()):
        if cell.hyperlink is not None:
            cell.hyperlink.ref = cell.coordinate


def _move_ranges(sheet: Any, gone: list[int]) -> None:
    """Filter, tables, rules for look and for input: their ranges shrink with the rows."""
    from openpyxl.formatting.formatting import ConditionalFormattingList
    from openpyxl.worksheet.cell_range import CellRange, MultiCellRange

    for holder in (sheet.auto_filter, *sheet.tables.values(), *(t.autoFilter for t in sheet.tables.values())):
        if holder is not None and holder.ref:
            holder.ref = _moved(CellRange(holder.ref), gone) or holder.ref
    for rule in sheet.data_validations.dataValidation:
        rule.sqref = MultiCellRange(" ".join(filter(None, (_moved(cells, gone) for cells in rule.sqref.ranges))))
    looks = ConditionalFormattingList()
    for look in sheet.conditional_formatting:
        moved = " ".join(filter(None, (_moved(cells, gone) for cells in look.sqref.ranges)))
        for rule in look.rules if moved else ():
            looks.add(moved, rule)
    sheet.conditional_formatting = looks


def _moved(cells: Any, gone: list[int]) -> str:
    """The range without the rows that are gone, or "" if none is left."""
    from openpyxl.worksheet.cell_range import CellRange

    top, bottom = cells.min_row - bisect_left(gone, cells.min_row), cells.max_row - bisect_left(gone, cells.max_row + 1)
    return CellRange(None, cells.min_col, top, cells.max_col, bottom).coord if bottom >= top else ""

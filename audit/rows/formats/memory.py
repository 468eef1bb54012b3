"""Rows that are in memory already: a pandas DataFrame, or dicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.rows.formats.fault import Fault
from audit.rows.formats.records import Record, Records, check_columns

BATCH = 2_000  # rows turned into Python objects at a time


def open_frame(frame: Any) -> Records:
    """A pandas DataFrame; missing cells of any kind (None, NaN, NaT, NA) count as nothing."""
    return Records("<DataFrame>", "pandas", partial(_frame, frame), check_columns("<DataFrame>", frame.columns))


def _frame(frame: Any, columns: Sequence[str] | None) -> Iterator[Record]:
    frame = frame.set_axis([str(column) for column in frame.columns], axis="columns")
    frame = frame if columns is None else frame[list(columns)]
    for start in range(0, len(frame), BATCH):
        part = frame.iloc[start : start + BATCH].astype(object)
        for row in part.where(part.notna(), None).to_dict("records"):
            yield 0, row


def open_rows(rows: Iterable[Any], peek: int) -> Records:
    """An iterable of dicts; of one that can be read only once, the first `peek` rows are kept for a second look."""
    source = rows if isinstance(rows, Sequence) else iter(rows)
    first = [] if isinstance(source, Sequence) else list(islice(source, peek))
    return Records("<rows>", "rows", partial(_rows, first, source))


def _rows(first: list[Any], rest: Iterable[Any], _columns: Sequence[str] | None) -> Iterator[Record]:
    for row in chain(first, rest):
        if isinstance(row, str | bytes):
            raise AuditError(f"<rows>: expected dicts with a question and an answer, found {row[:40]!r}")
        yield 0, row if isinstance(row, dict) else Fault(f"is a {type(row).__name__}, not a dict")

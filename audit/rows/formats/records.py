"""What every container gives: a stream of raw records, some of which could not be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Field
from audit.rows.formats.decoding import TextFile
from audit.rows.formats.fault import Fault
from audit.rows.formats.limits import longest_row

PEEK = 100  # rows that are looked at before the columns are guessed
MOST_COLUMNS = 1 << 14  # as in a sheet of a spreadsheet
MOST_NAMES, LONGEST_NAME = 50, 100  # names in a message, and characters of each

Raw = dict[str, Any]


class Span(NamedTuple):
    """Part of a text, in code points."""

    start: int
    end: int


Keys = tuple[str | int | Span, ...]
"""Where a value stands in a record: the column, then keys and indices further down; last perhaps a part of a text."""


@dataclass(frozen=True)
class Place:
    """Where a question or answer stands in a record; one of several parts is joined from those that are not empty."""

    parts: tuple[Keys, ...]
    joint: str = ""


Places = dict[tuple[int, Field], Place]
"""The places of all questions and answers of a record, by turn."""


Record = tuple[int, Raw | Fault]
"""First line of the record in the file, from 1 (0 where lines mean nothing), and its cells by column."""

Read = Callable[[Sequence[str] | None], Iterator[Record]]
"""Reads all records from the start. The columns are a hint: a container may leave all others out."""


@dataclass(frozen=True)
class Records:
    """An input that was opened and understood so far: its columns are known, its rows not yet read.

    `columns` is empty where a format has no header (JSON): the first rows then tell. `remark` is something that a
    person should hear about how the input was understood. `file` is there for formats that are text.
    """

    name: str
    format: str
    read: Read
    columns: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    compression: str = ""
    remark: str = ""
    file: TextFile | None = None


def check_columns(name: str, columns: Iterable[Any]) -> tuple[str, ...]:
    """Names of columns as texts; too many, or two columns of one name, are an AuditError, unnamed ones are not."""
    names = tuple("" if column is None else str(column) for column in columns)
    if len(names) > MOST_COLUMNS:
        raise AuditError(
            f"{name}: {len(names):,} columns, where a table has {MOST_COLUMNS:,} at most; is it transposed, or are its "
            f"lines not divided? Columns found: {listing(names)}"
        )
    twice = sorted(column for column, count in Counter(names).items() if column.strip() and count > 1)
    if twice:
        raise AuditError(
            f"{name}: more than one column is called {listing(map(excerpt, twice))}; "
            f"rename one of them. Columns found: {listing(names)}"
        )
    return names


def listing(names: Iterable[str]) -> str:
    """Names for a message: the first of them, and how many more there are."""
    names = list(names)
    shown = ", ".join(name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…" for name in names[:MOST_NAMES])
    more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
    return f"{shown}{more}" or "none"


def excerpt(value: object) -> str:
    """A value from the data for a message: as Python writes it, and cut where it is long."""
    if isinstance(value, str) and len(value) > LONGEST_NAME:
        return f"{value[:LONGEST_NAME]!r}…"
    written = repr(value) if isinstance(value, str | int | float | None) else f"a {type(value).__name__}"
    return written[:LONGEST_NAME]


def first_rows(records: Records) -> list[Record]:
    """The rows that are looked at before the columns are guessed: PEEK, or fewer where they are long."""
    rows, size = [], 0
    for row in records.read(None):
        rows.append(row)
        size += _size(row[1])
        if len(rows) == PEEK or size > longest_row():
            break
    return rows


def _size(value: Any) -> int:
    """About how many characters a value has."""
    size, rest = 0, [value]
    while rest:
        value = rest.pop()
        size += len(value) if isinstance(value, str) else 1
        if isinstance(value, dict):
            rest.extend(value.keys())
            rest.extend(value.values())
        elif isinstance(value, list):
            rest.extend(value)
    return size

"""What every container gives: a stream of raw records, some of which could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.types import AuditError, Field

if TYPE_CHECKING:
    from audit.formats.text import TextFile

Raw = dict[str, Any]

Keys = tuple[str | int, ...]
"""Where a value stands in a record: the column, then keys and indices further down."""


@dataclass(frozen=True)
class Place:
    """Where a question or answer stands in a record; one of several parts is joined from those that are not empty."""

    parts: tuple[Keys, ...]
    joint: str = ""


Places = dict[tuple[int, Field], Place]
"""The places of all questions and answers of a record, by turn."""


class Fault(Exception):  # noqa: N818 - it is also a value: containers yield it in the place of a record
    """Why one record cannot be read, as half a sentence. Never leaves this package, corpus.py and generations.py."""


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
    """Names of columns as texts; two columns of one name are an AuditError, unnamed ones are not."""
    names = tuple("" if column is None else str(column) for column in columns)
    twice = sorted({column for column in names if column.strip() and names.count(column) > 1})
    if twice:
        raise AuditError(
            f"{name}: more than one column is called {', '.join(map(repr, twice))}; "
            f"rename one of them. Columns found: {', '.join(names)}"
        )
    return names

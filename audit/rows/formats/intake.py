"""An input to rows for the corpus: opens it, guesses its columns, and keeps count of what is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.rows.formats.cells import text, truth
from audit.rows.formats.detection import open_data
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import SPLIT, Header, fold
from audit.rows.formats.records import PEEK, Raw, Records, check_columns, first_rows
from audit.rows.formats.shapes import Shape, find_shape

FIRST = 3  # places that a note names
FEW = 10  # distinct values that a column may have among the first rows to pass for a split


def begin(
    data: Any, *, question: str | None, answer: str | None, split: str | None, trusted: str, lenient: bool
) -> Reading:
    """Open the data and settle its columns; only the first rows are read yet. For the arguments see corpus.load."""
    records = open_data(data, PEEK)
    sample = _sample(records, lenient)
    columns = records.columns or check_columns(records.name, dict.fromkeys(key for raw in sample for key in raw))
    header = Header(records.name, columns)
    shape = find_shape(header, sample, question, answer)
    parts = shape.columns
    split_column = header.named(split, "--split") if split is not None else _guess_split(header, sample, parts)
    if split_column:
        parts["split"] = split_column
    trusted_column = header.find([fold(trusted)]) if trusted else None
    if trusted_column:
        parts["trusted"] = trusted_column
    return Reading(records, header, shape, parts, lenient)


@dataclass
class Reading:
    """One pass over the records, which counts what it leaves out."""

    records: Records
    header: Header
    shape: Shape
    columns: dict[str, str]
    lenient: bool
    quarantined: list[str] = field(default_factory=list)
    read: int = 0
    silent: int = 0  # turns of the assistant that only call tools
    unread: Counter[str] = field(default_factory=Counter)  # what no row shows -> how many records hold it
    places: dict[str, list[str]] = field(default_factory=dict)  # and the first of them

    def rows(self) -> Iterator[dict[str, Any]]:
        """Rows for `build`. An unreadable one is an AuditError, or set aside where `lenient`."""
        extra = [self.columns[part] for part in ("split", "trusted") if part in self.columns]
        wanted = tuple(dict.fromkeys([*self.shape.reads, *extra]))
        for record, (line, raw) in enumerate(self.records.read(wanted)):
            try:
                if isinstance(raw, Fault):
                    raise raw
                rows = self._rows(record, line, raw)
            except Fault as fault:
                if not self.lenient:
                    raise _unreadable(self.records.name, record, line, fault) from None
                self.quarantined.append(f"{_place(record, line)}: {fault}")
            else:
                self.read += 1
                for what in self.shape.unread(raw):
                    self._count_unread(what, record, line)
                yield from rows

    def _count_unread(self, what: str, record: int, line: int) -> None:
        self.unread[what] += 1
        if self.unread[what] <= FIRST:
            self.places.setdefault(what, []).append(_place(record, line))

    def _rows(self, record: int, line: int, raw: Raw) -> list[dict[str, Any]]:
        split, trusted = self.columns.get("split"), self.columns.get("trusted")
        part = text(raw.get(split), split) if split else ""
        mark = truth(raw.get(trusted)) if trusted else False
        rows = []
        for question, answer, turn in self.shape.pairs(raw):
            if answer is None:
                self.silent += 1
            else:
                rows.append(
                    {
                        "question": question,
                        "answer": answer,
                        "split": part,
                        "turn": turn,
                        "record": record,
                        "line": line,
                        "trusted": mark,
                    }
                )
        return rows

    def notes(self, rows: int) -> tuple[str, ...]:
        """One line on what was read and how, and one for each kind of thing that was left out."""
        records = self.records
        how = [records.format, records.encoding, records.compression, records.remark, self.shape.remark]
        parts = [f"{part} = {column}" for part, column in self.columns.items()]
        size = f"{rows:,} rows" if rows == self.read else f"{rows:,} rows from {self.read:,} records"
        notes = [f"read {records.name}: {', '.join(filter(None, [*how, *parts]))}; {size}"]
        if self.quarantined:
            notes.append(f"{len(self.quarantined):,} rows could not be read and were set aside; {self.quarantined[0]}")
        if self.silent:
            notes.append(f"{self.silent:,} turns of the assistant have no text, only tool calls, and were left out")
        for what, count in sorted(self.unread.items()):
            places = ", ".join(self.places[what]) + (", …" if count > FIRST else "")
            notes.append(f"{count:,} of {self.read:,} records {what}: {places}")
        return tuple(notes)


def _sample(records: Records, lenient: bool) -> list[Raw]:
    """The first rows. AuditError if there is none, or if one of them cannot be read."""
    first = first_rows(records)
    if not first:
        raise AuditError(f"{records.name}: there are no rows in it{', only a header' if records.columns else ''}")
    for record, (line, raw) in enumerate(first):
        if isinstance(raw, Fault) and not lenient:
            raise _unreadable(records.name, record, line, raw)
    readable = [raw for _, raw in first if not isinstance(raw, Fault)]
    if not readable:
        raise AuditError(f"{records.name}: not one of the first {len(first)} rows can be read; the first {first[0][1]}")
    return readable


def _guess_split(header: Header, sample: Sequence[Raw], taken: dict[str, str]) -> str | None:
    column = header.find(SPLIT)
    if column is None or column in taken.values():
        return None
    return column if len({str(raw.get(column)) for raw in sample}) <= FEW else None


def _unreadable(name: str, record: int, line: int, fault: Fault) -> AuditError:
    return AuditError(f"{name}, {_place(record, line)}: {fault}. Mend it, or set such rows aside with --lenient")


def _place(record: int, line: int) -> str:
    return f"line {line}" if line else f"row {record + 1}"

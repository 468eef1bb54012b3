"""The rows: question-answer pairs as one Arrow table, and the source they came from."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import pyarrow as pa

from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Row
from audit.rows.formats.header import Header
from audit.rows.formats.intake import begin
from audit.rows.tables import BATCH_ROWS, SCHEMA, Keep, flags, table_of, take
from audit.texts.normal_forms import nfc


@dataclass(frozen=True)
class Source:
    """What was read, and how it was understood: everything the reader had to guess is in here."""

    name: str = "<rows>"
    format: str = "rows"  # csv, tsv, xlsx, json, jsonl, parquet, dataset, pandas, rows
    encoding: str = ""  # Python's name for it; "" where the format has only one
    delimiter: str = ""
    compression: str = ""  # gzip or ""
    columns: dict[str, str] = field(default_factory=dict)  # question, answer (or turns), split, trusted -> column
    notes: tuple[str, ...] = ()  # one line each, for stderr
    quarantined: tuple[str, ...] = ()  # rows that could not be read, under --lenient: "line 7: reason"
    records: int = 0  # raw records in the input, those that could not be read among them


@dataclass(frozen=True)
class Corpus:
    """Question-answer pairs as one Arrow table (see tables.SCHEMA) and the source they came from."""

    table: pa.Table
    source: Source = field(default_factory=Source)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, name: str) -> pa.ChunkedArray:
        """One column of SCHEMA."""
        return self.table.column(name)

    def texts(self, name: str) -> list[str]:
        """A text column as Python strings; never null."""
        return self.table.column(name).to_pylist()  # type: ignore[no-any-return]

    def slice(self, offset: int, length: int | None = None) -> Corpus:
        """Rows `offset` to `offset + length`, without copying."""
        return Corpus(self.table.slice(offset, length), self.source)

    def take(self, positions: Any) -> Corpus:
        """The rows at these positions, in this order; `positions` is a list or an array of numpy or Arrow."""
        return Corpus(take(self.table, positions), self.source)

    def at(self, name: str, positions: Any) -> pa.ChunkedArray:
        """One column of the rows at these positions; null where a position is."""
        return take(self.table.select([name]), positions).column(0)

    def slices(self) -> Iterator[Corpus]:
        """All rows, some at a time, without copying: what a rule that looks at one row at a time is handed."""
        for batch in self.table.to_batches(BATCH_ROWS):
            yield Corpus(pa.Table.from_batches([batch]), self.source)

    def row(self, position: int) -> Row:
        """One row, as a person sees it."""
        (values,) = (
            self.table.select(["id", "question", "answer", "split", "turn", "line"]).slice(position, 1).to_pylist()
        )
        return Row(**values)

    @property
    def fingerprint(self) -> str:
        """sha256 over the rows in their order: equal if and only if ids and order are equal."""
        digest = sha256()
        for batch in self.table.select(["id"]).to_batches():
            digest.update("\n".join(batch.column(0).to_pylist()).encode())
            digest.update(b"\n")
        return digest.hexdigest()


def load(
    data: Any,
    *,
    question: str | None = None,
    answer: str | None = None,
    split: str | None = None,
    trusted: str | Path | None = None,
    lenient: bool = False,
    keep: Keep | None = None,
) -> Corpus:
    """Read question-answer pairs from a file, "-" (JSONL on stdin), a hub name, a DataFrame, a Dataset or dicts.

    `question`, `answer`, `split`: columns; guessed where None. `trusted`: a column, or a file of row ids or of rows.
    `lenient`: set rows aside that cannot be read. `keep`: where the rows are then, in memory if None; see tables.
    AuditError names file, line and reason.
    """
    reading = begin(data, question=question, answer=answer, split=split, trusted=str(trusted or ""), lenient=lenient)
    records = reading.records
    table = table_of(reading.rows(), keep)
    if not len(table):
        raise AuditError(f"{records.name}: none of its rows could be read; {reading.quarantined[0]}")
    notes = reading.notes(len(table))
    if trusted is not None and "trusted" not in reading.columns:
        table, note = _trust(table, Path(trusted), reading.header)
        notes += (note,)
    source = Source(
        name=records.name,
        format=records.format,
        encoding=records.encoding,
        delimiter=records.delimiter,
        compression=records.compression,
        columns=reading.columns,
        notes=notes,
        quarantined=tuple(reading.quarantined),
        records=reading.read + len(reading.quarantined),
    )
    return Corpus(table, source)


def _trust(table: pa.Table, path: Path, header: Header) -> tuple[pa.Table, str]:
    """Mark the rows that a file vouches for, by their ids (one on each line) or by question and answer."""
    if not path.exists():
        raise AuditError(f"--trusted {path}: neither a column nor a file. Columns found: {header.listing}")
    by_id = _holds_ids(path)
    known = set(path.read_text(encoding="utf-8").split()) if by_id else set(_contents(load(path).table))
    marks = [content in known for content in (_ids(table) if by_id else _contents(table))]
    if not any(marks):
        raise AuditError(f"--trusted {path}: none of its {len(known):,} rows is in {header.name}")
    place = SCHEMA.get_field_index("trusted")
    note = f"{sum(marks):,} rows are trusted: {len(known):,} different ones are named in {path}"
    return table.set_column(place, SCHEMA.field(place), flags(marks)), note


def _holds_ids(path: Path) -> bool:
    """Whether the file is a list of row ids: its first line tells."""
    if path.is_dir():
        return False
    with path.open("rb") as file:
        return re.fullmatch(rb"[0-9a-f]{16}(-\d+)?", file.readline(100).strip()) is not None


def _ids(table: pa.Table) -> Iterator[str]:
    for batch in table.select(["id"]).to_batches():
        yield from batch.column(0).to_pylist()


def _contents(table: pa.Table) -> Iterator[str]:
    """A digest of question and answer for each row."""
    for batch in table.select(["question", "answer"]).to_batches():
        for question, answer in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield blake2b(nfc(f"{question}\0{answer}").encode(), digest_size=16).hexdigest()


def build(rows: Iterable[dict[str, Any]], source: Source | None = None) -> Corpus:
    """Make a corpus of rows with `question` and `answer` and, where known, the other columns of SCHEMA but `id`."""
    return Corpus(table_of(rows), source or Source())

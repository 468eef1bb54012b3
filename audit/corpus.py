"""The rows: Arrow-backed, with ids that do not change when rows move."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from audit.formats.header import Header
from audit.formats.reading import begin
from audit.types import AuditError, Row

SCHEMA = pa.schema(
    {
        "id": pa.string(),  # content hash, numbered where rows are equal
        "question": pa.string(),
        "answer": pa.string(),
        "split": pa.string(),  # "" where the file names none
        "turn": pa.int32(),  # 0, or the number of the assistant turn counted from 1
        "record": pa.int64(),  # position of the raw record in the input, from 0
        "line": pa.int64(),  # first line of the record in the file, from 1; 0 where lines mean nothing
        "trusted": pa.bool_(),  # rows that the user vouches for
    }
)

BATCH_ROWS, BATCH_TEXT = 10_000, 1 << 26  # an Arrow batch ends at so many rows or characters; its offsets have 31 bits


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
    """Question-answer pairs as one Arrow table (see SCHEMA) and the source they came from."""

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

    def take(self, positions: Sequence[int]) -> Corpus:
        """The rows at these positions, in this order."""
        return Corpus(self.table.take(pa.array(positions, pa.int64())), self.source)

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
) -> Corpus:
    """Read question-answer pairs from a file, "-" (JSONL on stdin), a hub name, a DataFrame, a Dataset or dicts.

    `question`, `answer`, `split`: columns; guessed where None. `trusted`: a column, or a file of row ids or of rows.
    `lenient`: set rows aside that cannot be read. AuditError names file, line and reason.
    """
    reading = begin(data, question=question, answer=answer, split=split, trusted=str(trusted or ""), lenient=lenient)
    records = reading.records
    table = build(reading.rows()).table
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
    marks = [content in known for content in (table.column("id").to_pylist() if by_id else _contents(table))]
    if not any(marks):
        raise AuditError(f"--trusted {path}: none of its {len(known):,} rows is in {header.name}")
    place = SCHEMA.get_field_index("trusted")
    note = f"{sum(marks):,} rows are trusted: {len(known):,} different ones are named in {path}"
    return table.set_column(place, SCHEMA.field(place), _flags(marks)), note


def _holds_ids(path: Path) -> bool:
    """Whether the file is a list of row ids: its first line tells."""
    if path.is_dir():
        return False
    with path.open("rb") as file:
        return re.fullmatch(rb"[0-9a-f]{16}(-\d+)?", file.readline(100).strip()) is not None


def _contents(table: pa.Table) -> Iterator[str]:
    """A digest of question and answer for each row."""
    for batch in table.select(["question", "answer"]).to_batches():
        for question, answer in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            yield blake2b(f"{question}\0{answer}".encode(), digest_size=16).hexdigest()


def build(rows: Iterable[dict[str, Any]], source: Source | None = None) -> Corpus:
    """Make a corpus of rows with `question` and `answer` and, where known, the other columns of SCHEMA but `id`."""
    seen: dict[bytes, int] = {}
    batches = [_batch(part, seen) for part in _parts(rows)]
    return Corpus(pa.Table.from_batches(batches, SCHEMA), source or Source())


def _batch(rows: list[dict[str, Any]], seen: dict[bytes, int]) -> pa.RecordBatch:
    splits, questions, answers = (
        [(row.get(name) or "").encode() for row in rows] for name in ("split", "question", "answer")
    )
    columns = {
        "id": _strings(
            [_identify(b"\0".join(content), seen) for content in zip(splits, questions, answers, strict=True)]
        ),
        "question": _strings(questions),
        "answer": _strings(answers),
        "split": _strings(splits),
        "turn": _numbers([row.get("turn", 0) for row in rows], np.int32),
        "record": _numbers([row.get("record", 0) for row in rows], np.int64),
        "line": _numbers([row.get("line", 0) for row in rows], np.int64),
        "trusted": _flags([row.get("trusted", False) for row in rows]),
    }
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=SCHEMA)


def _strings(texts: list[bytes]) -> pa.Array:
    """An Arrow array of UTF-8 texts. `pa.array` on a list would import pandas first."""
    offsets = np.zeros(len(texts) + 1, np.int32)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(texts))])


def _numbers(values: list[int], kind: type[np.int32 | np.int64]) -> pa.Array:
    array = np.array(values, kind)
    return pa.Array.from_buffers(pa.from_numpy_dtype(kind), len(array), [None, pa.py_buffer(array)])


def _flags(values: list[bool]) -> pa.Array:
    bits = np.packbits(np.array(values, np.bool_), bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])


def _identify(content: bytes, seen: dict[bytes, int]) -> bytes:
    """Hash of split, question and answer: 64 bits, so that two of a million rows clash with p < 3e-8."""
    digest = blake2b(content, digest_size=8).digest()
    copy = seen.get(digest, 0) + 1
    seen[digest] = copy
    name = digest.hex()
    return (name if copy == 1 else f"{name}-{copy}").encode()


def _parts(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    size = 0
    for row in rows:
        part.append(row)
        size += len(row["question"]) + len(row["answer"])
        if len(part) == BATCH_ROWS or size >= BATCH_TEXT:
            yield part
            part, size = [], 0
    if part:
        yield part

"""The rows: Arrow-backed, with ids that do not change when rows move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from typing import Any

import pyarrow as pa

from audit.types import Row

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


@dataclass(frozen=True)
class Source:
    """What was read, and how it was understood: everything the reader had to guess is in here."""

    name: str = "<rows>"
    format: str = "rows"
    encoding: str = ""
    columns: dict[str, str] = field(default_factory=dict)  # question, answer, split -> column of the file
    notes: tuple[str, ...] = ()  # one line each, for stderr
    quarantined: tuple[str, ...] = ()  # rows that could not be read, under --lenient: "line 7: reason"


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


def build(rows: Iterable[dict[str, Any]], source: Source | None = None) -> Corpus:
    """Make a corpus of rows with `question` and `answer` and, where known, the other columns of SCHEMA but `id`."""
    seen: dict[bytes, int] = {}
    batches = [_batch(part, seen) for part in _parts(rows, 10_000)]
    return Corpus(pa.Table.from_batches(batches, SCHEMA), source or Source())


def _batch(rows: list[dict[str, Any]], seen: dict[bytes, int]) -> pa.RecordBatch:
    columns = {
        "id": [_identify(row, seen) for row in rows],
        "question": [row["question"] for row in rows],
        "answer": [row["answer"] for row in rows],
        "split": [row.get("split") or "" for row in rows],
        "turn": [row.get("turn", 0) for row in rows],
        "record": [row.get("record", 0) for row in rows],
        "line": [row.get("line", 0) for row in rows],
        "trusted": [bool(row.get("trusted", False)) for row in rows],
    }
    return pa.RecordBatch.from_pydict(columns, SCHEMA)


def _identify(row: dict[str, Any], seen: dict[bytes, int]) -> str:
    """Hash of split, question and answer: 64 bits, so that two of a million rows clash with p < 3e-8."""
    content = "\0".join((row.get("split") or "", row["question"], row["answer"]))
    digest = blake2b(content.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    copy = seen.get(digest, 0) + 1
    seen[digest] = copy
    return digest.hex() if copy == 1 else f"{digest.hex()}-{copy}"


def _parts(rows: Iterable[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    for row in rows:
        part.append(row)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part

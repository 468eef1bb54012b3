"""Rows as one Arrow table, in memory or in a file that is mapped, with ids that do not change when rows move."""

from __future__ import annotations

import mmap
from binascii import hexlify
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.nouns.dialogue import AuditError
from audit.texts.normal_forms import nfc

CONTENT = pa.schema(
    {
        "question": pa.string(),
        "answer": pa.string(),
        "split": pa.string(),  # "" where the file names none
        "turn": pa.int32(),  # 0, or the number of the assistant turn counted from 1
        "record": pa.int64(),  # position of the raw record in the input, from 0
        "line": pa.int64(),  # first line of the record in the file, from 1; 0 where lines mean nothing
        "trusted": pa.bool_(),  # rows that the user vouches for
    }
)
IDS = pa.schema({"id": pa.string()})  # content hash, numbered where rows are equal
SCHEMA = pa.schema([*IDS, *CONTENT])

BATCH_ROWS, BATCH_TEXT = 10_000, 1 << 20  # a batch ends at so many rows or characters: what a rule is handed at a time
DIGEST = 8  # bytes: two of a million rows clash with p < 3e-8
ID = 2 * DIGEST  # characters

Keep = Callable[[Iterable[pa.RecordBatch], pa.Schema], pa.Table]


def table_of(rows: Iterable[dict[str, Any]], keep: Keep | None = None) -> pa.Table:
    """A table of SCHEMA, of rows with `question` and `answer` and, where known, the other columns but `id`.

    `keep`: how batches become a table, in memory if None; see `in_file`.
    """
    keep = keep or in_memory
    digests: list[bytes] = []
    content = keep(_batches(rows, digests), CONTENT)
    ids = keep(_ids(digests), IDS)
    return content.add_column(0, SCHEMA.field("id"), ids.column(0))


def in_memory(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """The batches as a table."""
    return pa.Table.from_batches(list(batches), schema)


def in_file(batches: Iterable[pa.RecordBatch], schema: pa.Schema, folder: Path | None = None) -> pa.Table:
    """The batches as a table whose texts lie in a file, of which only what is looked at is in memory.

    The file is in `folder` (that for temporary files if None) and has no name: nothing is left of it when the table is
    let go, or the process is killed. AuditError where it does not fit on the disk.
    """
    try:
        with TemporaryFile(dir=folder) as file:
            with pa.ipc.new_file(file, schema) as out:
                for batch in _readable(batches):
                    out.write(batch)
            file.flush()
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except OSError as error:
        where = f"{folder or gettempdir()}: the rows cannot be put into a file there"
        raise AuditError(f"{where}: {error.strerror or error}; make room, or name another folder in TMPDIR") from error
    return pa.ipc.open_file(pa.py_buffer(mapped)).read_all()


def _readable(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The batches; what the system says of the place that they come from is not about the file they go to."""
    try:
        yield from batches
    except OSError as error:
        raise AuditError(f"{error.filename or 'the rows'}: cannot be read: {error.strerror or error}") from error


def take(table: pa.Table, positions: Any) -> pa.Table:
    """The rows at these positions, in this order; a null gives nulls.

    Batch by batch: Arrow's own take puts the whole of a text column together first, to take three rows of it.
    """
    wanted = positions if isinstance(positions, pa.Array | pa.ChunkedArray) else pa.array(positions, pa.int64())
    if not len(wanted):
        return table.schema.empty_table()
    places = wanted.fill_null(0).to_numpy().astype(np.int64)
    order = np.argsort(places, kind="stable")
    taken = pa.Table.from_batches(list(_taken(table.to_batches(), places[order])), table.schema)
    if wanted.null_count or (np.diff(order) < 0).any():
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        taken = taken.take(pa.array(back, mask=wanted.is_null().to_numpy(zero_copy_only=False)))
    return taken


def _taken(batches: list[pa.RecordBatch], places: NDArray[np.int64]) -> Iterator[pa.RecordBatch]:
    """Of each batch the rows at places that ascend, where it has any."""
    ends = np.cumsum([len(batch) for batch in batches])
    which = np.searchsorted(ends, places, side="right")
    for part in np.split(np.arange(len(places)), np.flatnonzero(np.diff(which)) + 1):
        at = which[part[0]]
        yield batches[at].take(pa.array(places[part] - (ends[at] - len(batches[at]))))


def _batches(rows: Iterable[dict[str, Any]], digests: list[bytes]) -> Iterator[pa.RecordBatch]:
    """Batches of CONTENT; `digests` gets those of the rows of each batch."""
    for part in _parts(rows):
        texts = [[row.get(name) or "" for row in part] for name in ("split", "question", "answer")]
        splits, questions, answers = ([text.encode() for text in column] for column in texts)
        contents = map(b"\0".join, zip(*map(_composed, texts, (splits, questions, answers)), strict=True))
        digests.append(b"".join(blake2b(content, digest_size=DIGEST).digest() for content in contents))
        columns = {
            "question": _strings(questions),
            "answer": _strings(answers),
            "split": _strings(splits),
            "turn": _numbers([row.get("turn", 0) for row in part], np.int32),
            "record": _numbers([row.get("record", 0) for row in part], np.int64),
            "line": _numbers([row.get("line", 0) for row in part], np.int64),
            "trusted": flags([row.get("trusted", False) for row in part]),
        }
        yield pa.RecordBatch.from_arrays(list(columns.values()), schema=CONTENT)


def _composed(texts: list[str], encoded: list[bytes]) -> list[bytes]:
    """The texts in NFC: what a Mac wrote in parts is the same row, and decisions on it hold."""
    composed = map(nfc, texts)
    return [raw if new is old else new.encode() for new, old, raw in zip(composed, texts, encoded, strict=True)]


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


def _ids(digests: list[bytes]) -> Iterator[pa.RecordBatch]:
    """The digests in hexadecimal; the second row with the same content has -2 behind it."""
    again, copies = _copies(np.frombuffer(b"".join(digests), np.uint64))
    begin = 0
    for part in digests:
        rows, names = len(part) // DIGEST, hexlify(part)
        here = slice(*np.searchsorted(again, [begin, begin + rows]))
        if here.start < here.stop:
            texts = [names[i : i + ID] for i in range(0, len(names), ID)]
            for row, copy in zip(again[here].tolist(), copies[here].tolist(), strict=True):
                texts[row - begin] += b"-%d" % copy
            column = _strings(texts)
        else:
            offsets = np.arange(0, ID * rows + 1, ID, dtype=np.int32)
            column = pa.Array.from_buffers(pa.string(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(names)])
        yield pa.RecordBatch.from_arrays([column], schema=IDS)
        begin += rows


def _copies(digests: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The rows whose digest came before, in their order, and the how manieth of its kind each is."""
    ordered = np.sort(digests)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    rows = np.flatnonzero(repeated[np.minimum(np.searchsorted(repeated, digests), len(repeated) - 1)] == digests)
    by_digest = np.argsort(digests[rows], kind="stable")
    place = np.arange(len(rows))
    begins = np.diff(digests[rows][by_digest], prepend=~digests[rows[by_digest[0]]]) != 0
    copies = np.empty(len(rows), np.int64)
    copies[by_digest] = place - np.maximum.accumulate(np.where(begins, place, 0)) + 1
    return rows[copies > 1], copies[copies > 1]


def _strings(texts: list[bytes]) -> pa.Array:
    """An Arrow array of UTF-8 texts. `pa.array` on a list would import pandas first."""
    offsets = np.zeros(len(texts) + 1, np.int32)
    np.cumsum([len(text) for text in texts], out=offsets[1:])
    return pa.Array.from_buffers(pa.string(), len(texts), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(texts))])


def _numbers(values: list[int], kind: type[np.int32 | np.int64]) -> pa.Array:
    array = np.array(values, kind)
    return pa.Array.from_buffers(pa.from_numpy_dtype(kind), len(array), [None, pa.py_buffer(array)])


def flags(values: list[bool]) -> pa.Array:
    """An Arrow array of truth values."""
    bits = np.packbits(np.array(values, np.bool_), bitorder="little")
    return pa.Array.from_buffers(pa.bool_(), len(values), [None, pa.py_buffer(bits)])

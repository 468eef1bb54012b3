"""Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from audit.rows.formats.arrow import BATCH, BATCH_BYTES, refusing, rows_of, sound
from audit.rows.formats.records import Record, Records, check_columns

READ = {"buffer_size": 1 << 20, "pre_buffer": False}  # pages as they are wanted, not the column of a row group at once


def open_parquet(name: str, path: Path) -> Records:
    """A Parquet file; a damaged one is an AuditError."""
    from pyarrow import parquet

    with damaged(name), parquet.ParquetFile(path) as file:
        columns = file.schema_arrow.names
    return Records(name, "parquet", partial(_read, name, path), check_columns(name, columns))


def damaged(name: str) -> AbstractContextManager[None]:
    """Within this, what is wrong with the file is said in one sentence."""
    return refusing(name, "Parquet file", "fetch or write it again")


def batches_of(
    name: str, path: Path, file: Any, columns: Sequence[str] | None = None, groups: Sequence[int] | None = None
) -> Iterator[Any]:
    """The batches of an open file, or of some of its row groups. To be used within `damaged`."""
    found = file.iter_batches(
        _rows_at_once(file.metadata), groups, None if columns is None else list(columns), use_threads=False
    )  # an error of memory in a thread of Arrow's would end the process
    return sound(name, path.stat().st_size, found)


def _read(name: str, path: Path, columns: Sequence[str] | None) -> Iterator[Record]:
    from pyarrow import parquet

    with damaged(name), parquet.ParquetFile(path, **READ) as file:
        for batch in batches_of(name, path, file, columns):
            for row in rows_of(batch):
                yield 0, row


def _rows_at_once(about: Any) -> int:
    """Rows of a batch, by what the file says of the size of a row."""
    size: int = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
    rows: int = about.num_rows
    return max(1, min(BATCH, BATCH_BYTES * rows // max(1, size)))

"""Parquet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from audit.formats.records import Fault, Record, Records, check_columns
from audit.types import AuditError

BATCH = 2_000  # rows turned into Python objects at a time
BATCH_BYTES = 1 << 21  # or fewer, if that is more than a row
READ = {"buffer_size": 1 << 20, "pre_buffer": False}  # pages as they are wanted, not the column of a row group at once


def open_parquet(name: str, path: Path) -> Records:
    """A Parquet file; a damaged one is an AuditError."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            columns = file.schema_arrow.names
    except pa.ArrowMemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise _damaged(name, error) from error
    return Records(name, "parquet", partial(_read, name, path), check_columns(name, columns))


def _read(name: str, path: Path, columns: Sequence[str] | None) -> Iterator[Record]:
    import pyarrow as pa
    from pyarrow import parquet

    wanted = None if columns is None else list(columns)
    try:
        with parquet.ParquetFile(path, **READ) as file:
            for batch in file.iter_batches(_rows_at_once(file.metadata), columns=wanted):
                for row in rows_of(batch):
                    yield 0, row
    except pa.ArrowMemoryError:
        raise
    except (pa.ArrowException, OSError) as error:
        raise _damaged(name, error) from error


def _rows_at_once(about: Any) -> int:
    """Rows of a batch, by what the file says of the size of a row."""
    size: int = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
    rows: int = about.num_rows
    return max(1, min(BATCH, BATCH_BYTES * rows // max(1, size)))


def rows_of(batch: Any) -> Iterator[dict[str, Any] | Fault]:
    """The rows of an Arrow batch or table; one whose bytes are not UTF-8 is a Fault."""
    try:
        yield from batch.to_pylist()
    except UnicodeDecodeError:
        for position in range(batch.num_rows):
            try:
                (row,) = batch.slice(position, 1).to_pylist()
            except UnicodeDecodeError as error:
                yield Fault(f"holds bytes that are not UTF-8 ({error.reason})")
            else:
                yield row


def _damaged(name: str, error: Exception) -> AuditError:
    return AuditError(f"{name}: the Parquet file is damaged or cut off ({error}); fetch or write it again")

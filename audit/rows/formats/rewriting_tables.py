"""Parquet files and saved data sets written again, batch by batch; what is no table becomes JSONL."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Container, Iterable, Iterator
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from audit.rows.formats import saved
from audit.rows.formats.arrow import BATCH, rows_of
from audit.rows.formats.edits import put
from audit.rows.formats.fault import Fault
from audit.rows.formats.parquet_file import READ, batches_of, damaged
from audit.rows.formats.records import Keys, Raw

LARGEST_GROUP = 1 << 26  # bytes that wait in memory before a row group is written, however large the input's groups are

Fate = Callable[[int, Any], Any]
"""What becomes of a record, an Arrow batch of one row, by its number; None leaves it out."""


def rewrite_parquet(path: Path, changed: Container[int], fate: Fate, target: Path) -> int:
    """Write the file with the same schema, metadata, compression and row groups. Gives how many rows it had."""
    import pyarrow as pa
    from pyarrow import parquet

    name = str(path)
    with damaged(name), parquet.ParquetFile(path, **READ) as file:
        schema, start = file.schema_arrow, 0
        with parquet.ParquetWriter(
            target, schema, compression=_compression(file.metadata), version=file.metadata.format_version
        ) as out:
            for group in range(file.num_row_groups):
                waiting: list[Any] = []
                size = 0
                for batch in batches_of(name, path, file, None, [group]):
                    waiting += _patched(batch, start, changed, fate)
                    start += batch.num_rows
                    size += batch.nbytes
                    if size > LARGEST_GROUP:
                        out.write_table(pa.Table.from_batches(waiting, schema).combine_chunks())
                        waiting, size = [], 0
                if waiting:
                    out.write_table(pa.Table.from_batches(waiting, schema).combine_chunks())
    return start


def rewrite_folder(path: Path, changed: Iterable[int], fate: Fate, target: Path) -> int:
    """Write a folder of `save_to_disk` again; a split that nothing changes in is copied. Gives how many rows it had."""
    from datasets import DatasetDict, load_from_disk

    saved.validate(str(path), path)  # the library believes what it maps
    with saved.damaged(str(path)):
        data = load_from_disk(str(path))
    if not isinstance(data, DatasetDict):
        _write_part(data, 0, set(changed), fate, target)
        return len(data)
    target.mkdir()
    shutil.copyfile(path / "dataset_dict.json", target / "dataset_dict.json")
    start = 0
    for split, part in data.items():
        here = {number for number in changed if start <= number < start + len(part)}
        if here:
            _write_part(part, start, here, fate, target / split)
        else:
            shutil.copytree(path / split, target / split)
        start += len(part)
    return start


def parse_row(batch: Any) -> Raw:
    """The record in a batch of one row. Raises Fault."""
    (row,) = rows_of(batch)
    if isinstance(row, Fault):
        raise row
    return row


def edit_row(batch: Any, edits: dict[Keys, str]) -> Any:
    """The batch of one row with new texts at places in it. Raises Fault for a column that holds no text."""
    import pyarrow as pa

    raw = parse_row(batch)
    for keys, new in edits.items():
        raw = put(raw, keys, new)
    for column in {str(keys[0]) for keys in edits}:
        place = batch.schema.get_field_index(column)
        kind = batch.schema.field(place)
        try:
            batch = batch.set_column(place, kind, pa.array([raw[column]], kind.type))
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise Fault(f"column {column!r} holds {kind.type}, not text") from None
    return batch


def _patched(batch: Any, start: int, changed: Container[int], fate: Fate) -> Iterator[Any]:
    """The batch in parts, in which changed rows are left out or replaced; `start` is the number of its first row."""
    at = 0
    for index in range(batch.num_rows):
        if start + index in changed:
            if index > at:
                yield batch.slice(at, index - at)
            row = fate(start + index, batch.slice(index, 1))
            if row is not None:
                yield row
            at = index + 1
    if at < batch.num_rows:
        yield batch.slice(at)


def _compression(metadata: Any) -> dict[str, str] | str:
    """The codec of each column, as the first row group has it."""
    if not metadata.num_row_groups:
        return "snappy"
    group = metadata.row_group(0)
    columns = [group.column(i) for i in range(group.num_columns)]
    names = {"UNCOMPRESSED": "NONE", "LZ4_RAW": "LZ4"}
    return {column.path_in_schema: names.get(column.compression, column.compression) for column in columns}


def _write_part(part: Any, start: int, changed: set[int], fate: Fate, target: Path) -> None:
    """One data set; its rows go through a file of their own, so that they need not fit in memory."""
    import datasets
    import pyarrow as pa

    schema = part.features.arrow_schema
    silent = datasets.are_progress_bars_disabled()
    with TemporaryDirectory(dir=target.parent, prefix="audit-") as folder:
        rows = Path(folder) / "rows.arrow"
        with pa.ipc.new_stream(str(rows), schema) as out:
            for table in part.with_format("arrow").iter(BATCH):
                for batch in table.cast(schema).combine_chunks().to_batches():
                    for kept in _patched(batch, start, changed, fate):
                        out.write_batch(kept)
                    start += batch.num_rows
        datasets.disable_progress_bars()
        try:
            data = datasets.Dataset.from_file(str(rows)).data
            with rows.open("rb") as file:  # the same rows have the same fingerprint, whatever the folder is called
                fingerprint = file_digest(file, "sha256").hexdigest()[:16]
            left = datasets.Dataset(data, info=part.info, split=part.split, fingerprint=fingerprint)
            left.save_to_disk(target, num_shards=None if len(left) else 1)  # with no file at all it could not be loaded
        finally:
            if not silent:
                datasets.enable_progress_bars()

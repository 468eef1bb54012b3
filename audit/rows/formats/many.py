"""Several files as one input: a folder, a pattern such as data/*.parquet, or a list of paths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from glob import glob, has_magic
from pathlib import Path

from audit.nouns.dialogue import AuditError
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import SPLIT, fold
from audit.rows.formats.records import Record, Records
from audit.rows.splits import side, split_in

Open = Callable[[str], Records]


def files_of(name: str | Path, kinds: Sequence[str]) -> list[str]:
    """The files that a folder or a pattern stands for, by name; [] where it stands for none.

    `kinds`: endings of data files. A folder gives those that are directly in it; hidden ones are left out.
    """
    path = Path(name)
    if path.is_dir():
        found = (str(file) for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
        return sorted(file for file in found if Path(file).suffix.lower() in kinds)
    if has_magic(str(name)) and not path.exists():
        return sorted(file for file in glob(str(name), recursive=True) if Path(file).is_file())  # noqa: PTH207
    return []


def open_many(name: str, files: Sequence[str], open_one: Open) -> Records:
    """The records of all files, one after the other. AuditError where they are not all of one format.

    Where the files are called after splits (train.jsonl, faq_test.jsonl, test/part-0.parquet), these are their splits.
    """
    opened = [open_one(file) for file in files]
    first = opened[0]
    for other in opened[1:]:
        if other.format != first.format:
            raise AuditError(
                f"{name}: {first.name} is {first.format} and {other.name} is {other.format}; name files of one format"
            )
    columns = dict.fromkeys(column for records in opened for column in records.columns)
    splits = _splits(files) if not set(map(fold, columns)) & set(SPLIT) else []
    if splits and columns:
        columns.setdefault("split")
    encodings = dict.fromkeys(records.encoding for records in opened)
    return Records(
        name,
        first.format,
        partial(_read, opened, splits),
        tuple(columns),
        encoding=first.encoding if len(encodings) == 1 else "",
        remark=f"{len(opened):,} files",
    )


def _splits(files: Sequence[str]) -> list[str]:
    """For each file the split that its name says; [] where they do not tell what is trained on and what is held out."""
    found = [split_in(Path(file).stem) or split_in(Path(file).parent.name) for file in files]
    return found if {"train", "held-out"} <= set(map(side, found)) else []


def _read(opened: Sequence[Records], splits: Sequence[str], columns: Sequence[str] | None) -> Iterator[Record]:
    """Lines are those of a file, and there are several: so none is given, and a fault says its file."""
    for number, records in enumerate(opened):
        wanted = columns if columns is None or not records.columns else [c for c in columns if c in records.columns]
        for line, raw in records.read(wanted):
            place = f"{records.name}, line {line}" if line else records.name
            if isinstance(raw, Fault):
                yield 0, Fault(f"({place}) {raw}")
            else:
                yield 0, {"split": splits[number], **raw} if splits else raw

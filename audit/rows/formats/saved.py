"""A folder that `save_to_disk` of the library datasets wrote, read without it: Arrow files, and what names them.

The library maps the files and believes them; a wrong offset in one then ends the process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.rows.formats.arrow import refusing, rows_of, sound
from audit.rows.formats.records import Record, Records, check_columns


def is_saved(path: Path) -> bool:
    """Whether the folder looks like one."""
    return (path / "dataset_info.json").exists() or (path / "dataset_dict.json").exists()


def open_saved(name: str, path: Path) -> Records:
    """A saved data set, or several as splits. AuditError for a damaged one."""
    parts = files_of(name, path)
    columns: dict[str, None] = {}
    for files in parts.values():
        for file in files:
            columns |= dict.fromkeys(_columns(name, file))
    if "" not in parts:
        columns.setdefault("split")
    return Records(name, "dataset", partial(_read, name, parts), check_columns(name, columns))


def files_of(name: str, path: Path) -> dict[str, list[Path]]:
    """The Arrow files of each split, in their order; a set without splits has one that is called ""."""
    if not (path / "dataset_dict.json").exists():
        return {"": _files(name, path)}
    splits = _json(name, path / "dataset_dict.json").get("splits")
    if not isinstance(splits, list) or not splits:
        raise _broken(name, "dataset_dict.json names no splits")
    return {split: _files(name, path / _inside(name, split)) for split in splits}


def damaged(name: str) -> AbstractContextManager[None]:
    """Within this, what is wrong with the files is said in one sentence."""
    return refusing(name, "saved data set", "save it again with save_to_disk")


def batches_of(name: str, file: Path, columns: Sequence[str] | None = None) -> Iterator[Any]:
    """The batches of one of the files. To be used within `damaged`."""
    import pyarrow as pa

    options = pa.ipc.IpcReadOptions(use_threads=False)
    with pa.memory_map(str(file)) as mapped, pa.ipc.open_stream(mapped, options=options) as stream:
        wanted = [column for column in stream.schema.names if columns is None or column in columns]
        found = (batch.select(wanted) for batch in stream)
        yield from sound(name, file.stat().st_size, found)


def validate(name: str, path: Path) -> None:
    """Look at every value of a saved data set, also in columns that are not read. AuditError if one is unsound."""
    with damaged(name):
        for files in files_of(name, path).values():
            for file in files:
                for _ in batches_of(name, file):
                    pass


def _read(name: str, parts: dict[str, list[Path]], columns: Sequence[str] | None) -> Iterator[Record]:
    with damaged(name):
        for split, files in parts.items():
            for file in files:
                for batch in batches_of(name, file, columns):
                    for row in rows_of(batch):
                        if split and isinstance(row, dict):
                            row.setdefault("split", split)
                        yield 0, row


def _columns(name: str, file: Path) -> list[str]:
    import pyarrow as pa

    with damaged(name), pa.memory_map(str(file)) as mapped, pa.ipc.open_stream(mapped) as stream:
        names: list[str] = stream.schema.names
    return list(check_columns(name, names))


def _files(name: str, path: Path) -> list[Path]:
    state = _json(name, path / "state.json")
    if state.get("_indices_data_files") or state.get("_indices_files"):
        raise _broken(name, "it was saved by a version of the library that kept the order of rows apart")
    files = state.get("_data_files")
    if not isinstance(files, list):
        raise _broken(name, "state.json names no files")
    return [path / _inside(name, file.get("filename") if isinstance(file, dict) else None) for file in files]


def _inside(name: str, entry: Any) -> str:
    """The name of something in the folder itself: a description from somebody else can name no other place."""
    if not isinstance(entry, str) or Path(entry).name != entry or "\\" in entry or "\0" in entry:
        raise _broken(name, f"it names a file or split {str(entry)[:60]!r}")
    return entry


def _json(name: str, path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise _broken(name, f"{path.name}: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(found, dict):
        raise _broken(name, f"{path.name} holds a {type(found).__name__}")
    return found


def _broken(name: str, why: str) -> AuditError:
    return AuditError(f"{name}: the saved data set is damaged ({why}); save it again with save_to_disk")

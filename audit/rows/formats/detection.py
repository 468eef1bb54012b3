"""Any input to a stream of raw records: what it is, is found out by looking at it, not by its name alone."""

from __future__ import annotations

import atexit
import gzip
import re
import shutil
import sys
import unicodedata
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, BinaryIO, cast

from audit.nouns.dialogue import AuditError
from audit.rows.formats import delimited, hub, json_document, json_lines, many, memory, parquet_file, saved, spreadsheet
from audit.rows.formats.decoding import TextFile, examine, open_bytes
from audit.rows.formats.json_text import PLAIN
from audit.rows.formats.limits import longest_row
from audit.rows.formats.records import Records
from audit.rows.formats.special_files import copy_pipe, refuse_strange

SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".txt": "",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xls",
    ".gz": "",
}
KINDS = tuple(kind for kind in SUFFIXES if kind != ".txt")  # what is taken for data in a folder
MAGIC = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls), or one with a password; save it as XLSX without one"),
    (b"BZh", "packed with bzip2; unpack it"),
    (b"\xfd7zXZ", "packed with xz; unpack it"),
    (b"\x28\xb5\x2f\xfd", "packed with zstd; unpack it"),
    (b"ARROW1", "an Arrow file; save it as Parquet, or name the folder that save_to_disk wrote"),
    (b"SQLite format 3", "an SQLite database; export the table as CSV"),
    (b"\x80\x04\x95", "a Python pickle, which may run any code when it is opened; save the data as Parquet or JSONL"),
    (b"\x80\x05\x95", "a Python pickle, which may run any code when it is opened; save the data as Parquet or JSONL"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
)


def open_data(data: Any, peek: int) -> Records:
    """Open a path, a pattern, a list of paths, "-" (JSONL on stdin), a hub name, a DataFrame, a Dataset or dicts.

    `peek`: how many rows the caller looks at before it reads all. AuditError where there is nothing to read.
    """
    if isinstance(data, str | Path):
        return _open_name(data)
    if isinstance(data, list | tuple) and data and all(map(_is_path, data)):
        return many.open_many(f"{data[0]} … {data[-1]}", [str(path) for path in data], _open_name)
    for library, kinds, opens in (
        ("pandas", ("DataFrame",), memory.open_frame),
        ("datasets", ("Dataset", "DatasetDict"), lambda found: hub.open_dataset("<dataset>", found)),
    ):
        module = sys.modules.get(library)  # what was never imported cannot have made the data
        if module is not None and isinstance(data, tuple(getattr(module, kind) for kind in kinds)):
            return opens(data)
    if isinstance(data, Iterable) and not isinstance(data, bytes | Mapping):
        return memory.open_rows(data, peek)
    raise AuditError(f"expected a path, a DataFrame, a Dataset or dicts, found a {type(data).__name__}")


def _is_path(item: Any) -> bool:
    """Whether an item of a list is a path and no text: by its type, or by the ending of its name."""
    return isinstance(item, Path) or (isinstance(item, str) and Path(item).suffix.lower() in SUFFIXES)


def _open_name(name: str | Path) -> Records:
    path = Path(name)
    try:
        if name == "-":
            return _open_file("<stdin>", _keep(partial(shutil.copyfileobj, sys.stdin.buffer)))
        if path.is_dir():
            return _open_folder(str(name), path)
        if path.is_fifo():
            return _open_file(str(name), _keep(partial(copy_pipe, path)))
        if path.exists():
            refuse_strange(path)
            return _open_file(str(name), path)
        if files := several_files(name):
            return many.open_many(str(name), files, _open_name)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise AuditError(f"{name}: the gzip file is damaged or cut off ({error}); fetch or pack it again") from error
    except OSError as error:
        raise AuditError(f"{name}: cannot be read: {error.strerror or error}") from error
    if isinstance(name, str) and _is_hub_name(name):
        return hub.open_hub(name)
    raise AuditError(_missing(path))


def _keep(copy: Callable[[BinaryIO], None]) -> Path:
    """What comes through a pipe, as a file that can be read twice; it is removed at the end."""
    with NamedTemporaryFile(prefix="audit-", delete=False) as file:
        path = Path(file.name)
        atexit.register(path.unlink, missing_ok=True)
        copy(cast(BinaryIO, file))
    return path


def several_files(name: str | Path) -> list[str]:
    """The files of a pattern, or of a folder that was not saved by the library datasets; [] for everything else."""
    return [] if saved.is_saved(Path(name)) else many.files_of(name, KINDS)


def _open_folder(name: str, path: Path) -> Records:
    if saved.is_saved(path):
        return saved.open_saved(name, path)
    if files := several_files(path):
        return many.open_many(name, files, _open_name)
    raise AuditError(f"{name}: a folder that was not saved by the library datasets and holds no data file")


def _open_file(name: str, path: Path) -> Records:
    compression = _compression(path)
    kind = SUFFIXES.get(_suffix(path), "")
    with open_bytes(name, path, compression) as file:
        head = file.read(1 << 16)
    if not head.strip(b"\xef\xbb\xbf \t\r\n"):
        raise AuditError(f"{name}: the file is empty")
    for magic, what in MAGIC:
        if head.startswith(magic):
            raise AuditError(f"{name}: not a table but {what}")
    if head.startswith((b"PAR1", b"PK\x03\x04")):
        records = _open_binary(name, path, compression, head)
    elif kind in ("parquet", "xlsx"):
        raise AuditError(f"{name}: no {kind} file, whatever its name says; it begins with {head[:12]!r}")
    else:
        records = _open_text(examine(name, path, compression), kind)
    return _say_format(records, kind)


def _open_binary(name: str, path: Path, compression: str, head: bytes) -> Records:
    if compression:
        raise AuditError(f"{name}: a binary file inside gzip; unpack it first: gunzip {name}")
    if head.startswith(b"PAR1"):
        return parquet_file.open_parquet(name, path)
    return spreadsheet.open_spreadsheet(name, path)


def _open_text(file: TextFile, kind: str) -> Records:
    """Text that begins like JSON is JSON, and so is what is called so; all else is lines with delimiters."""
    with file.open(newline="") as text:
        head = text.read(1 << 16).lstrip()
    if re.match(r"\[\s*[{\]]", head):
        return json_document.open_json_document(file)
    one, more = _object_on_first_line(file) if head.startswith("{") else (False, False)
    if one and (more or kind == "jsonl"):
        return json_lines.open_json_lines(file)
    if one or (head.startswith("{") and (kind in ("", "json") or _object_over_lines(head))):
        return json_document.open_json_document(file)
    if kind in ("json", "jsonl"):
        return json_lines.open_json_lines(file)
    return delimited.open_delimited(file, {"csv": ",", "tsv": "\t"}.get(kind, ""))


def _object_on_first_line(file: TextFile) -> tuple[bool, bool]:
    """Whether the first line that is not blank is a JSON object, and whether more lines follow."""
    with file.open(newline="\n") as text:
        lines = iter(partial(text.readline, longest_row() + 1), "")
        first = next(line for line in lines if not line.isspace())
        if len(first) > longest_row():
            return False, True
        try:
            return isinstance(PLAIN.decode(first), dict), any(not line.isspace() for line in lines)
        except (ValueError, RecursionError):
            return False, True


def _object_over_lines(head: str) -> bool:
    """Whether the text begins with a JSON object that is written over several lines."""
    try:
        value, end = PLAIN.raw_decode(head)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "\n" in head[:end]


def _say_format(records: Records, kind: str) -> Records:
    """Remark on a file whose name promises another format than it holds."""
    if not kind or kind == records.format or {kind, records.format} <= {"csv", "tsv"} or kind + "l" == records.format:
        return records
    remark = f"in spite of its name, {records.format}"
    return replace(records, remark=f"{remark}, {records.remark}" if records.remark else remark)


def _compression(path: Path) -> str:
    with path.open("rb") as file:
        return "gzip" if file.read(2) == b"\x1f\x8b" else ""


def _suffix(path: Path) -> str:
    return Path(path.stem if path.suffix.lower() == ".gz" else path.name).suffix.lower()


def _is_hub_name(name: str) -> bool:
    """Whether a name that is no path here may be one on the hub: org/name, and not like a file that was mistyped."""
    if name.startswith("hf://"):
        return True
    owner, _, title = name.partition("/")
    likely = re.fullmatch(r"[\w.-]*\w/[\w.-]+", name, re.ASCII) is not None
    return likely and Path(title).suffix.lower() not in SUFFIXES and not Path(owner).exists()


def _missing(path: Path) -> str:
    """The message for a file that is not there, with the names in its folder that come near."""
    if not path.parent.is_dir():
        return f"{path}: no such file; the folder {path.parent} does not exist"
    names = {unicodedata.normalize("NFC", file.name): file.name for file in path.parent.iterdir()}
    close = get_close_matches(unicodedata.normalize("NFC", path.name), names, 3, 0.6)
    near = f"; in {path.parent} there is: {', '.join(names[name] for name in close)}" if close else ""
    return f"{path}: no such file{near}"

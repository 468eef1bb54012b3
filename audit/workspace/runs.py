"""`.audit/` beside the data: runs and costly vectors. Deleting it loses history, never data."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import asdict, fields
from datetime import UTC, datetime
from functools import reduce
from hashlib import file_digest, sha256
from operator import and_
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from audit.nouns.dialogue import AuditError
from audit.nouns.foreign_text import some
from audit.nouns.reports import Report
from audit.safety.held_folders import hold, in_the_making
from audit.safety.plain_files import (
    OF_THE_SYSTEM,
    close_files,
    is_plain,
    make_private,
    open_plain,
    permissions_of,
    permit,
    read_plain,
    refuse_link,
    usual_permissions,
)
from audit.safety.seal import can_seal, read_sealed, write_sealed
from audit.workspace.report_json import pieces
from audit.workspace.typed_json import INTEGERS, as_mapping, build, kind_of, misfit, plain_json
from audit.workspace.typed_json import TABLES as COLUMNS

TABLES = ("findings", "rows", "per_row", "patches")
REPORT, SUMMARY, MADE = "report.json", "summary.json", "run.json"
SEALED = (SUMMARY, *(f"{name}.parquet" for name in TABLES))  # what a later command goes by
UNFINISHED = ".unfinished-"


class Workspace:
    """The folder `.audit` in `folder`; made when something is first kept."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / ".audit"

    @classmethod
    def beside(cls, data: str) -> Workspace:
        """The workspace beside a file or folder; in the current folder for a stream or a hub name."""
        path = Path(data)
        return cls(path.absolute().parent if data != "-" and path.exists() else Path.cwd())

    @property
    def cache(self) -> Path:
        """Where vectors are kept."""
        return self.root / "cache"

    def make(self) -> Path:
        """Make the folder, which git does not see and others cannot enter; give the folder of the runs.

        Raises AuditError where there is a symbolic link in it: it came with somebody else's data.
        """
        self.refuse_links()
        runs = self.root / "runs"
        make_private(self.root)
        make_private(runs)
        with suppress(FileExistsError):
            handle = open_plain(self.root / ".gitignore", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            with os.fdopen(handle, "w") as ignore:
                ignore.write("*\n")
        return runs

    def refuse_links(self) -> None:
        """Raises AuditError where the folder, or anything in it, is a symbolic link."""
        with suppress(FileNotFoundError):
            refuse_link(self.root)
        for folder, folders, files in os.walk(self.root):
            for name in (*folders, *files):
                with suppress(FileNotFoundError):  # another command may tidy up at the same time
                    refuse_link(Path(folder, name))

    def save(self, report: Report, how: Mapping[str, Any]) -> Path:
        """Keep a run: its report, its findings as Parquet, and how and when it was made. All of it, or nothing.

        Raises OSError where the folder cannot be written, AuditError where it holds links.
        """
        runs = self.make()
        with in_the_making(UNFINISHED, runs) as unfinished:
            with (unfinished / REPORT).open("w", encoding="utf-8", newline="") as file:
                file.writelines(pieces(report))
            (unfinished / SUMMARY).write_text(json.dumps(_summary(report)), encoding="utf-8")
            for name in TABLES:
                pq.write_table(getattr(report, name), unfinished / f"{name}.parquet")
            made = {"made": datetime.now(UTC).isoformat(timespec="seconds"), "command": sys.argv[1:], **how}
            if can_seal():
                write_sealed(unfinished / MADE, {**made, "files": {name: digest(unfinished / name) for name in SEALED}})
            else:
                (unfinished / MADE).write_text(json.dumps(made), encoding="utf-8")
            close_files(unfinished)
            return rename_to_next(unfinished, runs, report.command)

    def runs(self, command: str = "*") -> list[Path]:
        """The kept runs of a command, the oldest first."""
        runs = self.root / "runs"
        if not (is_plain(self.root) and is_plain(runs)):
            return []
        numbered = runs.glob(f"[0-9][0-9][0-9][0-9]*-{command}")
        return sorted((path for path in numbered if is_plain(path) and path.is_dir()), key=number_of)

    def last_scan(self, data: str | None = None) -> Path | None:
        """The last run of `audit scan` by this user, of any data or of these."""
        wanted = None if data is None else str(Path(data).absolute())
        for run in reversed(self.runs("scan")):
            made = made_here(run)
            if made is not None and wanted in (None, made.get("data")):
                return run
        return None

    def clear(self) -> None:
        """Take away the runs that a kill left half written. What was not put there by `save` stays."""
        for folder in (self.root / "runs").glob(f"{UNFINISHED}*"):
            if not is_plain(folder) or (held := hold(folder, wait=False)) is None:
                continue
            for path in folder.iterdir():
                if is_plain(path) and path.name in (*SEALED, REPORT, MADE, f"{MADE}.new"):
                    path.unlink()
            with suppress(OSError):
                folder.rmdir()
            os.close(held)


def find_run(name: str, folder: Path) -> Path:
    """The report.json of a run: by its number or name in `folder`, its folder, a report.json, or a data file.

    A data file stands for the last run of it, "" for the last run in `folder`. Raises AuditError where there is none.
    """
    path = Path(name)
    if name and path.is_dir() and (path / REPORT).exists():
        return path / REPORT
    if name and path.suffix == ".json" and path.is_file() and _is_report(path):
        return path
    data = name if name and path.exists() else None
    workspace = Workspace.beside(data) if data else Workspace(folder)
    runs = [run for run in workspace.runs() if (run / REPORT).exists()]
    if data:
        runs = [run for run in runs if how(run)["data"] == str(path.absolute())]
    elif name:
        number = name.partition("-")[0]
        runs = [
            run
            for run in runs
            if run.name == name or (number.isdecimal() and number_of(run) == int(number) and name == number)
        ]
    if not runs:
        known = some(run.name for run in workspace.runs() if (run / REPORT).exists()) or "none"
        what = f"no run is called {name!r}" if name else "no run is kept"
        made_by = "audit scan, clean, diagnose, retrain or experiment"
        raise AuditError(f"{workspace.root}: {what}; there are: {known}. A run comes from {made_by}")
    return runs[-1] / REPORT


def _is_report(path: Path) -> bool:
    """Whether a JSON file is a report of ours rather than data: our reports say so in their first lines."""
    with path.open(encoding="utf-8", errors="replace") as file:
        return '"command"' in file.read(200)


def how(run: Path) -> dict[str, Any]:
    """How and when a run was made, and of what, as it says itself; the data are "" where that cannot be read."""
    try:
        made = as_mapping("it", plain_json(read_plain(run / MADE).decode(), surrogates=True))
    except (OSError, ValueError):
        return {"data": ""}
    return made if isinstance(made.get("data"), str) else {"data": ""}


def made_here(run: Path) -> dict[str, Any] | None:
    """The same of a run that this user made; None of any other."""
    made = read_sealed(run / MADE)
    return made if made is not None and isinstance(made.get("data"), str) else None


def read_report(run: Path) -> Report | None:
    """The report of a run that this user made, as it was.

    None where it was made by others, is damaged, or is of a version that kept other things.
    """
    made = made_here(run)
    try:
        if made is None or made["files"] != {name: digest(run / name) for name in SEALED}:
            return None
        return _read_report(run)
    except (OSError, ValueError, pa.ArrowException):
        return None


def _read_report(run: Path) -> Report:
    """ValueError where the parts are no report, or name rows that are not there."""
    plain = as_mapping("it", plain_json((run / SUMMARY).read_text(encoding="utf-8")))
    tables = {name: _read_table(run, name) for name in TABLES}
    report: Report = build(Report, {**plain, **tables})
    if json.loads(json.dumps(_summary(report))) != plain:
        raise ValueError("it lacks a part, or has one that this version does not know")
    named = [report.findings.column(name) for name in ("row", "group")]
    named.append(pc.list_flatten(report.findings.column("related")))
    if not all(pc.all(pc.is_in(ids.drop_null(), report.rows.column("id"))).as_py() is not False for ids in named):
        raise ValueError("a finding names a row that is not there")
    return report


def _read_table(run: Path, name: str) -> pa.Table:
    table = pq.read_table(run / f"{name}.parquet")
    table.validate(full=True)
    for column in COLUMNS.get(name, ()):
        found = table.schema.field(column).type if column in table.column_names else None
        if found != kind_of(column) and not (pa.types.is_integer(found) and column in INTEGERS):
            misfit(f"{name}.{column}", str(kind_of(column)), str(found))
    return table


def _summary(report: Report) -> dict[str, Any]:
    """The report as plain JSON, without its tables and what only report.json has."""
    left_out = {*TABLES, "diagnosis", "retraining", "experiment", "tallies", "changes"}
    plain = {part.name: getattr(report, part.name) for part in fields(report) if part.name not in left_out}
    return {
        **plain,
        "data": asdict(report.data),
        "rules": [asdict(rule) for rule in report.rules],
        "facts": [asdict(fact) for fact in report.facts],
    }


def digest(path: str | Path) -> str:
    """sha256 of the bytes of a file, or of the names and bytes in a folder; "" for what is neither."""
    path = Path(path)
    if path.is_dir():
        parts = sorted(part for part in path.rglob("*") if part.is_file())
        return sha256("".join(f"{part.relative_to(path)}\0{digest(part)}\n" for part in parts).encode()).hexdigest()
    if not path.is_file():
        return ""
    if not path.stat().st_size:  # a file of the system, such as /proc/kmsg, which may wait for ever when it is read
        return sha256().hexdigest()
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def number_of(run: Path) -> int:
    """The number of a run; 0 where its name only looks like one."""
    number = run.name.partition("-")[0]
    return int(number) if number.isdecimal() and len(number) < 10 else 0


def rename_to_next(unfinished: Path, runs: Path, command: str) -> Path:
    """Give the run the next free number; another process may take it first, so try until it works."""
    number = 1 + max(map(number_of, runs.glob("[0-9][0-9][0-9][0-9]*-*")), default=0)
    while True:
        target = runs / f"{number:04d}-{command}"
        try:
            os.rename(unfinished, target)  # noqa: PTH104 - Path.rename would replace an empty folder without a word
        except OSError:
            if not os.path.lexists(target):
                raise
            number += 1
        else:
            return target


def sync(path: Path) -> None:
    """Wait until a file, or what a folder lists, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_beside(path: Path, content: str | bytes | Iterable[str], like: object = None) -> None:
    """Write a file whole or not at all: beside its place first, then renamed over it.

    It can be read by nobody who may not read `like`, a file or folder that it tells of, or the file that it replaces.
    Raises OSError, and AuditError where a symbolic link is in its place.
    """
    pieces = [content] if isinstance(content, str | bytes) else content
    encoded = (piece if isinstance(piece, bytes) else piece.encode() for piece in pieces)
    if path.is_symlink() and not any(path.absolute().is_relative_to(folder) for folder in OF_THE_SYSTEM):
        refuse_link(path)
    if path.exists() and not path.is_file():  # a pipe or /dev/null is written to, not replaced
        with path.open("wb") as file:
            file.writelines(encoded)
        return
    known = [permissions_of(like), permissions_of(path)]
    allowed = reduce(and_, (bits for bits in known if bits is not None), usual_permissions())
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.writelines(encoded)
            file.flush()
            os.fsync(file.fileno())
        permit(Path(name), allowed)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

"""`.audit/` beside the data: runs and costly vectors. Deleting it loses history, never data."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from audit.types import Report


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

    def save(self, report: Report, report_json: str, how: Mapping[str, Any]) -> Path:
        """Keep a run: its report, its findings as Parquet, and how and when it was made. All of it, or nothing.

        Raises OSError where the folder cannot be written.
        """
        runs = self.root / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        ignore = self.root / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
        unfinished = Path(tempfile.mkdtemp(prefix=".unfinished-", dir=runs))
        try:
            (unfinished / "report.json").write_text(report_json, encoding="utf-8")
            pq.write_table(report.findings, unfinished / "findings.parquet")
            pq.write_table(report.per_row, unfinished / "per_row.parquet")
            made = {"made": datetime.now(UTC).isoformat(timespec="seconds"), "command": sys.argv[1:], **how}
            (unfinished / "run.json").write_text(json.dumps(made, ensure_ascii=False, indent=1), encoding="utf-8")
            return _rename_to_next(unfinished, runs, report.command)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise


def _rename_to_next(unfinished: Path, runs: Path, command: str) -> Path:
    """Give the run the next free number; another process may take it first, so try until it works."""
    number = 1 + max((int(path.name[:4]) for path in runs.glob("[0-9][0-9][0-9][0-9]-*")), default=0)
    while True:
        target = runs / f"{number:04d}-{command}"
        try:
            os.rename(unfinished, target)  # noqa: PTH104 - Path.rename would replace an empty folder without a word
        except OSError:
            if not target.exists():
                raise
            number += 1
        else:
            return target


def write_beside(path: Path, text: str) -> None:
    """Write a file whole or not at all: beside its place first, then renamed over it. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise

"""`audit report`: a run that was kept, as a Report again, alone or held against an earlier one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit.nouns.reports import Report


def report(run: str = "", *, folder: Path | None = None, baseline: str = "") -> Report:
    """The Report of a run: its number or name, its folder, a report.json, or a data file (its last run).

    "" is the last run kept in `folder` (the current one, if not given). `baseline` names a run in the same ways: the
    Report then says what is new, gone and unchanged against it.

    Raises AuditError where there is no such run, or what was kept cannot be understood.
    """
    from audit.reporting.archive import reopen
    from audit.reporting.changes import compare
    from audit.workspace.runs import find_run

    home = folder or Path.cwd()
    found = find_run(run, home)
    later = reopen(found)
    if not baseline:
        return later
    earlier = find_run(baseline, home)
    return compare(reopen(earlier), later, against=_name(earlier))


def _name(path: Path) -> str:
    """A run by the name of its folder, another file by its own."""
    return path.parent.name if path.name == "report.json" else path.name

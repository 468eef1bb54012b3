"""`audit review`: a person decides about findings one by one, in a terminal or a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from audit.reviewing import Review
    from audit.types import Report


def review(report: Report, baseline: Path) -> Review:
    """Open the screen and give the review when the person has left it; every decision is in `baseline` at once.

    Raises AuditError where the baseline cannot be read.
    """
    from functools import partial

    from audit.decisions import append, read
    from audit.renderers.review import ReviewScreen
    from audit.reviewing import Review

    walk = Review(report, read(baseline), partial(append, baseline))
    ReviewScreen(walk).run()
    return walk


def last_scan(data: str | None) -> tuple[str, Report | None]:
    """The data to review, and the report of its last scan; None where they have to be scanned (again) first.

    `data` None stands for what was scanned last in the current folder. Raises AuditError where there is no such scan,
    or where the file has changed since.
    """
    from audit.types import AuditError
    from audit.workspace import Workspace, digest, how, read_report

    run = (Workspace.beside(data) if data else Workspace(Path.cwd())).last_scan(data)
    if run is None:
        if data is None:
            raise AuditError(f"nothing was scanned in {Path.cwd()} yet; name the data: audit review DATA")
        return data, None
    report, scanned = read_report(run), str(how(run)["data"])
    if digest(scanned) == report.data.sha256:
        return data or scanned, report
    if data is None:
        raise AuditError(f"{scanned} has changed since its last scan; name it to scan it again: audit review DATA")
    return data, None

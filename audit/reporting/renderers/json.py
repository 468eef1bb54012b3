"""The Report as JSON, as the workspace keeps it."""

from __future__ import annotations

from audit.nouns.reports import Report
from audit.workspace.report_json import pieces


def render(report: Report) -> str:
    """The whole report as one text."""
    return "".join(pieces(report))

"""Drop a row that another row already says."""

from __future__ import annotations

from audit.types import Finding, Patch, Row


def drop_row(row: Row, finding: Finding, *, kept: Row | None = None, safe: bool) -> Patch:
    """Drop the row; `kept` is the partner that stays."""
    return Patch(row.id, "drop", finding.message, field=finding.field, kept=kept.id if kept else "", safe=safe)

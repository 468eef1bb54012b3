"""Drop a row that another row already says."""

from __future__ import annotations

from audit.nouns.findings import Finding, Patch, Row


def drop_row(row: Row, finding: Finding, *, safe: bool) -> Patch:
    """Drop the row; the partner that stays is in the finding."""
    return Patch(
        row.id,
        "drop",
        finding.message,
        line=row.line,
        turn=row.turn,
        field=finding.field,
        score=finding.score,
        safe=safe,
    )

"""Set a row aside for a person to look at."""

from __future__ import annotations

from audit.nouns.findings import Finding, Patch, Row


def quarantine_row(row: Row, finding: Finding, *, safe: bool) -> Patch:
    """Set the row aside, whole, with the reason."""
    return Patch(
        row.id,
        "quarantine",
        finding.message,
        line=row.line,
        turn=row.turn,
        field=finding.field,
        score=finding.score,
        safe=safe,
    )

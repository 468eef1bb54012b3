"""Give a row the answer that slipped to its neighbour; set any other row aside."""

from __future__ import annotations

from audit.nouns.findings import Finding, Patch, Row
from audit.repairs.quarantine_row import quarantine_row


def pair_anew(row: Row, finding: Finding, *, safe: bool, partner: str | None = None) -> Patch:
    """An edit that gives the row the answer of its `partner`, where answers slipped; otherwise the row is set aside."""
    if finding.because != "slipped" or partner is None:
        return quarantine_row(row, finding, safe=safe)
    return Patch(
        row.id,
        "edit",
        finding.message,
        line=row.line,
        turn=row.turn,
        field="answer",
        before=row.answer,
        after=partner,
        score=finding.score,
        safe=safe,
    )

"""Cut out the marked span."""

from __future__ import annotations

from audit.types import Finding, Patch, Row


def strip_span(row: Row, finding: Finding, *, safe: bool) -> Patch:
    """An edit that takes the finding's span out of its field, and the white space that this leaves at an end.

    Spans of one field stay right if they are cut from the last to the first.
    """
    if finding.span is None:
        raise ValueError("strip-span needs a finding with a span")
    start, end = finding.span
    before = row.question if finding.field == "question" else row.answer
    head, tail = before[:start], before[end:]
    trimmed = (head.rstrip(), tail.lstrip())
    after = "".join(trimmed) if "" in trimmed else head + tail
    return Patch(row.id, "edit", finding.message, field=finding.field, before=before, after=after, safe=safe)

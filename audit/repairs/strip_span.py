"""Cut out the marked span."""

from __future__ import annotations

from audit.nouns.findings import Finding, Patch, Row


def strip_span(row: Row, finding: Finding, *, safe: bool) -> Patch | None:
    """An edit that takes the finding's span out of its field; None where there is nothing to cut."""
    if finding.span is None:
        return None
    before = row.question if finding.field == "question" else row.answer
    return Patch(
        row.id,
        "edit",
        finding.message,
        line=row.line,
        turn=row.turn,
        field=finding.field,
        before=before,
        after=cut(before, finding.span),
        span=finding.span,
        score=finding.score,
        safe=safe,
    )


def cut(text: str, span: tuple[int, int]) -> str:
    """The text without the span, and without the white space that this leaves at an end.

    Spans of one text stay right if they are cut from the last to the first.
    """
    head, tail = text[: span[0]], text[span[1] :]
    trimmed = (head.rstrip(), tail.lstrip())
    return "".join(trimmed) if "" in trimmed else head + tail

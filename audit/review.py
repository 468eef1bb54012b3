"""`audit review`: a person decides about findings one by one, in a terminal or a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from audit.reviewing import Review
    from audit.types import Report


def review(report: Report, baseline: Path) -> Review:
    """Open the screen and give the review when the person has left it; every decision is in `baseline` at once.

    Raises AuditError where the report has no findings or the baseline cannot be read.
    """
    from functools import partial

    from audit.decisions import append, read
    from audit.renderers.review import ReviewScreen
    from audit.reviewing import Review
    from audit.types import AuditError

    walk = Review(report, read(baseline), partial(append, baseline))
    if not walk.items:
        raise AuditError(f"{report.data.name}: the scan found nothing, so there is nothing to review")
    ReviewScreen(walk).run()
    return walk

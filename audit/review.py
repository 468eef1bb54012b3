"""`audit review`: a person decides about findings one by one, in a terminal or a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from audit.cleaning.review_queue import Review
    from audit.nouns.reports import Report


def review(report: Report, baseline: Path) -> Review:
    """Open the screen and give the review when the person has left it; every decision is in `baseline` at once.

    Raises AuditError where the baseline cannot be read, or the screen broke down.
    """
    from functools import partial

    from audit.cleaning.review_queue import Review
    from audit.nouns.dialogue import AuditError
    from audit.reporting.screen.review_screen import ReviewScreen
    from audit.workspace.decisions import append, read

    walk = Review(report, read(baseline), partial(append, baseline))
    screen = ReviewScreen(walk)
    screen.run()
    if screen.return_code:
        raise AuditError("the screen broke down; what was decided until then is kept")
    return walk

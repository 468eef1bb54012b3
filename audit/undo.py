"""`audit undo`: set back what a cleaning did, all of it or some rows or rules of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from audit.nouns.dialogue import Progress, nobody_watches

if TYPE_CHECKING:
    from audit.workspace.runs import Workspace


def undo(
    workspace: Workspace,
    run: str = "",
    *,
    rows: Sequence[str] = (),
    rules: Sequence[str] = (),
    force: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> list[str]:
    """Undo a run of `audit clean`, the last one if none is named; gives what was done, a sentence for each file.

    Without `rows` (ids) and `rules`, every file is again what it was, byte for byte, and what was not there is gone.
    With them only their patches are taken back: the cleaned data are made again from the original without these.
    Raises AuditError where there is nothing to undo, or a file was changed since and not `force`.
    """
    from audit.cleaning import journal
    from audit.cleaning.reversal import find_cleaning, take_back, take_back_part
    from audit.engines.local import Local
    from audit.nouns.dialogue import AuditError

    if not workspace.root.exists():
        raise AuditError(f"{workspace.root}: there is no cleaning to undo")
    with journal.locked(workspace) as notes, journal.staging(workspace) as stage:
        clean = find_cleaning(workspace, run)
        if rows or rules:
            return notes + take_back_part(
                stage, clean, rows, rules, force=force, engine=Local(workers), tell=progress or nobody_watches
            )
        return notes + take_back(stage, clean, force)

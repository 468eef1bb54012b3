"""`audit clean`: repair what was found, lose nothing, and remember how to undo it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.nouns.dialogue import Progress, nobody_watches

if TYPE_CHECKING:
    from audit.cleaning.outcome import KeepPolicy
    from audit.nouns.reports import Report


def clean(
    report: Report,
    *,
    data: Any = None,
    output: Path | None = None,
    in_place: bool = False,
    unsafe: bool = False,
    dry_run: bool = False,
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    keep_policy: KeepPolicy = "rule",
    keep: int = 1,
    yes: bool = False,
    baseline: Path | None = None,
    home: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Report:
    """Apply the patches that a scan proposed to the data it read, and write the result beside them.

    `data`: where the data are now, if not where the report says. `output`: where the cleaned data go; `in_place`:
    over the input, of which `.audit/` keeps the original. Safe patches apply, and those that `baseline` accepts; with
    `unsafe`, all of them. `keep` rows of a group of duplicates stay, by `keep_policy`: rule (the head that the rule
    chose), first, longest answer, or best-coupled. A rule that would remove more than a tenth of the records needs
    `yes`. `dry_run` writes nothing. `home`: the folder whose `.audit/` keeps what undo needs, if not that of the data.

    Gives a Report of the command clean; its fact "journal" has the counts and the files. Raises AuditError where
    the data are not those that were scanned, or a rule would remove too much.
    """
    from audit.cleaning.procedure import Job, perform, places, rehearse
    from audit.engines.choice import within_reach
    from audit.engines.local import Local
    from audit.workspace.runs import Workspace

    data = data if data is not None else report.data.name
    target, removed = places(data, output, in_place=in_place)
    named = isinstance(data, str | Path)
    job = Job(
        data=data,
        workspace=Workspace(home) if home else Workspace.beside(str(data)) if named else Workspace(target.parent),
        target=target,
        removed=removed,
        in_place=in_place,
        unsafe=unsafe,
        select=tuple(select),
        ignore=tuple(ignore),
        policy=keep_policy,
        keep=keep,
        yes=yes,
        baseline=baseline,
    )
    return (rehearse if dry_run else perform)(report, job, Local(within_reach(workers)), progress or nobody_watches)

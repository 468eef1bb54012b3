"""The trained adapter where the person wants it: an ordinary peft folder with a card that says what it is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from audit.laboratory.processes import Done
from audit.laboratory.retraining_report import CARD, model_card
from audit.nouns.dialogue import AuditError
from audit.nouns.reports import Report


def check_place(target: Path) -> None:
    """AuditError where something stands that audit retrain did not put there."""
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    card = target / "README.md"
    if not card.is_file() or CARD not in card.read_text(encoding="utf-8", errors="replace"):
        raise AuditError(f"--out {target}: something else stands there; name another place")


def keep_adapter(report: Report, done: Done, target: Path) -> Report:
    """Copy the adapter to `target`, card and all, whole or not at all; give the report with its new place.

    An adapter of ours that stands there is replaced. AuditError where something else does.
    """
    found = report.retraining
    if found is None:
        return report
    check_place(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(prefix=".unfinished-", dir=target.parent))
    try:
        shutil.copytree(done.folder / "adapter", unfinished / "new")
        (unfinished / "new" / "README.md").write_text(model_card(found.trial, found, done.job.model), encoding="utf-8")
        if target.exists():
            target.rename(unfinished / "old")
        (unfinished / "new").rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return replace(report, retraining=replace(found, trial=replace(found.trial, adapter=str(target))))

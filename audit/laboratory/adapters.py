"""The trained adapter where the person wants it: an ordinary peft folder with a card that says what it is."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from audit.laboratory.retraining import model_card
from audit.laboratory.running import Done
from audit.types import AuditError, Report

MARK = "adapter_config.json"


def keep_adapter(report: Report, done: Done, target: Path) -> Report:
    """Copy the adapter to `target`, card and all, whole or not at all; give the report with its new place.

    AuditError where something stands there that is no adapter: nothing of another origin is replaced.
    """
    found = report.retraining
    if found is None:
        return report
    if target.exists() and not (
        target.is_dir() and (MARK in {p.name for p in target.iterdir()} or not any(target.iterdir()))
    ):
        raise AuditError(f"--out {target}: something else stands there; name another place")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(mkdtemp(prefix=".unfinished-", dir=target.parent))
    try:
        shutil.copytree(done.folder / "adapter", unfinished, dirs_exist_ok=True)
        (unfinished / "README.md").write_text(model_card(found.trial, found, done.job.model), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        unfinished.chmod(0o755)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return replace(report, retraining=replace(found, trial=replace(found.trial, adapter=str(target))))

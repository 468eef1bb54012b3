"""The cleanings of a folder that this user made there: which of them stand, and what they left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from audit.cleaning import journal
from audit.cleaning.journal import Move, moves, target_of
from audit.nouns.dialogue import AuditError
from audit.workspace.runs import Workspace, digest


@dataclass(frozen=True)
class Done:
    """A cleaning, and the folder that says how its files stand: its own, or that of the last part taken back."""

    run: Path
    now: Path

    @property
    def about(self) -> dict[str, Any]:
        """Its journal, as it stands."""
        return journal.read(self.now)


def ours(workspace: Workspace, command: str) -> dict[Path, dict[str, Any]]:
    """The journals of a command's runs, the oldest first; those of others, and damaged ones, are not among them."""
    found = {}
    for run in workspace.runs(command):
        try:
            found[run] = journal.read(run)
        except AuditError:
            continue
    return found


def standing(workspace: Workspace) -> list[Done]:
    """The cleanings that were not undone, the oldest first."""
    undone, parts = set(), {}
    for run, about in ours(workspace, "undo").items():
        if about["partly"]:
            parts[about["undoes"]] = run
        else:
            undone.add(about["undoes"])
    return [Done(run, parts.get(run.name, run)) for run in ours(workspace, "clean") if run.name not in undone]


def left_as(workspace: Workspace, path: Path, data: str) -> set[str]:
    """The sha256 of what cleanings of these data ever wrote into a file; an undo gives back what was there before."""
    runs = {**ours(workspace, "clean"), **ours(workspace, "undo")}
    mine = [run for run, about in runs.items() if about.get("input", {}).get("path") == data]
    return {move.after for run in mine for move in _of(run, path)}


def left_in_place(workspace: Workspace, path: Path, data: str) -> int:
    """How many bytes of the file `path`, of rows that left, are of cleanings of `data` in place: these lack the rows.

    The rest is of cleanings into another file, which the next one of these data makes again from the start.
    """
    now = digest(path)
    writing = [done for done in standing(workspace) if _of(done.now, path)]
    if not any(move.after == now for done in writing for move in _of(done.now, path)):
        return 0
    mine = (done.about for done in reversed(writing))
    return next((int(about["left_in_place"]) for about in mine if about["input"]["path"] == data), 0)


def _of(run: Path, path: Path) -> list[Move]:
    return [move for move in moves(run) if target_of(run, move.target) == path]

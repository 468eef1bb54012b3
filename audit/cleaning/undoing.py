"""Set files back to what they were before a cleaning, or clean again with fewer patches."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from audit.cleaning import journal
from audit.cleaning.accounts import sentence
from audit.cleaning.journal import Move, Staging, moves, target_of
from audit.cleaning.outputs import Work, read_patches
from audit.cleaning.performing import Materials, places, read_again, settle_and_write, stage_rest
from audit.cleaning.planning import Wishes
from audit.decisions import read as read_decisions
from audit.engines.local import Engine
from audit.rulebook import choose, find_rule
from audit.types import AuditError, Patch, Progress
from audit.workspace import Workspace, digest


@dataclass(frozen=True)
class Done:
    """A cleaning, and the folder that says how its files stand: its own, or that of the last part taken back."""

    run: Path
    now: Path

    @property
    def origin(self) -> list[Move]:
        """What each file was before the cleaning."""
        first = {move.target: (self.run, move) for move in moves(self.run)}
        for move in moves(self.now):
            first.setdefault(move.target, (self.now, move))
        return [replace(move, kept=str(folder / move.kept) if move.kept else "") for folder, move in first.values()]


def find_run(workspace: Workspace, name: str) -> Done:
    """The cleaning of this name or number, or the last one that stands. AuditError where there is none."""
    cleans = workspace.runs("clean")
    undone, parts = set(), {}
    for run in workspace.runs("undo"):
        about = journal.read(run)
        if about["partly"]:
            parts[about["undoes"]] = run
        else:
            undone.add(about["undoes"])
    standing = [run for run in cleans if run.name not in undone]
    if name:
        number = name.partition("-")[0]
        named = [run for run in cleans if number.isdecimal() and int(run.name.partition("-")[0]) == int(number)]
        if not named:
            known = ", ".join(run.name for run in standing) or "none"
            raise AuditError(f"{workspace.root}: no cleaning is called {name!r}; those that can be undone: {known}")
        if named[0] not in standing:
            raise AuditError(f"{named[0].name} is undone already")
        _refuse_buried(named[0], standing)
        standing = named
    if not standing:
        raise AuditError(f"{workspace.root}: there is no cleaning to undo")
    run = standing[-1]
    return Done(run, parts.get(run.name, run))


def take_back(stage: Staging, done: Done, force: bool) -> list[str]:
    """Set every file back to what it was."""
    _refuse_changed(done, force)
    said = []
    for move in done.origin:
        target = target_of(done.run, move.target)
        if not move.kept:
            stage.remove(move.part, target)
            said.append(f"{target} is gone")
            continue
        _copy(Path(move.kept), staged := stage.place(move.part, target))
        if digest(staged) != move.before:
            raise AuditError(f"{move.kept}: it is no longer what was kept; nothing was changed")
        said.append(f"{target} is again what it was before {done.run.name}")
    stage.commit("undo", {"command": "undo", "undoes": done.run.name, "partly": False}, always=True)
    return said


def take_back_part(
    stage: Staging,
    done: Done,
    rows: Sequence[str],
    rules: Sequence[str],
    *,
    force: bool,
    engine: Engine,
    tell: Progress,
) -> list[str]:
    """Clean the original again without the patches of these rows and rules."""
    _refuse_changed(done, force)
    about = journal.read(done.now)
    applied = list(read_patches(done.now / "patches.jsonl"))
    about["spared"] = sorted({*about.get("spared", []), *_records(applied, rows, done.run.name)})
    about["without"] = sorted({*about.get("without", []), *_used(applied, rules, done.run.name)})
    origin = {move.part: move for move in done.origin}
    data = Path(origin["output"].kept if about["in_place"] else about["input"]["path"])
    materials = _materials(data, about, applied)
    target = target_of(done.run, origin["output"].target)
    settled, _ = settle_and_write(materials, stage.place("output", target), engine, tell)
    work = Work(materials.corpus, settled, [patch for number, patch in applied if number < 2], materials.rules)
    earlier = origin["quarantine"].kept if "quarantine" in origin and about["in_place"] else ""
    stage_rest(stage, work, data, _removed(done.run, target, origin), Path(earlier) if earlier else None)
    about |= {"command": "undo", "undoes": done.run.name, "partly": True, "counts": asdict(work.counts)}
    stage.commit("undo", about, always=True)
    return [f"{target} was made again without {_named(rows, rules)}: {sentence(work.counts)}"]


def _materials(data: Path, about: Mapping[str, Any], applied: Sequence[tuple[int, Patch]]) -> Materials:
    """What to settle again: the patches of the first round that are left. Groups were settled then."""
    if digest(data) != about["input"]["sha256"]:
        raise AuditError(f"{data}: it has changed since it was cleaned, so no part can be taken back; undo all of it")
    without = set(about["without"])
    wanted = [replace(patch, group="") for number, patch in applied if number == 1 and patch.rule not in without]
    rules = [rule for rule in choose(settings=about["settings"]) if rule.name in set(about["rules"]) - without]
    wishes = Wishes(about["keep"], spared=frozenset(about["spared"]))
    decisions = read_decisions(Path(about["baseline"])) if about["baseline"] else {}
    corpus = read_again(data, about["reading"])
    return Materials(data, about["reading"], corpus, wanted, rules, wishes, decisions)


def _records(applied: Sequence[tuple[int, Patch]], rows: Sequence[str], run: str) -> set[int]:
    touched = {patch.row: patch.record for number, patch in applied if number}
    for row in rows:
        if row not in touched:
            raise AuditError(f"{run} did nothing to row {row}; patches.jsonl in its folder has all that it did")
    return {touched[row] for row in rows}


def _used(applied: Sequence[tuple[int, Patch]], rules: Sequence[str], run: str) -> set[str]:
    used = {patch.rule for number, patch in applied if number}
    for rule in map(find_rule, rules):
        if rule.name not in used:
            raise AuditError(f"{run} did nothing by {rule.name}; it did by: {', '.join(sorted(used))}")
    return set(rules)


def _removed(run: Path, target: Path, origin: Mapping[str, Move]) -> Path:
    """Where the rows that left go: a cleaning that removed none has not said it."""
    return target_of(run, origin["quarantine"].target) if "quarantine" in origin else places(target)[1]


def _refuse_changed(done: Done, force: bool) -> None:
    """Raises AuditError where a file is no longer what the cleaning made of it."""
    for move in moves(done.now):
        target = target_of(done.run, move.target)
        if digest(target) not in (move.after, "") and not force:
            raise AuditError(
                f"{target}: it was changed since {done.now.name} wrote it, and undo would lose that; "
                "save a copy elsewhere, then say --force"
            )


def _refuse_buried(run: Path, standing: Sequence[Path]) -> None:
    """Raises AuditError where a later cleaning stands on this one."""
    targets = {move.target for move in moves(run)}
    for later in standing[standing.index(run) + 1 :]:
        if targets & {move.target for move in moves(later)}:
            raise AuditError(f"{later.name} wrote the same files after {run.name}; undo {later.name} first")


def _named(rows: Sequence[str], rules: Sequence[str]) -> str:
    return ", ".join([*(f"row {row}" for row in rows), *rules])


def _copy(kept: Path, staged: Path) -> None:
    if kept.is_dir():
        shutil.copytree(kept, staged)
    else:
        shutil.copy2(kept, staged)

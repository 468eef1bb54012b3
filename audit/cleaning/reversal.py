"""Set files back to what they were before a cleaning, or clean again with fewer patches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from audit.cleaning import journal
from audit.cleaning.accounts import sentence
from audit.cleaning.history import Done, standing
from audit.cleaning.journal import Move, Staging, moves, target_of
from audit.cleaning.outcome import Wishes
from audit.cleaning.outputs import Work, read_patches
from audit.cleaning.procedure import PATCHES, Materials, places, read_again, settle_and_write, stage_rest
from audit.engines.local import Engine
from audit.nouns.dialogue import AuditError, Progress
from audit.nouns.findings import Patch
from audit.rulebook.pages import choose, find_rule
from audit.safety.plain_files import refuse_links_below
from audit.workspace.decisions import read as read_decisions
from audit.workspace.runs import Workspace, digest, number_of


def find_cleaning(workspace: Workspace, name: str) -> Done:
    """The cleaning of this name or number, or the last one that stands. AuditError where there is none of this user."""
    there = standing(workspace)
    if name:
        number = name.partition("-")[0]
        runs = [run for run in workspace.runs("clean") if number.isdecimal() and number_of(run) == int(number)]
        if not runs:
            known = ", ".join(done.run.name for done in there) or "none"
            raise AuditError(f"{workspace.root}: no cleaning is called {name!r}; those that can be undone: {known}")
        journal.read(runs[0])
        named = [done for done in there if done.run == runs[0]]
        if not named:
            raise AuditError(f"{runs[0].name} is undone already")
        _refuse_buried(named[0], there)
        return named[0]
    if last := workspace.runs("clean")[-1:]:
        journal.read(last[0])
    if not there:
        raise AuditError(f"{workspace.root}: there is no cleaning to undo")
    return there[-1]


def _origin(done: Done) -> list[Move]:
    """What each file was before the cleaning; `kept` as a whole path."""
    first = {move.target: (done.run, move) for move in moves(done.run)}
    for move in moves(done.now):
        first.setdefault(move.target, (done.now, move))
    return [replace(move, kept=str(folder / move.kept) if move.kept else "") for folder, move in first.values()]


def take_back(stage: Staging, done: Done, force: bool) -> list[str]:
    """Set every file back to what it was."""
    _refuse_changed(done, force)
    said = []
    for move in _origin(done):
        target = target_of(done.run, move.target)
        refuse_links_below(target_of(done.run, ""), target)
        if not move.kept:
            stage.remove(move.part, target)
            said.append(f"{target} is gone")
            continue
        journal.copy(Path(move.kept), staged := stage.place(move.part, target))
        if digest(staged) != move.before:
            raise AuditError(f"{move.kept}: it is no longer what was kept; nothing was changed")
        said.append(f"{target} is again what it was before {done.run.name}")
    about = {"command": "undo", "undoes": done.run.name, "partly": False}
    stage.commit("undo", about, always=True)
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
    about = done.about
    if digest(done.now / PATCHES) != about["patches"]:
        raise AuditError(
            f"{done.now / PATCHES}: it is not as it was written; no part can be taken back, undo all of it"
        )
    applied = list(read_patches(done.now / PATCHES))
    about["spared"] = sorted({*about.get("spared", []), *_records(applied, rows, done.run.name)})
    about["without"] = sorted({*about.get("without", []), *_used(applied, rules, done.run.name)})
    origin = {move.part: move for move in _origin(done)}
    data = Path(origin["output"].kept if about["in_place"] else about["input"]["path"])
    materials = _materials(data, about, applied)
    target = target_of(done.run, origin["output"].target)
    settled, _ = settle_and_write(materials, stage.place("output", target), engine, tell)
    work = Work(materials.corpus, settled, [patch for number, patch in applied if number < 2], materials.rules)
    earlier = Path(origin["quarantine"].kept) if "quarantine" in origin and origin["quarantine"].kept else None
    kept = 0 if earlier is None else earlier.stat().st_size if about["in_place"] else about["left_in_place"]
    size = stage_rest(stage, work, data, _removed(done.run, target, origin), (earlier or Path(), kept))
    about["left_in_place"] = size if about["in_place"] else kept
    about["patches"] = digest(stage.folder / PATCHES)
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


def _refuse_buried(done: Done, there: Sequence[Done]) -> None:
    """Raises AuditError where a later cleaning stands on this one."""
    targets = {move.target for move in moves(done.run)}
    for later in there[there.index(done) + 1 :]:
        if targets & {move.target for move in moves(later.run)}:
            name = later.run.name
            raise AuditError(f"{name} wrote the same files after {done.run.name}; undo {name} first")


def _named(rows: Sequence[str], rules: Sequence[str]) -> str:
    return ", ".join([*(f"row {row}" for row in rows), *rules])

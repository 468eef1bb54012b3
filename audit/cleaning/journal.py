"""Change files beside the data so that a kill at any point leaves the old state or the new, and each can be undone.

Everything is written into a folder of the workspace first. One rename of that folder commits the change; after it, the
files only have to be moved to their places, and the next command finishes that (`recover`) if this one was killed.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from audit.types import AuditError
from audit.workspace import Workspace, digest, rename_to_next, sync

STAGING = ".staging-"
PENDING = "pending.json"
JOURNAL = "journal.json"


@dataclass(frozen=True)
class Move:
    """One file or folder that a change writes, replaces or removes.

    `target` is relative to the folder that the workspace stands in, or absolute outside of it: folders may be moved.
    `staged` is its new state, relative to the run's folder or absolute ("": it is to be removed); `kept` is where the
    old state is kept in the run's folder ("": there was none). `before` and `after` are their sha256.
    """

    part: str
    target: str
    staged: str = ""
    kept: str = ""
    before: str = ""
    after: str = ""


@dataclass
class Staging:
    """A change in the making. Nothing that others see changes before `commit`."""

    workspace: Workspace
    folder: Path
    moves: list[Move] = field(default_factory=list)

    def place(self, part: str, target: Path, kept: str = "") -> Path:
        """Where to write the new state of `target`: on its own disk, as it has to be renamed into place.

        `kept` names the copy of the old state. Raises OSError where the folder of `target` cannot be written.
        """
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(target.parent))
        name = f"{part}{''.join(target.suffixes[-2:])}"
        here = target.parent.stat().st_dev == self.folder.stat().st_dev
        staged = self.folder / name if here else target.parent / f".{target.name}.{self.folder.name}"
        self.moves.append(Move(part, self._name(target), name if here else str(staged), kept))
        self._note()
        return staged

    def remove(self, part: str, target: Path) -> None:
        """Plan to take a file or folder away."""
        self.moves.append(Move(part, self._name(target)))

    def commit(self, command: str, journal: Mapping[str, Any], *, always: bool = False) -> Path | None:
        """Keep what the targets hold now, write the journal, and make the change. Gives the folder of the run.

        Where all files are already as they should be there is no change, and no run unless `always`.
        """
        self.moves = [self._keep(move) for move in self.moves]
        if not always and all(move.before == move.after for move in self.moves):
            return None
        text = json.dumps({**journal, "files": [asdict(move) for move in self.moves]}, ensure_ascii=False, indent=1)
        (self.folder / JOURNAL).write_text(text + "\n", encoding="utf-8")
        self._note()
        for part in self.folder.rglob("*"):
            sync(part)
        for move in self.moves:
            if Path(move.staged).is_absolute():
                sync(Path(move.staged))
        sync(self.folder)
        run = rename_to_next(self.folder, self.folder.parent, command)
        sync(run.parent)
        finish(run)
        return run

    def _name(self, target: Path) -> str:
        folder = target_of(self.folder, "")
        return str(target.relative_to(folder) if target.is_relative_to(folder) else target)

    def _keep(self, move: Move) -> Move:
        target = target_of(self.folder, move.target)
        before = digest(target)
        kept = f"{move.kept or f'previous-{move.part}'}{''.join(target.suffixes[-2:])}" if before else ""
        if kept and target.is_dir():
            shutil.copytree(target, self.folder / kept)
        elif kept:
            shutil.copy2(target, self.folder / kept)
        if kept and digest(self.folder / kept) != before:
            raise AuditError(f"{target}: it changes while it is read; nothing was changed, try again")
        after = digest(self.folder / move.staged) if move.staged else ""
        return Move(move.part, move.target, move.staged, kept, before, after)

    def _note(self) -> None:
        """Say what is staged outside of the folder, so that it can be cleared away after a kill."""
        text = json.dumps([asdict(move) for move in self.moves], ensure_ascii=False)
        path = self.folder / f"{PENDING}.new"
        path.write_text(text, encoding="utf-8")
        sync(path)
        path.replace(self.folder / PENDING)


@contextmanager
def locked(workspace: Workspace) -> Iterator[list[str]]:
    """Be the only one who changes files here, after finishing what a killed command left. Gives notes for the person.

    Raises AuditError while another command is at it. The lock goes with the process, however that ends.
    """
    import fcntl  # of Unix alone, where scan has to work without it

    workspace.make()
    with (workspace.root / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AuditError(
                f"another audit is changing files beside {workspace.root}; wait until it is done"
            ) from None
        yield list(_recover(workspace))


def recover(workspace: Workspace) -> list[str]:
    """Finish what a killed command left; where another command is at work, that is not ours to do."""
    if not any(_left(workspace)):
        return []
    try:
        with locked(workspace) as notes:
            return notes
    except AuditError:
        return []
    except OSError as error:
        return [f"{workspace.root}: what an interrupted command left cannot be finished: {error.strerror}"]


@contextmanager
def staging(workspace: Workspace) -> Iterator[Staging]:
    """A change in the making; what is not committed leaves nothing behind."""
    stage = Staging(workspace, Path(tempfile.mkdtemp(prefix=STAGING, dir=workspace.make())))
    try:
        yield stage
    finally:
        if stage.folder.exists():
            _clear(stage.folder)


def finish(run: Path) -> list[str]:
    """Move the files of a committed run to their places. Can be done again and again until it is through."""
    notes = []
    for move in _pending(run):
        target, staged = target_of(run, move.target), run / move.staged
        now = digest(target)
        aside = target.parent / f".{target.name}.{run.name}"
        if now not in ("", move.before, move.after):
            notes.append(f"{target} changed after {run.name} was interrupted and stays as it is; {run} has the rest")
        elif move.staged and staged.exists():
            _replace(staged, target, aside)
        elif not move.staged and now:
            target.rename(aside)
        remove(aside)
    (run / PENDING).unlink(missing_ok=True)
    sync(run)
    return notes


def read(run: Path) -> dict[str, Any]:
    """The journal of a run."""
    journal: dict[str, Any] = json.loads((run / JOURNAL).read_text(encoding="utf-8"))
    return journal


def moves(run: Path) -> list[Move]:
    """What a run did to files."""
    return [Move(**move) for move in read(run)["files"]]


def target_of(run: Path, target: str) -> Path:
    """Where the target of a move is now."""
    return run.absolute().parents[2] / target


def _left(workspace: Workspace) -> Iterator[Path]:
    runs = workspace.root / "runs"
    yield from runs.glob(f"{STAGING}*")
    yield from (path.parent for path in runs.glob(f"[0-9]*/{PENDING}"))


def _recover(workspace: Workspace) -> Iterator[str]:
    for folder in sorted(_left(workspace)):
        if folder.name.startswith(STAGING):
            _clear(folder)
        else:
            yield f"{folder.name} was interrupted after it was decided, and is now complete"
            yield from finish(folder)


def _pending(run: Path) -> list[Move]:
    path = run / PENDING
    return [Move(**move) for move in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []


def _clear(folder: Path) -> None:
    """Take away a change that was never decided."""
    for move in _pending(folder):
        if Path(move.staged).is_absolute():
            remove(Path(move.staged))
    shutil.rmtree(folder, ignore_errors=True)


def _replace(staged: Path, target: Path, aside: Path) -> None:
    """Put the new state into its place. A folder cannot be replaced, so the old one steps aside; a copy is kept."""
    if target.is_dir():
        target.rename(aside)
    staged.replace(target)
    sync(target.parent)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

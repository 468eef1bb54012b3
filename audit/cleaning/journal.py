"""Change files beside the data so that a kill at any point leaves the old state or the new, and each can be undone.

Everything is written into a folder of the workspace first. One rename of that folder commits the change; after it, the
files only have to be moved to their places, and the next command that changes files finishes that (`recover`) if this
one was killed. Only journals that this user's audit sealed are followed: see audit.safety.seal.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.safety.plain_files import is_plain, open_plain, refuse_links_below, refuse_replacing
from audit.safety.seal import read_sealed, write_sealed
from audit.workspace.runs import Workspace, digest, rename_to_next, sync

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
        refuse_replacing(target)
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(target.parent))
        name = f"{part}{''.join(target.suffixes[-2:])}"
        here = target.parent.stat().st_dev == self.folder.stat().st_dev
        folder = self.folder if here else target.parent / f".{target.name}.{self.folder.name}"
        self.moves.append(Move(part, self._name(target), name if here else str(folder / name), kept))
        self.note()
        if not here:
            folder.mkdir(0o700)
        return folder / name

    def remove(self, part: str, target: Path) -> None:
        """Plan to take a file or folder away."""
        refuse_replacing(target)
        self.moves.append(Move(part, self._name(target)))

    def commit(self, command: str, journal: Mapping[str, Any], *, always: bool = False) -> Path | None:
        """Keep what the targets hold now, write the journal, and make the change. Gives the folder of the run.

        Where all files are already as they should be there is no change, and no run unless `always`.
        """
        self.moves = [self._keep(move) for move in self.moves]
        if not always and all(move.before == move.after for move in self.moves):
            return None
        write_sealed(self.folder / JOURNAL, {**journal, "files": [asdict(move) for move in self.moves]})
        self.note()
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
        if kept:
            copy(target, self.folder / kept)
        if kept and digest(self.folder / kept) != before:
            raise AuditError(f"{target}: it changes while it is read; nothing was changed, try again")
        after = digest(self.folder / move.staged) if move.staged else ""
        return Move(move.part, move.target, move.staged, kept, before, after)

    def note(self) -> None:
        """Say what is staged outside of the folder, so that it can be cleared away after a kill."""
        write_sealed(self.folder / PENDING, {"moves": [asdict(move) for move in self.moves]})


@contextmanager
def locked(workspace: Workspace) -> Iterator[list[str]]:
    """Be the only one who changes files here, after finishing what a killed command left. Gives notes for the person.

    Raises AuditError while another command is at it. The lock goes with the process, however that ends.
    """
    import fcntl  # of Unix alone, where scan has to work without it

    workspace.make()
    with os.fdopen(open_plain(workspace.root / "lock", os.O_RDWR | os.O_CREAT), "r+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AuditError(
                f"another audit is changing files beside {workspace.root}; wait until it is done"
            ) from None
        workspace.clear()
        yield list(_recover(workspace))


def recover(workspace: Workspace) -> list[str]:
    """Finish what a killed command left; where another command is at work, that is not ours to do."""
    if not any(_left(workspace)):
        return []
    try:
        with locked(workspace) as notes:
            return notes
    except AuditError as error:
        return [str(error)]
    except OSError as error:
        return [f"{workspace.root}: what an interrupted command left cannot be finished: {error.strerror}"]


def interrupted(workspace: Workspace) -> list[str]:
    """A sentence for each change of this user's that was decided and is not complete; nothing is touched."""
    return [
        f"{run.name} was interrupted after it was decided; audit clean or audit undo will complete it"
        for run in _left(workspace)
        if not run.name.startswith(STAGING) and _moves(run, JOURNAL) is not None
    ]


@contextmanager
def staging(workspace: Workspace) -> Iterator[Staging]:
    """A change in the making; what is not committed leaves nothing behind."""
    stage = Staging(workspace, Path(tempfile.mkdtemp(prefix=STAGING, dir=workspace.make())))
    try:
        stage.note()
        yield stage
    finally:
        if stage.folder.exists():
            _clear(stage.folder)


def finish(run: Path) -> list[str]:
    """Move the files of a committed run to their places. Can be done again and again until it is through."""
    notes = [note for move in moves(run) if (note := _finish(run, move))]
    (run / PENDING).unlink(missing_ok=True)
    sync(run)
    return notes


def _finish(run: Path, move: Move) -> str:
    """Make one move; a note where that cannot be, as somebody changed the file or put another there."""
    target, staged = target_of(run, move.target), run / move.staged
    aside = target.parent / f".{target.name}.{run.name}"
    try:
        for path in (target, aside, *([staged] if move.staged else [])):
            refuse_links_below(target_of(run, ""), path)
    except AuditError as error:
        return str(error)
    now = digest(target)
    if now not in ("", move.before, move.after):
        return f"{target} changed after {run.name} was interrupted and stays as it is; {run} has the rest"
    if move.staged and staged.exists():
        if digest(staged) != move.after:
            return f"{staged} is not what {run.name} wrote; {target} stays as it is"
        _replace(staged, target, aside)
    elif not move.staged and now:
        target.rename(aside)
    remove(aside)
    if Path(move.staged).is_absolute():
        remove(staged.parent)
    return ""


def read(run: Path) -> dict[str, Any]:
    """The journal of a run. AuditError where this user's audit did not make it, here."""
    journal = read_sealed(run / JOURNAL)
    if journal is None:
        raise AuditError(
            f"{run}: this was not made here by your audit (it came with the folder, is a copy, or is damaged), so "
            "nothing is changed by it; if it is yours, put the folder back to where it was, or take the files that it "
            "keeps by hand"
        )
    return journal


def moves(run: Path) -> list[Move]:
    """What a run did to files. Raises as `read` does."""
    return [Move(**move) for move in read(run)["files"]]


def target_of(run: Path, target: str) -> Path:
    """Where the target of a move is now."""
    return run.absolute().parents[2] / target


def _left(workspace: Workspace) -> Iterator[Path]:
    """Folders of changes that were not brought to an end, whoever made them."""
    runs = workspace.root / "runs"
    if is_plain(workspace.root) and is_plain(runs):
        yield from (path for path in sorted(runs.glob(f"{STAGING}*")) if is_plain(path))
        yield from (run for run in workspace.runs() if is_plain(run / PENDING))


def _recover(workspace: Workspace) -> Iterator[str]:
    for folder in _left(workspace):
        staged = folder.name.startswith(STAGING)
        if staged and folder.is_dir() and {path.name for path in folder.iterdir()} <= {f"{PENDING}.new"}:
            shutil.rmtree(folder)  # a kill before anything was noted
        elif _moves(folder, PENDING if staged else JOURNAL) is None:
            yield f"{folder}: this was not made here by your audit, and is left alone"
        elif staged:
            _clear(folder)
        else:
            yield f"{folder.name} was interrupted after it was decided, and is now complete"
            yield from finish(folder)


def _moves(folder: Path, name: str) -> list[Move] | None:
    """The moves in the file of this name; None where this user's audit did not write it, here."""
    sealed = read_sealed(folder / name)
    return None if sealed is None else [Move(**move) for move in sealed["moves" if name == PENDING else "files"]]


def _clear(folder: Path) -> None:
    """Take away a change that was never decided."""
    for move in _moves(folder, PENDING) or ():
        if Path(move.staged).is_absolute():
            remove(Path(move.staged).parent)
    shutil.rmtree(folder, ignore_errors=True)


def _replace(staged: Path, target: Path, aside: Path) -> None:
    """Put the new state into its place. A folder cannot be replaced, so the old one steps aside; a copy is kept."""
    if target.is_dir():
        target.rename(aside)
    staged.replace(target)
    sync(target.parent)


def copy(source: Path, target: Path) -> None:
    """A file or folder once more, with its permissions and times."""
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy2(source, target)


def remove(path: Path) -> None:
    """Take away a file, a link or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

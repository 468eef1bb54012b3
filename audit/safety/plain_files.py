"""Files and folders opened as what they are: nothing behind a symbolic link, no pipe that never ends.

A folder that came with data may hold links that point anywhere; what is read or written under it goes through here.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from audit.nouns.dialogue import AuditError

PRIVATE_FOLDER, PRIVATE_FILE = 0o700, 0o600
# what a link in these folders leads to, the system itself says: /dev/stdout, /proc/self/fd/1
OF_THE_SYSTEM = (Path("/dev"), Path("/proc"))


def open_plain(path: Path, flags: int = os.O_RDONLY, mode: int = PRIVATE_FILE) -> int:
    """A descriptor of a regular file. Raises OSError for a symbolic link, what is no file, or cannot be opened."""
    if path.is_symlink():
        raise OSError(errno.ELOOP, "a symbolic link, through which audit neither reads nor writes", str(path))
    nonblocking = getattr(os, "O_NONBLOCK", 0)  # so that a pipe without a writer is told apart, not waited for
    handle = os.open(path, flags | getattr(os, "O_NOFOLLOW", 0) | nonblocking, mode)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, "not a regular file", str(path))
    return handle


def read_plain(path: Path) -> bytes:
    """The bytes of a regular file. Raises as `open_plain` does."""
    with os.fdopen(open_plain(path), "rb") as file:
        return file.read()


def is_plain(path: Path) -> bool:
    """Whether it is a folder or a regular file, and no link to one."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return stat.S_ISDIR(mode) or stat.S_ISREG(mode)


def refuse_link(path: Path) -> None:
    """Raises AuditError where the path is a symbolic link, FileNotFoundError where there is nothing."""
    if stat.S_ISLNK(path.lstat().st_mode):
        raise AuditError(
            f"{path}: this is a symbolic link (to {path.readlink()}), and audit writes through none; "
            "remove it, or put a file or folder of its own there"
        )


def refuse_links_below(folder: Path, target: Path) -> None:
    """Raises AuditError where the target, or a folder between it and `folder`, is a symbolic link.

    The folders above were chosen by the person, not by whoever made what lies in them. A target elsewhere, which the
    person named, is looked at alone.
    """
    parts = target.relative_to(folder).parts if target.is_relative_to(folder) else (target.name,)
    if ".." in parts:
        raise AuditError(f"{target}: it lies outside of {folder}")
    path = folder if target.is_relative_to(folder) else target.parent
    for part in parts:
        path /= part
        with suppress(FileNotFoundError):
            refuse_link(path)


def refuse_replacing(target: Path) -> None:
    """Raises AuditError where replacing a file or folder would part it from other names, or override a protection."""
    if not os.path.lexists(target):
        return
    refuse_link(target)
    for path in (target, *_inside(target)):
        state = path.lstat()
        if stat.S_ISLNK(state.st_mode):
            raise AuditError(f"{path}: this is a symbolic link in a folder that would be replaced; put the file there")
        if not state.st_mode & 0o222:
            raise AuditError(f"{path}: it is read-only; allow writing first (chmod u+w), or let audit write elsewhere")
        if stat.S_ISREG(state.st_mode) and state.st_nlink > 1:
            raise AuditError(
                f"{path}: it has {state.st_nlink} names (hard links), and the others would keep the old content; "
                "let audit write elsewhere, or give this name a copy of its own (cp, then mv)"
            )


def make_private(folder: Path) -> None:
    """Make a folder that its owner alone can enter, or close one that is there. AuditError for a link, else OSError."""
    with suppress(FileExistsError):
        folder.mkdir(PRIVATE_FOLDER)
    refuse_link(folder)
    state = folder.stat()
    if state.st_mode & 0o077 and hasattr(os, "geteuid") and state.st_uid == os.geteuid():
        folder.chmod(PRIVATE_FOLDER)


def close_files(folder: Path) -> None:
    """Let nobody but the owner read the files right in a folder."""
    for path in folder.iterdir():
        if stat.S_ISREG(path.lstat().st_mode):
            path.chmod(PRIVATE_FILE)


def permissions_of(data: object) -> int | None:
    """Who may read and write a file, as bits (of a folder, what it and all in it allow); None for what is no file."""
    path = Path(data) if isinstance(data, str | Path) else None
    if path is None or not path.exists():
        return None
    allowed = 0o666 if path.is_dir() else path.stat().st_mode & 0o666
    for part in (path, *_inside(path)):
        if not part.is_symlink():
            allowed &= part.stat().st_mode
    return allowed


def permit(path: Path, allowed: int) -> None:
    """Let these read and write a file, or a folder with all in it; its owner always may."""
    for part in (path, *_inside(path)):
        mode = (allowed | PRIVATE_FILE) & 0o666
        part.chmod(mode | (mode & 0o444) >> 2 if part.is_dir() else mode)


def usual_permissions() -> int:
    """What a new file allows where nothing else is said."""
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _inside(path: Path) -> Iterator[Path]:
    """All that lies in a folder; links are given, not followed."""
    for folder, folders, files in os.walk(path):
        yield from (Path(folder, name) for name in (*folders, *files))

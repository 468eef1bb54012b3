"""Folders that a process holds while it fills them, so that others can tell them from what a kill left."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def in_the_making(prefix: str, parent: Path) -> Iterator[Path]:
    """A folder that is held while it is filled, so that nobody takes it for one that a kill left."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        try:
            held = hold(folder, wait=True)
        except FileNotFoundError:
            continue
        if folder.exists():  # nobody tidied it up before it was held
            break
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # after a success it has another name
        if held is not None:
            os.close(held)


def hold(folder: Path, *, wait: bool) -> int | None:
    """A descriptor that holds a folder; None where another process does, or the system knows no such thing."""
    try:
        import fcntl  # of Unix alone
    except ImportError:
        return None
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        os.close(handle)
        return None
    return handle

"""Folders of this user alone, outside every data folder: only what lies in one may be taken at its word."""

from __future__ import annotations

import os
from pathlib import Path
from stat import S_ISDIR

OTHERS_WRITE = 0o022


def cache_home() -> Path | None:
    """$XDG_CACHE_HOME/audit, or ~/.cache/audit; None where neither is an absolute path."""
    named = Path(os.environ.get("XDG_CACHE_HOME") or "")  # one that is relative is to be ignored, says its standard
    try:
        return (named if named.is_absolute() else Path.home() / ".cache") / "audit"
    except RuntimeError:  # nobody's home
        return None


def private_folder(*names: str) -> Path | None:
    """The folder of these names in the cache, made with mode 700 where it is not there.

    None where it cannot be made, and where another user owns or may change it or what leads to it from the cache's root
    on: what is in it is then not known to be this user's.
    """
    home = cache_home()
    if home is None or not home.is_absolute():
        return None
    folder = home.joinpath(*names)
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        for place in (home, *reversed([part for part in folder.parents if home in part.parents]), folder):
            place.mkdir(mode=0o700, exist_ok=True)
            if not _owned(place):
                return None
    except OSError:
        return None
    return folder


def _owned(folder: Path) -> bool:
    """Whether it is a folder and no link, this user's, and nobody else may write to it."""
    state = folder.lstat()
    return S_ISDIR(state.st_mode) and state.st_uid == os.geteuid() and not state.st_mode & OTHERS_WRITE

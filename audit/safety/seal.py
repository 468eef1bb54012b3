"""What this user's `audit` made, told apart from what came with a folder.

Undo and recovery move and remove files as a journal says, and `clean` repairs what a kept scan says; so both carry a
seal: an HMAC with a key that only this user can read. It covers the content, the name of the file, and the place. A
folder may be moved (its inode stays) or put back where it was (its path is the same); a copy elsewhere, as in a clone,
is nothing that this user made there.
"""

from __future__ import annotations

import hmac
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from secrets import token_bytes
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.safety.plain_files import make_private, open_plain, read_plain

KEY = 32  # bytes, as many as SHA-256 gives: RFC 2104, section 3
WHY = "audit keeps a key there, by which undo knows what audit itself has written"
INSTEAD = "name a folder of yours in XDG_STATE_HOME"


def write_sealed(path: Path, content: Mapping[str, Any], name: str = "") -> None:
    """Write JSON that `read_sealed` takes as ours, whole or not at all; `name`: what it will be called.

    Raises AuditError where there is no place for a key, OSError where the file cannot be written.
    """
    given = json.loads(json.dumps({**content, "place": _place(path.parent)}))
    given["seal"] = _seal(_key_made(), name or path.name, given)
    unfinished = path.with_name(f"{path.name}.new")
    with os.fdopen(open_plain(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
        file.write(_bytes(given))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def read_sealed(path: Path) -> dict[str, Any] | None:
    """What `write_sealed` wrote there; None for anything else: missing, damaged, made by others or elsewhere."""
    key = _key()
    try:
        given = json.loads(read_plain(path)) if key else None
    except (OSError, ValueError, RecursionError):
        return None
    if key is None or not isinstance(given, dict) or not isinstance(seal := given.pop("seal", None), str):
        return None
    if not hmac.compare_digest(seal.encode(), _seal(key, path.name, given).encode()):
        return None
    here, made = _place(path.parent), given.pop("place")
    return given if here["folder"] == made["folder"] or here["inode"] == made["inode"] else None


def can_seal() -> bool:
    """Whether there is a key, or one can be made."""
    with suppress(AuditError):
        return bool(_key_made())
    return False


def keyed_name(content: bytes) -> str:
    """A name that nobody else could have given to this content; "" where there is no key and none can be made."""
    try:
        key = _key_made()
    except AuditError:
        return ""
    return hmac.digest(key, b"content\0" + content, "sha256").hex()


def _seal(key: bytes, name: str, content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hmac.digest(key, f"{name}\0{canonical}".encode(), "sha256").hex()


def _place(folder: Path) -> dict[str, Any]:
    """Where a folder is, by its path and by what stays the same when it is renamed."""
    state = folder.stat()
    return {"folder": str(folder.parent.resolve()), "inode": [state.st_dev, state.st_ino]}


def _bytes(content: Mapping[str, Any]) -> bytes:
    try:
        return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()
    except UnicodeEncodeError:  # a file name that is no UTF-8 can only be held escaped
        return (json.dumps(content, indent=1) + "\n").encode()


def _folder() -> Path:
    """Where the key is kept. AuditError where the user has no place for it."""
    named = Path(os.environ.get("XDG_STATE_HOME", ""))
    if named.is_absolute():  # a relative one is to be passed over: XDG Base Directory Specification
        return named / "audit"
    try:
        home = Path.home()
    except RuntimeError:
        home = Path()
    if not home.is_absolute():
        raise AuditError(f"there is no home folder; {WHY}: {INSTEAD}")
    return home / ("Library/Application Support" if sys.platform == "darwin" else ".local/state") / "audit"


def _key() -> bytes | None:
    """The key, if it was made and is nobody else's."""
    try:
        return _read_key(_folder() / "key")
    except (OSError, AuditError):
        return None


def _read_key(path: Path) -> bytes:
    with os.fdopen(open_plain(path), "rb") as file:
        state = os.fstat(file.fileno())
        key = file.read(KEY)
    if hasattr(os, "geteuid") and (state.st_uid != os.geteuid() or state.st_mode & 0o077):
        raise AuditError(
            f"{path}: others can read this key, or it is another user's; delete it (what was cleaned until now can "
            f"then no longer be undone), or {INSTEAD}"
        )
    if len(key) < KEY:
        raise AuditError(f"{path}: this key is damaged; delete it (what was cleaned until now can no longer be undone)")
    return key


def _key_made() -> bytes:
    """The key, made at first use."""
    folder = _folder()
    try:
        with suppress(FileNotFoundError):
            return _read_key(folder / "key")
        folder.parent.mkdir(parents=True, exist_ok=True)
        make_private(folder)
        _make_key(folder / "key")
        return _read_key(folder / "key")
    except OSError as error:
        raise AuditError(f"{folder}: cannot be used ({error.strerror}); {WHY}: {INSTEAD}") from error


def _make_key(path: Path) -> None:
    """Write a key whole; of processes that start together the first one's stays."""
    handle, name = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # mode 600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(token_bytes(KEY))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(name, path)
    finally:
        Path(name).unlink()

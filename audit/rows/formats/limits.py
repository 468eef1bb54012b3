"""How much a packed input may unpack to, and how long one row may be: a small file from somebody else can hold a bomb.

Only the user raises a limit, with --unpack-up-to (from Python: `allow`); no file beside the data can.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from audit.nouns.dialogue import AuditError

UNPACKED = 20_000_000_000  # bytes: a minute or two of unpacking, and more than a set for fine-tuning has
SMALL = 200_000_000  # bytes that an input of any size may unpack to
TIMES = 100  # beyond SMALL: prose packs to a third, rows of one template to a fiftieth, one letter to a thousandth
LONGEST_ROW = 1 << 25  # characters of one cell, line or JSON value: of a quote or bracket that was never closed
UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}

_allowed: ContextVar[int] = ContextVar("allowed", default=0)
_row: ContextVar[int] = ContextVar("row", default=LONGEST_ROW)


def allow(size: str) -> None:
    """Unpack up to this size, such as "50GB", however small the file is; AuditError where it is no size."""
    _allowed.set(bytes_of(size, "--unpack-up-to"))


def check_unpacked(name: str, unpacked: int, packed: int) -> None:
    """AuditError where `packed` bytes of this name hold more than they may: `unpacked` bytes so far, or as stated."""
    limit = _allowed.get() or min(UNPACKED, max(SMALL, TIMES * packed))
    if unpacked > limit:
        raise AuditError(
            f"{name}: unpacks to more than {said(limit)}, from {said(packed)}; if you trust where it comes from, "
            f"allow more with --unpack-up-to SIZE, such as {said(max(10 * limit, 10 * SMALL))}"
        )


def longest_row() -> int:
    """Characters that one cell, line or JSON value may have."""
    return _row.get()


def too_long() -> str:
    """What is more than that, in words."""
    why = " (more does not fit in --memory)" if longest_row() < LONGEST_ROW else ""
    return f"more than {longest_row():,} characters{why}"


@contextmanager
def rows_up_to(characters: int) -> Iterator[None]:
    """Within this, no row is longer than so many characters; LONGEST_ROW holds in any case."""
    before = _row.set(min(characters, LONGEST_ROW))
    try:
        yield
    finally:
        _row.reset(before)


def bytes_of(size: str, option: str) -> int:
    """The bytes of a size such as 2GB or 500MiB; AuditError where it is none."""
    match = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?)\s*([KMGT])(i?)B?", size.strip(), re.IGNORECASE)
    if not match:
        raise AuditError(f"{option} {size}: no size; say for example 2GB or 500MB")
    return int(float(match[1]) * (1024 if match[3] else 1000) ** UNITS[match[2].upper()])


def said(count: int) -> str:
    """A number of bytes, rounded up."""
    if count >= 10**9:
        return f"{-(-count // 10**8) / 10:g}GB"
    return f"{-(-count // 10**6)}MB" if count >= 10**6 else f"{-(-count // 10**3)}KB"

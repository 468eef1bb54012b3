"""What is no plain file: pipes are read, devices and sockets are refused, and nothing waits for ever."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from select import select
from typing import BinaryIO

from audit.nouns.dialogue import AuditError

PATIENCE = 10.0  # seconds that a pipe may be without a writer: one that a shell starts beside us is there at once
PAUSE = 0.02  # seconds


def refuse_strange(path: Path) -> None:
    """AuditError for what is there and is neither a file nor a folder, such as /dev/zero or a socket, and for no bytes.

    Files of the system, such as /proc/kmsg, say that they have none, and may wait for ever when they are read.
    """
    if not path.is_file() and not path.is_dir():
        kind = "a socket" if path.is_socket() else "a device"
        raise AuditError(f"{path}: {kind}, no file; name a file, or - to read from stdin")
    if not path.stat().st_size:
        raise AuditError(f"{path}: the file is empty")


def copy_pipe(path: Path, file: BinaryIO) -> None:
    """What comes through a named pipe, or /dev/fd/N, into a file. AuditError where nobody writes to the pipe."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # else this would wait for a writer, however long
    try:
        file.write(_first(path, handle))
        os.set_blocking(handle, True)
        with open(handle, "rb", closefd=False) as pipe:
            shutil.copyfileobj(pipe, file)
    finally:
        os.close(handle)


def _first(path: Path, handle: int) -> bytes:
    """Return when the pipe has a writer, or had one; gives a byte if that was what told it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if select([handle], [], [], PAUSE)[0]:  # there is something to read, or the writer is gone again
            return os.read(handle, 1)
        try:
            if byte := os.read(handle, 1):
                return byte
        except BlockingIOError:  # somebody may write, and has not yet
            return b""
    raise AuditError(f"{path}: a pipe to which nobody writes (waited {PATIENCE:g} seconds); start its writer first")

"""A value that every worker reads: written once, mapped into memory by each, copied by none."""

from __future__ import annotations

import mmap
import pickle
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

T_co = TypeVar("T_co", covariant=True)
ALIGNED = 64  # bytes: where Arrow and numpy like their buffers to begin
MEMORY = Path("/dev/shm")  # noqa: S108 - the file system that lives in memory, where there is one


class Shared(Protocol[T_co]):
    """A handle that travels to workers; equal handles hold the same value."""

    def __hash__(self) -> int:
        """By the handle, not by the value."""
        ...

    def get(self) -> T_co:
        """The value, which nobody may change."""
        ...


@dataclass(frozen=True, eq=False)
class Here:
    """A value in this process."""

    value: Any

    def get(self) -> Any:
        """The value itself."""
        return self.value


@dataclass(frozen=True)
class Mapped:
    """A value in a file, with the buffers of its arrays and tables outside the pickle (PEP 574)."""

    path: str

    def get(self) -> Any:
        """The value, read once in every process; its buffers are pages of the file."""
        return _read(self.path)


@contextmanager
def mapped(value: Any) -> Iterator[Mapped]:
    """Write a value where other processes of this machine can map it; the file goes when the block ends."""
    buffers: list[pickle.PickleBuffer] = []
    plain = pickle.dumps(value, protocol=5, buffer_callback=buffers.append)
    raw = [buffer.raw() for buffer in buffers]
    head = pickle.dumps((plain, [len(part) for part in raw]))
    with tempfile.NamedTemporaryFile(prefix="audit-", dir=_place(sum(map(len, raw)))) as file:
        parts: list[bytes | memoryview] = [len(head).to_bytes(8, "little") + head, *raw]
        for part in parts:
            file.write(part)
            file.write(bytes(-file.tell() % ALIGNED))
        file.flush()
        yield Mapped(file.name)


@lru_cache(maxsize=4)
def _read(path: str) -> Any:
    with Path(path).open("rb") as file:
        view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    head = int.from_bytes(view[:8], "little")
    plain, lengths = pickle.loads(view[8 : 8 + head])  # noqa: S301 - what this program wrote a moment ago
    at, buffers = 8 + head, []
    for length in lengths:
        at += -at % ALIGNED
        buffers.append(view[at : at + length])
        at += length
    return pickle.loads(plain, buffers=buffers)  # noqa: S301 - the same


def _place(size: int) -> str | None:
    """A folder in memory if it has room for twice as much; else the usual one for temporary files."""
    from shutil import disk_usage

    return str(MEMORY) if MEMORY.is_dir() and disk_usage(MEMORY).free > 2 * size else None

"""How much memory a scan may take, and what fits in it.

Counted is memory that the system cannot take back. The rows lie in a file that is mapped; what of it is in memory is a
copy, which the system drops when it needs the room.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from audit.corpus import Corpus
from audit.rulebook import Rule
from audit.tables import Keep, in_file
from audit.types import AuditError

UNITS = {"K": 1, "M": 2, "G": 3, "T": 4}
PROGRAM = 300_000_000  # bytes: the program, its libraries and the rows in hand; measured, with every row-wise rule
WORKER = 150_000_000  # bytes of each further process
NUMBERING = 40  # bytes a row, while ids are given to rows that are equal
TO_COMPARE, VECTOR = 200_000_000, 8_000  # bytes: the encoder and compiled loops; the vectors of one text
COMPARING, COMPARING_ROW = 10, 1_000  # bytes for each byte of text, for each row: no rule that compares took more
FINDING, FOUND_TEXT = 1_500, 6  # bytes of a finding, and for each byte of text of its row, until the report is written


@dataclass(frozen=True)
class Room:
    """`said` is how the person put it; `free` are bytes, what is left for rows; None is as much as there is."""

    said: str = ""
    free: int | None = None

    def keep(self, folder: Path | None) -> Keep | None:
        """Where rows are kept: in memory, or in a file in this folder (that for temporary files if it cannot be)."""
        if self.free is None:
            return None
        place = folder if folder is not None and _made(folder) else None
        return lambda batches, schema: in_file(self._counted(batches), schema, place)

    def _counted(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = 0
        for batch in batches:
            rows += len(batch)
            if rows * NUMBERING > (self.free or 0):
                need = _size(rows * NUMBERING * 2 + PROGRAM)
                raise AuditError(f"--memory {self.said}: {rows:,} rows or more do not fit; allow {need} or more")
            yield batch

    def divide(self, rules: Sequence[Rule], corpus: Corpus, encoded: int) -> tuple[list[Rule], str]:
        """The rules that fit, and what to say of the others, or ""; AuditError where none fits.

        `encoded`: so many texts are encoded at most.
        """
        need = TO_COMPARE + VECTOR * min(encoded, 2 * len(corpus))
        need += COMPARING * _text(corpus) + COMPARING_ROW * len(corpus)
        if self.free is None or need <= self.free:
            return list(rules), ""
        fit, others = [rule for rule in rules if rule.row_wise], [rule.name for rule in rules if not rule.row_wise]
        what = f"compare rows, which may take {_size(need + PROGRAM)} here"
        if not fit:
            raise AuditError(f"--memory {self.said}: the rules that were asked for {what}: {', '.join(others)}")
        return fit, f"--memory {self.said}: left out, as they {what}: {', '.join(others)}" if others else ""

    def findings(self, corpus: Corpus) -> int | None:
        """How many findings fit, if their rows are as long as others."""
        if self.free is None:
            return None
        return self.free // (FINDING + FOUND_TEXT * _text(corpus) // max(1, len(corpus)))


def room_of(memory: str | None, workers: int = 1) -> Room:
    """The room that `memory` gives, such as 2GB or 500MiB; AuditError where that is no size, or too little."""
    if memory is None:
        return Room()
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT])(i?)B?", memory.strip(), re.IGNORECASE)
    if not match:
        raise AuditError(f"--memory {memory}: no size; say for example 2GB or 500MB")
    size = int(float(match[1]) * (1024 if match[3] else 1000) ** UNITS[match[2].upper()])
    least = PROGRAM + WORKER * max(0, workers - 1)
    if size <= least:
        whose = f"with {workers} workers" if workers > 1 else "by itself"
        raise AuditError(f"--memory {memory}: audit takes {_size(least)} {whose}; allow more")
    return Room(memory, size - least)


def _made(folder: Path) -> bool:
    """Whether the folder is there, or could be made, and files can be put into it."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return os.access(folder, os.W_OK)


def _text(corpus: Corpus) -> int:
    """Bytes of all texts."""
    return int(sum(corpus.column(name).nbytes for name in ("question", "answer")))


def _size(count: int) -> str:
    """A number of bytes, rounded up."""
    return f"{-(-count // 10**8) / 10:g}GB" if count >= 10**9 else f"{-(-count // 10**6)}MB"

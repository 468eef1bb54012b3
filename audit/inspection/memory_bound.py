"""How much memory a scan may take, and what fits in it.

Counted is memory that the system cannot take back. The rows lie in a file that is mapped; what of it is in memory is a
copy, which the system drops when it needs the room.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from audit.nouns.dialogue import AuditError
from audit.rows.corpus import Corpus
from audit.rows.formats.limits import bytes_of, said
from audit.rows.tables import Keep, in_file
from audit.rulebook.pages import Rule

LASTING = Path("/var/tmp")  # noqa: S108 - not in memory, as /tmp may be
PROGRAM = 300_000_000  # bytes: the program, its libraries and the rows in hand; measured, with every row-wise rule
WORKER = 150_000_000  # bytes of each further process
NUMBERING = 40  # bytes a row, while ids are given to rows that are equal
TO_COMPARE, VECTOR = 200_000_000, 8_000  # bytes: the encoder and compiled loops; the vectors of one text
DESK = 8  # bytes of each further worker for each byte of text, while texts are compared
COMPARING, COMPARING_ROW = 10, 1_000  # bytes for each byte of text, for each row: no rule that compares took more
WIDE = 25  # bytes for each character of a row while it is read: a list of empty JSON objects, the widest, takes 24
FINDING, FOUND_TEXT = 1_500, 6  # bytes of a finding, and for each byte of text of its row, until the report is written


class Fit(NamedTuple):
    """The rules that fit, what to say of the others, or "", and how many findings fit; None is any number."""

    rules: list[Rule]
    left_out: str
    findings: int | None


@dataclass(frozen=True)
class Room:
    """`said` is how the person put it, `size` are bytes, None as much as there is; `workers` share it."""

    said: str = ""
    size: int | None = None
    workers: int = 1

    @property
    def taken(self) -> int:
        """Bytes that the program takes with all its workers, whatever the rows are."""
        return PROGRAM + WORKER * max(0, self.workers - 1)

    @property
    def longest_row(self) -> int:
        """Characters of a row that can be read; the program has room for the first of these numbers in any case."""
        return sys.maxsize if self.size is None else max(1 << 20, (self.size - self.taken) // WIDE)

    def keep(self, folder: Path | None) -> Keep | None:
        """Where rows are kept: in memory, or in a file in this folder (or one for temporary files, if it cannot be)."""
        if self.size is None:
            return None
        places = [folder] if folder else []
        places += [LASTING] if "TMPDIR" not in os.environ else []
        place = next(filter(_made, places), None)
        return lambda batches, schema: in_file(self._counted(batches), schema, place)

    def _counted(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        rows = 0
        for batch in batches:
            rows += len(batch)
            if rows * NUMBERING + self.taken > (self.size or 0):
                need = said(2 * rows * NUMBERING + self.taken)
                raise AuditError(f"--memory {self.said}: {rows:,} rows or more do not fit; allow {need} or more")
            yield batch

    def fit(self, rules: Sequence[Rule], corpus: Corpus, encoded: int) -> Fit:
        """What fits; AuditError where no rule does. `encoded`: so many texts are encoded at most."""
        if self.size is None:
            return Fit(list(rules), "", None)
        text = sum(corpus.column(name).nbytes for name in ("question", "answer"))
        need = TO_COMPARE + VECTOR * min(encoded, 2 * len(corpus)) + COMPARING_ROW * len(corpus)
        need += (COMPARING + DESK * (self.workers - 1)) * text
        alone, others = [rule for rule in rules if not rule.compares], [rule.name for rule in rules if rule.compares]
        fits = need + self.taken <= self.size
        why = f"which --memory {said(need + self.taken)} would allow: {', '.join(others)}"
        if not fits and not alone:
            raise AuditError(f"--memory {self.said}: the rules that were asked for compare rows, {why}")
        rest = self.size - self.taken - (need if fits and others else 0)
        findings = rest // (FINDING + FOUND_TEXT * text // max(1, len(corpus)))
        if fits or not others:
            return Fit(list(rules), "", findings)
        return Fit(alone, f"--memory {self.said}: rules that compare rows were left out, {why}", findings)


def room_of(memory: str | None, workers: int = 1) -> Room:
    """The room that `memory` gives, such as 2GB or 500MiB; AuditError where that is no size, or too little."""
    if memory is None:
        return Room()
    size = bytes_of(memory, "--memory")
    room = Room(memory, size, max(1, workers))
    if size <= room.taken:
        whose = f"with {workers} workers" if workers > 1 else "by itself"
        raise AuditError(f"--memory {memory}: audit takes {said(room.taken)} {whose}; allow more")
    return room


def _made(folder: Path) -> bool:
    """Whether the folder is there, or could be made, and files can be put into it."""
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return os.access(folder, os.W_OK)

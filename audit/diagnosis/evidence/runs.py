"""Judged outputs, taken apart into runs and their checkpoints."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audit.nouns.verdicts import RunSummary, Share
from audit.statistics import wilson_interval

Key = tuple[str, int]  # a prompt, and the how-manieth time it was asked


@dataclass(frozen=True)
class Checkpoint:
    """The outputs of one run after one epoch; None where epochs are unknown."""

    epoch: int | None
    table: pa.Table

    def marks(self, failure: str) -> list[bool | None]:
        """Whether each output shows the failure; None where that cannot be told."""
        return list(self.table.column(failure).to_pylist())

    @cached_property
    def keys(self) -> list[Key]:
        """What outputs of two runs are paired by: equal prompts, the first with the first where one comes again."""
        seen: Counter[str] = Counter()
        keys = []
        for prompt in map(plain, self.table.column("prompt").to_pylist()):
            keys.append((prompt, seen[prompt]))
            seen[prompt] += 1
        return keys


@dataclass(frozen=True)
class Run:
    """One training, as far as its outputs tell: checkpoints in the order of epochs."""

    name: str
    settings: Mapping[str, str]
    files: tuple[str, ...]
    checkpoints: tuple[Checkpoint, ...]

    @property
    def last(self) -> Checkpoint:
        """The state that the person has: all rates are read here."""
        return self.checkpoints[-1]

    def summary(self) -> RunSummary:
        """What a reader needs to know of the run."""
        epochs = tuple(point.epoch for point in self.checkpoints if point.epoch is not None)
        outputs = sum(point.table.num_rows for point in self.checkpoints)
        prompts = len({prompt for point in self.checkpoints for prompt, _ in point.keys})
        return RunSummary(self.name, self.files, dict(self.settings), outputs, prompts, epochs)


def split_runs(
    table: pa.Table, settings: Mapping[str, Mapping[str, str]], files: Mapping[str, Sequence[str]]
) -> tuple[Run, ...]:
    """Judged outputs by run, in order of appearance, and by epoch."""
    return tuple(
        Run(name, settings.get(name, {}), tuple(files.get(name, ())), tuple(_checkpoints(mine)))
        for name in table.column("run").unique().to_pylist()
        for mine in [table.filter(pc.equal(table.column("run"), name))]
    )


def _checkpoints(table: pa.Table) -> Iterable[Checkpoint]:
    epochs: list[Any] = table.column("epoch").unique().to_pylist()
    for epoch in sorted((e for e in epochs if e is not None), key=int):
        yield Checkpoint(epoch, table.filter(pc.equal(table.column("epoch"), epoch)))
    if None in epochs:  # outputs that say no epoch are taken for those of the finished model
        yield Checkpoint(None, table.filter(pc.is_null(table.column("epoch"))))


def plain(prompt: str) -> str:
    """A prompt as it is compared: composed characters, no white space around it."""
    return unicodedata.normalize("NFC", prompt).strip()


def share(marks: Iterable[bool | None]) -> Share:
    """How many of those that could be told, with the Wilson interval."""
    told = [mark for mark in marks if mark is not None]
    return Share(sum(told), len(told), *wilson_interval(sum(told), len(told)))

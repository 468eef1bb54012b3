"""Judged outputs, taken apart into runs and their checkpoints."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audit.nouns.dialogue import AuditError
from audit.nouns.verdicts import RunSummary, Share
from audit.statistics import wilson_interval


@dataclass(frozen=True)
class Checkpoint:
    """The outputs of one run after one epoch; None where epochs are unknown."""

    epoch: int | None
    table: pa.Table

    def share(self, failure: str) -> Share:
        """How many outputs show the failure; several answers to one prompt are no independent ones."""
        return share(self.marks(failure), self.prompts)

    def by_prompt(self, failure: str) -> dict[str, bool]:
        """Whether most of the outputs to each prompt show it, for the prompts where that can be told."""
        return by_prompt(self.prompts, self.marks(failure))

    def marks(self, failure: str) -> list[bool | None]:
        """Whether each output shows the failure; None where that cannot be told."""
        return list(self.table.column(failure).to_pylist())

    @cached_property
    def prompts(self) -> list[str]:
        """What each output answers, as prompts are compared."""
        return list(map(plain, self.table.column("prompt").to_pylist()))


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
        prompts = len({prompt for point in self.checkpoints for prompt in point.prompts})
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


def up_to(runs: Sequence[Run], at: int | None) -> tuple[Run, ...]:
    """The runs as they were after epoch (or step) `at`; AuditError where a run has no outputs of it."""
    if at is None:
        return tuple(runs)
    for run in runs:
        known = [point.epoch for point in run.checkpoints if point.epoch is not None]
        if at not in known:
            has = ", ".join(map(str, known[:20])) + (" …" if len(known) > 20 else "")
            why = f"has no outputs of it, only of {has}" if has else "does not say epoch or step of its outputs"
            raise AuditError(f"--at {at}: {run.name} {why}")
    earlier = [tuple(c for c in run.checkpoints if c.epoch is not None and c.epoch <= at) for run in runs]
    return tuple(replace(run, checkpoints=points) for run, points in zip(runs, earlier, strict=True))


def _checkpoints(table: pa.Table) -> Iterable[Checkpoint]:
    epochs: list[Any] = table.column("epoch").unique().to_pylist()
    for epoch in sorted((e for e in epochs if e is not None), key=int):
        yield Checkpoint(epoch, table.filter(pc.equal(table.column("epoch"), epoch)))
    if None in epochs:  # outputs that say no epoch are taken for those of the finished model
        yield Checkpoint(None, table.filter(pc.is_null(table.column("epoch"))))


def plain(prompt: str) -> str:
    """A prompt as it is compared: composed characters, no white space around it."""
    return unicodedata.normalize("NFC", prompt).strip()


def by_prompt(prompts: Sequence[str], marks: Sequence[bool | None]) -> dict[str, bool]:
    """For each prompt whether most of its marks are set, of those that are known."""
    of: dict[str, list[bool]] = defaultdict(list)
    for prompt, mark in zip(prompts, marks, strict=True):
        if mark is not None:
            of[prompt].append(mark)
    return {prompt: 2 * sum(told) > len(told) for prompt, told in of.items()}


def share(marks: Iterable[bool | None], units: Iterable[str] | None = None) -> Share:
    """How many of those that could be told, with the Wilson interval.

    `units`: what each belongs to, such as its prompt. Several answers to one prompt say less than answers to as many
    prompts: the interval is that of n / design effect answers (Kish 1965), the ratio of the variance between prompts to
    that of independent answers. Where nothing varies, a prompt counts once.
    """
    marks = list(marks)
    told = [(mark, unit) for mark, unit in zip(marks, units or range(len(marks)), strict=True) if mark is not None]
    of: dict[Any, list[bool]] = defaultdict(list)
    for mark, unit in told:
        of[unit].append(mark)
    count, size = sum(mark for mark, _ in told), len(told)
    effect = 1.0 if len(of) == size else _design_effect(list(of.values()), count, size)
    return Share(count, size, *wilson_interval(count / effect, size / effect), design_effect=effect)


def _design_effect(units: Sequence[Sequence[bool]], count: int, size: int) -> float:
    rate, number = count / size, len(units)
    if number < 2 or rate in (0.0, 1.0):
        return size / number
    between = sum((sum(unit) - rate * len(unit)) ** 2 for unit in units) * number / (number - 1) / size**2
    return max(1.0, between / (rate * (1 - rate) / size))

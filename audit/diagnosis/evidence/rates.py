"""How often each failure occurs, beside the training answers and from epoch to epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import pairwise
from math import isfinite

import pyarrow as pa

from audit.diagnosis.evidence.runs import Run, share
from audit.nouns.verdicts import Course, Estimate, Failure, Rate, Share
from audit.statistics import fisher_p, newcombe_difference, ratio_interval


def rates(
    runs: Sequence[Run],
    failures: Sequence[Failure],
    training: pa.Table | None,
    reference: pa.Table | None,
    rows_with: Mapping[str, Set[int]],
) -> Iterator[Rate]:
    """One Rate for each run and failure, at the run's last checkpoint.

    `training`: the judged training answers; `reference`: the judged answers that the data itself gives to the same
    prompts outside training; None where there are none. `rows_with`: positions of the rows that have a mark.
    """
    for run in runs:
        for failure in failures:
            name = failure.name
            generated = run.last.share(name)
            if not generated.of:
                continue
            base = share(training.column(name).to_pylist()) if failure.compared and training is not None else None
            ends = failure.place == "ending" and not failure.compared  # a person's answer needs no end marker
            other = None if reference is None or ends else share(reference.column(name).to_pylist())
            copied = _copied(run, name, rows_with.get(name, set())) if failure.compared else None
            rate = Rate(run.name, name, generated, None, other if other and other.of else None, copied)
            yield beside(rate, base) if base and base.of else rate


def beside(rate: Rate, base: Share) -> Rate:
    """The rate held against that of the training answers."""
    generated = rate.generated
    count, size = generated.independent
    counts = (base.count, base.of, count, size)
    of, to = base.count / base.of, generated.count / generated.of
    return replace(
        rate,
        training=base,
        ratio=estimate(to / of if of else None, ratio_interval(*counts)),
        gap=estimate(to - of, newcombe_difference(*counts)),
        explained=estimate(of / to if to else None, ratio_interval(*counts[2:], *counts[:2])),
        p=fisher_p(count, size - count, base.count, base.of - base.count),
    )


def _copied(run: Run, failure: str, rows: Set[int]) -> Share:
    """Of the outputs that show it: how many copy a training row that has the same mark."""
    sources = run.last.table.column("copy_of").to_pylist()
    return share(source in rows for source, mark in zip(sources, run.last.marks(failure), strict=True) if mark)


def courses(runs: Sequence[Run], failures: Sequence[str]) -> Iterator[Course]:
    """The rate after every epoch, for runs with two epochs or more."""
    for run in runs:
        points = [point for point in run.checkpoints if point.epoch is not None]
        for failure in failures if len(points) > 1 else ():
            shares = tuple(point.share(failure) for point in points)
            if all(part.of for part in shares):
                steps = [abs(b.count / b.of - a.count / a.of) for a, b in pairwise(shares)]
                epochs = tuple(point.epoch for point in points if point.epoch is not None)
                yield Course(run.name, failure, epochs, shares, max(steps), max(steps[len(steps) // 2 :]))


def estimate(value: float | None, bounds: tuple[float, float]) -> Estimate:
    """A number with its interval; what is infinite has no bound."""
    low, high = (bound if isfinite(bound) else None for bound in bounds)
    return Estimate(value if value is not None and isfinite(value) else None, low, high)

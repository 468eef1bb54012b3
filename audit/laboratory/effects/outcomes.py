"""The outcomes of an effect as columns of numbers, together with the relabellings that test them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.laboratory.effects.contrasts import Family, Sample
from audit.laboratory.effects.permutations import Relabellings, flips, swaps
from audit.laboratory.effects.power import LEVEL

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Column:
    """One outcome of one sample, without the replicates of which it cannot be told."""

    sample: Sample
    outcome: int
    values: Floats
    before: Floats | None
    ids: tuple[int, ...]
    labels: tuple[int, ...]
    blocks: tuple[int, ...]
    relabellings: Relabellings

    @property
    def difference(self) -> float:
        """The effect: mean difference, weighted over blocks."""
        return float(self.relabellings.observed @ self.values)

    @property
    def means(self) -> tuple[float, float]:
        """Of the first and of the second level, weighted over blocks, so that they differ by the effect."""
        observed = self.relabellings.observed
        first = (
            float(self.before.mean()) if self.before is not None else -float(self.values @ np.minimum(observed, 0.0))
        )
        return first, first + self.difference

    @property
    def models(self) -> tuple[int, int]:
        """Replicates at the first and at the second level; the same ones where they were asked twice."""
        n, ones = len(self.ids), sum(self.labels)
        return (n - ones, ones) if self.labels else (n, n)

    @property
    def questions(self) -> int:
        """How many each model was asked, at most."""
        return int(self.sample.questions[self.outcome])

    @property
    def enough(self) -> bool:
        """Whether there are so many replicates that the exact test can come out below LEVEL at all."""
        return self.relabellings.smallest < LEVEL


@dataclass(frozen=True)
class Group:
    """Columns on the same replicates, so that one relabelling relabels all of them."""

    columns: tuple[Column, ...]

    @property
    def relabellings(self) -> Relabellings:
        """Those of any column; they are the same."""
        return self.columns[0].relabellings

    @property
    def values(self) -> Floats:
        """Replicates x columns."""
        return np.column_stack([column.values for column in self.columns])


def groups(family: Family, seed: int) -> tuple[Group, ...]:
    """The outcomes of a family by the replicates that tell them; usually one group for each level."""
    found: dict[tuple[tuple[int, ...], tuple[int, ...]], list[Column]] = {}
    for sample in family:
        for outcome in range(sample.values.shape[1]):
            column = _column(sample, outcome, seed)
            if column is not None:
                found.setdefault((column.ids, column.labels), []).append(column)
    return tuple(Group(tuple(columns)) for columns in found.values())


def _column(sample: Sample, outcome: int, seed: int) -> Column | None:
    values = sample.values[:, outcome]
    keep = [int(at) for at in np.flatnonzero(~np.isnan(values))]
    if sample.labels:
        told = {(sample.blocks[at], sample.labels[at]) for at in keep}
        keep = [at for at in keep if {(sample.blocks[at], 0), (sample.blocks[at], 1)} <= told]
    if not keep:
        return None
    labels = tuple(sample.labels[at] for at in keep) if sample.labels else ()
    blocks = tuple(sample.blocks[at] for at in keep) if sample.labels else ()
    return Column(
        sample,
        outcome,
        values[keep],
        None if sample.before is None else sample.before[keep, outcome],
        tuple(sample.ids[at] for at in keep),
        labels,
        blocks,
        swaps(labels, blocks, seed) if labels else flips(len(keep), seed),
    )

"""How long the outputs are that come to no end, beside what training answers need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from audit.diagnosis.evidence.runs import Run
from audit.nouns.verdicts import Failure, Pile

FEWEST = 10  # outputs without an end, before their lengths say something


def piles(runs: Sequence[Run], failures: Sequence[Failure], answers: Sequence[str]) -> Iterator[Pile]:
    """For each run and failure of endings the lengths of the outputs that show it, in characters."""
    needed = [len(answer) for answer in answers]
    for run in runs:
        said = run.last.table.column("said").to_pylist()
        for failure in failures:
            if failure.place != "ending" or failure.worthless or not needed:
                continue
            marks = run.last.marks(failure.name)
            lengths = [len(text) for text, mark in zip(said, marks, strict=True) if mark]
            if len(lengths) >= FEWEST:
                low, middle, high = (float(value) for value in np.quantile(lengths, (0.1, 0.5, 0.9)))
                longer = float(np.mean(np.array(needed) > middle))
                yield Pile(run.name, failure.name, len(lengths), low, middle, high, longer)

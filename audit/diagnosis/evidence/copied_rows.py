"""Which training rows the outputs copy, and what goes together with copying."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from math import isnan
from typing import Literal

from audit.diagnosis.evidence.rates import estimate
from audit.diagnosis.evidence.runs import Run
from audit.nouns.verdicts import CopiedRow, Failure, Link, Shown
from audit.rows.corpus import Corpus
from audit.statistics import Pairs, fisher_exact, holm

# With n unrelated copies of N rows spread by chance, three of one row have a chance below n^3 / 6 N^2: of 14 copies of
# 572 rows, 0.001.
SINK = 3
EXAMPLES = 5  # as many of each kind as a person reads
SOURCE = "source of unrelated copies"


def copied_rows(
    runs: Sequence[Run], corpus: Corpus, training: Sequence[int], marks: Mapping[str, Set[int]]
) -> Iterator[CopiedRow]:
    """The rows that each run copies at its last checkpoint, most unrelated prompts first.

    `training`: positions of the rows that were trained on, `marks`: positions of the rows that have each mark.
    """
    place = {position: at for at, position in enumerate(training)}
    for run in runs:
        prompts: dict[int, set[str]] = defaultdict(set)
        unrelated: dict[int, set[str]] = defaultdict(set)
        columns = (run.last.table.column("copy_of").to_pylist(), run.last.prompts, run.last.marks("unrelated-copy"))
        for source, prompt, stray in zip(*columns, strict=True):
            if source is not None:
                prompts[source].add(prompt)
            if source is not None and stray:
                unrelated[source].add(prompt)
        for source in sorted(prompts, key=lambda row: (-len(unrelated[row]), -len(prompts[row]), row)):
            row = corpus.row(source)
            named = tuple(mark for mark, rows in marks.items() if source in rows)
            stray_prompts = len(unrelated[source])
            yield CopiedRow(
                run.name,
                row.id,
                place.get(source, source),
                row.line,
                len(prompts[source]),
                stray_prompts,
                stray_prompts >= SINK,
                named,
            )


def links(
    runs: Sequence[Run], failures: Sequence[Failure], training: Sequence[int], marks: Mapping[str, Set[int]]
) -> tuple[Link, ...]:
    """Which copies and endings go with which beginnings in outputs, and which marks with being copied (Holm).

    Copied rows are counted once each: six copies of one row are one row, and counting them six times would make
    chance look like a pattern.
    """
    found = [link for run in runs for link in (*_among_outputs(run, failures), *_among_rows(run, training, marks))]
    adjusted = holm([link.p for link in found])
    return tuple(replace(link, p_adjusted=float(p)) for link, p in zip(found, adjusted, strict=True))


def _among_outputs(run: Run, failures: Sequence[Failure]) -> Iterator[Link]:
    starts = [failure.name for failure in failures if failure.place == "beginning"]
    for first in (failure.name for failure in failures if failure.place in ("copy", "ending")):
        for second in starts:
            told = [
                (bool(a), bool(b))
                for a, b in zip(run.last.marks(first), run.last.marks(second), strict=True)
                if a is not None and b is not None
            ]
            if any(a for a, _ in told) and any(b for _, b in told):
                yield _link(run.name, "outputs", first, second, Pairs.of(*map(list, zip(*told, strict=True))))


def _among_rows(run: Run, training: Sequence[int], marks: Mapping[str, Set[int]]) -> Iterator[Link]:
    columns = (run.last.table.column("copy_of").to_pylist(), run.last.marks("unrelated-copy"))
    sources = {source for source, stray in zip(*columns, strict=True) if stray}
    for mark, rows in marks.items():
        if sources and rows & set(training):
            pairs = Pairs.of([row in sources for row in training], [row in rows for row in training])
            yield _link(run.name, "training rows", SOURCE, mark, pairs)


def _link(run: str, unit: Literal["outputs", "training rows"], first: str, second: str, pairs: Pairs) -> Link:
    cells = (pairs.both, pairs.only_first, pairs.only_second, pairs.neither)
    found = fisher_exact(*cells)
    odds = estimate(None if isnan(found.odds) else found.odds, (found.low, found.high))
    return Link(run, unit, first, second, *cells, odds, found.p, 1.0)


def shown(runs: Sequence[Run], failures: Sequence[str]) -> Iterator[Shown]:
    """The first outputs of each run that show a failure, no answer twice."""
    for run in runs:
        columns = ["prompt", "said", "epoch", "line", "copy_id"]
        rows = run.last.table.select(columns).to_pylist()
        for failure in failures:
            seen: set[str] = set()
            for row, mark in zip(rows, run.last.marks(failure), strict=True):
                if mark and row["said"] not in seen and len(seen) < EXAMPLES:
                    seen.add(row["said"])
                    copied = row["copy_id"] or ""
                    yield Shown(run.name, failure, row["prompt"], row["said"], row["epoch"], row["line"], copied)

"""Write what a plan says: the cleaned data, the rows that left, and what was done to each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audit.cleaning.settlement import Settled
from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Patch
from audit.rows.corpus import Corpus, load
from audit.rows.formats.rewriting import read_records, rewrite, to_json
from audit.rulebook.pages import Rule

AT_ONCE = 50_000  # removed records in memory at a time, each whole
PARTNERS = ("row", "line", "question", "answer")


@dataclass(frozen=True)
class Counts:
    """What became of the records of the input; the four parts add up to `rows_in`."""

    rows_in: int
    kept: int
    edited: int
    dropped: int
    quarantined: int


@dataclass(frozen=True)
class Work:
    """What is done: the rows as they were, what became of them, all that was proposed, and the rules that looked."""

    corpus: Corpus
    settled: Settled
    proposed: Sequence[Patch]
    rules: Sequence[Rule]

    @property
    def counts(self) -> Counts:
        """What became of the records."""
        total, outcomes = self.corpus.source.records, list(self.settled.outcomes.values())
        edited, dropped, quarantined = (outcomes.count(name) for name in ("edited", "dropped", "quarantined"))
        return Counts(total, total - edited - dropped - quarantined, edited, dropped, quarantined)


def write_data(settled: Settled, data: Any, options: Mapping[str, Any], target: Path) -> Corpus:
    """Write the data as settled, read it again, and give it if it holds what it should.

    Raises AuditError where it does not, and UnwritableError for edits that the format cannot hold.
    """
    wanted, source = settled.corpus, settled.corpus.source
    total = rewrite(data, source, settled.changes, target)
    if total != source.records:
        raise AuditError(f"{source.name}: it had {source.records:,} rows and now has {total:,}; nothing was changed")
    if not len(wanted):
        return wanted
    columns = {name: options.get(name) for name in ("question", "answer")}
    split = options.get("split") or source.columns.get("split")
    again = load(target, **columns, split=split, lenient=bool(options.get("lenient")))
    if again.source.records != total - len(settled.removed) or not _same(again, wanted):
        raise AuditError(
            f"{source.name}: the cleaned file would not hold the rows that it should, so nothing was changed. "
            "This is a fault of audit: please report it"
        )
    return again


def write_removed(settled: Settled, corpus: Corpus, data: Any, target: Path, earlier: tuple[Path, int]) -> None:
    """One JSON object for each record that left, whole, with the rule, the reason, the partner and the score.

    `earlier`: a file, and how many of its bytes come first, of rows that left the same data before.
    """
    deciding = _deciding(settled)
    partners = _partners(deciding.values(), corpus)
    removed = iter(settled.removed)
    _copy_beginning(*earlier, target)
    with target.open("a", encoding="utf-8", newline="") as file:
        while part := list(islice(removed, AT_ONCE)):
            whole = read_records(data, corpus.source, set(part))
            file.writelines(f"{to_json(_entry(settled, deciding[n], partners, whole[n]))}\n" for n in part)


def _copy_beginning(source: Path, size: int, target: Path) -> None:
    with target.open("wb") as file:
        if size:
            with source.open("rb") as lines:
                while size and (part := lines.read(min(size, 1 << 20))):
                    file.write(part)
                    size -= len(part)


def write_patches(proposed: Iterable[Patch], settled: Settled, target: Path) -> None:
    """Every patch as a line of JSON: those applied with their round, the others with round 0."""
    applied = {replace(patch, group="", kept="", because="") for _, patch in settled.patches}
    others = (patch for patch in proposed if replace(patch, group="", kept="", because="") not in applied)
    with target.open("w", encoding="utf-8", newline="") as file:
        for number, patch in settled.patches:
            file.write(f"{to_json({'round': number, **asdict(patch)})}\n")
        file.writelines(f"{to_json({'round': 0, **asdict(patch)})}\n" for patch in others)


def read_patches(path: Path) -> Iterator[tuple[int, Patch]]:
    """What write_patches wrote."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            plain = json.loads(line)
            number, span = plain.pop("round"), plain.pop("span")
            yield number, Patch(**plain, span=tuple(span) if span else None)


def _same(again: Corpus, wanted: Corpus) -> bool:
    columns = ["question", "answer", "turn"]
    return bool(again.table.select(columns).equals(wanted.table.select(columns)))


def _deciding(settled: Settled) -> dict[int, Patch]:
    """For each record that left, the patch that decided it: the first of those with its outcome."""
    deciding: dict[int, Patch] = {}
    for _, patch in settled.patches:
        known = deciding.get(patch.record)
        if patch.action != "edit" and (known is None or (known.action, patch.action) == ("drop", "quarantine")):
            deciding[patch.record] = patch
    return deciding


def _partners(patches: Iterable[Patch], corpus: Corpus) -> dict[str, dict[str, Any]]:
    named = pa.array({patch.kept for patch in patches if patch.kept}, pa.string())
    rows = corpus.table.filter(pc.is_in(corpus.column("id"), named))
    return {row["id"]: {name: row["id" if name == "row" else name] for name in PARTNERS} for row in rows.to_pylist()}


def _entry(settled: Settled, patch: Patch, partners: Mapping[str, dict[str, Any]], whole: Any) -> dict[str, Any]:
    return {
        "outcome": settled.outcomes[patch.record],
        "rule": patch.rule,
        "because": patch.because,
        "score": patch.score,
        "row": patch.row,
        "line": patch.line,
        "record": patch.record,
        "partner": partners.get(patch.kept),
        "whole": whole,
    }

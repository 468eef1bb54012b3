"""What the repairs of the rules propose for the findings: patches, and patches as an Arrow table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from importlib import import_module
from inspect import signature
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audit.nouns.findings import Finding, Patch, Row
from audit.rows.corpus import Corpus
from audit.rulebook.pages import Rule

SCHEMA = pa.schema(
    {
        "row": pa.string(),
        "record": pa.int64(),
        "line": pa.int64(),
        "turn": pa.int32(),
        "rule": pa.string(),
        "action": pa.string(),  # drop, edit, quarantine
        "field": pa.string(),
        "before": pa.string(),
        "after": pa.string(),
        "start": pa.int64(),  # the span, in code points of `before`; null where the whole field is replaced
        "end": pa.int64(),
        "kept": pa.string(),
        "group": pa.string(),
        "because": pa.string(),
        "score": pa.float64(),
        "safe": pa.bool_(),
    }
)
BATCH = 10_000  # findings turned into Python objects at a time

SURE = 0.9  # the score of a finding that a safe repair mends without asking

Repair = Callable[..., Patch | None]


def propose(corpus: Corpus, found: pa.Table, rules: Sequence[Rule]) -> Iterator[Patch]:
    """A patch for every finding that the repair of its rule can mend; `found` is a table of inspection.FOUND.

    A patch is safe if the rule's repair is, and the finding itself is sure.
    """
    repairs = {rule.name: (find_repair(rule.repair), rule.safe) for rule in rules if rule.repair}
    mine = found.filter(pc.is_in(found.column("rule"), pa.array(list(repairs), pa.string())))
    for start in range(0, len(mine), BATCH):
        part = mine.slice(start, BATCH)
        rows = corpus.take(part.column("position")).table.to_pylist()
        groups = corpus.at("id", part.column("group")).to_pylist()
        first = pa.array([(related or [None])[0] for related in part.column("related").to_pylist()], pa.int64())
        partners = zip(corpus.at("id", first).to_pylist(), corpus.at("answer", first).to_pylist(), strict=True)
        for row, seen, group, (partner, answer) in zip(rows, part.to_pylist(), groups, partners, strict=True):
            repair, safe = repairs[seen["rule"]]
            asked = {"partner": answer} if "partner" in signature(repair).parameters else {}
            patch = repair(_row(row), _finding(seen), safe=safe and is_sure(seen["score"]), **asked)
            if patch is None:
                continue
            kept = group or partner or ""
            yield replace(patch, rule=seen["rule"], record=row["record"], kept=kept, group=group or "")


def is_sure(score: float | None) -> bool:
    """Whether a finding of this score shows one of the plainest signs; one without a score is not in doubt."""
    return score is None or score >= SURE


def find_repair(name: str) -> Repair:
    """The repair of this name: the function that its file is called after."""
    stem = name.replace("-", "_")
    repair: Repair = getattr(import_module(f"audit.repairs.{stem}"), stem)
    return repair


def to_table(patches: Iterable[Patch]) -> pa.Table:
    """Patches as a table of SCHEMA, in their order."""
    batches = []
    for part in _parts(patches):
        rows = [_flat(patch) for patch in part]
        batches.append(pa.RecordBatch.from_pylist(rows, SCHEMA))
    return pa.Table.from_batches(batches, SCHEMA)


def from_table(table: pa.Table) -> Iterator[Patch]:
    """The patches of a table that has the columns of SCHEMA, and perhaps others."""
    for batch in table.select(SCHEMA.names).to_batches(BATCH):
        for row in batch.to_pylist():
            start, end = row.pop("start"), row.pop("end")
            yield Patch(**row, span=None if start is None else (start, end))


def _flat(patch: Patch) -> dict[str, Any]:
    row = asdict(patch)
    row["start"], row["end"] = row.pop("span") or (None, None)
    return row


def _parts(patches: Iterable[Patch]) -> Iterator[list[Patch]]:
    part: list[Patch] = []
    for patch in patches:
        part.append(patch)
        if len(part) == BATCH:
            yield part
            part = []
    if part:
        yield part


def _row(row: dict[str, Any]) -> Row:
    return Row(row["id"], row["question"], row["answer"], row["split"], row["turn"], row["line"])


def _finding(seen: dict[str, Any]) -> Finding:
    span = None if seen["start"] is None else (seen["start"], seen["end"])
    return Finding(
        seen["position"], seen["message"], score=seen["score"], because=seen["because"], field=seen["field"], span=span
    )

"""The Report as JSON, which is what is kept of a run: every other format is a view of it and says no more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from audit.nouns.foreign_text import escaped
from audit.nouns.reports import Report

TABLES = ("findings", "rows", "patches")
BATCH = 10_000  # rows of a table turned into Python objects at a time: a report may name every row of a large set


def as_json(value: Any, indent: int | None = None) -> str:
    """Plain values as JSON in which letters can be read, and nothing acts on a terminal that shows them."""
    return escaped(json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False))


def pieces(report: Report) -> Iterator[str]:
    """The report in pieces, as the whole text need not fit in memory.

    Keys stand in a fixed order, texts are as they are, a NaN is null, each row of a table has a line.
    """
    plain: dict[str, Any] = {"version": report.version, "command": report.command, "tool": report.tool}
    plain |= {"options": report.options, "data": asdict(report.data)}
    plain |= {"answer": report.answer, "summary": report.summary}
    plain["rules"] = [asdict(rule) for rule in report.rules]
    plain["facts"] = [asdict(fact) for fact in report.facts]
    plain |= {"notes": report.notes, "next_steps": report.next_steps}
    if report.tallies:
        plain["tallies"] = [asdict(tally) for tally in report.tallies]
    for name in ("diagnosis", "retraining", "experiment", "changes"):
        if part := getattr(report, name):
            plain[name] = asdict(part)
    yield as_json(plain, indent=1).removesuffix("\n}")
    for name in TABLES:
        yield f',\n "{name}": ['
        yield from _rows(getattr(report, name))
        yield "\n ]"
    yield ',\n "per_row": {'
    for number, name in enumerate(report.per_row.column_names):
        yield f"{',' if number else ''}\n  {as_json(name)}: {as_json(report.per_row.column(name).to_pylist())}"
    yield "\n }\n}\n"


def _rows(table: pa.Table) -> Iterator[str]:
    between = "\n  "
    for batch in table.to_batches(BATCH):
        for row in batch.to_pylist():
            yield between + as_json(row)
            between = ",\n  "

"""The Report as JSON: every other format says no more than this one."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from audit.types import Report

TABLES = ("findings", "rows", "patches")


def render(report: Report) -> str:
    """The whole report: keys in a fixed order, texts as they are, a NaN as null."""
    plain: dict[str, Any] = {"version": report.version, "command": report.command, "tool": report.tool}
    plain |= {"options": report.options, "data": asdict(report.data)}
    plain |= {"answer": report.answer, "summary": report.summary}
    plain["rules"] = [asdict(rule) for rule in report.rules]
    plain["facts"] = [asdict(fact) for fact in report.facts]
    plain |= {"notes": report.notes, "next_steps": report.next_steps}
    plain |= {name: getattr(report, name).to_pylist() for name in TABLES}
    plain["per_row"] = report.per_row.to_pydict()
    if report.diagnosis:
        plain["diagnosis"] = asdict(report.diagnosis)
    return json.dumps(plain, ensure_ascii=False, indent=1, allow_nan=False) + "\n"

"""A report.json as a Report again, also one that an older version wrote: what it lacks is empty, or what pages say now.

Keys that nobody knows any more are passed over, so that a report never becomes unreadable by getting old.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Severity
from audit.nouns.reports import Report
from audit.rulebook.failures import failures, phrases
from audit.workspace.typed_json import (
    INTEGERS,
    LARGEST,
    NUMBERS,
    TABLES,
    as_list,
    as_mapping,
    build,
    kind_of,
    misfit,
    plain_json,
    spans,
)


def reopen(path: Path) -> Report:
    """The Report in a JSON file. Raises AuditError where the file holds none, OSError where it cannot be read."""
    try:
        plain = plain_json(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise AuditError(f"{path}: this is no report of audit: {error}") from None
    if not isinstance(plain, dict) or "command" not in plain:
        raise AuditError(f"{path}: this is no report of audit: it says no command")
    try:
        return _report(plain)
    except (ValueError, OverflowError, pa.ArrowException) as error:
        raise AuditError(f"{path}: this report cannot be understood: {str(error).splitlines()[0]}") from None


def _report(plain: Mapping[str, Any]) -> Report:
    tables = {name: _table(name, plain.get(name) or [], columns) for name, columns in TABLES.items()}
    per_row = as_mapping("per_row", plain.get("per_row") or {})
    columns = {name: _numbers(name, as_list(f"per_row.{name}", values)) for name, values in per_row.items()}
    rest = {name: value for name, value in plain.items() if name not in (*tables, "per_row")}
    return _with_phrases(build(Report, {**rest, **tables, "per_row": pa.table(columns)}))


def _with_phrases(report: Report) -> Report:
    """The report with the words for its failures, which older versions did not write."""
    parts: dict[str, Any] = {}
    if report.diagnosis and not report.diagnosis.failures:
        parts["diagnosis"] = replace(report.diagnosis, failures=failures())
    if report.retraining and not report.retraining.phrases:
        parts["retraining"] = replace(report.retraining, phrases=phrases())
    if report.experiment and not report.experiment.phrases:
        parts["experiment"] = replace(report.experiment, phrases=phrases())
    return replace(report, **parts)


def _table(table: str, rows: Any, columns: tuple[str, ...]) -> pa.Table:
    """Rows as a table that has these columns, and those that the rows have besides; what is missing is empty."""
    known = [as_mapping(f"{table}[{at}]", row) for at, row in enumerate(as_list(table, rows))]
    more = {name: None for row in known for name in row if name not in columns}
    arrays = {}
    for name in (*columns, *more):
        try:
            arrays[name] = _column(name, [row.get(name) for row in known])
        except (TypeError, ValueError, OverflowError, pa.ArrowException) as error:
            raise ValueError(f"{table}, {name}: {error}") from None
    spans(known)
    return pa.table(arrays)


def _numbers(name: str, values: list[Any]) -> pa.Array:
    """What a rule gave to each row, beside the ids of the rows."""
    kinds = (str,) if name == "row" else (int, float, bool, type(None))
    for at, value in enumerate(values):
        if not isinstance(value, kinds):
            misfit(f"per_row.{name}[{at}]", "an id" if name == "row" else "a number", value)
    return pa.array(values)


def _column(name: str, values: list[Any]) -> pa.Array:
    if name == "severity":
        values = [Severity(value).value for value in values]
    kind = kind_of(name)
    if name == "related":
        return pa.array([value or [] for value in values], kind)
    if name in INTEGERS:
        optional = name in ("start", "end")
        return pa.array([value if value is not None or optional else 0 for value in values], kind)
    if name in NUMBERS:
        for value in values:
            if value is not None and not -LARGEST < value < LARGEST:
                misfit(name, "a number", value)
        return pa.array(values, kind)
    if name == "safe":
        return pa.array([bool(value) for value in values], kind)
    nullable = name == "group" or name.startswith("new_")
    return pa.array([value if value is not None or nullable else "" for value in values], kind)

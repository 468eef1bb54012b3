"""A report.json as a Report again, also one that an older version wrote: what it lacks is empty.

Keys that nobody knows any more are passed over, so that a report never becomes unreadable by getting old.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from audit.types import AuditError, Report, RuleResult

INTEGERS = ("record", "line", "turn", "start", "end", "round")
NUMBERS = ("score", "p_value")
FINDINGS = (
    *("rule", "severity", "row", "record", "line", "split", "turn", "message", "score", "because", "p_value"),
    *("field", "start", "end", "related", "group"),
)
ROWS = ("id", "question", "answer", "split", "turn", "record", "line")
PATCHES = (
    *("row", "record", "line", "turn", "rule", "action", "field", "before", "after", "start", "end"),
    *("kept", "group", "because", "score", "safe"),
)
TABLES = {"findings": FINDINGS, "rows": ROWS, "patches": PATCHES}
EMPTY: dict[type, Any] = {str: "", int: 0, float: 0.0, bool: False, tuple: (), dict: {}, Mapping: {}}


def reopen(path: Path) -> Report:
    """The Report in a JSON file. Raises AuditError where the file holds none, OSError where it cannot be read."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise AuditError(f"{path}: this is no report of audit: {error}") from None
    if not isinstance(plain, dict) or "command" not in plain:
        raise AuditError(f"{path}: this is no report of audit: it says no command")
    try:
        return _report(plain)
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise AuditError(f"{path}: this report cannot be understood: {error}") from None


def _report(plain: Mapping[str, Any]) -> Report:
    tables = {name: _table(plain.get(name) or [], columns) for name, columns in TABLES.items()}
    per_row = {name: pa.array(values) for name, values in (plain.get("per_row") or {}).items()}
    rest = {name: value for name, value in plain.items() if name not in (*tables, "per_row")}
    report: Report = _build(Report, {**rest, **tables, "per_row": pa.table(per_row)})
    return report


def _table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pa.Table:
    """Rows as a table that has these columns, and those that the rows have besides; what is missing is empty."""
    more = {name: None for row in rows for name in row if name not in columns}
    return pa.table({name: _column(name, [row.get(name) for row in rows]) for name in (*columns, *more)})


def _column(name: str, values: list[Any]) -> pa.Array:
    if name == "related":
        return pa.array([value or [] for value in values], pa.list_(pa.string()))
    if name in INTEGERS:
        optional = name in ("start", "end")
        return pa.array([value if value is not None or optional else 0 for value in values], pa.int64())
    if name in NUMBERS:
        return pa.array(values, pa.float64())
    if name == "safe":
        return pa.array([bool(value) for value in values], pa.bool_())
    nullable = name == "group" or name.startswith("new_")
    return pa.array([value if value is not None or nullable else "" for value in values], pa.string())


def _build(kind: Any, value: Any) -> Any:
    """A value of JSON as the type that it once was: tuples, mappings, optional parts, dataclasses in each other."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if value is None else _build(next(part for part in arguments if part is not NoneType), value)
    if origin is tuple:
        return _tuple(arguments, value)
    if origin is Mapping and arguments[1] is not Any:
        return {name: _build(arguments[1], part) for name, part in (value or {}).items()}
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    if is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind, value)
    return value


def _tuple(arguments: tuple[Any, ...], values: Any) -> tuple[Any, ...]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(_build(arguments[0], value) for value in values or ())
    return tuple(_build(kind, value) for kind, value in zip(arguments, values, strict=False))


def _dataclass(kind: type, plain: Any) -> Any:
    hints = _hints(kind)
    known = {}
    for part in fields(kind):
        if part.name in plain:
            known[part.name] = _build(hints[part.name], plain[part.name])
        elif part.default is MISSING and part.default_factory is MISSING:
            known[part.name] = _nothing(hints[part.name])
    return kind(**known)


def _nothing(kind: Any) -> Any:
    """What stands for a part that an older report did not have."""
    origin = get_origin(kind) or kind
    if origin in (Union, UnionType):
        return None
    if is_dataclass(kind):
        return _dataclass(kind, {}) if isinstance(kind, type) else None
    return EMPTY.get(origin, "")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(
        kind, {**vars(__import__(kind.__module__, fromlist=["x"])), "pa": pa, "RuleResult": RuleResult}
    )

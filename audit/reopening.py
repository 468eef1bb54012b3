"""A report.json as a Report again, also one that an older version wrote: what it lacks is empty.

Keys that nobody knows any more are passed over, so that a report never becomes unreadable by getting old. Somebody else
may have written it, or cut it short: whatever comes out has the types that it says, and a row for every id it names.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from math import isfinite
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from audit.foreign import cut, some
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
KINDS: dict[Any, str] = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
LARGEST = 2**63  # what a whole number stays below, so that it fits into a table
EMPTY: dict[type, Any] = {str: "", int: 0, float: 0.0, bool: False, tuple: (), dict: {}, Mapping: {}}


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


def plain_json(text: str) -> Any:
    """What a text of JSON says. ValueError where it is none, or holds what no report of ours does and no view can show.

    That is a number without end (NaN, 1e999), half a character, or nesting that Python cannot follow.
    """
    try:
        plain = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        _whole_characters(plain)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return plain


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _refuse(cut(text, 20))


def _whole_characters(plain: Any) -> None:
    if isinstance(plain, str):
        plain.encode()  # a UnicodeEncodeError is a ValueError
    elif isinstance(plain, list):
        for part in plain:
            _whole_characters(part)
    elif isinstance(plain, dict):
        for name, part in plain.items():
            name.encode()
            _whole_characters(part)


def _report(plain: Mapping[str, Any]) -> Report:
    tables = {name: _table(name, plain.get(name) or [], columns) for name, columns in TABLES.items()}
    per_row = _mapping("per_row", plain.get("per_row") or {})
    columns = {name: pa.array(_list(f"per_row.{name}", values)) for name, values in per_row.items()}
    rest = {name: value for name, value in plain.items() if name not in (*tables, "per_row")}
    report: Report = build(Report, {**rest, **tables, "per_row": pa.table(columns)})
    return report


def _table(table: str, rows: Any, columns: tuple[str, ...]) -> pa.Table:
    """Rows as a table that has these columns, and those that the rows have besides; what is missing is empty."""
    known = [_mapping(f"{table}[{at}]", row) for at, row in enumerate(_list(table, rows))]
    more = {name: None for row in known for name in row if name not in columns}
    arrays = {}
    for name in (*columns, *more):
        try:
            arrays[name] = _column(name, [row.get(name) for row in known])
        except (TypeError, ValueError, OverflowError, pa.ArrowException) as error:
            raise ValueError(f"{table}, {name}: {error}") from None
    return pa.table(arrays)


def _list(where: str, value: Any) -> list[Any]:
    return value if isinstance(value, list) else _misfit(where, "a list", value)


def _mapping(where: str, value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else _misfit(where, "an object {…}", value)


def _misfit(where: str, wanted: str, found: Any) -> Any:
    raise ValueError(f"{where or 'it'} must be {wanted}; found {cut(repr(found), 40)}")


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


def build(kind: Any, value: Any, where: str = "") -> Any:
    """A value of JSON as the type that it once was: tuples, mappings, optional parts, dataclasses in each other.

    Raises ValueError, with the keys that lead there (`where`), for what has another type.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return None if value is None else build(next(part for part in arguments if part is not NoneType), value, where)
    if origin is tuple:
        return _tuple(arguments, value, where)
    if origin is Literal:
        return value if value in arguments else _misfit(where, f"one of {some(arguments)}", value)
    if origin is Mapping:
        parts = _mapping(where, value or {})
        return {name: build(arguments[1], part, f"{where}.{name}") for name, part in parts.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind, value, where)
    return _single(kind, value, where)


def _single(kind: Any, value: Any, where: str) -> Any:
    if kind is Any:
        return value
    if issubclass(kind, StrEnum):
        return kind(value) if value in list(kind) else _misfit(where, f"one of {some(kind)}", value)
    fits = isinstance(value, int | float if kind is float else kind) and (kind is bool or not isinstance(value, bool))
    too_large = isinstance(value, int) and abs(value) >= LARGEST
    return value if fits and not too_large else _misfit(where, KINDS.get(kind, f"a {kind.__name__}"), value)


def _tuple(arguments: tuple[Any, ...], values: Any, where: str) -> tuple[Any, ...]:
    if values is None:
        values = []
    if not isinstance(values, list | tuple):
        _misfit(where, "a list", values)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(build(arguments[0], value, f"{where}[{at}]") for at, value in enumerate(values))
    if len(values) != len(arguments):
        _misfit(where, f"a list of {len(arguments)}", values)
    return tuple(
        build(kind, value, f"{where}[{at}]") for at, (kind, value) in enumerate(zip(arguments, values, strict=True))
    )


def _dataclass(kind: type, plain: Any, where: str) -> Any:
    hints, given = _hints(kind), _mapping(where, plain)
    known = {}
    for part in fields(kind):
        if part.name in given:
            known[part.name] = build(hints[part.name], given[part.name], f"{where}.{part.name}".lstrip("."))
        elif part.default is MISSING and part.default_factory is MISSING:
            known[part.name] = _nothing(hints[part.name])
    return kind(**known)


def _nothing(kind: Any) -> Any:
    """What stands for a part that an older report did not have."""
    origin = get_origin(kind) or kind
    if origin in (Union, UnionType):
        return None
    if is_dataclass(kind):
        return _dataclass(kind, {}, "") if isinstance(kind, type) else None
    return EMPTY.get(origin, "")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(
        kind, {**vars(__import__(kind.__module__, fromlist=["x"])), "pa": pa, "RuleResult": RuleResult}
    )

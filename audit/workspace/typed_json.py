"""Plain JSON as the nouns that it once was, with every type held to; ValueError says which part is something else.

Somebody else may have written the file, or cut it short: nothing that is built here surprises whoever reads it later.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import StrEnum
from functools import cache
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

import pyarrow as pa

from audit.nouns.foreign_text import cut, some

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


def plain_json(text: str, surrogates: bool = False) -> Any:
    """What a text of JSON says. ValueError where it is none, or holds what no report of ours does and no view can show.

    That is a number without end (NaN, 1e999), half a letter, or nesting that Python cannot follow. `surrogates`: half
    characters may be in it, as in the name of a file that is not UTF-8.
    """
    try:
        plain = json.loads(text, parse_constant=_refuse, parse_float=_finite)
        if not surrogates:
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


def kind_of(name: str) -> pa.DataType:
    """The type of a column of a report's tables."""
    if name == "related":
        return pa.list_(pa.string())
    if name in INTEGERS:
        return pa.int64()
    if name in NUMBERS:
        return pa.float64()
    return pa.bool_() if name == "safe" else pa.string()


def as_list(where: str, value: Any) -> list[Any]:
    """The value, if it is a list."""
    return value if isinstance(value, list) else misfit(where, "a list", value)


def as_mapping(where: str, value: Any) -> dict[str, Any]:
    """The value, if it is an object of JSON."""
    return value if isinstance(value, dict) else misfit(where, "an object {…}", value)


def misfit(where: str, wanted: str, found: Any) -> NoReturn:
    """Raise the ValueError that says what was wanted and what is there."""
    raise ValueError(f"{where or 'it'} must be {wanted}; found {cut(repr(found), 40)}")


def spans(rows: Iterable[Mapping[str, Any]]) -> None:
    """ValueError where a row has a span that has no end, or ends before it begins."""
    for row in rows:
        start, end = row.get("start"), row.get("end")
        if (start is None) != (end is None) or (start is not None and not 0 <= start <= end):
            misfit("start and end", "a span", (start, end))


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
        return value if value in arguments else misfit(where, f"one of {some(arguments)}", value)
    if origin is Mapping:
        parts = as_mapping(where, value or {})
        return {name: build(arguments[1], part, f"{where}.{name}") for name, part in parts.items()}
    if is_dataclass(kind) and isinstance(kind, type):
        return _dataclass(kind, value, where)
    return _single(kind, value, where)


def _single(kind: Any, value: Any, where: str) -> Any:
    if kind is Any:
        return value
    if issubclass(kind, StrEnum):
        return kind(value) if value in list(kind) else misfit(where, f"one of {some(kind)}", value)
    fits = isinstance(value, int | float if kind is float else kind) and (kind is bool or not isinstance(value, bool))
    too_large = isinstance(value, int) and abs(value) >= LARGEST
    return value if fits and not too_large else misfit(where, KINDS.get(kind, f"a {kind.__name__}"), value)


def _tuple(arguments: tuple[Any, ...], values: Any, where: str) -> tuple[Any, ...]:
    if values is None:
        values = []
    if not isinstance(values, list | tuple):
        misfit(where, "a list", values)
    if len(arguments) == 2 and arguments[1] is Ellipsis:
        return tuple(build(arguments[0], value, f"{where}[{at}]") for at, value in enumerate(values))
    if len(values) != len(arguments):
        misfit(where, f"a list of {len(arguments)}", values)
    return tuple(
        build(kind, value, f"{where}[{at}]") for at, (kind, value) in enumerate(zip(arguments, values, strict=True))
    )


def _dataclass(kind: type, plain: Any, where: str) -> Any:
    hints, given = _hints(kind), as_mapping(where, plain)
    known = {}
    for part in fields(kind):
        if part.name in given:
            known[part.name] = build(hints[part.name], given[part.name], f"{where}.{part.name}".lstrip("."))
        elif part.default is MISSING and part.default_factory is MISSING:
            known[part.name] = _nothing(hints[part.name], f"{where}.{part.name}".lstrip("."))
    return kind(**known)


def _nothing(kind: Any, where: str) -> Any:
    """What stands for a part that an older report did not have."""
    origin = get_origin(kind) or kind
    if origin in (Union, UnionType):
        return None
    if is_dataclass(kind):
        return _dataclass(kind, {}, where) if isinstance(kind, type) else None
    if origin is Literal or (isinstance(kind, type) and issubclass(kind, StrEnum)):
        raise ValueError(f"{where} is missing")
    return EMPTY.get(origin, "")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind, {**vars(sys.modules[kind.__module__]), "pa": pa})

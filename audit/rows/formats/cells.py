"""A cell to text, faithfully or not at all."""

from __future__ import annotations

from numbers import Number
from typing import Any

from audit.rows.formats.fault import Fault


def text(value: Any, column: str) -> str:
    """The cell as text: numbers as Python writes them, nothing (None, NaN) as "". Raises Fault for what is no text."""
    if type(value) is str:
        return value if value.isascii() and "\0" not in value else _sound(value, column)
    if value is None:
        return ""
    if isinstance(value, Fault):
        raise Fault(f"column {column!r} {value}")
    if isinstance(value, str):
        return _sound(str(value), column)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Number):  # of Python, of numpy, or a Decimal
        return str(value) if value == value else ""  # noqa: PLR0124 - NaN is the value unequal to itself
    raise Fault(f"column {column!r} holds a {type(value).__name__}, not text")


def truth(value: Any) -> bool:
    """Whether a cell of a column such as `trusted` means yes; texts such as "0", "no" and "false" mean no."""
    if isinstance(value, str):
        return value.strip().casefold() not in {"", "0", "0.0", "false", "f", "no", "n", "none", "null", "nan"}
    return value is not None and value == value and bool(value)  # noqa: PLR0124 - NaN again


def _sound(value: str, column: str) -> str:
    if "\0" in value:
        raise Fault(f"column {column!r} holds a NUL character at position {value.index(chr(0)) + 1}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        code = f"U+{ord(value[error.start]):04X}"
        raise Fault(
            f"column {column!r} holds half a character ({code}, a lone surrogate) at position {error.start + 1}"
        ) from None
    return value

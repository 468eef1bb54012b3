"""The JSON that this package reads: numbers keep the digits of the file, and no key may stand twice."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from audit.rows.formats.fault import Fault
from audit.rows.formats.limits import longest_row, too_long
from audit.rows.formats.records import excerpt


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        counts = Counter(key for key, _ in pairs)
        twice = next(key for key, count in counts.items() if count > 1)
        raise Fault(f"has the key {excerpt(twice)} twice")
    return found


DECODER = json.JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=_object)
PLAIN = json.JSONDecoder(parse_int=str, parse_float=str)  # to find the end of a value with a key that stands twice


def parse(text: str) -> Any:
    """One JSON value. Raises Fault for text that is none."""
    if len(text) > longest_row():
        raise Fault(f"is JSON of {too_long()}")
    try:
        return DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Fault(f"is not JSON ({error.msg} at character {error.pos + 1})") from None
    except RecursionError:
        raise Fault("is JSON nested too deeply") from None


SPACE = re.compile(r"[ \t\r\n]*")


def members(text: str, at: int) -> Iterator[tuple[str | int, int, int]]:
    """Key or index, start and end of each value in the object or array that begins at `at`; the text is sound JSON."""
    inside, index = text[at] == "{", 0
    at = _skip(text, at + 1)
    while text[at] not in "]}":
        key: str | int = index
        if inside:
            key, at = DECODER.raw_decode(text, at)
            at = _skip(text, _skip(text, at) + 1)
        _, end = DECODER.raw_decode(text, at)
        yield key, at, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at
        index += 1


def _skip(text: str, at: int) -> int:
    """The first place from `at` on that is no white space."""
    space = SPACE.match(text, at)
    return space.end() if space else at

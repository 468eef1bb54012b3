"""The JSON that this package reads: numbers keep the digits of the file, and no key may stand twice."""

from __future__ import annotations

import json
from typing import Any

from audit.formats.records import Fault


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        raise Fault(f"has the key {next(k for k in keys if keys.count(k) > 1)!r} twice")
    return found


DECODER = json.JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=_object)


def parse(text: str) -> Any:
    """One JSON value. Raises Fault for text that is none."""
    try:
        return DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise Fault(f"is not JSON ({error.msg} at character {error.pos + 1})") from None
    except RecursionError:
        raise Fault("is JSON nested too deeply") from None

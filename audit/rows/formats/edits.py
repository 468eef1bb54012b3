"""New questions and answers into a raw record, each at the place where it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audit.nouns.findings import Field
from audit.rows.formats.cells import text
from audit.rows.formats.fault import Fault
from audit.rows.formats.json_text import members, parse
from audit.rows.formats.records import Keys, Place, Raw, Span
from audit.rows.formats.shapes import Shape

Change = Mapping[tuple[int, Field], str] | None
"""What becomes of a record: None leaves it out, else new texts by turn (0 where there is one pair) and field."""


def find_edits(shape: Shape, raw: Raw, change: Mapping[tuple[int, Field], str]) -> dict[Keys, str]:
    """Which new text goes where in the record. Raises Fault where a change has no one place to go."""
    old, places = _texts(shape, raw), shape.places(raw)
    edits: dict[Keys, str] = {}
    for key, new in change.items():
        turn, field = key
        if key not in places or key not in old:
            raise Fault(f"has no {field}{f' in turn {turn}' if turn else ''} that could be edited")
        if new == old[key]:
            continue
        text(new, field)
        for keys, part in _divide(raw, places[key], new):
            if edits.setdefault(keys, part) != part:
                raise Fault(f"has one {field} for several turns, which cannot be edited in two ways")
    return dict(sorted(edits.items(), key=_from_the_end))


def _from_the_end(edit: tuple[Keys, str]) -> int:
    """Later parts of a text first, so that the places of the others stay what they are."""
    last = edit[0][-1]
    return -last.start if isinstance(last, Span) else 0


def confirm(shape: Shape, before: Raw, after: Raw, change: Mapping[tuple[int, Field], str]) -> None:
    """Raises Fault unless the edited record reads as was wanted, in all of its turns."""
    if _texts(shape, after) != {**_texts(shape, before), **change}:
        raise Fault("cannot hold the edit: it would read differently, or another turn would change with it")


def put(value: Any, keys: Keys, new: str) -> Any:
    """The value with a new text at a place in it; what is not on the way is shared, not copied."""
    if not keys:
        return new
    if isinstance(keys[0], Span):
        return value[: keys[0].start] + new + value[keys[0].end :]
    if isinstance(value, str):
        return splice(value, keys, new)
    copy = value.copy()
    copy[keys[0]] = put(copy.get(keys[0]) if isinstance(copy, dict) else copy[keys[0]], keys[1:], new)
    return copy


def splice(document: str, keys: Keys, new: str, encoding: str = "utf-8") -> str:
    """JSON text with a new string at a place in it; the rest stays. Raises Fault where it has no such place.

    The string is escaped as the rest of the document is, or where the encoding lacks a character.
    """
    start, end = len(document) - len(document.lstrip()), len(document)
    for depth, key in enumerate(keys):
        if isinstance(key, Span):
            new = put(json.loads(document[start:end]), keys[depth:], new)
            break
        if document[start] == '"':  # JSON text inside JSON text
            new = splice(json.loads(document[start:end]), keys[depth:], new, encoding)
            break
        found = [(begin, stop) for name, begin, stop in members(document, start) if name == key]
        if not found:
            raise Fault(f"has no {key!r} that could be edited")
        start, end = found[0]
    escaped = document.isascii() and "\\u" in document
    return document[:start] + _quote(new, escaped, encoding) + document[end:]


def _quote(new: str, escaped: bool, encoding: str) -> str:
    quoted = json.dumps(new, ensure_ascii=escaped)
    try:
        quoted.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(new)
    return quoted


def _texts(shape: Shape, raw: Raw) -> dict[tuple[int, Field], str]:
    """The texts that are rows of the corpus."""
    texts: dict[tuple[int, Field], str] = {}
    for question, answer, turn in shape.pairs(raw):
        if answer is not None:
            texts[turn, "question"], texts[turn, "answer"] = question, answer
    return texts


def _divide(raw: Raw, place: Place, new: str) -> Iterator[tuple[Keys, str]]:
    """The parts of a place and what goes to each, where only one way to divide the text leaves most parts alone."""
    if not place.parts:
        raise Fault("has a turn without any text that could be edited")
    parts = [(keys, text(_at(raw, keys), str(keys[0]))) for keys in place.parts]
    filled = [part for part in parts if part[1]] or parts[:1]
    old = [part for _, part in filled]
    for candidate in _divisions(old, place.joint, new):
        if place.joint.join(filter(None, candidate)) == new:
            return ((keys, after) for (keys, before), after in zip(filled, candidate, strict=True) if after != before)
    raise Fault("is made of several parts, and the edit cannot be told apart among them")


def _divisions(old: Sequence[str], joint: str, new: str) -> Iterator[list[str]]:
    """Ways to divide a text: only one part changes, or goes away; else all change, if none loses a joint."""
    for i in range(len(old)):
        head = "".join(part + joint for part in old[:i])
        tail = "".join(joint + part for part in old[i + 1 :])
        if new.startswith(head) and new.endswith(tail) and len(new) >= len(head) + len(tail):
            yield [*old[:i], new[len(head) : len(new) - len(tail)], *old[i + 1 :]]
        yield [*old[:i], "", *old[i + 1 :]]
    if joint and new.count(joint) == joint.join(old).count(joint):
        pieces = iter(new.split(joint))
        yield [joint.join(next(pieces) for _ in range(part.count(joint) + 1)) for part in old]


def _at(raw: Raw, keys: Keys) -> Any:
    value: Any = raw
    for key in keys:
        if isinstance(key, Span):
            return value[slice(*key)]
        value = parse(value) if isinstance(value, str) else value
        value = value.get(key) if isinstance(value, dict) else value[key]
    return value

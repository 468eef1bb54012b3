"""JSON files that are one document: an array of rows, or an object that wraps one (or one array per split).

Several objects, one after the other and each over several lines, are rows too.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from functools import cache, partial

from audit.rows.formats.decoding import TextFile
from audit.rows.formats.fault import Fault
from audit.rows.formats.json_pieces import Item, Pieces
from audit.rows.formats.records import Record, Records

Step = tuple[str, Item, bool, bool]
"""The key of an array (that of the document itself is ""), a value, whether it is a row, and the first of its array."""


def open_json_document(file: TextFile) -> Records:
    """A document, read piece by piece; an object is read once more, to see which of its arrays hold rows."""
    read = partial(_read, file, cache(partial(_arrays, file)))
    return Records(file.name, "json", read, encoding=file.encoding, compression=file.compression, file=file)


def cut(file: TextFile) -> Iterator[tuple[str, str, bool]]:
    """The whole text cut up: for each row the text before it, its own text, and whether it is the first of its array.

    The end of the text comes as a row without text.
    """
    arrays = _arrays(file)
    with file.open(newline="") as text:
        pieces = Pieces(file, text)
        between: list[str] = []
        for _, item, is_row, first in _steps(pieces, arrays):
            between.append(item.before)
            if is_row:
                yield "".join(between), item.text, first
                between.clear()
            else:
                between.append(item.text)
        yield "".join([*between, pieces.end()]), "", True


def _read(file: TextFile, find_arrays: Callable[[], Sequence[str]], _columns: Sequence[str] | None) -> Iterator[Record]:
    arrays = find_arrays()
    with file.open(newline="") as text:
        pieces = Pieces(file, text)
        for key, item, is_row, _ in _steps(pieces, arrays):
            if is_row and isinstance(item.value, dict):
                yield item.line, {"split": key, **item.value} if len(arrays) > 1 else item.value
            elif is_row:
                yield item.line, item.value if isinstance(item.value, Fault) else Fault("is no JSON object, {…}")
        pieces.end()


def _steps(pieces: Pieces, arrays: Container[str]) -> Iterator[Step]:
    """The values of the document; where none of its arrays holds rows, it is one row itself."""
    if pieces.peek() == "[":
        for number, item in enumerate(pieces.elements()):
            yield "", item, True, not number
    elif not arrays:
        yield "", pieces.value(), True, True
        while pieces.peek():
            yield "", pieces.value(), True, False
    else:
        for key in pieces.members():
            values = pieces.elements() if pieces.peek() == "[" else iter([pieces.value()])
            for number, item in enumerate(values):
                yield key, item, key in arrays, not number


def _arrays(file: TextFile) -> Sequence[str]:
    """The keys of an object under which there are rows: lists of objects only. None where it is a row itself.

    It is one where its lists are conversations. The key of a document that is an array is "".
    """
    arrays: list[str] = []
    with file.open(newline="") as text:
        pieces = Pieces(file, text)
        if pieces.peek() == "[":
            return [""]
        is_row = False
        for key in pieces.members():
            if pieces.peek() != "[":
                pieces.value()
                continue
            values = pieces.elements()
            first = next(values, None)
            others = sum(not _may_be_row(item) for item in values)
            if first is not None and _may_be_row(first) and not others:
                arrays.append(key)
                is_row = is_row or (isinstance(first.value, dict) and not {"role", "from"}.isdisjoint(first.value))
        several = pieces.peek() != ""
    return [] if is_row or several else arrays


def _may_be_row(item: Item) -> bool:
    return isinstance(item.value, dict | Fault)

"""JSON files that are one document: an array of rows, or an object that wraps one (or one array per split)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, partial
from itertools import chain
from typing import Any, TextIO

from audit.formats.json_text import DECODER, members
from audit.formats.records import Fault, Raw, Record, Records
from audit.formats.text import TextFile
from audit.types import AuditError

CHUNK = 1 << 20  # characters
SPACE = " \t\r\n"


def open_json_document(file: TextFile) -> Records:
    """An array is read piece by piece; an object is held in memory while it is read."""
    read = partial(_array, file) if _is_array(file) else partial(_object, cache(partial(_load, file)))
    return Records(file.name, "json", read, encoding=file.encoding, compression=file.compression, file=file)


def cut(file: TextFile) -> Iterator[tuple[str, str, bool]]:
    """The whole text cut up: for each row the text before it, its own text, and whether it is the first of its array.

    The end of the text comes as a row without text.
    """
    if not _is_array(file):
        yield from _cut_object(file)
        return
    with file.open(newline="") as text:
        elements = _Elements(file, text)
        first = True
        for _ in elements:
            yield elements.before, elements.text_of_value, first
            first = False
        yield "".join(elements.passed), "", True


def _is_array(file: TextFile) -> bool:
    with file.open(newline="") as text:
        return text.read(CHUNK).lstrip(SPACE).startswith("[")


def _array(file: TextFile, _columns: Sequence[str] | None) -> Iterator[Record]:
    with file.open(newline="") as text:
        for line, value in _Elements(file, text):
            yield (
                line,
                value if isinstance(value, dict | Fault) else Fault("is no JSON object, {…}"),
            )


class _Elements:
    """The elements of a JSON array with the line on which each begins; holds no more than a chunk and one element."""

    def __init__(self, file: TextFile, text: TextIO) -> None:
        self.file, self.text = file, text
        self.buffer, self.at, self.line = "", 0, 1
        self.passed: list[str] = []  # the text since the last element
        self.before, self.text_of_value = "", ""

    def __iter__(self) -> Iterator[tuple[int, Any]]:
        self._expect("[")
        if self._peek() == "]":
            self._expect("]")
        else:
            yield self._element()
            while self._expect(",]") == ",":
                yield self._element()
        if self._peek():
            raise self._error(f"has more text after the array: {self._peek()!r}")

    def _element(self) -> tuple[int, Any]:
        self._peek()
        line = self.line
        while True:
            try:
                value, end = DECODER.raw_decode(self.buffer, self.at)
            except json.JSONDecodeError as error:
                whole = error.pos < len(self.buffer) - 16 and not error.msg.startswith("Unterminated")
                if whole or not self._more():
                    raise self._error(f"is not JSON ({error.msg})", error.pos) from None
            except (Fault, RecursionError) as error:
                raise self._error(str(error) if isinstance(error, Fault) else "is nested too deeply") from None
            else:
                fault = self.file.fault(self.buffer[self.at : end]) if self.file.suspect else None
                self.before = "".join(self.passed)
                self.text_of_value = self.buffer[self.at : end]
                self._skip(end)
                self.passed.clear()
                return line, fault or value

    def _peek(self) -> str:
        """The next character that is no white space, or "" at the end."""
        while True:
            end = self.at
            while end < len(self.buffer) and self.buffer[end] in SPACE:
                end += 1
            self._skip(end)
            if end < len(self.buffer):
                return self.buffer[end]
            if not self._more():
                return ""

    def _expect(self, wanted: str) -> str:
        found = self._peek()
        if found == "" or found not in wanted:
            raise self._error(
                f"expected {' or '.join(map(repr, wanted))}, found {found!r}" if found else "the file ends early"
            )
        self._skip(self.at + 1)
        return found

    def _skip(self, end: int) -> None:
        self.line += self.buffer.count("\n", self.at, end)
        self.passed.append(self.buffer[self.at : end])
        self.at = end

    def _more(self) -> bool:
        piece = self.text.read(max(CHUNK, len(self.buffer) - self.at))
        if piece:
            self.buffer, self.at = self.buffer[self.at :] + piece, 0
        return piece != ""

    def _error(self, reason: str, position: int | None = None) -> AuditError:
        line = self.line + self.buffer.count("\n", self.at, position or self.at)
        return AuditError(f"{self.file.name}, line {line}: {reason}; no row after this place can be read")


def _object(load: Any, _columns: Sequence[str] | None) -> Iterator[Record]:
    for row in load():
        yield 0, row if isinstance(row, dict) else Fault("is no JSON object, {…}")


def _cut_object(file: TextFile) -> Iterator[tuple[str, str, bool]]:
    content, document = _document(file)
    start = len(content) - len(content.lstrip(SPACE))
    rows: Iterable[tuple[str | int, int, int]] = ((0, start, len(content.rstrip(SPACE))),)
    if lists := _lists(document):
        arrays = (place for key, place, _ in members(content, start) if key in lists)
        rows = chain.from_iterable(members(content, place) for place in arrays)
    at = 0
    for index, begin, end in rows:
        yield content[at:begin], content[begin:end], index == 0
        at = end
    yield content[at:], "", True


def _load(file: TextFile) -> list[Any]:
    """The rows inside an object: its one list of objects; several are splits; else the object is the only row."""
    _, document = _document(file)
    lists = _lists(document)
    if not lists:
        return [document]
    if len(lists) == 1:
        return next(iter(lists.values()))
    return [{"split": key, **row} for key, rows in lists.items() for row in rows]


def _document(file: TextFile) -> tuple[str, Raw]:
    with file.open(newline="") as text:
        content = text.read()
    try:
        if file.suspect and (fault := file.fault(content)):
            raise fault
        return content, DECODER.decode(content)
    except json.JSONDecodeError as error:
        raise AuditError(f"{file.name}, line {error.lineno}: is not JSON ({error.msg})") from None
    except (Fault, RecursionError) as error:
        raise AuditError(f"{file.name}: the file cannot be read as JSON: it {error}") from None


def _lists(document: Raw) -> dict[str, list[Raw]]:
    """The lists of rows in the object; none where it is a row itself."""
    lists = {key: value for key, value in document.items() if _holds_rows(value)}
    return {} if _is_row(document) else lists


def _holds_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _is_row(document: Raw) -> bool:
    """Whether the lists in it are conversations, so that it is one row and no wrapper."""
    turns = (value[0] for value in document.values() if _holds_rows(value))
    return any({"role", "from"} & turn.keys() for turn in turns)

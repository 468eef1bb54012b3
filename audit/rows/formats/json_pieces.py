"""A JSON text read piece by piece: no more of it is held than one chunk and one value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TextIO

from audit.nouns.dialogue import AuditError
from audit.rows.formats.decoding import TextFile
from audit.rows.formats.fault import Fault
from audit.rows.formats.json_text import DECODER, PLAIN
from audit.rows.formats.limits import longest_row, too_long
from audit.rows.formats.records import excerpt

CHUNK = 1 << 20  # characters
SPACE = re.compile(r"[ \t\r\n]*")


class Item(NamedTuple):
    """A value, or why it cannot be read; the line on which it begins; its text and the text since the value before."""

    value: Any
    line: int
    before: str
    text: str


class Pieces:
    """A place in the text; each method reads on from there. AuditError, with the line, where it is not JSON."""

    def __init__(self, file: TextFile, text: TextIO) -> None:
        self.file, self.text = file, text
        self.buffer, self.at, self.line = "", 0, 1
        self.passed: list[str] = []  # the text since the last value

    def elements(self) -> Iterator[Item]:
        """The values of an array."""
        self.expect("[")
        if self.peek() == "]":
            self.expect("]")
            return
        yield self.value()
        while self.expect(",]") == ",":
            yield self.value()

    def members(self) -> Iterator[str]:
        """The keys of an object. Whoever asks reads the value before the next key; AuditError where a key comes twice.

        The text of a key counts to what is before its value.
        """
        self.expect("{")
        if self.peek() == "}":
            self.expect("}")
            return
        keys: set[str] = set()
        yield self._key(keys)
        while self.expect(",}") == ",":
            yield self._key(keys)

    def value(self) -> Item:
        """The next value whole."""
        self.peek()
        line = self.line
        while True:
            try:
                value, end = self._decode()
            except json.JSONDecodeError as error:
                whole = error.pos < len(self.buffer) - 16 and not error.msg.startswith("Unterminated")
                if whole or not self._more():
                    raise self.error(f"is not JSON ({error.msg})", error.pos) from None
            except RecursionError:
                raise self.error("is nested too deeply") from None
            else:
                if end < len(self.buffer) or isinstance(value, dict | list) or not self._more():  # a number may go on
                    break
        text = self.buffer[self.at : end]
        before = "".join(self.passed)
        self._skip(end)
        self.passed.clear()
        fault = self.file.fault(text) if self.file.suspect else None
        return Item(fault or value, line, before, text)

    def peek(self) -> str:
        """The next character that is no white space, or "" at the end."""
        begin = sum(map(len, self.passed))
        while True:
            found = SPACE.match(self.buffer, self.at)
            self._skip(found.end() if found else self.at)
            if self.at < len(self.buffer):
                return self.buffer[self.at]
            if sum(map(len, self.passed)) - begin > longest_row():
                raise self.error(f"has white space of {too_long()}")
            if not self._more():
                return ""

    def expect(self, wanted: str) -> str:
        """One of these characters, which is passed."""
        found = self.peek()
        if found == "" or found not in wanted:
            raise self.error(
                f"expected {' or '.join(map(repr, wanted))}, found {found!r}" if found else "the file ends early"
            )
        self._skip(self.at + 1)
        return found

    def end(self) -> str:
        """The text that is left, which must be white space."""
        if self.peek():
            raise self.error(f"has more text after the end: {self.peek()!r}")
        return "".join(self.passed)

    def error(self, reason: str, position: int | None = None) -> AuditError:
        """An error at this place, or at one further on in the buffer."""
        line = self.line + self.buffer.count("\n", self.at, position or self.at)
        return AuditError(f"{self.file.name}, line {line}: {reason}; no row after this place can be read")

    def _key(self, known: set[str]) -> str:
        key, _, before, text = self.value()
        if not isinstance(key, str):
            raise self.error(str(key) if isinstance(key, Fault) else "expected a key in quotes")
        if key in known:
            raise self.error(f"has the key {excerpt(key)} twice")
        if len(known) > longest_row() // 16:
            raise self.error(f"has more than {len(known):,} keys in one object")
        known.add(key)
        self.passed += [before, text]
        self.expect(":")
        return key

    def _decode(self) -> tuple[Any, int]:
        """The value here, or a Fault, and its end."""
        try:
            return DECODER.raw_decode(self.buffer, self.at)
        except Fault as fault:
            _, end = PLAIN.raw_decode(self.buffer, self.at)
            return fault, end

    def _skip(self, end: int) -> None:
        self.line += self.buffer.count("\n", self.at, end)
        self.passed.append(self.buffer[self.at : end])
        self.at = end

    def _more(self) -> bool:
        """Read on, and twice as much each time, so that a long value is not looked at too often."""
        left = len(self.buffer) - self.at
        if left > longest_row():
            raise self.error(f"has a value of {too_long()}, as if its bracket or quote were never closed")
        piece = self.text.read(max(CHUNK, left))
        if piece:
            self.buffer, self.at = self.buffer[self.at :] + piece, 0
        return piece != ""

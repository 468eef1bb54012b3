"""Text files written again: what is not touched keeps its bytes, what is edited keeps all around the new text."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import BinaryIO, cast

from audit.rows.formats import delimited, json_document, json_lines
from audit.rows.formats.decoding import TextFile
from audit.rows.formats.edits import put, splice
from audit.rows.formats.fault import Fault
from audit.rows.formats.records import Keys, Raw, Records

LEVEL = (
    6  # of gzip's compression, as its command line has it; Python's 9 took 2.8 times as long on JSONL, for 2.6 % less
)
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

Fate = Callable[[int, str], str | None]
"""What becomes of the text of a record, by its number; None leaves it out."""


def rewrite_text(records: Records, fate: Fate, target: Path) -> int:
    """Write the records that have a fate, in the file's own encoding and compression. Gives how many there were."""
    file = _file(records)
    kept = _kept_items if records.format == "json" else _kept_lines
    mark, encoding = _encoding(file)
    numbers = count()
    with _create(target, file.compression) as out:
        out.write(mark)
        for part in kept(records, lambda own: fate(next(numbers), own)):
            out.write(part.encode(encoding, "surrogateescape"))
    return next(numbers)


def texts_of(records: Records) -> Iterator[str]:
    """The text of each record, without what stands between them."""
    if records.format == "json":
        return (own for _, own, _ in json_document.cut(_file(records)) if own)
    return (line for line, counts in _lines(records) if counts)


def parse_record(records: Records, own: str) -> Raw:
    """The record in a text of its own. Raises Fault."""
    file = _file(records)
    fault = file.fault(own) if file.suspect else None
    found = fault or (_parse_row(records, own) if records.delimiter else json_lines.record(own))
    if isinstance(found, Fault):
        raise found
    return found


def edit_text(records: Records, own: str, edits: dict[Keys, str]) -> str:
    """The text of a record with new texts at places in it. Raises Fault for what the encoding cannot hold."""
    if records.delimiter:
        return _edit_row(records, own, edits)
    for keys, new in edits.items():
        own = splice(own, keys, new, records.encoding)
    return own


def readable(records: Records, own: str) -> str:
    """The text of a record that cannot be read, its bytes that are no text spelt out."""
    return own.encode(records.encoding, "surrogateescape").decode(records.encoding, "backslashreplace")


def _file(records: Records) -> TextFile:
    if records.file is None:
        raise ValueError(f"{records.format} is no text format")
    return records.file


def _encoding(file: TextFile) -> tuple[bytes, str]:
    """The byte order mark of the file, or b"", and the encoding of what follows it."""
    if file.encoding not in {"utf-8-sig", "utf-16", "utf-32"}:
        return b"", file.encoding
    with file.open_bytes() as source:
        head = source.read(4)
    return next((mark, encoding) for mark, encoding in MARKS if head.startswith(mark))


@contextmanager
def _create(target: Path, compression: str) -> Iterator[BinaryIO]:
    with target.open("wb") as plain:
        if not compression:
            yield plain
            return
        with (
            gzip.GzipFile("", "wb", LEVEL, plain, mtime=0) as packed,  # no name and no time: the same bytes each time
            io.BufferedWriter(cast(io.RawIOBase, packed), 1 << 20) as buffered,
        ):
            yield cast(BinaryIO, buffered)


def _lines(records: Records) -> Iterator[tuple[str, bool]]:
    """The whole text in lines (rows of a CSV file may be several), and whether each is a record."""
    file = _file(records)
    if records.delimiter:
        rows = delimited.cut(file, records.delimiter)
        header = True
        for _, cells, own in rows:
            yield own, bool(cells) and not header
            header = header and not cells
    else:
        with file.open(newline="\n") as lines:
            for line in lines:
                yield line, not line.isspace()


def _kept_lines(records: Records, fate: Callable[[str], str | None]) -> Iterator[str]:
    """The text that stays. It ends with a line end only if the whole text did, whatever goes from its end."""
    end, last = "", ""
    for line, counts in _lines(records):
        last = line
        kept = fate(line) if counts else line
        if kept is not None:
            body = kept.rstrip("\r\n")
            yield end + body
            end = kept[len(body) :]
    if last.endswith(("\r", "\n")):
        yield end


def _kept_items(records: Records, fate: Callable[[str], str | None]) -> Iterator[str]:
    """The text that stays. What stands between two items goes with the second, or with the first of an array."""
    empty = True
    for before, own, opens in json_document.cut(_file(records)):
        if opens:
            yield before
            empty = True
        kept = fate(own) if own else None
        if kept is not None:
            yield kept if empty else before + kept
            empty = False


def _parse_row(records: Records, own: str) -> Raw | Fault:
    try:
        row = next(csv.reader(io.StringIO(own, newline=""), delimiter=records.delimiter, strict=True))
    except csv.Error as error:
        return Fault(f"is no CSV ({error})")
    if len(row) != len(records.columns):
        return Fault(f"has {len(row)} cells where the header has {len(records.columns)}")
    return dict(zip(records.columns, row, strict=True))


def _edit_row(records: Records, own: str, edits: dict[Keys, str]) -> str:
    """Put new cells into a row; a cell that was quoted stays quoted, another is quoted where it must be."""
    raw = parse_record(records, own)
    for keys, new in edits.items():
        raw = put(raw, keys, new)
    cells = _cells(own, records.delimiter)
    for column in {str(keys[0]) for keys in edits}:
        place = records.columns.index(column)
        cells[place] = _quote(raw[column], records.delimiter, cells[place].startswith('"'))
    body = records.delimiter.join(cells)
    try:
        body.encode(records.encoding, "surrogateescape")
    except UnicodeEncodeError as error:
        raise Fault(f"cannot hold {error.object[error.start]!r}, which {records.encoding} does not have") from None
    return body + own[len(own.rstrip("\r\n")) :]


def _cells(row: str, delimiter: str) -> list[str]:
    """The cells of a sound row as they are written, quotes and all."""
    cell = re.compile(rf'(?:"(?:[^"]|"")*+"|[^{re.escape(delimiter)}\r\n]*+)')
    cells, at = [], -1
    while at < 0 or row[at : at + 1] == delimiter:
        found = cast(re.Match[str], cell.match(row, at + 1))
        cells.append(found.group())
        at = found.end()
    return cells


def _quote(new: str, delimiter: str, quoted: bool) -> str:
    if quoted or any(character in new for character in (delimiter, '"', "\r", "\n")):
        return '"' + new.replace('"', '""') + '"'
    return new

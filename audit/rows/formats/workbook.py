"""An XLSX file as the zip archive of XML that it is: its sheets, texts and formats, read strictly and piece by piece.

What another reader would guess (a row that is numbered twice or below 1, a cell outside the sheet) is refused here: a
guess may lose a row. No part is held in memory but the texts that cells share.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from xml.parsers.expat import ExpatError, ParserCreate
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from audit.nouns.dialogue import AuditError
from audit.rows.formats.limits import check_unpacked

BOOK = "xl/workbook.xml"
MAIN = (
    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
    "http://purl.oclc.org/ooxml/spreadsheetml/main",  # the same in workbooks saved as "Strict Open XML"
)
TAGS = ("sheet", "row", "c", "v", "f", "t", "si", "rPh", "mergeCell", "numFmt", "xf", "cellXfs", "cellStyleXfs")
BARE = {f"{space} {tag}": tag for space in MAIN for tag in TAGS}  # what the parser calls them
PIECE = 1 << 16  # bytes of XML at a time
ENCRYPTED = 1  # flag of a member of a zip archive
# What zipfile, zlib and expat raise for bytes that are no archive or no XML; a part that is missing is a KeyError.
DAMAGE = (
    BadZipFile,
    ExpatError,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    NotImplementedError,
)
BUILT_IN_DATES = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # ECMA-376 part 1, 18.8.30
NOT_DATES = re.compile(r'"[^"]*"|\[(?!hh?\]|mm?\]|ss?\])[^\]]*\]|[\\_*].')  # texts, colours and padding in a format
DATES = re.compile("[dmhys]", re.IGNORECASE)
ESCAPE = re.compile("_x([0-9A-Fa-f]{4})_")  # how XLSX writes carriage returns and other control characters

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


@dataclass(frozen=True)
class Sheet:
    """One sheet of cells and the part of the archive that holds it."""

    title: str
    part: str
    visible: bool


@dataclass(frozen=True)
class Book:
    """An open workbook. `dates`: the numbers of the cell formats that show a number as a date or time."""

    name: str
    archive: ZipFile
    sheets: tuple[Sheet, ...]
    strings_part: str
    dates: frozenset[int]

    def strings(self) -> list[str]:
        """The texts that cells share, by number."""
        found: list[str] = []
        if self.strings_part:
            for _ in pieces(self.archive, self.strings_part, *_gather(found)):
                pass
        return found


@contextmanager
def opened(name: str, path: Path) -> Iterator[Book]:
    """A workbook for as long as the block runs. AuditError for a damaged one, and for what is none.

    What its parts are when they are read inside the block is said in the same way.
    """
    with path.open("rb") as file, refusing(name), ZipFile(file) as archive:
        members = archive.namelist()
        if BOOK not in members:
            raise AuditError(f"{name}: a zip archive, no table; unpack it and name one file: {', '.join(members[:5])}")
        parts = _parts(archive)
        sheets = tuple(_sheets(archive, parts))
        strings = next((part for kind, part in parts.values() if kind == "sharedStrings"), "")
        styles = next((part for kind, part in parts.values() if kind == "styles"), "")
        read = [part for part in (strings, styles, *(sheet.part for sheet in sheets[:1])) if part]
        size = sum(archive.getinfo(part).file_size for part in read)  # zipfile gives no byte more than this
        check_unpacked(name, size, path.stat().st_size)
        yield Book(name, archive, sheets, strings, frozenset(_dates(archive, styles)) if styles else frozenset())


def unescape(text: str) -> str:
    """The text with control characters in the place of their codes."""
    return ESCAPE.sub(lambda code: chr(int(code[1], 16)), text) if "_x" in text else text


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Say in one sentence what is wrong with a workbook."""
    try:
        yield
    except DAMAGE as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise AuditError(f"{name}: the workbook is damaged ({reason}); save it again as XLSX or CSV") from error


def pieces(archive: ZipFile, part: str, start: Start, end: End, text: Text) -> Iterator[None]:
    """Hand the XML of a part to these three, and pause after each piece. Tags are those of spreadsheets, bare."""
    about = archive.getinfo(part)
    if about.flag_bits & ENCRYPTED:
        raise BadZipFile(f"{part} needs a password")
    if about.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise BadZipFile(f"{part} is packed in a way that XLSX does not know")
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = lambda name, attributes: start(_tag(name), attributes)
    parser.EndElementHandler = lambda name: end(_tag(name))
    parser.CharacterDataHandler = text
    with archive.open(about) as file:
        while piece := file.read(PIECE):
            parser.Parse(piece, False)
            yield
    parser.Parse(b"", True)
    yield


def _refuse_doctype(*_: object) -> NoReturn:
    raise BadZipFile("it declares entities, which no program for spreadsheets does")


def _tag(name: str) -> str:
    return BARE.get(name, name)


def _starts(archive: ZipFile, part: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every element of a part and its attributes."""
    waiting: list[tuple[str, dict[str, str]]] = []
    for _ in pieces(archive, part, lambda *element: waiting.append(element), _ignore, _ignore):
        yield from waiting
        waiting.clear()


def _ignore(_: str) -> None:
    """Nothing is wanted of this."""


def _parts(archive: ZipFile) -> dict[str, tuple[str, str]]:
    """What the workbook refers to: id -> kind and part."""
    parts = {}
    for _, about in _starts(archive, "xl/_rels/workbook.xml.rels"):
        if {"Id", "Type", "Target"} <= about.keys():
            target = about["Target"]
            part = target[1:] if target.startswith("/") else f"xl/{target.removeprefix('./')}"
            parts[about["Id"]] = (about["Type"].rpartition("/")[2], part)
    return parts


def _sheets(archive: ZipFile, parts: dict[str, tuple[str, str]]) -> Iterator[Sheet]:
    """The sheets of cells in their order, the visible ones first; charts are none."""
    sheets = []
    for tag, about in _starts(archive, BOOK):
        if tag == "sheet":
            kind, part = parts[_key(about)]
            if kind == "worksheet":
                sheets.append(Sheet(about.get("name", ""), part, about.get("state", "visible") == "visible"))
    return iter(sorted(sheets, key=lambda sheet: not sheet.visible))


def _key(about: dict[str, str]) -> str:
    """What a sheet is called among the parts: its attribute `r:id`, in either of two name spaces."""
    return next((value for name, value in about.items() if name.endswith("/relationships id")), "")


def _dates(archive: ZipFile, part: str) -> Iterator[int]:
    """The numbers of cell formats that show dates or times."""
    dates, inside, number = set(BUILT_IN_DATES), False, 0
    for tag, about in _starts(archive, part):
        if tag == "numFmt":
            look = NOT_DATES.sub("", about.get("formatCode", "").partition(";")[0])
            key = int(about.get("numFmtId", "0"))
            (dates.add if DATES.search(look) else dates.discard)(key)
        elif tag in ("cellXfs", "cellStyleXfs"):
            inside = tag == "cellXfs"
        elif tag == "xf" and inside:
            if int(about.get("numFmtId", "0")) in dates:
                yield number
            number += 1


def _gather(found: list[str]) -> tuple[Start, End, Text]:
    """What puts the texts of the shared strings into a list: of each all its runs, without how they are pronounced."""
    inside, silent = [False], [False]
    parts: list[str] = []

    def start(tag: str, _: dict[str, str]) -> None:
        inside[0] = tag == "t" and not silent[0]
        silent[0] = silent[0] or tag == "rPh"

    def end(tag: str) -> None:
        inside[0] = False
        if tag == "rPh":
            silent[0] = False
        elif tag == "si":
            found.append(unescape("".join(parts)))
            parts.clear()

    def text(data: str) -> None:
        if inside[0]:
            parts.append(data)

    return start, end, text

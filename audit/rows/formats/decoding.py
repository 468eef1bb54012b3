"""Bytes to text: compression and encoding are found out, and decoding is strict."""

from __future__ import annotations

import codecs
import gzip
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from audit.nouns.dialogue import AuditError
from audit.rows.formats.fault import Fault
from audit.rows.formats.limits import check_unpacked

CHUNK = 1 << 20  # bytes
AT_ONCE = 1 << 16  # bytes that are unpacked at a time
ESCAPED = re.compile("[\udc80-\udcff]")  # where the error handler "surrogateescape" keeps bytes that are no text
CONTROL = bytes({*range(9), *range(14, 32)} - {0x1B})  # control characters that no text file needs

BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class TextFile:
    """A text file whose every byte was looked at once. `suspect`: some lines hold NUL or bytes that are no text."""

    name: str
    path: Path
    encoding: str
    compression: str
    suspect: bool

    def open(self, newline: str) -> io.TextIOWrapper:
        """The text from its beginning. Bytes that are no text come as lone surrogates, see `fault`."""
        return io.TextIOWrapper(self.open_bytes(), self.encoding, errors="surrogateescape", newline=newline)

    def open_bytes(self) -> BinaryIO:
        """The bytes from their beginning, unpacked."""
        return open_bytes(self.name, self.path, self.compression)

    def fault(self, line: str) -> Fault | None:
        """Why a line of a suspect file cannot be read, or None."""
        if "\0" in line:
            return Fault(f"holds a NUL byte at character {line.index(chr(0)) + 1}")
        bad = ESCAPED.search(line)
        if bad is None:
            return None
        byte = ord(bad.group()) - 0xDC00
        return Fault(f"byte 0x{byte:02x} at character {bad.start() + 1} is not {self.encoding} text")


def open_bytes(name: str, path: Path, compression: str) -> BinaryIO:
    """The bytes of a file, unpacked where it is compressed; AuditError as soon as these are more than they may be."""
    if compression != "gzip":
        return path.open("rb")
    return cast(BinaryIO, io.BufferedReader(_Unpacked(name, path), AT_ONCE))


class _Unpacked(io.RawIOBase):
    """What a gzip file holds."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__()
        self.name, self.packed = name, path.stat().st_size
        self.file = gzip.open(path, "rb")  # noqa: SIM115 - closed with this

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self.file.readinto(buffer)
        check_unpacked(self.name, self.file.tell(), self.packed)
        return count

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self.file.seek(offset, whence)

    def close(self) -> None:
        self.file.close()
        super().close()


def examine(name: str, path: Path, compression: str) -> TextFile:
    """Read the file once through and say how its bytes are to be decoded; AuditError where they are no text."""
    with open_bytes(name, path, compression) as file:
        head = file.read(CHUNK)
        encoding = _by_head(head)
        file.seek(0)
        found, suspect = (encoding, _check(name, file, encoding)) if encoding else _by_bytes(name, file)
        if head.startswith(codecs.BOM_UTF8):
            found = "utf-8-sig"
    return TextFile(name, path, found, compression, suspect)


def _by_head(head: bytes) -> str:
    """The encoding that a byte order mark or the places of zero bytes give away, or ""."""
    for mark, encoding in BOMS:
        if head.startswith(mark):
            return encoding
    zeros_even, zeros_odd = head[::2].count(0), head[1::2].count(0)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        few = len(head) / 40  # even in Korean text, delimiters and line ends are more than 5 % of the characters
    else:
        few = len(head) / 3  # only English in UTF-16 is UTF-8 as well, and there every other byte is zero
    if zeros_odd > few and zeros_even * 10 <= zeros_odd:
        return "utf-16-le"
    if zeros_even > few and zeros_odd * 10 <= zeros_even:
        return "utf-16-be"
    return ""


def _check(name: str, file: BinaryIO, encoding: str) -> bool:
    """Decode strictly from end to end; whether the text holds NUL."""
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, suspect = 1, False
    try:
        for chunk in _chunks(file):
            text = decoder.decode(chunk, not chunk)
            lines += text.count("\n")
            suspect = suspect or "\0" in text
    except UnicodeDecodeError as error:
        raise AuditError(
            f"{name}, line {lines} or later: the file seems to be {encoding}, but not all of it is "
            f"({error.reason}); write it again as UTF-8"
        ) from error
    return suspect


def _by_bytes(name: str, file: BinaryIO) -> tuple[str, bool]:
    """UTF-8 if all of it is; else what the part around the first other byte looks like."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    suspect, last = False, b""
    for chunk in _chunks(file):
        if not suspect and b"\0" in chunk:
            suspect = True
        try:
            decoder.decode(chunk, not chunk)
        except UnicodeDecodeError:
            return _guess(name, last[-4:] + chunk), True
        last = chunk
    return "utf-8", suspect


def _guess(name: str, part: bytes) -> str:
    """The encoding of bytes that are not all UTF-8: UTF-8 with a few broken bytes, or cp949; AuditError if neither.

    cp949 reads much that is not Korean without complaint, so what it gives must look Korean: most letters
    beyond ASCII must be among the 2,350 syllables of KS X 1001, which are two bytes in EUC-KR. (Windows-1252 and
    Shift-JIS read as cp949 give rare syllables, Chinese gives Hanja.)
    """
    good, bad = _count(part, "utf-8")
    if bad < good:
        return "utf-8"
    good, bad_korean = _count(part, "cp949")
    letters = [c for c in part.decode("cp949", "ignore") if c > "\x7f" and c.isalpha()]
    common = sum("가" <= c <= "힣" and len(c.encode("euc-kr", "ignore")) == 2 for c in letters)
    if bad_korean * 10 <= good and common >= 0.8 * len(letters):
        return "cp949"
    controls = len(part) - len(part.translate(None, CONTROL))
    if bad * 50 <= len(part) and controls * 50 <= len(part):
        return "utf-8"
    if controls:
        raise AuditError(f"{name}: a binary file, not text; name a CSV, TSV, XLSX, JSON, JSONL or Parquet file")
    raise AuditError(
        f"{name}: the text is neither UTF-8, UTF-16 nor cp949 (EUC-KR); write it again as UTF-8, "
        f"for instance with: iconv -f ENCODING -t UTF-8 {name}"
    )


def _count(part: bytes, encoding: str) -> tuple[int, int]:
    """How many characters beyond ASCII decode, and how many bytes do not."""
    text = part.decode(encoding, "surrogateescape")
    bad = len(ESCAPED.findall(text))
    return sum(c > "\x7f" for c in text) - bad, bad


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """The file in chunks, and b"" at the end."""
    while chunk := file.read(CHUNK):
        yield chunk
    yield b""

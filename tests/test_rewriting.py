"""Files written again: rows go, texts change, and every other byte stays."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import datasets
import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from pyarrow import parquet

from audit.corpus import Corpus, load
from audit.formats.editing import Change
from audit.formats.rewriting import UnwritableError, read_records, rewrite, to_json
from audit.types import AuditError

Pair = tuple[str, str]
Style = Mapping[str, Any]

ANCHOR = ("첫째 질문이 뭐예요?", "그건 첫째 대답이에요. 맞죠?")  # never touched: an encoding is only seen in Korean text
KOREAN = "가나힣 abc,;|\t\"'\n\r\\/{}[]:_x0=-1."
UNICODE = KOREAN + "😊é…\u1100\u1161\u200b\u2028\xa0"


def pairs(corpus: Corpus) -> list[Pair]:
    return list(zip(corpus.texts("question"), corpus.texts("answer"), strict=True))


def write_again(path: Path, changes: Mapping[int, Change], **options: str) -> Path:
    target = path.with_name("again-" + path.name)
    corpus = load(path, **options)
    assert rewrite(path, corpus.source, changes, target) == corpus.column("record").to_pylist()[-1] + 1
    return target


@st.composite
def tasks(draw: st.DrawFn, alphabet: str = UNICODE) -> tuple[list[Pair], dict[int, Change]]:
    """Rows, and what becomes of some of them; the first stays."""
    texts = st.text(alphabet, max_size=12)
    rows = [ANCHOR, *draw(st.lists(st.tuples(texts, texts), max_size=6))]
    changes = {}
    for record in range(1, len(rows)):
        fate = draw(st.sampled_from(["keep", "drop", "question", "answer", "both"]))
        if fate == "drop":
            changes[record] = None
        elif fate != "keep":
            fields = ("question", "answer") if fate == "both" else (fate,)
            changes[record] = {(0, field): draw(texts) for field in fields}
    return rows, changes


def after(rows: list[Pair], changes: Mapping[int, Change]) -> list[Pair]:
    """The rows as they should be."""
    result = []
    for record, (question, answer) in enumerate(rows):
        change = changes.get(record, {})
        if change is not None:
            result.append((change.get((0, "question"), question), change.get((0, "answer"), answer)))
    return result


def as_csv(rows: list[Pair], style: Style) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=style["delimiter"], quoting=style["quoting"], lineterminator=style["end"])
    writer.writerow(["no", "question", "answer", ""])
    for question, answer in rows:
        writer.writerow(["7", question, answer, 'un"touched'])
        if (question, answer) == ANCHOR:
            text.write(style["blank"])
    return text.getvalue() if style["final"] else text.getvalue().removesuffix(style["end"])


def as_jsonl(rows: list[Pair], style: Style) -> str:
    lines = [" " + as_object(pair, style) + "\t" + style["end"] for pair in rows]
    text = style["blank"].join([lines[0], "".join(lines[1:])])
    return text if style["final"] else text.removesuffix(style["end"])


def as_array(rows: list[Pair], style: Style) -> str:
    start, between, end = ("[" + style["end"], " ," + style["end"] + "  ", style["end"] + "]")
    return start + between.join(as_object(pair, style) for pair in rows) + end + (style["end"] if style["final"] else "")


def as_wrapped(rows: list[Pair], style: Style) -> str:
    """An object with a list for each of two splits."""
    head, tail = '{"made": [1, 2],' + style["end"] + '"train": ', "}" + (style["end"] if style["final"] else "")
    half = style["half"]
    return head + as_array(rows[:half], style) + ', "valid": ' + as_array(rows[half:], style) + tail


def as_object(pair: Pair, style: Style) -> str:
    """One record with digits, padding and escapes that only a copy keeps, and a key that must not be mistaken."""
    question, answer = (json.dumps(text, ensure_ascii=style["escaped"]) for text in pair)
    mark = json.dumps("가", ensure_ascii=style["escaped"])
    return f'{{"meta" : {{"answer": [1.10, "}}", null]}},  "question":{question}, "x": {mark}, "answer" :{answer} }}'


STYLES = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from([",", "\t", ";", "|"]),
        "quoting": st.just(csv.QUOTE_ALL),
        "end": st.sampled_from(["\n", "\r\n"]),
        "blank": st.sampled_from(["", "\n", " \r\n\n"]),
        "final": st.booleans(),
        "escaped": st.booleans(),
        "half": st.just(1),
    }
)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp949"]
TEXT_FORMATS: dict[str, Callable[[list[Pair], Style], str]] = {
    "csv": as_csv,
    "jsonl": as_jsonl,
    "json": as_array,
}


class TestText:
    @pytest.mark.parametrize("encoding", ENCODINGS)
    @pytest.mark.parametrize("form", TEXT_FORMATS)
    @given(data=st.data(), style=STYLES, packed=st.booleans())
    @settings(max_examples=25, deadline=None)
    def test_the_file_is_as_if_it_had_been_written_so(
        self, form: str, encoding: str, data: st.DataObject, style: Style, packed: bool
    ) -> None:
        """Byte for byte: what a writer in the same style gives for the rows that are wanted."""
        rows, changes = data.draw(tasks(KOREAN if encoding == "cp949" else UNICODE))
        write = TEXT_FORMATS[form]
        if not style["final"] or form == "csv":
            style = {**style, "blank": style["final"] and "\r\n\n" or ""}
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"데이터.{form}"
            content = write(rows, style).encode(encoding)
            path.write_bytes(gzip.compress(content) if packed else content)
            target = write_again(path, changes)
            written = gzip.decompress(target.read_bytes()) if packed else target.read_bytes()
            expected = write(after(rows, changes), style)
            assert written == expected.encode(encoding)
            assert pairs(load(target)) == after(rows, changes)

"""Files written again: rows go, texts change, and every other byte stays."""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
from collections.abc import Callable, Mapping
from itertools import cycle, product
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

from audit.nouns.dialogue import AuditError
from audit.rows.corpus import Corpus, load
from audit.rows.formats.detection import open_data
from audit.rows.formats.edits import Change
from audit.rows.formats.rewriting import UnwritableError, read_records, rewrite, to_json
from audit.rows.formats.rewriting_text import texts_of

Pair = tuple[str, str]
Style = Mapping[str, Any]

ANCHOR = (
    "첫째 질문이 뭐예요?",
    "그건 첫째 대답이에요. 맞죠?",
)  # never touched: an encoding is only seen in Korean text
KOREAN = "가나힣 abc,;|\t\"'\n\r\\/{}[]:_x0=-1."
CP949 = KOREAN.replace("힣", "")  # rare syllables are a sign that a file is not cp949
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
    return (
        start + between.join(as_object(pair, style) for pair in rows) + end + (style["end"] if style["final"] else "")
    )


def as_wrapped(rows: list[Pair], style: Style) -> str:
    """An object with a list for each of two splits."""
    head, tail = '{"made": [1, 2],' + style["end"] + '"train": ', "}" + (style["end"] if style["final"] else "")
    return head + as_array(rows[:1], style) + ', "valid": ' + as_array(rows[1:], style) + tail


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
        "blank": st.sampled_from(["", "\n", "\r\n\n"]),
        "final": st.booleans(),
        "escaped": st.booleans(),
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
        rows, changes = data.draw(tasks(CP949 if encoding == "cp949" else UNICODE))
        write = TEXT_FORMATS[form]
        if not style["final"]:
            style = {**style, "blank": ""}
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"데이터.{form}"
            content = write(rows, style).encode(encoding)
            path.write_bytes(gzip.compress(content) if packed else content)
            target = write_again(path, changes)
            written = gzip.decompress(target.read_bytes()) if packed else target.read_bytes()
            expected = write(after(rows, changes), style)
            assert written == expected.encode(encoding)
            assert pairs(load(target)) == after(rows, changes)

    @given(task=tasks(), style=STYLES)
    @settings(max_examples=50, deadline=None)
    def test_arrays_inside_an_object(self, task: tuple[list[Pair], dict[int, Change]], style: Style) -> None:
        rows, changes = task
        rows = [*rows, ANCHOR]
        with TemporaryDirectory() as folder:
            path = Path(folder) / "a.json"
            path.write_bytes(as_wrapped(rows, style).encode())
            assert load(path).texts("split") == ["train"] + ["valid"] * (len(rows) - 1)
            target = write_again(path, changes)
            assert target.read_bytes() == as_wrapped(after(rows, changes), style).encode()

    @given(task=tasks(), delimiter=st.sampled_from(",\t;|"))
    @settings(max_examples=50, deadline=None)
    def test_rows_that_are_not_touched_keep_the_quotes_that_they_have(
        self, task: tuple[list[Pair], dict[int, Change]], delimiter: str
    ) -> None:
        """Any mix of cells with and without quotes; an edited row is read as it should be."""
        rows, changes = task
        lines = []
        for quoting, row in zip(cycle([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]), [("question", "answer"), *rows]):
            line = io.StringIO(newline="")
            csv.writer(line, delimiter=delimiter, quoting=quoting).writerow(row)
            lines.append(line.getvalue())
        with TemporaryDirectory() as folder:
            path = Path(folder) / "a.csv"
            path.write_bytes("".join(lines).encode())
            target = write_again(path, changes)
            assert pairs(load(target)) == after(rows, changes)
            again = list(texts_of(open_data(target, 1)))
            kept = [record for record in range(len(rows)) if changes.get(record, {}) is not None]
            for record, line in zip(kept, again, strict=True):
                if record not in changes:
                    assert line == lines[record + 1]

    def test_blank_lines_and_mixed_line_ends_stay(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_bytes(b'\n{"q": "a", "a": "1"}\r\n \t\n{"q": "b", "a": "2"}\n\n{"q": "c", "a": "3"}\n')
        assert write_again(path, {1: None}).read_bytes() == (b'\n{"q": "a", "a": "1"}\r\n \t\n\n{"q": "c", "a": "3"}\n')

    @pytest.mark.parametrize(("end", "left"), [("\n", "q,a\n1,x\n"), ("", "q,a\n1,x")])
    def test_the_last_line_ends_as_the_last_line_did(self, end: str, left: str, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_text(f"q,a\n1,x\n2,y\n3,z{end}", encoding="utf-8")
        assert write_again(path, {1: None, 2: None}).read_text(encoding="utf-8") == left

    def test_no_change_is_the_same_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv.gz"
        path.write_bytes(gzip.compress(b"q,a\n1,x\n", mtime=7))
        assert write_again(path, {}).read_bytes() == path.read_bytes()

    def test_packing_keeps_no_time_so_that_the_bytes_are_the_same_each_time(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv.gz"
        path.write_bytes(gzip.compress(b"q,a\n1,x\n2,y\n"))
        assert write_again(path, {0: None}).read_bytes()[3:8] == bytes(5)  # RFC 1952: flags, then the time

    def test_an_escape_where_the_encoding_has_no_such_character(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_bytes(json.dumps(dict(zip("qa", ANCHOR, strict=True)), ensure_ascii=False).encode("cp949"))
        target = write_again(path, {0: {(0, "answer"): "그래 😊"}})
        assert "\\ud83d" in target.read_text(encoding="cp949")
        assert load(target).texts("answer") == ["그래 😊"]

    def test_bytes_that_are_no_text_stay_too(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        lines = [b"q,a\n", "1,가나다라마바사\n".encode(), b'2,"\xff\n\x00"\n', b"3,z\n"]
        path.write_bytes(b"".join(lines))
        corpus, target = load(path, lenient=True), tmp_path / "b.csv"
        assert rewrite(path, corpus.source, {2: None}, target) == 3
        assert target.read_bytes() == b"".join(lines[:3])
        assert read_records(path, corpus.source, {1}) == {
            1: {"text": '2,"\\xff\n\0"\n', "unreadable": "holds a NUL byte at character 6"}
        }

    def test_an_open_quote_may_not_swallow_what_is_kept(self, tmp_path: Path) -> None:
        """Line 3 opens a quote, which line 4 shows to be a mistake; without line 4, line 5 would seem to close it."""
        path, target = tmp_path / "a.csv", tmp_path / "b.csv"
        path.write_text('q,a\n1,x\n"2,y\n3,"z"\n4,"w\n"\n5,v"\n', encoding="utf-8")
        source = load(path, lenient=True).source
        assert len(source.quarantined) == 1
        with pytest.raises(AuditError, match="swallow"):
            rewrite(path, source, {2: None, 3: None}, target)
        rewrite(path, source, {0: None}, target)
        assert target.read_text(encoding="utf-8") == path.read_text(encoding="utf-8").replace("1,x\n", "")
        rewrite(path, source, {1: None, 2: None, 3: None}, target)
        assert pairs(load(target)) == [("1", "x"), ("5", 'v"')]


MESSAGES = [
    {"role": "system", "content": "s"},
    {"role": "user", "content": "q1"},
    {"role": "assistant", "content": "a1"},
    {"role": "user", "content": "q2"},
    {"role": "assistant", "content": None, "tool_calls": [{"name": "f"}]},
    {"role": "tool", "content": "{}"},
    {"role": "assistant", "content": "a2"},
]
PARTS = [
    {"role": "user", "content": [{"type": "text", "text": "q"}, {"type": "text", "text": ""}]},
    {"role": "assistant", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "1"}]},
]
SHAPES = {
    "messages of parts": {"messages": PARTS},
    "messages": {"messages": MESSAGES},
    "messages in text": {"messages": json.dumps(MESSAGES)},
    "sharegpt": {"conversations": [{"from": "human", "value": "q1"}, {"from": "gpt", "value": "a1"}], "n": "1"},
    "prompt and completion": {"prompt": MESSAGES[:4], "completion": [*MESSAGES[4:], *MESSAGES[1:3]]},
    "alpaca": {"instruction": "q1\nq2", "input": "in\nput", "output": "a"},
    "alpaca without input": {"instruction": "q1", "input": "", "output": "a"},
    "alpaca with history": {"instruction": "q", "input": "", "output": "a", "history": [["q0", "a0"], ["q1", "a1"]]},
}


class TestShapes:
    @pytest.mark.parametrize(
        ("shape", "form"),
        sorted(
            {*product(SHAPES, ["jsonl", "json", "csv", "parquet", "dataset", "hub"])} - {("alpaca with history", "csv")}
        ),
    )
    def test_each_text_is_edited_at_its_place(
        self, shape: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """One question or answer at a time; the others stay, and so does the rest of the record."""
        record: dict[str, Any] = SHAPES[shape] | {"rest": "7"}
        if form == "csv":
            record = {key: value if isinstance(value, str) else json.dumps(value) for key, value in record.items()}
        data = write_records(tmp_path / f"a.{form}", [record, record], monkeypatch)
        corpus = load(data)
        rows = len(corpus) // 2
        for row in range(rows, len(corpus)):
            for field, other in (("question", "answer"), ("answer", "question")):
                old, turn = corpus.texts(field), corpus.row(row).turn
                target = tmp_path / f"{row}-{field}"
                rewrite(data, corpus.source, {1: {(turn, field): old[row] + " 끝"}}, target)
                again = load(target)
                assert again.texts(field) == [*old[:row], old[row] + " 끝", *old[row + 1 :]]
                assert again.texts(other) == corpus.texts(other)
                assert [raw["rest"] for raw in read_records(target, again.source, {0, 1}).values()] == ["7", "7"]

    @pytest.mark.parametrize(
        ("new", "instruction", "given"),
        [
            ("q1\nq2\nnew\nput", "q1\nq2", "new\nput"),
            ("q1\nin\nput", "q1", "in\nput"),
            ("q1\nq2", "q1\nq2", ""),
            ("in\nput", "", "in\nput"),
            ("Q1\nq2\nIn\nput", "Q1\nq2", "In\nput"),
        ],
    )
    def test_an_edit_of_a_joined_question_goes_to_its_part(
        self, new: str, instruction: str, given: str, tmp_path: Path
    ) -> None:
        path = write_jsonl(tmp_path / "a.jsonl", [SHAPES["alpaca"]])
        written = json.loads(write_again(path, {0: {(0, "question"): new}}).read_text(encoding="utf-8"))
        assert written == {"instruction": instruction, "input": given, "output": "a"}

    def test_an_edit_that_fits_no_part_is_refused_and_named(self, tmp_path: Path) -> None:
        path = write_jsonl(tmp_path / "a.jsonl", [SHAPES["alpaca"]] * 3)
        change: Change = {(0, "question"): "something else"}
        with pytest.raises(UnwritableError, match="several parts") as error:
            write_again(path, {0: change, 1: None, 2: change})
        assert error.value.records.keys() == {0, 2}

    def test_a_question_of_two_answers_is_edited_for_both_or_not_at_all(self, tmp_path: Path) -> None:
        turns = [*MESSAGES[1:3], {"role": "assistant", "content": "more"}]
        path = write_jsonl(tmp_path / "a.jsonl", [{"messages": turns}])
        with pytest.raises(UnwritableError, match="another turn"):
            write_again(path, {0: {(1, "question"): "Q"}})
        both = write_again(path, {0: {(1, "question"): "Q", (2, "question"): "Q"}})
        assert load(both).texts("question") == ["Q", "Q"]

    def test_columns_that_the_user_named(self, tmp_path: Path) -> None:
        path = write_jsonl(tmp_path / "a.jsonl", [{"messages": MESSAGES, "question": "no", "Q": "가", "A": "1"}])
        target = write_again(path, {0: {(0, "answer"): "2"}}, question="Q", answer="A")
        assert json.loads(target.read_text(encoding="utf-8")) == {
            "messages": MESSAGES, "question": "no", "Q": "가", "A": "2"
        }  # fmt: skip

    @pytest.mark.parametrize("value", ["null", "1.10", "true"])
    def test_an_answer_that_was_no_text_becomes_one(self, value: str, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text(f'{{"q": "가", "a": {value}, "n": 1.10}}\n', encoding="utf-8")
        target = write_again(path, {0: {(0, "answer"): "예"}})
        assert target.read_text(encoding="utf-8") == '{"q": "가", "a": "예", "n": 1.10}\n'

    @pytest.mark.parametrize(("new", "reason"), [("\0", "NUL"), ("\ud800", "half a character"), ("😊", "cp949")])
    def test_a_text_that_the_file_cannot_hold(self, new: str, reason: str, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes("질문,답변\n{},{}\n".format(*ANCHOR).encode("cp949"))
        with pytest.raises(UnwritableError, match=reason):
            write_again(path, {0: {(0, "answer"): new}})


def write_jsonl(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def write_records(path: Path, records: list[dict[str, Any]], patch: pytest.MonkeyPatch) -> Path | str:
    """The records in the format that the file's name says."""
    form = path.suffix
    if form == ".jsonl":
        return write_jsonl(path, records)
    if form == ".json":
        path.write_text(json.dumps(records, indent=2), encoding="utf-8")
    elif form == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, records[0])
            writer.writeheader()
            writer.writerows(records)
    else:
        table = pa.Table.from_pylist(records)
        if form == ".parquet":
            parquet.write_table(table, path)
        elif form == ".dataset":
            datasets.Dataset(table).save_to_disk(path)
        else:
            patch.setattr("huggingface_hub.HfApi.dataset_info", lambda *_, **__: None)
            patch.setattr(datasets, "load_dataset", lambda _: datasets.DatasetDict(train=datasets.Dataset(table)))
            return "org/name"
    return path


class TestTables:
    @given(task=tasks(), groups=st.integers(1, 4))
    @settings(max_examples=25, deadline=None)
    def test_parquet(self, task: tuple[list[Pair], dict[int, Change]], groups: int) -> None:
        """Other columns, types, metadata and codecs stay."""
        rows, changes = task
        table = parquet_table(rows)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "a.parquet"
            parquet.write_table(table, path, row_group_size=groups, compression={"question": "zstd", "answer": "gzip"})
            target = write_again(path, changes)
            again, table = parquet.read_table(target), parquet.read_table(path)
            kept = [record for record in range(len(rows)) if changes.get(record, {}) is not None]
            assert pairs(load(target)) == after(rows, changes)
            assert again.schema.equals(table.schema, check_metadata=True)
            others = ["when", "vector", "nested", "kind"]
            assert again.select(others).to_pylist() == table.select(others).take(kept).to_pylist()
            before, now = (parquet.ParquetFile(file).metadata.row_group(0).to_dict() for file in (path, target))
            assert [c["compression"] for c in now["columns"]] == [c["compression"] for c in before["columns"]]

    def test_parquet_in_pieces(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("audit.rows.formats.rewriting_tables.LARGEST_GROUP", 100)
        monkeypatch.setattr("audit.rows.formats.rewriting_tables.BATCH", 2)
        rows = [(f"질문 {i}", f"답 {i}") for i in range(11)]
        path = tmp_path / "a.parquet"
        parquet.write_table(parquet_table(rows), path)
        changes: dict[int, Change] = {0: None, 5: {(0, "answer"): "😊"}, 10: None}
        assert pairs(load(write_again(path, changes))) == after(rows, changes)

    def test_a_column_of_numbers_takes_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "a.parquet"
        parquet.write_table(pa.table({"q": ["가"], "a": [1]}), path)
        with pytest.raises(UnwritableError, match="int64"):
            write_again(path, {0: {(0, "answer"): "하나"}})

    @given(task=tasks(), cut=st.integers(1, 3))
    @settings(max_examples=15, deadline=None)
    def test_saved_splits(self, task: tuple[list[Pair], dict[int, Change]], cut: int) -> None:
        rows, changes = task
        rows = [*rows, ANCHOR, ANCHOR, ANCHOR]
        features = datasets.Features(
            {**dict.fromkeys(("question", "answer"), datasets.Value("string")), "n": datasets.Value("int8")}
        )
        parts = {
            name: datasets.Dataset.from_list(
                [{"question": q, "answer": a, "n": 1} for q, a in part],
                info=datasets.DatasetInfo("words", features=features),
            )
            for name, part in (("train", rows[:-cut]), ("valid", rows[-cut:]))
        }
        with TemporaryDirectory() as folder:
            path = Path(folder) / "saved"
            datasets.DatasetDict(parts).save_to_disk(path)
            target = write_again(path, changes)
            assert pairs(load(target)) == after(rows, changes)
            again = datasets.load_from_disk(str(target))
            assert again["train"].features == features
            assert again["train"].info.description == "words"
            assert list(again) == ["train", "valid"]
            assert not list(Path(folder).glob("audit-*"))
            for file in (path / "valid").iterdir():
                assert (target / "valid" / file.name).read_bytes() == file.read_bytes()

    def test_a_saved_set_that_nothing_changes_in_is_copied(self, tmp_path: Path) -> None:
        path = tmp_path / "saved"
        datasets.Dataset.from_dict({"q": ["가"], "a": ["1"]}).save_to_disk(path)
        target = write_again(path, {})
        assert {f.name: f.read_bytes() for f in path.iterdir()} == {f.name: f.read_bytes() for f in target.iterdir()}

    def test_data_of_memory_becomes_jsonl(self, tmp_path: Path) -> None:
        rows = [{"q": "가", "a": "1"}, 7, {"q": "나", "a": "2", "day": datetime.date(2026, 1, 2), "b": b"x"}]
        corpus = load(rows, lenient=True)
        rewrite(rows, corpus.source, {0: None, 1: None, 2: {(0, "answer"): "둘"}}, tmp_path / "a.jsonl")
        assert (tmp_path / "a.jsonl").read_text(encoding="utf-8") == (
            '{"q": "나", "a": "둘", "day": "2026-01-02", "b": "eA=="}\n'
        )


def parquet_table(rows: list[Pair]) -> pa.Table:
    columns = {
        "when": pa.array([datetime.datetime(2026, 1, 2, 3, 4, 5, 6)] * len(rows), pa.timestamp("us")),
        "question": pa.array([q for q, _ in rows], pa.large_string()),
        "vector": pa.array([[0.1, None]] * len(rows), pa.list_(pa.float32())),
        "answer": pa.array([a for _, a in rows], pa.string()),
        "nested": pa.array([{"a": i, "b": b"\xff"} for i in range(len(rows))]),
        "kind": pa.array([f"k{i % 2}" for i in range(len(rows))]).dictionary_encode(),
    }
    return pa.table(columns).replace_schema_metadata({"huggingface": "kept", "가": "나"})


class TestSheets:
    @given(task=tasks(UNICODE.replace("\u200b", "")))
    @settings(max_examples=25, deadline=None)
    def test_rows(self, task: tuple[list[Pair], dict[int, Change]]) -> None:
        rows, changes = task
        with TemporaryDirectory() as folder:
            path = Path(folder) / "a.xlsx"
            book = openpyxl.Workbook()
            book.active.append(["no", "question", "answer"])
            for place, row in enumerate(rows, 2):
                book.active.cell(place, 1, place)
                for column, text in enumerate(row, 2):
                    cell = book.active.cell(place, column)
                    cell.value = text.replace("_", "_x005F_").replace("\r", "_x000D_")
                    cell.data_type = "s"
            book.save(path)
            target = write_again(path, changes)
            assert pairs(load(target)) == after(rows, changes)
            kept = [record for record in range(len(rows)) if changes.get(record, {}) is not None]
            numbers = [raw["no"] for raw in read_records(target, load(target).source, range(len(rows))).values()]
            assert numbers == [record + 2 for record in kept]

    def test_looks_links_and_other_sheets_stay(self, tmp_path: Path) -> None:
        """Rows 3 and 5 go; what belongs to rows 4 and 6 moves to rows 3 and 4."""
        path = tmp_path / "a.xlsx"
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.append(["question", "answer", "length"])
        for row in range(2, 7):
            sheet.append([f"q{row}", f"a{row}", f"=LEN(B{row})"])
        sheet["A4"].font = Font(bold=True)
        sheet["A4"].hyperlink = "https://example.org/4"
        sheet["A3"].hyperlink = "https://example.org/3"
        sheet.row_dimensions[6].height = 33
        sheet["B6"].value = CellRichText("plain ", TextBlock(InlineFont(b=True), "bold"), " end ")
        sheet.merge_cells("D6:E6")
        sheet.auto_filter.ref = "A1:C6"
        sheet.add_table(Table(displayName="T", ref="A1:C6"))
        sheet.conditional_formatting.add(
            "C2:C6", CellIsRule(operator="greaterThan", formula=["2"], font=Font(bold=True))
        )
        allowed = DataValidation("whole", formula1="1")
        allowed.add("C3:C4")
        sheet.add_data_validation(allowed)
        book.create_sheet("다른").append(["x", "=1+1"])
        book.save(path)

        target = write_again(path, {1: None, 2: {(0, "answer"): "=not a formula"}, 3: None})
        assert pairs(load(target)) == [("q2", "a2"), ("q4", "=not a formula"), ("q6", "plain bold end ")]
        again = openpyxl.load_workbook(target, rich_text=True)
        sheet = again["Sheet"]
        assert [sheet.cell(row, 3).value for row in (2, 3, 4, 5)] == ["=LEN(B2)", "=LEN(B3)", "=LEN(B4)", None]
        assert [sheet.cell(row, 1).font.bold for row in (2, 3, 4)] == [False, True, False]
        links = [cell.hyperlink for cells in sheet.iter_rows() for cell in cells if cell.hyperlink]
        assert [(link.ref, link.target) for link in links] == [("A3", "https://example.org/4")]
        assert (sheet.row_dimensions[4].height, sheet.row_dimensions[6].height) == (33, None)
        assert isinstance(sheet["B4"].value, CellRichText)
        assert [str(cells) for cells in sheet.merged_cells.ranges] == ["D4:E4"]
        assert (sheet.auto_filter.ref, sheet.tables["T"].ref) == ("A1:C4", "A1:C4")
        assert [str(look.sqref) for look in sheet.conditional_formatting] == ["C2:C4"]
        assert [str(rule.sqref) for rule in sheet.data_validations.dataValidation] == ["C3"]
        assert [cell.value for cell in again["다른"][1]] == ["x", "=1+1"]

    def test_a_cell_has_room_for_so_many_characters(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        book = openpyxl.Workbook()
        book.active.append(["q", "a"])
        book.active.append(["가", "나"])
        book.save(path)
        with pytest.raises(UnwritableError, match="32,767"):
            write_again(path, {0: {(0, "answer"): "가" * 32_768}})


class TestRecords:
    def test_a_record_is_given_whole(self, tmp_path: Path) -> None:
        record = {"q": "가", "a": "1", "n": 1, "deep": {"x": [None, True]}}
        path = write_jsonl(tmp_path / "a.jsonl", [{"q": "x", "a": "y"}, record])
        assert read_records(path, load(path).source, {1}) == {1: record}

    def test_parquet_values_that_json_has_no_word_for(self, tmp_path: Path) -> None:
        path = tmp_path / "a.parquet"
        parquet.write_table(parquet_table([ANCHOR]), path)
        (record,) = read_records(path, load(path).source, {0}).values()
        assert record["when"] == "2026-01-02 03:04:05.000006"
        assert record["nested"] == {"a": 0, "b": "/w=="}
        assert json.loads(to_json(record)) == record

    def test_an_unreadable_row_of_memory_cannot_be_written(self, tmp_path: Path) -> None:
        rows = [{"q": "가", "a": "1"}, 7]
        with pytest.raises(AuditError, match="row 2: is a int"):
            rewrite(rows, load(rows, lenient=True).source, {}, tmp_path / "a.jsonl")

    def test_half_a_character_is_written_escaped(self) -> None:
        assert to_json({"가": "\ud800"}).encode() == b'{"\\uac00": "\\ud800"}'
        assert to_json({"가": "나"}) == '{"가": "나"}'

    def test_data_that_changed_since_the_scan(self, tmp_path: Path) -> None:
        path = write_jsonl(tmp_path / "a", [{"q": "가", "a": "1"}])
        source = load(path).source
        with pytest.raises(AuditError, match="no row 2"):
            rewrite(path, source, {1: None}, tmp_path / "b")
        path.write_text("q,a\n가,1\n", encoding="utf-8")
        with pytest.raises(AuditError, match="was json when it was scanned and is csv"):
            rewrite(path, source, {0: None}, tmp_path / "b")
        path.write_text(json.dumps({"messages": MESSAGES}), encoding="utf-8")
        with pytest.raises(UnwritableError, match="neither 'q' nor 'a'"):
            rewrite(path, source, {0: {(0, "answer"): "2"}}, tmp_path / "b")


class TestTemplatedText:
    """Turns inside one text: an edit changes the turn that it is about, and nothing around it."""

    WHOLE = "<s>[INST] Where do cranes live? [/INST]  In wetlands. </s><s>[INST] Why? [/INST] Food!! </s>"

    def test_only_the_edited_turns_change(self, tmp_path: Path) -> None:
        rows = [{"id": 1, "text": self.WHOLE}, {"id": 2, "text": self.WHOLE}]
        given, target = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
        given.write_text("".join(json.dumps(row) + "\n" for row in rows))
        change = {(1, "answer"): '습지에 살아요, "거기".', (2, "answer"): "Food.", (2, "question"): "How come?"}
        rewrite(given, load(given).source, {1: change}, target)
        after = self.WHOLE.replace("In wetlands.", change[1, "answer"]).replace("Why?", "How come?")
        lines = target.read_text().splitlines()
        assert lines[0] == given.read_text().splitlines()[0]
        assert json.loads(lines[1]) == {"id": 2, "text": after.replace("Food!!", "Food.")}

    def test_in_a_table(self, tmp_path: Path) -> None:
        given, target = tmp_path / "rows.csv", tmp_path / "out.csv"
        given.write_text(f'text,n\n"{self.WHOLE}",1\n')
        rewrite(given, load(given).source, {0: {(2, "answer"): "Food."}}, target)
        assert target.read_text() == given.read_text().replace("Food!!", "Food.")


def test_objects_over_several_lines_keep_their_bytes(tmp_path: Path) -> None:
    given, target = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    texts = [json.dumps({"question": f"q{i}", "answer": f"a{i}"}, indent=3) for i in range(3)]
    given.write_text("\n\n".join(texts) + "\n")
    rewrite(given, load(given).source, {0: None, 2: {(0, "answer"): "new"}}, target)
    assert target.read_text() == texts[1] + "\n\n" + texts[2].replace("a2", "new") + "\n"

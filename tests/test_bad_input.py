"""Input that cannot be read, or only just: the message names file, place and reason, or nothing is lost."""

from __future__ import annotations

import gzip
import json
import pickle
import unicodedata
from datetime import date
from pathlib import Path
from typing import Any

import datasets
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from audit.nouns.dialogue import AuditError
from audit.rows.corpus import load


def put(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def message(data: Any, **options: Any) -> str:
    """What the user is told."""
    with pytest.raises(AuditError) as caught:
        load(data, **options)
    return str(caught.value)


class TestNoSuchFile:
    def test_names_that_come_near_are_told(self, tmp_path: Path) -> None:
        put(tmp_path / "train.csv", "question,answer\n가,1\n")
        missing = tmp_path / "tran.csv"
        assert message(missing) == f"{missing}: no such file; in {tmp_path} there is: train.csv"

    def test_korean_names_match_in_either_normal_form(self, tmp_path: Path) -> None:
        put(tmp_path / unicodedata.normalize("NFD", "훈련.csv"), "question,answer\n가,1\n")
        assert unicodedata.normalize("NFD", "훈련.csv") in message(tmp_path / "훈련.cvs")

    @pytest.mark.parametrize("name", ["data/train.csv", "train.jsonl", "train", "./org/name", "a/b/c"])
    def test_what_looks_like_a_path_is_not_asked_of_the_hub(
        self, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(datasets, "load_dataset", lambda *_: pytest.fail("asked the hub"))
        assert "no such file" in message(name)

    def test_a_mistyped_name_in_a_folder_that_exists(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "data").mkdir()
        put(tmp_path / "data/train", "question,answer\n가,1\n")
        assert "in data there is: train" in message("data/trian")

    def test_the_hub_does_not_know_the_name(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: str) -> None:
            raise FileNotFoundError("Dataset 'org/name' doesn't exist\non the Hub")

        monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", lambda *_, **__: None)
        monkeypatch.setattr(datasets, "load_dataset", refuse)
        assert "the hub does not give it: Dataset 'org/name' doesn't exist on the Hub" in message("org/name")

    def test_a_plain_folder(self, tmp_path: Path) -> None:
        assert "holds no data file" in message(tmp_path)
        put(tmp_path / "b.csv", "x")
        put(tmp_path / "c.jsonl", '{"question": "a", "answer": "b"}\n')
        assert "b.csv is csv and" in message(tmp_path)
        assert "name files of one format" in message(tmp_path)

    def test_a_fault_in_one_of_several_files_names_the_file(self, tmp_path: Path) -> None:
        for name, row in (("a.jsonl", '{"question": "a", "answer": "b"}'), ("b.jsonl", '{"question": 1')):
            put(tmp_path / name, row + "\n" + row + "\n")
        assert f"({tmp_path / 'b.jsonl'}, line 1)" in message(str(tmp_path / "*.jsonl"))


class TestNothingInIt:
    @pytest.mark.parametrize("content", ["", "\n \n", "\ufeff"])
    @pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json", "a.xlsx", "a.parquet", "a"])
    def test_empty_file(self, name: str, content: str, tmp_path: Path) -> None:
        path = put(tmp_path / name, content)
        assert message(path) == f"{path}: the file is empty"

    def test_empty_gzip(self, tmp_path: Path) -> None:
        assert "the file is empty" in message(put(tmp_path / "a.csv.gz", gzip.compress(b"")))

    def test_header_only(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.csv", "question,answer\n\n")
        assert message(path) == f"{path}: there are no rows in it, only a header"

    @pytest.mark.parametrize("content", ["[]", '{"data": []}'])
    def test_json_without_rows(self, content: str, tmp_path: Path) -> None:
        assert f"{tmp_path / 'a.json'}: " in message(put(tmp_path / "a.json", content))

    @pytest.mark.parametrize("data", [[], iter(()), pd.DataFrame({"question": [], "answer": []})])
    def test_no_rows_in_memory(self, data: Any) -> None:
        assert "there are no rows in it" in message(data)

    def test_one_row_is_fine(self, tmp_path: Path) -> None:
        assert len(load(put(tmp_path / "a.csv", "question,answer\n가,1"))) == 1

    def test_all_answers_empty_is_for_a_rule_to_say(self, tmp_path: Path) -> None:
        assert load(put(tmp_path / "a.csv", "question,answer\n가,\n나,\n")).texts("answer") == ["", ""]


class TestNotATable:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "a PNG image"),
            (pickle.dumps(pd.DataFrame({"question": ["가"]})), "a Python pickle"),
            (b"PK\x03\x04" + bytes(100), "damaged"),
            (b"PAR1" + bytes(100), "damaged"),
            (bytes(range(1, 256)) * 40, "a binary file, not text"),
            (b"\xd0\xcf\x11\xe0" + bytes(100), "save it as XLSX"),
            (
                "café, naïve, où, déjà vu à côté".encode("shift-jis", "ignore") + b"\xe9\xe8\xe7\xe0" * 40,
                "neither UTF-8",
            ),
        ],
    )
    def test_a_binary_file_with_a_csv_name(self, content: bytes, said: str, tmp_path: Path) -> None:
        path = put(tmp_path / "a.csv", content)
        assert message(path).startswith(f"{path}: ")
        assert said in message(path)

    def test_text_with_a_parquet_name(self, tmp_path: Path) -> None:
        assert "no parquet file, whatever its name says" in message(put(tmp_path / "a.parquet", "question,answer\n"))

    @pytest.mark.parametrize("keep", [20, -30])
    def test_a_gzip_file_cut_off(self, keep: int, tmp_path: Path) -> None:
        packed = gzip.compress(b"question,answer\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(9999)))
        assert "damaged or cut off" in message(put(tmp_path / "a.csv.gz", packed[:keep]))

    def test_a_parquet_file_cut_off(self, tmp_path: Path) -> None:
        parquet.write_table(pa.table({"question": ["가"], "answer": ["1"]}), tmp_path / "a.parquet")
        whole = (tmp_path / "a.parquet").read_bytes()
        assert "damaged or cut off" in message(put(tmp_path / "a.parquet", whole[:-9]))

    def test_a_binary_file_in_gzip(self, tmp_path: Path) -> None:
        assert "unpack it first" in message(put(tmp_path / "a.parquet.gz", gzip.compress(b"PAR1" + bytes(100))))

    def test_half_a_character_of_utf_16(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.csv", "question,answer\n가,1\n".encode("utf-16")[:-1])
        assert f"{path}, line 2 or later: the file seems to be utf-16, but not all of it is" in message(path)

    @pytest.mark.parametrize("data", [7, b"bytes", {"question": ["가"]}, None])
    def test_no_data_at_all(self, data: Any) -> None:
        assert f"found a {type(data).__name__}" in message(data)

    def test_a_list_of_texts(self) -> None:
        assert "expected dicts with a question and an answer, found '가'" in message(["가"])


class TestColumns:
    def test_duplicate_names(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.csv", "id,answer,question,answer\n1,2,3,4\n")
        assert f"{path}: more than one column is called 'answer'; rename one" in message(path)

    def test_names_that_differ_in_case_only(self) -> None:
        assert "columns 'Answer' and 'answer' differ in case" in message([{"question": "", "Answer": "", "answer": ""}])

    def test_unnamed_columns_are_no_duplicates(self, tmp_path: Path) -> None:
        assert len(load(put(tmp_path / "a.csv", ",question,answer,\n0,가,1,\n"))) == 1

    def test_a_missing_answer_column(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.csv", "question,anwser,score\n가,1,2\n")
        assert message(path) == (
            f"{path}: no column looks like the answer; the nearest is 'anwser'. "
            "Columns found: question, anwser, score. Name it with --answer COLUMN"
        )

    def test_a_column_that_the_user_mistyped(self) -> None:
        assert "no column 'anser' (--answer); the nearest is 'answer'" in message(
            [{"question": "", "answer": ""}], answer="anser"
        )
        assert "no column 'x' (--split). Columns found" in message([{"question": "", "answer": ""}], split="x")

    def test_one_column_for_both(self) -> None:
        assert "cannot both be column 'answer'" in message([{"question": "", "answer": ""}], question="answer")


ROWS = {
    "ragged": ("question,answer\n가,1\n나,2,3\n다,4\n", 3, "has 3 cells where the header has 2"),
    "short": ("question,answer\n가,1\n나\n다,4\n", 3, "has 1 cells where the header has 2"),
    "ragged after line ends in a cell": (
        '"question",answer\n가,"1\r\n1\n1"\n나,2,3\n다,4\n',
        5,
        "has 3 cells where the header has 2",
    ),
    "NUL": ("question,answer\n가,1\n나,2\x002\n다,4\n", 3, "holds a NUL byte at character 4"),
    "quote never closed": ('question,answer\n가,1\n나,"2\n다,4\n', 3, "opens a quoted cell that is never closed"),
    "quote closed by another row": ('question,answer\n가,1\n나,"2\n다,"4"\n', 3, "closes on line 4 and is followed by"),
    "quotes not doubled": ('question,answer\n가,1\n"나 "음" 나",2\n다,4\n', 3, "closes on the same line"),
}


class TestRows:
    @pytest.mark.parametrize(("content", "line", "reason"), ROWS.values(), ids=ROWS)
    def test_a_bad_row_of_a_csv_file(self, content: str, line: int, reason: str, tmp_path: Path) -> None:
        path = put(tmp_path / "a.csv", content)
        assert message(path).startswith(f"{path}, line {line}: ")
        assert reason in message(path)

    @pytest.mark.parametrize(("content", "line", "reason"), ROWS.values(), ids=ROWS)
    def test_it_is_set_aside_where_the_user_wants_that(
        self, content: str, line: int, reason: str, tmp_path: Path
    ) -> None:
        corpus = load(put(tmp_path / "a.csv", content), lenient=True)
        assert corpus.texts("question") == ["가", "다"]
        assert corpus.source.quarantined[0].startswith(f"line {line}: ")
        assert reason in corpus.source.quarantined[0]
        assert f"1 rows could not be read and were set aside; line {line}: " in corpus.source.notes[1]
        assert corpus.column("record").to_pylist() == [0, 2]

    def test_an_open_quote_does_not_swallow_the_file(self, tmp_path: Path) -> None:
        rows = [f'질문 {i},"답\n{i}"\n' for i in range(500)]
        rows[7] = '질문 7,"답 7\n'
        corpus = load(put(tmp_path / "a.csv", "question,answer\n" + "".join(rows)), lenient=True)
        assert set(corpus.texts("question")) == {f"질문 {i}" for i in range(500)} - {"질문 7"}
        assert corpus.source.quarantined[0].startswith("line 16: opens a quoted cell whose quote closes on line 17")

    def test_a_broken_line_of_jsonl(self, tmp_path: Path) -> None:
        lines = [json.dumps({"question": f"질문 {i}", "answer": "답"}) for i in range(2000)]
        lines[1233] = lines[1233][:-1]
        path = put(tmp_path / "a.jsonl", "\n".join(lines))
        assert f"{path}, line 1234: is not JSON (Expecting ',' delimiter at character" in message(path)
        corpus = load(path, lenient=True)
        assert len(corpus) == 1999
        assert corpus.column("record").to_pylist()[1233] == corpus.column("line").to_pylist()[1233] - 1 == 1234

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ('["가", "1"]', "is no JSON object, {…}"),
            ('{"question": "가", "answer": ["1"]}', "column 'answer' holds a list, not text"),
            ('{"question": "가", "answer": "\\ud83d"}', "half a character (U+D83D, a lone surrogate) at position 1"),
            ('{"question": "가", "answer": "1\\u0000"}', "column 'answer' holds a NUL character at position 2"),
            ('{"question": "가", "answer": "1", "answer": "2"}', "has the key 'answer' twice"),
            ('{"id": 1, "text": "가"}', "has neither 'question' nor 'answer', only: id, text"),
            ("[" * 100_000, "nested too deeply"),
        ],
    )
    def test_a_line_of_jsonl_that_is_no_pair(self, line: str, reason: str, tmp_path: Path) -> None:
        good = '{"question": "나", "answer": "2"}'
        path = put(tmp_path / "a.jsonl", f"{good}\n{line}\n{good}\n")
        assert f"{path}, line 2: " in message(path)
        assert reason in message(path)
        assert load(path, lenient=True).column("record").to_pylist() == [0, 2]

    @pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
    def test_bytes_that_are_no_text(self, name: str, tmp_path: Path) -> None:
        rows = [f'{{"question": "질문 {i}", "answer": "답"}}\n'.encode() for i in range(9)]
        if name == "a.csv":
            rows = [b"question,answer\n", *(f"질문 {i},답\n".encode() for i in range(8))]
        rows[4] = rows[4].replace("답".encode(), "답".encode()[:2])
        path = put(tmp_path / name, b"".join(rows))
        assert f"{path}, line 5: byte 0xeb at character" in message(path)
        assert len(load(path, lenient=True)) == len(rows) - 1 - (name == "a.csv")

    @pytest.mark.parametrize(
        ("encoding", "row"),
        [
            ("cp1252", "What’s this?,It’s – “fine”\n"),
            ("latin-1", "Où est l'élève?,À côté de la forêt très éloignée\n"),
            ("gb2312", "你叫什么名字?,我住在北京。\n"),
            ("shift-jis", "お名前は何ですか,私の名前は太郎です\n"),
        ],
    )
    def test_another_encoding_is_not_taken_for_korean(self, encoding: str, row: str, tmp_path: Path) -> None:
        path = put(tmp_path / "a.csv", ("question,answer\n" + row * 50).encode(encoding))
        assert f"{path}: the text is neither UTF-8, UTF-16 nor cp949" in message(path)

    def test_one_foreign_byte_in_an_english_file(self, tmp_path: Path) -> None:
        rows = "a plain question,a plain answer\n" * 50
        path = put(tmp_path / "a.csv", f"question,answer\n{rows}It’s,ok\n".encode("cp1252"))
        assert f"{path}, line 52: byte 0x92 at character 3 is not utf-8 text" in message(path)

    def test_a_json_array_with_a_fault_in_it(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.json", '[\n{"question": "가", "answer": "1"},\n{"question": "나" "answer": "2"}\n]')
        assert f"{path}, line 3: is not JSON (Expecting ',' delimiter)" in message(path)
        path = put(tmp_path / "b.json", '[\n{"question": "가", "answer": "1"},\n{"question": "나",')
        assert f"{path}, line 3: " in message(path)

    def test_cells_of_a_spreadsheet_that_have_no_text(self, tmp_path: Path) -> None:
        book = openpyxl.Workbook()
        for row in [("question", "answer"), ("가", "1"), ("언제?", date(2024, 3, 1)), ("식", "=A2"), ("끝", "2")]:
            book.active.append(row)
        book.save(tmp_path / "a.xlsx")
        assert "a.xlsx, line 3: column 'answer' is a date or time" in message(tmp_path / "a.xlsx")
        corpus = load(tmp_path / "a.xlsx", lenient=True)
        assert corpus.texts("answer") == ["1", "2"]
        assert corpus.source.quarantined[1].startswith("line 4: column 'answer' is a formula")

    def test_bytes_in_parquet_that_are_no_text(self, tmp_path: Path) -> None:
        answers = pa.Array.from_buffers(
            pa.string(), 2, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0"), pa.py_buffer(b"\xeb2")]
        )
        parquet.write_table(pa.table({"question": ["가", "나"], "answer": answers}), tmp_path / "a.parquet")
        assert "row 1: holds bytes that are not UTF-8" in message(tmp_path / "a.parquet")
        assert load(tmp_path / "a.parquet", lenient=True).texts("answer") == ["2"]

    @pytest.mark.parametrize(
        ("turns", "reason"),
        [
            ([{"role": "user", "content": "가"}], "holds no turn of the assistant"),
            ([{"role": "wizard", "content": "가"}], "turn 1 is by 'wizard', neither user nor assistant"),
            ([{"content": "가"}], "turn 1 has no 'role'"),
            ([{"role": "assistant", "content": [{"type": "image_url"}]}], "something other than text"),
            (None, "holds no list of turns"),
            ("안녕", "is not JSON"),
        ],
    )
    def test_conversations_that_cannot_be_read(self, turns: Any, reason: str) -> None:
        good = [{"role": "user", "content": "가"}, {"role": "assistant", "content": "1"}]
        rows = [{"messages": good}, {"messages": turns}]
        assert message(rows).startswith("<rows>, row 2: ")
        assert reason in message(rows)
        assert len(load(rows, lenient=True)) == 1

    def test_conversations_that_pandas_wrote_as_csv(self, tmp_path: Path) -> None:
        frame = pd.DataFrame({"messages": [[{"role": "user", "content": "가"}]]})
        frame.to_csv(tmp_path / "a.csv", index=False)
        assert "column 'messages' holds Python lists as text, not JSON" in message(tmp_path / "a.csv")

    def test_no_row_at_all_can_be_read(self, tmp_path: Path) -> None:
        path = put(tmp_path / "a.jsonl", "no json\nnone either\n")
        assert "not one of the first 2 rows can be read" in message(path, lenient=True)

    def test_a_cell_of_ten_megabytes(self, tmp_path: Path) -> None:
        long = "긴 답\n" * (10 * 2**20 // len("긴 답\n".encode()))
        for name, content in (
            ("a.csv", f'question,answer\n가,"{long}"\n'),
            ("a.jsonl", json.dumps({"question": "가", "answer": long}, ensure_ascii=False)),
            ("a.json", json.dumps([{"question": "가", "answer": long}], ensure_ascii=False)),
        ):
            assert load(put(tmp_path / name, content)).texts("answer") == [long]

"""What audit reads: formats, encodings, shapes of records, and the ids of rows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar

import datasets
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from audit.nouns.dialogue import AuditError
from audit.rows.corpus import Corpus, load

PAIRS = [
    ("오늘 기분 어때?", '좋아! 😊 "정말", 아주'),
    ("여러 줄로\n답해 줄래?", "첫째 줄\n둘째 줄"),
    ("What is 2 + 2?", "  4, of course; or | four\tmaybe "),
    ("한글 NFC", unicodedata.normalize("NFD", "한글 NFD")),
    ("빈 답", ""),
    ("", "질문이 없다"),
]
KOREAN = [(f"{i}번째 질문이 뭐예요?", f"그건 {i}번째 대답이에요. “맞죠?” café 아님") for i in range(3)]


def pairs(corpus: Corpus) -> list[tuple[str, str]]:
    return list(zip(corpus.texts("question"), corpus.texts("answer"), strict=True))


def write_csv(path: Path, rows: list[tuple[str, str]], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["question", "answer"])
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_tsv(path: Path, rows: list[tuple[str, str]]) -> Path:
    return write_csv(path, rows, "\t")


def write_jsonl(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text("".join(json.dumps({"question": q, "answer": a}) + "\n" for q, a in rows), encoding="utf-8")
    return path


def write_json(path: Path, rows: list[tuple[str, str]]) -> Path:
    path.write_text(json.dumps([{"question": q, "answer": a} for q, a in rows], indent=1), encoding="utf-8")
    return path


def write_parquet(path: Path, rows: list[tuple[str, str]]) -> Path:
    table = pa.table({"question": [q for q, _ in rows], "answer": [a for _, a in rows], "vector": [[1.0]] * len(rows)})
    parquet.write_table(table, path)
    return path


def write_xlsx(path: Path, rows: list[tuple[str, str]]) -> Path:
    book = openpyxl.Workbook()
    for row in [("no", "question", "answer"), *((i, *row) for i, row in enumerate(rows))]:
        book.active.append(row)
    book.save(path)
    return path


WRITERS: dict[str, Callable[[Path, list[tuple[str, str]]], Path]] = {
    "csv": write_csv,
    "tsv": write_tsv,
    "jsonl": write_jsonl,
    "json": write_json,
    "parquet": write_parquet,
    "xlsx": write_xlsx,
}


class TestFormats:
    @pytest.mark.parametrize("form", WRITERS)
    def test_each_format_gives_the_texts_unchanged(self, form: str, tmp_path: Path) -> None:
        corpus = load(WRITERS[form](tmp_path / f"데이터.{form}", PAIRS))
        assert pairs(corpus) == PAIRS
        assert corpus.source.format == form
        assert corpus.column("record").to_pylist() == list(range(len(PAIRS)))

    @pytest.mark.parametrize("form", WRITERS)
    def test_the_format_is_seen_in_the_content(self, form: str, tmp_path: Path) -> None:
        corpus = load(WRITERS[form](tmp_path / "no-suffix", PAIRS))
        assert (corpus.source.format, pairs(corpus)) == (form, PAIRS)

    @pytest.mark.parametrize(
        ("form", "name"), [("xlsx", "a.csv"), ("parquet", "a.jsonl"), ("jsonl", "a.csv"), ("json", "a.tsv")]
    )
    def test_a_misleading_name_is_said(self, form: str, name: str, tmp_path: Path) -> None:
        corpus = load(WRITERS[form](tmp_path / name, PAIRS))
        assert pairs(corpus) == PAIRS
        assert f"in spite of its name, {form}" in corpus.source.notes[0]

    @pytest.mark.parametrize("form", ["csv", "tsv", "jsonl", "json"])
    def test_gzip(self, form: str, tmp_path: Path) -> None:
        plain = WRITERS[form](tmp_path / "plain", PAIRS)
        packed = tmp_path / f"data.{form}.gz"
        packed.write_bytes(gzip.compress(plain.read_bytes()))
        corpus = load(packed)
        assert pairs(corpus) == PAIRS
        assert corpus.source.compression == "gzip"

    @pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
    @pytest.mark.parametrize("name", ["data.csv", "data.txt"])
    def test_the_delimiter_is_seen_in_the_header(self, delimiter: str, name: str, tmp_path: Path) -> None:
        corpus = load(write_csv(tmp_path / name, PAIRS, delimiter))
        assert pairs(corpus) == PAIRS
        assert corpus.source.delimiter == delimiter

    def test_json_wrapped_in_an_object(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        rows = [{"Q": q, "A": a} for q, a in PAIRS]
        path.write_text(json.dumps({"version": "1.1", "data": rows}), encoding="utf-8")
        assert pairs(load(path)) == PAIRS

    def test_json_with_one_array_for_each_split(self, tmp_path: Path) -> None:
        path = tmp_path / "a.json"
        path.write_text('{"train": [{"q": "가", "a": "1"}], "test": [{"q": "나", "a": "2"}]}', encoding="utf-8")
        assert load(path).texts("split") == ["train", "test"]

    def test_jsonl_that_is_called_json(self, tmp_path: Path) -> None:
        assert load(write_jsonl(tmp_path / "a.json", PAIRS)).source.format == "jsonl"

    @pytest.mark.parametrize("size", [3, 1 << 16])
    def test_an_array_is_read_in_pieces_of_any_size(
        self, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("audit.rows.formats.json_pieces.CHUNK", size)
        corpus = load(write_json(tmp_path / "a.json", PAIRS))
        assert pairs(corpus) == PAIRS
        assert corpus.column("line").to_pylist() == [2 + 4 * i for i in range(len(PAIRS))]

    def test_numbers_keep_the_digits_of_the_file(self, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        path.write_text(
            '{"q": "가격은?", "a": 1.10}\n{"q": "참?", "a": true}\n{"q": "?", "a": NaN}\n', encoding="utf-8"
        )
        assert load(path).texts("answer") == ["1.10", "true", ""]

    def test_spreadsheet_cells(self, tmp_path: Path) -> None:
        path = tmp_path / "a.xlsx"
        book = openpyxl.Workbook()
        rows = [
            ("질문", "답변"),
            ("나이?", 22),
            ("키?", 1.5),
            ("참?", True),
            (None, None),
            ("줄?", "가_x000D_\n나"),
            ("끝", None),
        ]
        for row in rows:
            book.active.append(row)
        book.create_sheet("other").append(["x"])
        book.save(path)
        corpus = load(path)
        assert corpus.texts("answer") == ["22", "1.5", "TRUE", "가\r\n나", ""]
        assert corpus.column("line").to_pylist() == [2, 3, 4, 6, 7]
        assert "sheet 'Sheet' of 2" in corpus.source.notes[0]

    def test_stdin_is_jsonl(self, tmp_path: Path) -> None:
        path = write_jsonl(tmp_path / "a", KOREAN)
        code = "from audit.rows.corpus import load; c = load('-'); print(len(c), c.source.format, c.source.name)"
        with path.open("rb") as stdin:
            done = subprocess.run([sys.executable, "-c", code], stdin=stdin, capture_output=True, text=True, check=True)
        assert done.stdout.split() == ["3", "jsonl", "<stdin>"]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
    def test_a_named_pipe(self, tmp_path: Path) -> None:
        content = write_csv(tmp_path / "a.csv", PAIRS).read_bytes()
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        writer = threading.Thread(target=pipe.write_bytes, args=(content,))
        writer.start()
        assert pairs(load(pipe)) == PAIRS
        writer.join()

    def test_a_plain_csv_needs_no_heavy_library(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "a.csv", PAIRS)
        heavy = "{'pandas', 'datasets', 'openpyxl', 'pyarrow.parquet'}"
        code = f"import sys; from audit.rows.corpus import load; load({str(path)!r}); print({heavy} & set(sys.modules))"
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "set()"


class TestMemory:
    def test_dicts_read_once_or_many_times(self) -> None:
        rows = [{"question": f"질문 {i}", "answer": f"답 {i}"} for i in range(250)]
        assert load(iter(rows)).table.equals(load(rows).table)
        assert len(load(rows)) == 250

    def test_data_frame(self) -> None:
        frame = pd.DataFrame({"질문": ["가", "나", "다"], "답변": ["1", None, float("nan")], "n": [1, 2, 3]})
        corpus = load(frame[::-1])
        assert pairs(corpus) == [("다", ""), ("나", ""), ("가", "1")]

    def test_data_frame_with_numbers(self) -> None:
        frame = pd.DataFrame({"question": ["가", "나"], "answer": [3, 4]})
        assert load(frame).texts("answer") == ["3", "4"]

    def test_dataset_and_its_splits(self) -> None:
        train = datasets.Dataset.from_dict({"prompt": ["가", "나"], "response": ["1", "2"]})
        assert pairs(load(train.select([1]))) == [("나", "2")]
        both = load(datasets.DatasetDict({"train": train, "test": train.select([0])}))
        assert both.texts("split") == ["train", "train", "test"]
        assert both.column("record").to_pylist() == [0, 1, 2]

    def test_saved_folders(self, tmp_path: Path) -> None:
        part = datasets.Dataset.from_dict({"question": ["가"], "answer": ["1"]})
        part.save_to_disk(tmp_path / "one")
        datasets.DatasetDict({"train": part, "valid": part}).save_to_disk(tmp_path / "many")
        assert pairs(load(tmp_path / "one")) == [("가", "1")]
        assert load(str(tmp_path / "many")).texts("split") == ["train", "valid"]

    @pytest.mark.parametrize(
        ("name", "asked"),
        [("org/name", ("org/name",)), ("hf://org/name", ("org/name",)), ("hf://org/name/main", ("org/name", "main"))],
    )
    def test_hub_name(self, name: str, asked: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        part = datasets.Dataset.from_dict({"question": ["가"], "answer": ["1"]})
        calls = []
        monkeypatch.setattr("huggingface_hub.HfApi.dataset_info", lambda *_, **__: None)
        monkeypatch.setattr(
            datasets, "load_dataset", lambda *names: calls.append(names) or datasets.DatasetDict(train=part)
        )
        assert load(name).texts("split") == ["train"]
        assert calls == [asked]


class TestEncodings:
    @pytest.mark.parametrize(
        ("written", "found"),
        [
            ("utf-8", "utf-8"),
            ("utf-8-sig", "utf-8-sig"),
            ("utf-16", "utf-16"),
            ("utf-16-le", "utf-16-le"),
            ("utf-16-be", "utf-16-be"),
            ("cp949", "cp949"),
            ("euc-kr", "cp949"),
        ],
    )
    @pytest.mark.parametrize("rows", [1, 3000])
    def test_korean(self, written: str, found: str, rows: int, tmp_path: Path) -> None:
        expected = [(f"{i}번 질문이 뭐예요?", f"그건, {i}번 “대답”이에요…") for i in range(rows)]
        corpus = load(write_csv(tmp_path / "a.csv", expected, encoding=written))
        assert corpus.source.encoding == found
        assert pairs(corpus) == expected

    def test_cp949_syllables_beyond_euc_kr(self, tmp_path: Path) -> None:
        expected = [*KOREAN_CP949, ("펲시와 똠방각하", "쀍이 웃었다")]
        assert pairs(load(write_csv(tmp_path / "a.csv", expected, encoding="cp949"))) == expected

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp949"])
    def test_jsonl(self, encoding: str, tmp_path: Path) -> None:
        path = tmp_path / "a.jsonl"
        lines = [json.dumps({"question": q, "answer": a}, ensure_ascii=False) for q, a in KOREAN_CP949]
        path.write_bytes("\r\n".join(lines).encode(encoding))
        assert pairs(load(path)) == KOREAN_CP949

    def test_a_byte_order_mark_is_no_part_of_the_first_column(self, tmp_path: Path) -> None:
        path = tmp_path / "a.csv"
        path.write_bytes("\ufeff답변,질문\n1,가\n".encode())
        assert pairs(load(path)) == [("가", "1")]


KOREAN_CP949 = [(q, a.replace("é", "e")) for q, a in KOREAN]


class TestColumns:
    @pytest.mark.parametrize(
        ("question", "answer"),
        [
            ("question", "answer"),
            ("Q", "A"),
            (" Question ", "ANSWER"),
            ("input_data", "output_message"),
            ("Input Data", "Output-Message"),
            ("instruction", "output"),
            ("prompt", "completion"),
            ("prompt", "response"),
            ("query", "response"),
            ("user", "assistant"),
            ("질문", "답변"),
            ("질문", "응답"),
            (
                "\u110c\u1175\u11af\u1106\u116e\u11ab",
                "\u1103\u1161\u11b8\u1107\u1167\u11ab",
            ),  # as macOS writes file contents: decomposed
        ],
    )
    def test_guessed_by_name(self, question: str, answer: str) -> None:
        corpus = load([{"id": "7", question: "가", answer: "1"}])
        assert pairs(corpus) == [("가", "1")]
        assert corpus.source.columns == {"question": question, "answer": answer}

    def test_one_line_says_what_was_guessed(self, tmp_path: Path) -> None:
        path = tmp_path / "data.csv"
        path.write_text("idx,data_type,input_data,output_message\n0,train,가,1\n1,valid,나,2\n", encoding="utf-8")
        assert load(path).source.notes == (
            f"read {path}: csv, utf-8, question = input_data, answer = output_message, split = data_type; 2 rows",
        )

    def test_named_by_the_user(self) -> None:
        row = {"question": "no", "answer": "no", "Prompt": "가", "llm_answer": "1", "epoch": 3}
        corpus = load([row], question="prompt", answer="llm_answer", split="epoch")
        assert pairs(corpus) == [("가", "1")]
        assert corpus.texts("split") == ["3"]

    def test_a_column_with_many_values_is_no_split(self) -> None:
        rows = [{"question": "가", "answer": "1", "set": f"set {i}"} for i in range(30)]
        assert load(rows).texts("split") == [""] * 30
        assert load(rows, split="set").texts("split")[7] == "set 7"

    def test_a_key_missing_in_one_row_is_an_empty_answer(self) -> None:
        assert load([{"question": "가", "answer": "1"}, {"question": "나"}]).texts("answer") == ["1", ""]


class TestAlpaca:
    def test_instruction_and_input_are_the_question(self) -> None:
        rows = [
            {"instruction": "영어로 옮겨 줘", "input": "안녕", "output": "Hello"},
            {"instruction": "Name a colour.", "input": "", "output": "Blue"},
            {"instruction": "Name a fruit.", "input": None, "output": "Fig"},
        ]
        corpus = load(rows)
        assert corpus.texts("question") == ["영어로 옮겨 줘\n안녕", "Name a colour.", "Name a fruit."]
        assert corpus.column("turn").to_pylist() == [0, 0, 0]

    def test_dolly_names(self) -> None:
        assert pairs(load([{"instruction": "가", "context": "나", "response": "1"}])) == [("가\n나", "1")]

    def test_history_is_earlier_turns(self) -> None:
        row = {"instruction": "셋", "input": "", "output": "3", "history": [["하나", "1"], ["둘", "2"]]}
        corpus = load([row])
        assert pairs(corpus) == [("하나", "1"), ("둘", "2"), ("셋", "3")]
        assert corpus.column("turn").to_pylist() == [1, 2, 3]


def openai(*turns: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"role": role, "content": content} for role, content in turns]


TALK = openai(
    ("system", "너는 비서야"), ("user", "안녕"), ("assistant", "반가워"), ("user", "몇 살?"), ("assistant", "22살!")
)


class TestConversations:
    @pytest.mark.parametrize(
        "row",
        [
            {"messages": TALK},
            {"Messages": json.dumps(TALK)},  # as a CSV file keeps it
            {"conversations": TALK},
            {
                "conversations": [
                    {"from": {"user": "human", "assistant": "gpt"}.get(t["role"], "system"), "value": t["content"]}
                    for t in TALK
                ]
            },
        ],
    )
    def test_one_pair_for_each_turn_of_the_assistant(self, row: dict[str, Any]) -> None:
        corpus = load([row, row])
        assert pairs(corpus)[:2] == [("안녕", "반가워"), ("몇 살?", "22살!")]
        assert corpus.column("turn").to_pylist() == [1, 2, 1, 2]
        assert corpus.column("record").to_pylist() == [0, 0, 1, 1]
        assert "4 rows from 2 records" in corpus.source.notes[0]

    def test_text_in_parts(self) -> None:
        parts = [{"type": "text", "text": "두 "}, {"type": "text", "text": "조각"}]
        assert pairs(load([{"messages": openai(("user", parts), ("assistant", "응"))}])) == [("두 조각", "응")]

    def test_a_turn_that_only_calls_a_tool_is_counted(self) -> None:
        talk = openai(("user", "날씨?"), ("assistant", None), ("tool", "맑음"), ("assistant", "맑아요"))
        talk[1]["tool_calls"] = [{"function": {"name": "weather"}}]
        corpus = load([{"messages": talk}])
        assert pairs(corpus) == [("날씨?", "맑아요")]
        assert corpus.source.notes[1].startswith("1 turns of the assistant have no text")

    def test_trl_prompt_and_completion(self) -> None:
        row = {"prompt": TALK[:4], "completion": TALK[4:]}
        corpus = load([row])
        assert pairs(corpus) == [("몇 살?", "22살!")]
        broken = {**row, "prompt": [{"who": "user"}, *row["prompt"]]}
        with pytest.raises(AuditError, match="turn 1 has no 'role'"):
            load([broken])
        assert corpus.column("turn").to_pylist() == [1]


class TestIds:
    ROWS: ClassVar = [{"question": q, "answer": a} for q, a in PAIRS] * 2

    def test_they_do_not_depend_on_the_order(self) -> None:
        shuffled = random.Random(0).sample(self.ROWS, len(self.ROWS))
        one, other = load(self.ROWS), load(shuffled)
        assert sorted(one.texts("id")) == sorted(other.texts("id"))
        assert dict(zip(one.texts("id"), pairs(one), strict=True)) == dict(
            zip(other.texts("id"), pairs(other), strict=True)
        )
        assert one.fingerprint != other.fingerprint

    def test_equal_rows_are_numbered(self) -> None:
        first, second = load([self.ROWS[0], self.ROWS[0]]).texts("id")
        assert second == f"{first}-2"

    def test_they_do_not_depend_on_the_format(self, tmp_path: Path) -> None:
        prints = {load(write(tmp_path / f"a.{form}", PAIRS)).fingerprint for form, write in WRITERS.items()}
        assert len(prints) == 1


class TestTrusted:
    ROWS: ClassVar = [{"question": f"질문 {i}", "answer": f"답 {i}", "checked": i % 2} for i in range(4)]

    def test_a_column(self) -> None:
        corpus = load(self.ROWS, trusted="checked")
        assert corpus.column("trusted").to_pylist() == [False, True, False, True]
        assert corpus.source.columns["trusted"] == "checked"

    @pytest.mark.parametrize("no", ["0", "false", "NO", "", None, float("nan"), 0])
    def test_what_means_no(self, no: Any) -> None:
        assert load([{"question": "가", "answer": "1", "ok": no}], trusted="ok").column("trusted").to_pylist() == [
            False
        ]

    def test_a_file_of_ids(self, tmp_path: Path) -> None:
        path = tmp_path / "good.txt"
        ids = load(self.ROWS).texts("id")
        path.write_text(f"{ids[0]}\n{ids[3]}\n", encoding="utf-8")
        corpus = load(self.ROWS, trusted=path)
        assert corpus.column("trusted").to_pylist() == [True, False, False, True]
        assert corpus.source.notes[1] == f"2 rows are trusted: 2 different ones are named in {path}"

    def test_a_data_file(self, tmp_path: Path) -> None:
        path = write_csv(tmp_path / "good.csv", [("질문 2", "답 2"), ("질문 9", "답 9")])
        assert load(self.ROWS, trusted=str(path)).column("trusted").to_pylist() == [False, False, True, False]

    def test_what_is_neither_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(AuditError, match=r"neither a column nor a file\. Columns found: question, answer, checked"):
            load(self.ROWS, trusted="cheked.txt")
        with pytest.raises(AuditError, match="none of its 1 rows is in"):
            load(self.ROWS, trusted=write_csv(tmp_path / "other.csv", [("없는", "것")]))


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
# XML cannot hold control characters, knows one line end, and a text with "=" first is a formula to Excel
SHEET_TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20
).filter(lambda text: not text.startswith(("=", "#")) and "_x" not in text)


@pytest.mark.parametrize("form", WRITERS)
def test_any_text_comes_back_unchanged(form: str, folder: Path) -> None:
    text = SHEET_TEXT if form == "xlsx" else ANY_TEXT

    @settings(max_examples=20, deadline=None, database=None)
    @given(st.lists(st.tuples(text, text), min_size=1, max_size=5))
    def comes_back(rows: list[tuple[str, str]]) -> None:
        assert pairs(load(WRITERS[form](folder / f"a.{form}", rows))) == rows

    comes_back()


@pytest.mark.case
def test_the_case() -> None:
    path = Path(__file__).parents[2] / "shared/case/train.csv"
    if not path.exists():
        pytest.skip("the third-party case is not here")
    corpus = load(path)
    assert corpus.source.columns == {"question": "input_data", "answer": "output_message", "split": "data_type"}
    assert {split: corpus.texts("split").count(split) for split in ("train", "valid")} == {"train": 572, "valid": 90}


def test_composed_and_decomposed_twins_have_one_id() -> None:
    """A Mac writes Hangul in parts: decisions on a row hold for its twin."""
    rows = [{"question": "이름이 뭐야?", "answer": "보리야!"}, {"question": "Déjà vu?", "answer": "Non."}]
    ids = [
        load([{k: unicodedata.normalize(form, v) for k, v in row.items()} for row in rows]).texts("id")
        for form in ("NFC", "NFD")
    ]
    assert ids[0] == ids[1]


TURNS = [
    ("user", "두루미는 어디 살아?"),
    ("assistant", "철원에 살아요."),
    ("user", "왜요?"),
    ("assistant", "먹이가 많아서요."),
]
TEMPLATED = {
    "ChatML": "".join(f"<|im_start|>{role}\n{said}<|im_end|>\n" for role, said in TURNS),
    "Llama 3": "<|begin_of_text|>"
    + "".join(f"<|start_header_id|>{role}<|end_header_id|>\n\n{said}<|eot_id|>" for role, said in TURNS),
    "Gemma": "<bos>"
    + "".join(
        f"<start_of_turn>{'model' if role == 'assistant' else role}\n{said}<end_of_turn>\n" for role, said in TURNS
    ),
    "EXAONE": "".join(f"[|{role}|]{said}[|endofturn|]\n" for role, said in TURNS),
    "Zephyr or Phi": "".join(f"<|{role}|>\n{said}<|end|>\n" for role, said in TURNS),
    "Llama 2 or Mistral": "".join(
        f"<s>[INST] <<SYS>>\nbrief\n<</SYS>>\n\n{said} " if role == "user" else f"[/INST] {said} </s>"
        for role, said in TURNS
    ),
    "### Human": "".join(f"### {'Human' if role == 'user' else 'Assistant'}: {said}" for role, said in TURNS),
    "Vicuna": " ".join(f"{role.upper()}: {said}{'</s>' * (role == 'assistant')}" for role, said in TURNS),
    "Human and Assistant": "\n".join(f"{'질문' if role == 'user' else '답변'}: {said}" for role, said in TURNS),
}


class TestTemplatedText:
    @pytest.mark.parametrize("name", TEMPLATED)
    def test_the_turns_of_each_template(self, name: str) -> None:
        corpus = load([{"text": TEMPLATED[name]}])
        assert pairs(corpus) == [(TURNS[0][1], TURNS[1][1]), (TURNS[2][1], TURNS[3][1])]
        assert f"in the template of {name}" in corpus.source.notes[0]

    def test_alpaca_joins_instruction_and_input(self) -> None:
        whole = "Below is an instruction.\n\n### Instruction:\nAdd.\n\n### Input:\n2 and 2\n\n### Response:\n4"
        assert pairs(load([{"text": whole}])) == [("Add.\n2 and 2", "4")]

    def test_a_heading_in_an_answer_is_no_turn(self) -> None:
        whole = "### Instruction:\nWrite a form.\n\n### Response:\nName:\n### Input:\nhere"
        corpus = load([{"text": whole}])
        assert pairs(corpus) == [("Write a form.", "Name:\n### Input:\nhere")]
        assert len(corpus.source.notes) == 1

    def test_a_text_that_is_no_conversation_is_told_so(self) -> None:
        with pytest.raises(AuditError, match="one column, 'text', where a question and an answer are needed"):
            load([{"text": "The heron stands in the shallow water."}])

    def test_an_answer_without_the_marker_that_ends_the_others_is_said(self) -> None:
        cut = TEMPLATED["ChatML"].rsplit("<|im_end|>", 1)[0]
        notes = load([{"text": TEMPLATED["ChatML"]}, {"text": cut}]).source.notes
        assert any("1 of 2 records have no end marker after the last answer: row 2" in note for note in notes)


class TestWhatNoRowShows:
    """A record may hold more than its question-answer pairs: it is said, with the place."""

    @staticmethod
    def said(*turns: tuple[str, str], **more: str) -> str:
        talk = [{"role": role, "content": content} for role, content in turns]
        talk[-1] |= more
        return "\n".join(load([{"messages": talk}]).source.notes[1:])

    def test_the_user_twice_is_one_question(self) -> None:
        turns = [{"role": "user", "content": "One."}, {"role": "user", "content": "Two?"}]
        corpus = load([{"messages": [*turns, {"role": "assistant", "content": "Three."}]}])
        assert pairs(corpus) == [("One.\nTwo?", "Three.")]
        assert "two turns of the user in a row, which are read as one question: row 1" in corpus.source.notes[1]

    def test_a_last_turn_of_the_user(self) -> None:
        assert "end on a turn of the user" in self.said(("user", "q"), ("assistant", "a"), ("user", "더?"))

    def test_a_thought_that_no_rule_reads(self) -> None:
        said = self.said(("user", "q"), ("assistant", ""), reasoning_content="생각")
        assert "'reasoning_content' in turns of the assistant, which no rule looks at" in said
        assert "a thought and no answer" in said

    def test_a_sound_conversation_has_nothing_to_say(self) -> None:
        assert not self.said(("system", "s"), ("user", "q"), ("assistant", "a"), name="heron")


class TestPreferencePairs:
    def test_the_chosen_side_is_the_answer(self) -> None:
        corpus = load([{"prompt": "q", "chosen": "good", "rejected": "bad"}])
        assert pairs(corpus) == [("q", "good")]
        assert "not at 'rejected'" in corpus.source.notes[0]

    def test_turns_on_both_sides(self) -> None:
        ask = {"role": "user", "content": "질문"}
        sides = {
            side: [ask, {"role": "assistant", "content": said}] for side, said in (("chosen", "좋"), ("rejected", "나"))
        }
        assert pairs(load([sides])) == [("질문", "좋")]

    def test_turns_of_a_prompt_apart_from_both_sides(self) -> None:
        """TRL's form with the prompt of its own: the question is in it."""
        row = {
            "prompt": [{"role": "user", "content": "질문"}],
            "chosen": [{"role": "assistant", "content": "좋"}],
            "rejected": [{"role": "assistant", "content": "나"}],
        }
        corpus = load([row])
        assert pairs(corpus) == [("질문", "좋")]
        assert len(corpus.source.notes) == 1

    def test_beside_turns_that_repeat_the_chosen_side(self) -> None:
        talk = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "good"}]
        corpus = load([{"prompt": "q", "messages": talk, "chosen": talk, "rejected": [talk[0], talk[1]]}])
        assert pairs(corpus) == [("q", "good")]
        assert "prefer an answer to itself" in corpus.source.notes[1]

    def test_an_input_beside_the_instruction_is_part_of_the_question(self) -> None:
        corpus = load([{"instruction": "Add.", "input": "2 and 2", "chosen": "4", "rejected": "5"}])
        assert pairs(corpus) == [("Add.\n2 and 2", "4")]

    def test_an_answer_that_is_preferred_to_itself(self) -> None:
        corpus = load([{"prompt": "q", "chosen": "same", "rejected": "same "}])
        assert "prefer an answer to itself" in corpus.source.notes[1]


class TestObjectsOverSeveralLines:
    ROWS: ClassVar = [{"question": f"q{i}", "answer": "a\nb"} for i in range(3)]

    @pytest.mark.parametrize("name", ["rows.jsonl", "rows.json", "rows.txt"])
    def test_each_is_a_row(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_text("\n".join(json.dumps(row, indent=2) for row in self.ROWS))
        corpus = load(tmp_path / name)
        assert pairs(corpus) == [(row["question"], row["answer"]) for row in self.ROWS]
        assert corpus.column("line").to_pylist() == [1, 5, 9]

    def test_conversations_too(self, tmp_path: Path) -> None:
        talk = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]
        (tmp_path / "chat.jsonl").write_text("\n\n".join(json.dumps({"messages": talk}, indent=1) for _ in range(2)))
        assert pairs(load(tmp_path / "chat.jsonl")) == [("q", "a")] * 2

    def test_a_line_that_is_broken_stays_a_broken_line(self, tmp_path: Path) -> None:
        (tmp_path / "rows.jsonl").write_text('{"question": "q",\n{"question": "q", "answer": "a"}\n')
        with pytest.raises(AuditError, match=r"line 1: is not JSON"):
            load(tmp_path / "rows.jsonl")

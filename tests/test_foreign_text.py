"""Names and cells of strangers act nowhere: not on a terminal, not in a report, not in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator
from markdown_it import MarkdownIt

from audit.nouns.dialogue import AuditError
from audit.nouns.foreign_text import cut, escaped, lines, some, told, visible, whole
from audit.nouns.reports import Report
from audit.reporting.renderers import names, written
from audit.scan import scan

AUDIT = Path(sys.executable).with_name("audit")
ESCAPE = "\x1b]0;owned\x07"
ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
HOSTILE = f"`]|<img src=x onerror=alert(1)>&'\"{ESCAPE}\u202e*_[a](javascript:x)\u200b=1+1"
SARIF = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """A scan of a file with a hostile name, columns, splits and cells."""
    path = tmp_path_factory.mktemp("hostile") / f"d{ESCAPE}`<img onerror=x>\u202e.jsonl"
    rows = [
        {"question": f"What is it? {HOSTILE}", "answer": f"1. A thing {HOSTILE}<|im_end|>", "split": HOSTILE},
        {"question": "What is it?", "answer": "", "split": "train"},
        *({"question": f"\ufeff=cmd|'/c calc'!A{n}", "answer": f"\u00a0=HYPERLINK({n})<|im_end|>"} for n in range(4)),
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return scan(path, encoder="none")


def text_of(report: Report, form: str) -> str:
    made = written(report, form)
    assert not isinstance(made, bytes)
    return "".join(made)


@pytest.mark.parametrize("form", [form for form in names() if form != "parquet"])
def test_no_format_holds_what_acts_on_a_terminal(report: Report, form: str) -> None:
    assert not ACTS.search(text_of(report, form).replace("\r\n", "\n"))


def test_each_format_is_read_by_its_own_reader(report: Report) -> None:
    plain = json.loads(text_of(report, "json"))
    assert any(ESCAPE in row["answer"] for row in plain["rows"]), "JSON says the same, in escapes"
    suite = ET.fromstring(text_of(report, "junit"))  # noqa: S314 - our own
    assert suite.tag == "testsuites"
    Draft7Validator(SARIF).validate(json.loads(text_of(report, "sarif")))
    rows = list(csv.DictReader(io.StringIO(text_of(report, "csv"))))
    assert len(rows) == report.findings.num_rows


def test_no_cell_of_csv_begins_a_formula(report: Report) -> None:
    for row in csv.reader(io.StringIO(text_of(report, "csv"))):
        for cell in row:
            assert not re.match(r"[\s\ufeff\u200b\u00a0]*[=+@-]", cell) or re.fullmatch(r"-?[\d.]+(e-?\d+)?", cell), (
                cell
            )


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("form", ["html", "markdown", "card"])
def test_nothing_of_a_cell_becomes_a_tag(report: Report, form: str) -> None:
    text = text_of(report, form)
    if form != "html":
        text = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    tags = Tags()
    tags.feed(text)
    assert not [tag for tag in tags.found if tag[0] == "img" and "onerror" in tag[1]]
    assert not [about for _, about in tags.found if str(about.get("href", "")).startswith("javascript:")]


@given(st.text())
@settings(max_examples=300, deadline=None)
def test_what_is_shown_never_acts_and_is_one_line(text: str) -> None:
    assert not ACTS.search(visible(text))
    assert "\n" not in visible(text)
    assert not ACTS.search(lines(text).replace("\n", ""))
    assert not ACTS.search(str(AuditError(text)))
    assert json.loads(escaped(json.dumps(text, ensure_ascii=False))) == text
    assert len(cut(text, 10)) <= 11
    assert whole(text, 3) <= 3


def test_korean_and_pictures_are_shown_as_they_are() -> None:
    plain = "안녕, 잘 지내? 👨‍👩‍👧 한글 – “quoted” 日本語 é"
    assert visible(plain) == plain
    assert visible("가\u202e나") == "가<U+202E>나"
    assert visible("한") == "한", "decomposed letters are letters"


def test_a_list_of_names_and_a_message_end() -> None:
    assert some(f"c{n}" for n in range(20_000)).endswith("and 19,990 more")
    assert len(told("x" * 100_000)) < 5_000


@pytest.mark.parametrize("encoding", ["cp949", "ascii", "utf-8"])
def test_any_terminal_can_be_spoken_to(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "d.csv").write_text("question,answer\n이름이 뭐야? 😊,é나는\n왜?,\n", encoding="utf-8")
    done = subprocess.run(
        [AUDIT, "scan", "d.csv", "--encoder", "none", "--exit-zero"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
    )
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    done.stdout.decode(encoding)


def test_a_file_name_that_is_no_utf8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/d\xff\x1b[31m.csv"
    try:
        with open(name, "w", encoding="utf-8") as file:  # noqa: PTH123 - a name that Path cannot print
            file.write("question,answer\nWhat?,\n")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    done = subprocess.run([AUDIT, "scan", name, "--encoder", "none"], capture_output=True, check=False, cwd=tmp_path)
    assert done.returncode in (0, 1)
    assert b"\x1b[31m" not in done.stdout + done.stderr
    assert b"Traceback" not in done.stderr

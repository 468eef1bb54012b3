"""The laws of cleaning, on random sets in every format: `make laws`.

Conservation: kept + edited + dropped + quarantined = rows in, and the files hold just that.
Rest: cleaning what was cleaned changes nothing, and a scan of it has no finding that a safe patch should have removed.
Identity: undo gives back every byte. Life: a kill at any point leaves the old state or the new.
"""

from __future__ import annotations

import atexit
import csv
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

import datasets
import openpyxl
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from audit import AuditError, clean, scan
from audit.rows.corpus import load
from audit.undo import undo
from audit.workspace.runs import Workspace, digest

EXAMPLES = int(os.environ.get("LAWS", "1000"))
KILLS = int(os.environ.get("KILLS", "50"))

Rows = list[dict[str, str]]


# Sets: ordinary rows among rows with every fault that a safe patch repairs, in two languages.

QUESTIONS = ["이름이 뭐야?", "오늘 날씨 어때?", "Name a river.", "What is the capital of France?", "왜 하늘은 파래?"]
ANSWERS = [
    "나는 표본이야. 반가워!",
    "맑고 바람이 조금 불어 🎉",
    "The Rhine.",
    "Paris is the capital.",
    '그는 "응"이라고 했어,\n그래서 갔어.',
]
FAULTS = [
    "",
    " ",
    "1. {}",
    "  2) {}",
    "{}<|im_end|>",
    "1. {}<|im_end|>",
    "{}</s>",
    "ã\x82\x8fì•ˆë…•í•˜ì„¸ìš”",
    "같은 말 " * 40,
    "### Response: {}",
]


@st.composite
def sets(draw: st.DrawFn) -> Rows:
    answer = st.one_of(
        st.sampled_from(ANSWERS),
        st.builds(str.format, st.sampled_from(FAULTS), st.sampled_from(ANSWERS)),
        st.text(st.sampled_from("가나다 abc12.,;|\t\"'\n🎉é"), max_size=12),
    )
    question = st.one_of(st.sampled_from(QUESTIONS), st.sampled_from(QUESTIONS).map("{}<|im_end|>".format))
    row = st.fixed_dictionaries({"question": question, "answer": answer, "split": st.sampled_from(["train", "valid"])})
    rows = draw(st.lists(row, min_size=1, max_size=12))
    again = draw(st.lists(st.sampled_from(rows), max_size=4))
    anchor = {"question": "첫째 질문이 뭐예요?", "answer": "그건 첫째 대답이에요. 맞죠?", "split": "train"}
    return [anchor, *draw(st.permutations([*rows, *again]))]


# Formats


def write_csv(path: Path, rows: Rows, delimiter: str = ",", encoding: str = "utf-8", **style: Any) -> Path:
    text = []
    for row in [dict.fromkeys(rows[0]), *rows]:
        cells = list(row) if row["question"] is None else list(row.values())
        line = Line()
        csv.writer(line, delimiter=delimiter, **{"lineterminator": "\n", **style}).writerow(cells)
        text.append(line.text)
    path.write_bytes("".join(text).encode(encoding, "replace"))
    return path


class Line:
    text = ""

    def write(self, text: str) -> None:
        self.text += text


def write_lines(path: Path, records: list[Any], ascii_only: bool = False) -> Path:
    text = "".join(json.dumps(record, ensure_ascii=ascii_only) + "\n" for record in records)
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if path.suffix == ".gz" else text.encode())
    return path


def write_array(path: Path, records: list[Any]) -> Path:
    path.write_text(json.dumps(records, ensure_ascii=False, indent=2), encoding="utf-8")
    return path


def write_sheet(path: Path, rows: Rows) -> Path:
    book = openpyxl.Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append(list(row.values()))
    book.save(path)
    return path


def write_dataset(path: Path, rows: Rows) -> Path:
    datasets.disable_progress_bars()
    datasets.Dataset.from_list(rows).save_to_disk(str(path))
    return path


def write_splits(path: Path, rows: Rows) -> Path:
    datasets.disable_progress_bars()
    plain = [{name: row[name] for name in ("question", "answer")} for row in rows]
    half = max(1, len(plain) // 2)
    parts = {"train": datasets.Dataset.from_list(plain[:half])}
    if plain[half:]:
        parts["validation"] = datasets.Dataset.from_list(plain[half:])
    datasets.DatasetDict(parts).save_to_disk(str(path))
    return path


def write_parquet(path: Path, rows: Rows) -> Path:
    parquet.write_table(pa.Table.from_pylist(rows), path, row_group_size=3)
    return path


def talks(rows: Rows) -> list[Any]:
    """Conversations of one to three turns."""
    records, at, length = [], 0, 1
    while at < len(rows):
        turns = []
        for row in rows[at : at + length]:
            turns += [{"role": "user", "content": row["question"]}, {"role": "assistant", "content": row["answer"]}]
        records.append({"id": at, "messages": turns})
        at, length = at + length, length % 3 + 1
    return records


def alpaca(rows: Rows) -> list[Any]:
    return [
        {"instruction": row["question"], "input": "" if at % 2 else row["split"], "output": row["answer"]}
        for at, row in enumerate(rows)
    ]


FORMATS: dict[str, tuple[str, Callable[[Path, Rows], Path]]] = {
    "csv": ("d.csv", write_csv),
    "csv-quoted-crlf-bom": (
        "d.csv",
        lambda p, r: write_csv(p, r, encoding="utf-8-sig", quoting=csv.QUOTE_ALL, lineterminator="\r\n"),
    ),
    "csv-cp949": ("d.csv", lambda p, r: write_csv(p, r, encoding="cp949")),
    "csv-utf16": ("d.csv", lambda p, r: write_csv(p, r, encoding="utf-16")),
    "csv-semicolon": ("d.csv", lambda p, r: write_csv(p, r, delimiter=";")),
    "tsv": ("d.tsv", lambda p, r: write_csv(p, r, delimiter="\t")),
    "jsonl": ("d.jsonl", write_lines),
    "jsonl-ascii": ("d.jsonl", lambda p, r: write_lines(p, r, ascii_only=True)),
    "jsonl-gz": ("d.jsonl.gz", write_lines),
    "json": ("d.json", write_array),
    "talks": ("d.jsonl", lambda p, r: write_lines(p, talks(r))),
    "alpaca": ("d.json", lambda p, r: write_array(p, alpaca(r))),
    "parquet": ("d.parquet", write_parquet),
    "xlsx": ("d.xlsx", write_sheet),
    "dataset": ("d", write_dataset),
    "splits": ("d", write_splits),
}


@contextmanager
def folder() -> Iterator[Path]:
    with TemporaryDirectory() as name:
        yield Path(name)


def listing(path: Path) -> dict[str, str]:
    """What a person sees in a folder: names and digests."""
    return {entry.name: digest(entry) for entry in path.iterdir() if not entry.name.startswith(".")}


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=max(1, EXAMPLES // len(FORMATS)), deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=sets(), in_place=st.booleans(), unsafe=st.booleans(), policy=st.sampled_from(["rule", "first", "longest"]))
def test_cleaning_keeps_its_laws(name: str, rows: Rows, in_place: bool, unsafe: bool, policy: Any) -> None:
    with folder() as here:
        file, write = FORMATS[name]
        data = write(here / file, rows)
        try:
            report = scan(data, encoder="none")
        except AuditError:
            return  # a random set that no reader can take for questions and answers
        before = listing(here)
        done = clean(report, in_place=in_place, unsafe=unsafe, keep_policy=policy, yes=True)
        journal = done.facts[0].value
        counts = journal["counts"]
        output = Path(journal["output"])

        assert counts["rows_in"] == counts["kept"] + counts["edited"] + counts["dropped"] + counts["quarantined"]
        gone = lines(Path(journal["quarantine"])) if journal["quarantine"] else []
        assert len(gone) == counts["dropped"] + counts["quarantined"]
        assert all(entry["rule"] and entry["because"] and entry["whole"] for entry in gone)
        if in_place:
            assert set(listing(here)) <= {data.name, "d.quarantine.jsonl"}
        else:
            assert listing(here)[data.name] == before[data.name]

        if counts["kept"] + counts["edited"]:
            assert load(output).source.records == counts["kept"] + counts["edited"]
            again = scan(output, encoder="none")
            safe = [patch for patch in again.patches.to_pylist() if patch["safe"]]
            assert not safe, safe
            cleaned = listing(here)
            clean(again, in_place=True, yes=True)
            assert listing(here) == cleaned

        if counts["rows_in"] != counts["kept"] or not in_place:
            undo(Workspace(here))
        assert listing(here) == before


NEVER = 10**9
KILLED = """
import os, signal, sys
left = int(sys.argv.pop(1))
def hook(event, arguments):
    global left
    writes = event == "open" and isinstance(arguments[1], str) and arguments[1][:1] in "wax"
    if writes or event in ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile", "shutil.rmtree"):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
from audit.cli import main
try:
    main()
finally:
    print(left, file=sys.stderr)
"""


FAULTY: Rows = [
    {"question": "이름이 뭐야?", "answer": "나는 표본이야."},
    {"question": "이름이 뭐야?", "answer": "나는 표본이야."},
    {"question": "What is it?", "answer": "1. A thing<|im_end|>"},
    {"question": "오늘 날씨 어때?", "answer": ""},
    *({"question": f"질문 {n} is what?", "answer": f"답은 {n}번이 아니라 {n * n} 이야."} for n in range(30)),
]
SCAN = ("--encoder", "none", "--exit-zero", "--show", "0")
COMMANDS = {
    "clean": ((), ("clean", "{}", "--yes", "--encoder", "none")),
    "clean again": ((("clean", "{}", "--yes", "--encoder", "none", "--ignore", "text"),), ("clean", "{}", "--yes")),
    "clean in place": ((), ("clean", "{}", "--yes", "--in-place", "--encoder", "none")),
    "undo": ((("clean", "{}", "--yes", "--in-place", "--encoder", "none"),), ("undo",)),
    "undo a part": (
        (("clean", "{}", "--yes", "--in-place", "--encoder", "none"),),
        ("undo", "--rule", "empty-answer"),
    ),
}


@dataclass(frozen=True)
class Scene:
    """A command, what a person sees in its folder before and after it, and how often it changes files.

    The folder is `folder`/set; how it was before is in `folder`/before.
    """

    folder: Path
    words: list[str]
    before: dict[str, str]
    after: dict[str, str]
    changes: int


def run(at: int, words: Iterable[str], here: Path) -> subprocess.CompletedProcess[str]:
    """Run a command that is killed when it changes files for the `at`-th time."""
    command = [sys.executable, "-c", KILLED, str(at), *words]
    return subprocess.run(command, cwd=here, capture_output=True, text=True, encoding="utf-8")


@cache
def scene(form: str, command: str) -> Scene:
    file, write = FORMATS[form]
    here = Path(mkdtemp(prefix="audit-laws-"))
    atexit.register(shutil.rmtree, here, ignore_errors=True)
    (place := here / "set").mkdir()
    write(place / file, FAULTY)
    first, last = COMMANDS[command]
    for words in (("scan", "{}", *SCAN), *first):
        done = run(NEVER, [word.format(file) for word in words], place)
        assert done.returncode == 0, done.stderr
    shutil.copytree(place, here / "before")
    words = [word.format(file) for word in last]
    done = run(NEVER, words, place)
    assert done.returncode == 0, done.stderr
    changes = NEVER - int(done.stderr.split()[-1])
    return Scene(here, words, listing(here / "before"), listing(place), changes)


def check_kill(form: str, command: str, share: float) -> None:
    """Kill a command at a share of its changes; the next that changes files finds the old state or the new."""
    play = scene(form, command)
    assert play.before != play.after
    at = 1 + int(share * play.changes)
    shutil.rmtree(here := play.folder / "set")
    shutil.copytree(play.folder / "before", here)  # where it was: elsewhere it would be somebody's copy
    killed = run(at, play.words, here)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    found = listing(here)
    scanned = run(NEVER, ["scan", *SCAN, *sorted({FORMATS[form][0]} & {*found})], here)
    assert scanned.returncode == 0 or FORMATS[form][0] not in found, scanned.stderr
    assert listing(here) == found, "a scan changes no file, and puts none right"
    told = run(NEVER, ["clean", FORMATS[form][0], "--dry-run", "--encoder", "none"], here)
    assert told.returncode == 0, told.stderr
    assert listing(here) in (play.before, play.after), (at, play.changes, told.stderr)
    assert {path.name for path in here.iterdir() if path.name.startswith(".")} == {".audit"}
    runs = here / ".audit" / "runs"
    assert not [*runs.glob(".staging-*"), *runs.glob(".unfinished-*"), *runs.glob("*/pending.json")]
    if listing(here) == play.after and "undo" not in command:
        assert run(NEVER, ["undo"], here).returncode == 0
        assert listing(here) == play.before, "what a killed command did can be undone"


@pytest.mark.parametrize("number", range(KILLS))
def test_a_kill_leaves_the_old_state_or_the_new(number: int) -> None:
    chance = random.Random(number)
    check_kill(chance.choice(["csv", "jsonl", "parquet", "dataset"]), chance.choice(list(COMMANDS)), chance.random())

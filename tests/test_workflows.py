"""Whatever order a person works in: no command fails, nothing is lost, and what is said is true."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path
from tempfile import mkdtemp

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from audit.cli import command
from audit.nouns.dialogue import AuditError

ROWS = [
    ("이름이 뭐야?", "나는 표본이야."),
    ("이름이 뭐야?", "나는 표본이야."),
    ("What is it?", "1. A thing<|im_end|>"),
    ("오늘 날씨 어때?", ""),
    ("What is the capital of Peru?", "Lima<|im_end|>"),
    *((f"질문 {n} is what?", f"답은 {n}번이 아니라 {n * n} 이야.") for n in range(8)),
]
RULES = ["empty-answer", "duplicate-row", "leftover-marker"]


def written(form: str) -> str:
    if form == "csv":
        return "question,answer\n" + "".join(f'"{question}","{answer}"\n' for question, answer in ROWS)
    return "".join(json.dumps({"question": q, "answer": a}, ensure_ascii=False) + "\n" for q, a in ROWS)


def read(path: Path) -> list[tuple[str, str]]:
    if not path.exists():
        return []
    if path.suffix == ".csv":
        with path.open(encoding="utf-8", newline="") as file:
            return [(row["question"], row["answer"] or "") for row in csv.DictReader(file)]
    lines = path.read_text(encoding="utf-8").splitlines()
    return [(row["question"], row["answer"]) for row in map(json.loads, lines)]


class Work(RuleBasedStateMachine):
    """A person with one file. A step may be refused in a sentence; it may never fail, and no question may be lost."""

    form = "csv"

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="audit-work-"))
        self.data = self.folder / f"d.{self.form}"
        self.data.write_text(written(self.form), encoding="utf-8")
        self.asked = {question for question, _ in ROWS}  # every question that a person would look for
        self.rejected: set[tuple[str, str]] = set()
        self.steps = 0

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def call(self, *words: object) -> Result:
        done = CliRunner().invoke(command, list(map(str, words)), standalone_mode=False)
        assert done.exception is None or isinstance(done.exception, AuditError | SystemExit), (words, done.exception)
        assert "fault of audit" not in done.stderr
        self.steps += 1
        return done

    @property
    def clean(self) -> Path:
        return self.data.with_name(f"d.clean.{self.form}")

    @rule()
    def scan(self) -> None:
        done = self.call("scan", self.data, "--encoder", "none")
        assert done.exception is None

    @rule(in_place=st.booleans(), yes=st.booleans())
    def cleaned(self, in_place: bool, yes: bool) -> None:
        words = [*(["--in-place"] if in_place else []), *(["--yes"] if yes else [])]
        done = self.call("clean", self.data, "--encoder", "none", *words)
        if done.exception is not None:
            return
        last = json.loads(self.call("report", "--in", self.folder, "--format", "json").stdout)
        left = [(finding["rule"], finding["row"]) for finding in last["findings"]]
        if last["command"] == "clean" and (told := re.search(r"(\d+) findings? (?:is|are) left", done.stdout)):
            assert int(told[1]) == len(left)
        assert last["command"] != "clean" or not self.rejected & {*left}, "what a person rejected is not named again"

    @rule()
    def undone(self) -> None:
        self.call("undo", "--in", self.folder)

    @rule(name=st.sampled_from(RULES))
    def undone_in_part(self, name: str) -> None:
        self.call("undo", "--in", self.folder, "--rule", name)

    @rule(name=st.sampled_from(RULES), choice=st.sampled_from(["accept", "reject"]))
    def decided(self, name: str, choice: str) -> None:
        found = self.call(
            "scan", self.data, "--encoder", "none", "--format", "json", "--select", name, "--no-workspace"
        )
        findings = json.loads(found.stdout)["findings"] if found.exception is None else []
        if findings:
            entry = {"rule": name, "row": findings[0]["row"], "decision": choice}
            with (self.folder / "audit.baseline.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
            key = (name, findings[0]["row"])
            self.rejected = self.rejected | {key} if choice == "reject" else self.rejected - {key}

    @rule()
    def edited_by_hand(self) -> None:
        if self.data.exists():
            text = self.data.read_text(encoding="utf-8").replace("Lima", "Lima!")
            self.data.write_text(text, encoding="utf-8")

    @precondition(lambda self: self.clean.exists())
    @rule()
    def output_deleted(self) -> None:
        self.clean.unlink()

    @invariant()
    def no_question_is_lost(self) -> None:
        """Each stands in the file, or in the file of rows that left."""
        gone = self.data.with_name("d.quarantine.jsonl")
        left = {q for q, _ in read(self.data)}
        if gone.exists():
            left |= {json.loads(line)["whole"]["question"] for line in gone.read_text(encoding="utf-8").splitlines()}
        assert self.asked <= left

    @invariant()
    def nothing_half_is_left(self) -> None:
        names = [path.name for path in self.folder.iterdir() if path.name.startswith(".")]
        assert set(names) <= {".audit"}
        assert not [*self.folder.glob(".audit/runs/.*"), *self.folder.glob(".audit/runs/*/pending.json")]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_any_order_of_work(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Work, "form", form)
    few = settings(max_examples=12, stateful_step_count=4, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Work, settings=few)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_any_order_of_work_tried_longer(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Work, "form", form)
    many = settings(max_examples=300, stateful_step_count=5, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Work, settings=many)


@pytest.mark.parametrize("in_place", [False, True])
def test_clean_undo_clean_is_clean(tmp_path: Path, in_place: bool) -> None:
    """The order that README shows."""
    data = tmp_path / "d.csv"
    data.write_text(written("csv"), encoding="utf-8")
    words = ["clean", data, "--encoder", "none", "--yes", *(["--in-place"] if in_place else [])]
    runner = CliRunner()
    for step in (words, ["undo", "--in", tmp_path], words, ["undo", "--in", tmp_path], words):
        done = runner.invoke(command, list(map(str, step)), standalone_mode=False)
        assert done.exception is None, (step, done.exception)
    output = data if in_place else tmp_path / "d.clean.csv"
    assert len(read(output)) == len(ROWS) - 2

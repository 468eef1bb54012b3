"""The baseline file: lines are added, the last one counts, and a kill costs one line at most."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import AuditError, scan
from audit.workspace.decisions import Decision, append, beside, read, silence

REJECT = Decision("empty-answer", "abc", "reject")
EDIT = Decision("refusal", "def-2", "edit", "새 답이야 😊\n두 줄", "answer")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.baseline.jsonl"


def test_decisions_come_back_as_they_were_made(path: Path) -> None:
    append(path, REJECT)
    append(path, EDIT)
    assert list(read(path).values()) == [REJECT, EDIT]


def test_the_last_line_counts_and_open_takes_back(path: Path) -> None:
    for choice in ("accept", "reject"):
        append(path, Decision("empty-answer", "abc", choice))
    assert read(path)["empty-answer", "abc"].decision == "reject"
    append(path, Decision("empty-answer", "abc", "open"))
    assert read(path) == {}


def test_a_line_that_a_kill_cut_off_is_no_decision_and_does_not_spoil_the_next(path: Path) -> None:
    append(path, REJECT)
    whole = path.read_bytes()
    append(path, EDIT)
    for end in range(len(whole), path.stat().st_size - 1):
        torn = path.read_bytes()[:end]
        other = path.with_name("torn.jsonl")
        other.write_bytes(torn)
        assert list(read(other).values()) == [REJECT]
        append(other, EDIT)
        assert list(read(other).values()) == [REJECT, EDIT]


def test_a_line_end_that_an_editor_left_out_is_added(path: Path) -> None:
    append(path, REJECT)
    path.write_bytes(path.read_bytes().rstrip())
    append(path, EDIT)
    assert len(read(path)) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("<<<<<<< HEAD", "no JSON"),
        ('{"rule": "a", "row": "b"}', "rule, row and decision"),
        ('{"rule": "a", "row": "b", "decision": "maybe"}', "'maybe'"),
        ('{"rule": "a", "row": 3, "decision": "skip"}', "are texts"),
        ('{"rule": "a", "row": "b", "decision": "edit", "field": "split"}', "question or answer"),
    ],
)
def test_a_line_that_is_no_decision_is_named(path: Path, line: str, said: str) -> None:
    path.write_text(f"{line}\n{line}\n", encoding="utf-8")
    with pytest.raises(AuditError, match=f"line 1: .*{said}"):
        read(path)


def test_rejected_findings_stay_silent(path: Path) -> None:
    rows = [{"question": "이름이 뭐야?", "answer": ""}, {"question": "Who is it?", "answer": ""}]
    before = scan(rows, encoder="none")
    first, second = before.findings.column("row").to_pylist()
    append(path, Decision("empty-answer", first, "reject"))
    after = scan(rows, encoder="none", baseline=path)
    assert after.findings.column("row").to_pylist() == [second]
    assert after.patches.column("row").to_pylist() == [second]
    assert any("1 finding is silent" in note and str(path) in note for note in after.notes)
    assert silence(before.findings, read(path)).equals(after.findings)


def test_the_baseline_stands_beside_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "d.csv").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert beside("sub/d.csv") == tmp_path / "sub" / "audit.baseline.jsonl"
    assert beside("-") == tmp_path / "audit.baseline.jsonl"

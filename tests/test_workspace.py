"""`.audit/` keeps whole runs, and files appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.nouns.reports import Report
from audit.reporting.renderers import json
from audit.scan import scan
from audit.workspace import runs
from audit.workspace.runs import Workspace, write_beside

ROWS = [{"question": "이름이 뭐야?", "answer": ""}, {"question": "Who are you?", "answer": "I am a sample."}]


@pytest.fixture(scope="module")
def report() -> Report:
    return scan(ROWS, encoder="none")


def test_runs_are_numbered_in_order(report: Report, tmp_path: Path) -> None:
    kept = [Workspace(tmp_path).save(report, {}) for _ in range(3)]
    assert [run.name for run in kept] == ["0001-scan", "0002-scan", "0003-scan"]
    assert (kept[0] / "report.json").read_text(encoding="utf-8") == json.render(report)


def test_git_does_not_see_the_workspace(report: Report, tmp_path: Path) -> None:
    Workspace(tmp_path).save(report, {})
    assert (tmp_path / ".audit" / ".gitignore").read_text() == "*\n"


def test_a_run_that_fails_half_way_leaves_nothing(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(runs.pq, "write_table", fail)
    with pytest.raises(OSError, match="No space left"):
        Workspace(tmp_path).save(report, {})
    assert list((tmp_path / ".audit" / "runs").iterdir()) == []


def test_a_file_is_replaced_whole_or_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "report.json"
    write_beside(target, "old")
    monkeypatch.setattr(runs.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match="No space left"):
        write_beside(target, "new")
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


def test_workspace_stands_beside_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tmp_path / "rows.jsonl"
    data.touch()
    assert Workspace.beside(str(data)).root == tmp_path / ".audit"
    monkeypatch.chdir(tmp_path)
    assert Workspace.beside("-").root == tmp_path / ".audit"

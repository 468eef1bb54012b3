"""`audit undo`: files are again what they were, byte for byte, or part of a cleaning is taken back."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from laws import check_kill, lines, listing
from test_clean import FILLER, TWICE, read, run, write

import audit
from audit import AuditError
from audit.cleaning import journal
from audit.undo import undo
from audit.workspace.runs import Workspace

ROWS = [*FILLER, TWICE, ("What is it?", "1. A thing<|im_end|>"), TWICE, ("이름이 뭐야?", "")]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "d.jsonl", ROWS)


def clean(path: Path, **more: Any) -> audit.Report:
    return audit.clean(audit.scan(path, encoder="none"), **more)


@pytest.mark.parametrize("in_place", [False, True])
def test_undo_gives_back_every_byte(data: Path, in_place: bool) -> None:
    before = listing(data.parent)
    clean(data, in_place=in_place)
    assert listing(data.parent) != before
    undo(Workspace(data.parent))
    assert listing(data.parent) == before


def test_undo_gives_back_what_an_earlier_cleaning_wrote(data: Path) -> None:
    clean(data, select=["text"])
    first = listing(data.parent)
    clean(data)
    undo(Workspace(data.parent))
    assert listing(data.parent) == first
    undo(Workspace(data.parent))
    assert sorted(listing(data.parent)) == ["d.jsonl"]


def test_cleanings_in_place_add_to_the_rows_that_left(data: Path) -> None:
    states = [listing(data.parent)]
    clean(data, in_place=True, select=["duplicates"])
    states.append(listing(data.parent))
    clean(data, in_place=True)
    assert [row["rule"] for row in lines(data.with_name("d.quarantine.jsonl"))] == ["duplicate-row", "empty-answer"]
    while states:
        undo(Workspace(data.parent))
        assert listing(data.parent) == states.pop()


@pytest.mark.parametrize("in_place", [False, True])
def test_one_rule_can_be_taken_back(data: Path, in_place: bool) -> None:
    before = listing(data.parent)
    output = Path(clean(data, in_place=in_place).facts[0].value["output"])
    undo(Workspace(data.parent), rules=["leading-enumerator"])
    assert read(output) == [*FILLER, TWICE, ("What is it?", "1. A thing")]
    undo(Workspace(data.parent), rules=["duplicate-row"])
    assert read(output) == [*FILLER, TWICE, ("What is it?", "1. A thing"), TWICE]
    undo(Workspace(data.parent))
    assert listing(data.parent) == before


def test_one_row_can_be_taken_back(data: Path) -> None:
    clean(data)
    (empty,) = [row for row in lines(data.with_name("d.quarantine.jsonl")) if row["rule"] == "empty-answer"]
    undo(Workspace(data.parent), rows=[empty["row"]])
    assert ("이름이 뭐야?", "") in read(data.with_name("d.clean.jsonl"))
    assert [row["rule"] for row in lines(data.with_name("d.quarantine.jsonl"))] == ["duplicate-row"]
    counts = journal.read(data.parent / ".audit" / "runs" / "0002-undo")["counts"]
    assert counts == {"rows_in": 44, "kept": 42, "edited": 1, "dropped": 1, "quarantined": 0}


def test_a_copy_taken_back_does_not_push_its_partner_out(tmp_path: Path) -> None:
    longer = (TWICE[0], TWICE[1].replace(" ", "  "))
    path = write(tmp_path / "d.jsonl", [*FILLER, TWICE, longer])
    clean(path, keep_policy="longest")
    (gone,) = lines(tmp_path / "d.quarantine.jsonl")
    undo(Workspace(tmp_path), rows=[gone["row"]])
    assert read(tmp_path / "d.clean.jsonl") == [*FILLER, TWICE, longer]


def test_a_file_changed_by_hand_is_not_lost_without_a_word(data: Path) -> None:
    before = data.read_bytes()
    clean(data, in_place=True)
    data.write_bytes(data.read_bytes() + b'{"question": "mine", "answer": "too"}\n')
    with pytest.raises(AuditError, match="changed since 0001-clean wrote it"):
        undo(Workspace(data.parent))
    undo(Workspace(data.parent), force=True)
    assert data.read_bytes() == before
    (kept,) = data.parent.glob(".audit/runs/*-undo/previous-output*")
    assert b'"mine"' in kept.read_bytes(), "even then a copy is kept"


def test_there_may_be_nothing_to_undo(data: Path) -> None:
    workspace = Workspace(data.parent)
    with pytest.raises(AuditError, match="no cleaning to undo"):
        undo(workspace)
    clean(data)
    with pytest.raises(AuditError, match=r"'9'.*0001-clean"):
        undo(workspace, "9")
    with pytest.raises(AuditError, match="did nothing to row 123"):
        undo(workspace, rows=["123"])
    with pytest.raises(AuditError, match="did nothing by refusal"):
        undo(workspace, rules=["refusal"])
    undo(workspace, "1")
    with pytest.raises(AuditError, match="undone already"):
        undo(workspace, "0001-clean")


def test_a_cleaning_under_another_is_not_undone_first(data: Path) -> None:
    clean(data, select=["text"])
    clean(data)
    with pytest.raises(AuditError, match="undo 0002-clean first"):
        undo(Workspace(data.parent), "1")


def test_a_moved_folder_can_still_be_undone(data: Path, tmp_path: Path) -> None:
    here = tmp_path / "one"
    here.mkdir()
    moved = data.rename(here / "d.jsonl")
    before = listing(here)
    clean(moved, in_place=True)
    there = here.rename(tmp_path / "two")
    undo(Workspace(there))
    assert listing(there) == before


# Crashes


class Killed(BaseException):
    """Nothing may catch this, as nothing catches a kill."""


@pytest.mark.parametrize("call", range(8))
@pytest.mark.parametrize("in_place", [False, True])
def test_the_next_command_finishes_or_forgets(
    data: Path, call: int, in_place: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """os.rename or os.replace dies at its n-th call."""
    before, calls = listing(data.parent), 0
    report = audit.scan(data, encoder="none")

    def dying(real: Any) -> Any:
        def die(*arguments: Any, **more: Any) -> Any:
            nonlocal calls
            calls += 1
            if calls == call + 1:
                raise Killed
            return real(*arguments, **more)

        return die

    with monkeypatch.context() as patch:
        for name in ("rename", "replace"):
            patch.setattr(os, name, dying(getattr(os, name)))
        with suppress(Killed):
            audit.clean(report, in_place=in_place)
    journal.recover(Workspace(data.parent))
    after = listing(data.parent)
    if after != before:
        assert sorted(read(Path(data if in_place else data.with_name("d.clean.jsonl")))) == sorted(
            [*FILLER, TWICE, ("What is it?", "A thing")]
        )
        assert len(lines(data.with_name("d.quarantine.jsonl"))) == 2
        undo(Workspace(data.parent))
    assert listing(data.parent) == before
    assert not list(data.parent.glob(".audit/runs/.staging-*"))


def test_what_was_changed_after_a_kill_is_not_overwritten(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(journal, "finish", lambda _: [])  # killed right after the commit
        clean(data, in_place=True)
    data.write_bytes(b'{"question": "mine?", "answer": "yes"}\n')
    notes = journal.recover(Workspace(data.parent))
    assert data.read_bytes() == b'{"question": "mine?", "answer": "yes"}\n'
    assert any("changed after" in note for note in notes)


def test_two_at_once_is_one_too_many(data: Path) -> None:
    with journal.locked(Workspace(data.parent)), pytest.raises(AuditError, match="another audit"):
        clean(data)


@pytest.mark.parametrize(("command", "share"), [("undo", 0.6), ("undo", 0.95), ("undo a part", 0.9)])
def test_a_kill_leaves_the_old_state_or_the_new(command: str, share: float) -> None:
    check_kill("csv", command, share)


# The command line


def test_undo_says_what_it_did(data: Path, tmp_path: Path) -> None:
    before = listing(tmp_path)
    assert run("clean", data, "--encoder", "none", "--in-place", cwd=tmp_path).returncode == 0
    done = run("undo", "--rule", "empty-answer", cwd=tmp_path)
    assert "made again without empty-answer: 44 rows in: 42 kept, 1 edited, 1 dropped, 0 quarantined" in done.stdout
    done = run("undo", cwd=tmp_path)
    assert "d.jsonl is again what it was before 0002-clean" in done.stdout
    assert listing(tmp_path) == before
    assert run("undo", cwd=tmp_path).returncode == 2

"""What `audit clean` does to data: which rows go, which texts change, what is written where, and when it stops."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from laws import FORMATS, check_kill, lines, listing, sets
from laws import test_cleaning_keeps_its_laws as law

import audit
from audit import AuditError, Report
from audit.cleaning.procedure import places
from audit.inspection.observation import FOUND
from audit.nouns.findings import Patch
from audit.repairs.proposals import propose
from audit.rows import corpus
from audit.rulebook.pages import Rule, rulebook
from audit.workspace.decisions import Decision, append

AUDIT = str(Path(sys.executable).parent / "audit")
FILLER = [(f"질문 {n} is what?", f"답은 {n}번이 아니라 {n * n} 이야.") for n in range(40)]
TWICE = ("오늘 뭐 했어?", "친구랑 강가를 걸었어. 바람이 시원하더라.")
LONGER = ("오늘 뭐 했어?", "친구랑  강가를  걸었어.  바람이  시원하더라.")
NEAR = (
    "쉬는 날에는 뭐 하고 지내?",
    "나는 바다를 보면서 따뜻한 커피를 마시는 것을 정말 좋아해 그리고 오래 걷는 것도 좋아해.",
)
NEARLY = (
    "너는 무엇을 좋아해?",
    "나는 바다를 보면서 따뜻한 커피를 마시는 것을 정말 좋아해 그리고 오래 걷는 것도 좋아해!",
)


def write(path: Path, rows: Sequence[tuple[str, ...]]) -> Path:
    names = ("question", "answer", "split")
    records = [dict(zip(names, row, strict=False)) for row in rows]
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    return path


def read(path: Path) -> list[tuple[str, str]]:
    return [(row["question"], row["answer"]) for row in lines(path)]


def cleaned(path: Path, **more: Any) -> list[tuple[str, str]]:
    """The rows left, without the filler."""
    report = audit.clean(audit.scan(path, encoder="none"), **more)
    return [row for row in read(Path(report.facts[0].value["output"])) if row not in FILLER]


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([AUDIT, *map(str, words)], cwd=cwd, capture_output=True, text=True, encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(
        tmp_path / "d.jsonl",
        [*FILLER, TWICE, ("What is it?", "1. A thing<|im_end|>"), TWICE, ("이름이 뭐야?", ""), NEAR, NEARLY],
    )


def test_safe_patches_apply_and_unsafe_ones_wait(data: Path) -> None:
    assert cleaned(data) == [TWICE, ("What is it?", "A thing"), NEAR, NEARLY]
    assert cleaned(data, unsafe=True) == [TWICE, ("What is it?", "A thing"), NEAR]


def test_untouched_rows_keep_their_bytes_and_the_input_is_not_touched(tmp_path: Path) -> None:
    odd = '{"answer" : "맑아 ☀",  "question":"날씨 어때?", "extra": [1, 2.50]}\r\n\n'
    path = tmp_path / "d.jsonl"
    path.write_bytes((odd * 1 + '{"question":"a?","answer":""}\n' + odd.replace("맑아", "흐려")).encode())
    before = path.read_bytes()
    audit.clean(audit.scan(path, encoder="none"), yes=True)
    assert path.read_bytes() == before
    assert (tmp_path / "d.clean.jsonl").read_bytes() == (odd + odd.replace("맑아", "흐려")).encode()


def test_every_row_that_left_says_why(data: Path) -> None:
    audit.clean(audit.scan(data, encoder="none"))
    copy, empty = lines(data.with_name("d.quarantine.jsonl"))
    assert (copy["outcome"], copy["rule"], copy["line"]) == ("dropped", "duplicate-row", 43)
    assert (copy["partner"]["line"], copy["partner"]["answer"]) == (41, TWICE[1])
    assert copy["whole"] == {"question": TWICE[0], "answer": TWICE[1]}
    assert (empty["outcome"], empty["rule"], empty["score"]) == ("quarantined", "empty-answer", 1.0)


@pytest.mark.parametrize(("policy", "left"), [("rule", TWICE), ("first", TWICE), ("longest", LONGER)])
def test_which_copy_stays_can_be_chosen(tmp_path: Path, policy: Any, left: tuple[str, str]) -> None:
    path = write(tmp_path / "d.jsonl", [*FILLER, TWICE, LONGER, TWICE])
    assert cleaned(path, keep_policy=policy) == [left]


def test_some_copies_may_stay(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", [*FILLER, TWICE, TWICE, TWICE])
    assert cleaned(path, keep=2) == [TWICE, TWICE]


def test_the_training_copy_of_a_leak_stays(tmp_path: Path) -> None:
    leak = [(*TWICE, "valid"), (*TWICE, "train")]
    path = write(tmp_path / "d.jsonl", [*((*row, "train") for row in FILLER), *leak])
    report = audit.clean(audit.scan(path, encoder="none"), unsafe=True, keep_policy="longest")
    (gone,) = lines(Path(report.facts[0].value["quarantine"]))
    assert (gone["rule"], gone["whole"]["split"], gone["partner"]["row"] != gone["row"]) == (
        "leaked-row",
        "valid",
        True,
    )


def test_an_edit_that_makes_a_copy_leads_to_another_round(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", [*FILLER, TWICE, (TWICE[0], f"1. {TWICE[1]}"), ("What?", "<|im_end|>")])
    assert cleaned(path) == [TWICE]
    report = audit.scan(path.with_name("d.clean.jsonl"), encoder="none")
    assert not [patch for patch in report.patches.to_pylist() if patch["safe"]]


def test_one_bad_turn_takes_the_conversation_with_it(tmp_path: Path) -> None:
    def talk(*answers: str) -> dict[str, Any]:
        turns = [
            [{"role": "user", "content": f"{n}?"}, {"role": "assistant", "content": a}] for n, a in enumerate(answers)
        ]
        return {"messages": [turn for pair in turns for turn in pair]}

    path = tmp_path / "d.jsonl"
    records = [
        *(talk(f"안녕 {n}!", f"그래 {n}.") for n in range(20)),
        talk("하나야.", "", "셋이야."),
        talk("응 <|im_end|>", "그래"),
    ]
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records), encoding="utf-8")
    report = audit.clean(audit.scan(path, encoder="none"))
    assert report.facts[0].value["counts"] == {"rows_in": 22, "kept": 20, "edited": 1, "dropped": 0, "quarantined": 1}
    (gone,) = lines(tmp_path / "d.quarantine.jsonl")
    assert gone["whole"] == talk("하나야.", "", "셋이야.")
    assert lines(tmp_path / "d.clean.jsonl")[-1] == talk("응", "그래")


def test_a_rule_that_goes_too_far_stops_it(tmp_path: Path) -> None:
    path = write(tmp_path / "d.jsonl", [*FILLER[:10], *[NEAR, NEARLY, (NEAR[0] + "?", NEAR[1] + "ㅎ")]])
    before = listing(tmp_path)
    report = audit.scan(path, encoder="none", select=["near-duplicate-answer"])
    with pytest.raises(AuditError) as stopped:
        audit.clean(report, unsafe=True)
    said = str(stopped.value)
    assert "near-duplicate-answer would remove 2 of 13 rows (15.4%)" in said
    for part in ("0.80: 2", "beside line", "--yes"):
        assert part in said
    assert listing(tmp_path) == before
    assert len(read(Path(audit.clean(report, unsafe=True, yes=True).facts[0].value["output"]))) == 11


def test_other_bytes_than_those_scanned_are_refused(data: Path) -> None:
    report = audit.scan(data, encoder="none")
    data.write_bytes(data.read_bytes() + b"\n")
    with pytest.raises(AuditError, match="not what was scanned"):
        audit.clean(report)
    assert not list(data.parent.glob("*.clean.*"))


def test_decisions_decide(data: Path, tmp_path: Path) -> None:
    report = audit.scan(data, encoder="none")
    found = {finding["rule"]: finding["row"] for finding in report.findings.to_pylist()}
    baseline = tmp_path / "audit.baseline.jsonl"
    append(baseline, Decision("duplicate-row", found["duplicate-row"], "reject"))
    append(baseline, Decision("near-duplicate-answer", found["near-duplicate-answer"], "accept"))
    append(baseline, Decision("empty-answer", found["empty-answer"], "edit", "3) 나는 표본이야."))
    assert cleaned(data, baseline=baseline) == [
        TWICE, ("What is it?", "A thing"), TWICE, ("이름이 뭐야?", "나는 표본이야."), NEAR,
    ]  # fmt: skip


def test_an_accepted_finding_without_a_repair_sets_the_row_aside(tmp_path: Path) -> None:
    rows = [
        *FILLER,
        ("라면 먹어?", "응, 나는 라면을 정말 좋아해!"),
        ("라면 먹어?", "아니, 건강에 나쁘다고 해서 절대 안 먹어."),
    ]
    path = write(tmp_path / "d.jsonl", rows)
    report = audit.scan(path, encoder="none", select=["conflicting-answers"])
    (finding,) = report.findings.to_pylist()
    append(tmp_path / "b.jsonl", Decision(finding["rule"], finding["row"], "accept"))
    done = audit.clean(report, baseline=tmp_path / "b.jsonl")
    assert done.facts[0].value["counts"]["quarantined"] == 1


def test_a_rejection_follows_its_row_when_an_edit_changes_the_id(tmp_path: Path) -> None:
    row = ("라면 어때?", "1. 죄송하지만 저는 AI 언어 모델이라 그 부탁은 들어드릴 수 없습니다.<|im_end|>")
    path, baseline = write(tmp_path / "d.jsonl", [*FILLER, row]), tmp_path / "audit.baseline.jsonl"
    report = audit.scan(path, encoder="none")
    assert "refusal" in report.findings.column("rule").to_pylist()
    append(baseline, Decision("refusal", report.findings.column("row")[0].as_py(), "reject"))
    audit.clean(report, baseline=baseline, in_place=True)
    again = audit.scan(path, encoder="none", baseline=baseline)
    assert "refusal" not in again.findings.column("rule").to_pylist()


def test_patches_are_offered_in_python(data: Path) -> None:
    patches = audit.scan(data, encoder="none").patches.to_pylist()
    (cut,) = [p for p in patches if p["rule"] == "leftover-marker"]
    assert (cut["action"], cut["line"], cut["after"], cut["safe"]) == ("edit", 42, "1. A thing", True)
    assert Patch.__dataclass_fields__.keys() - {"span"} <= cut.keys()


def test_the_report_of_a_cleaning_says_what_was_done(data: Path) -> None:
    report: Report = audit.clean(audit.scan(data, encoder="none"))
    assert report.command == "clean"
    assert report.facts[0].sentence.startswith("46 rows in: 43 kept, 1 edited, 1 dropped, 1 quarantined")
    assert report.facts[0].value["rules"]["near-duplicate-answer"]["proposed"] == 1


def test_in_memory_rows_need_a_place_to_go(tmp_path: Path) -> None:
    rows = [{"question": q, "answer": a} for q, a in [*FILLER, TWICE, TWICE]]
    report = audit.scan(rows, encoder="none")
    with pytest.raises(AuditError, match="in memory"):
        audit.clean(report, data=rows)
    audit.clean(report, data=rows, output=tmp_path / "out.jsonl")
    assert read(tmp_path / "out.jsonl") == [*FILLER, TWICE]


@pytest.mark.parametrize("name", ["dataset", "splits", "parquet"])
def test_the_same_data_give_the_same_bytes(name: str, tmp_path: Path) -> None:
    file, form = FORMATS[name]
    rows = [{"question": q, "answer": a, "split": "train"} for q, a in [*FILLER, TWICE, ("What is it?", "1. A thing.")]]
    report = audit.scan(form(tmp_path / file, rows), encoder="none")
    first, second = (audit.clean(report, output=tmp_path / name, yes=True) for name in ("one", "two"))
    assert first.facts[0].value["counts"] == second.facts[0].value["counts"]
    assert listing(tmp_path)["one"] == listing(tmp_path)["two"]


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=sets())
def test_the_laws_hold_in_every_format(name: str, rows: Any) -> None:
    law.hypothesis.inner_test(
        name=name, rows=rows, in_place=len(rows) % 2 == 0, unsafe=len(rows) % 3 == 0, policy="rule"
    )


@pytest.mark.parametrize(("command", "share"), [("clean", 0.5), ("clean in place", 0.97), ("clean in place", 0.85)])
def test_a_kill_leaves_the_old_state_or_the_new(command: str, share: float) -> None:
    check_kill("jsonl", command, share)


# The command line


def test_clean_scans_first_and_then_uses_that_scan(data: Path, tmp_path: Path) -> None:
    done = run("clean", data, "--encoder", "none", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 edited, 1 dropped, 1 quarantined" in done.stdout
    again = run("clean", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert [path.name for path in (tmp_path / ".audit" / "runs").iterdir() if "scan" in path.name] == ["0001-scan"]


def test_a_dry_run_shows_the_diff_and_writes_nothing(data: Path, tmp_path: Path) -> None:
    run("scan", data, "--encoder", "none", cwd=tmp_path)
    before = listing(tmp_path)
    done = run("clean", "--dry-run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "- A 1. A thing<|im_end|>\n+ A A thing\n" in done.stdout
    assert listing(tmp_path) == before


def test_other_bytes_than_the_last_scan_need_the_name(data: Path, tmp_path: Path) -> None:
    run("scan", data, "--encoder", "none", cwd=tmp_path)
    write(data, [*FILLER, TWICE, TWICE])
    refused = run("clean", cwd=tmp_path)
    assert refused.returncode == 2
    assert "its bytes have changed since 0001-scan" in refused.stderr
    done = run("clean", data, "--encoder", "none", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "scanning first" in done.stderr
    assert read(tmp_path / "d.clean.jsonl") == [*FILLER, TWICE]


def test_the_guard_ends_with_2_and_changes_nothing(tmp_path: Path) -> None:
    data = write(tmp_path / "d.jsonl", [*FILLER[:5], TWICE, TWICE])
    done = run("clean", data, "--encoder", "none", cwd=tmp_path)
    assert (done.returncode, sorted(listing(tmp_path))) == (2, ["d.jsonl"])
    assert "duplicate-row would remove 1 of 7 rows" in done.stderr
    assert run("clean", data, "--yes", cwd=tmp_path).returncode == 0


def test_rows_on_stdin_are_cleaned_into_the_current_folder(data: Path, tmp_path: Path) -> None:
    here = tmp_path / "here"
    here.mkdir()
    words = [AUDIT, "clean", "-", "--encoder", "none"]
    done = subprocess.run(words, cwd=here, input=data.read_bytes(), capture_output=True)
    assert done.returncode == 0, done.stderr
    assert read(here / "stdin.clean.jsonl") == [*FILLER, TWICE, ("What is it?", "A thing"), NEAR, NEARLY]
    assert run("undo", cwd=here).returncode == 0
    assert listing(here) == {}


def test_the_input_is_no_output(data: Path, tmp_path: Path) -> None:
    done = run("clean", data, "-o", data, "--encoder", "none", cwd=tmp_path)
    assert done.returncode == 2
    assert "--in-place" in done.stderr


def test_a_file_of_another_origin_is_not_replaced(tmp_path: Path) -> None:
    """A person's own data.clean.jsonl, or the quarantine of data in another format, stands in the way."""
    data = tmp_path / "data.jsonl"
    rows = '{"question": "이름이 뭐야?", "answer": ""}\n{"question": "Who are you?", "answer": "A sample."}\n'
    data.write_text(rows, encoding="utf-8")
    mine = tmp_path / "data.quarantine.jsonl"
    mine.write_text("precious\n", encoding="utf-8")
    with pytest.raises(AuditError, match="stands in the way"):
        audit.clean(audit.scan(data, encoder="none"))
    assert mine.read_text(encoding="utf-8") == "precious\n"
    assert not (tmp_path / "data.clean.jsonl").exists()


def test_the_quarantine_of_a_cleaned_file_is_its_own(tmp_path: Path) -> None:
    data = tmp_path / "data.clean.csv"
    data.touch()
    assert places(data)[1].name == "data.clean.quarantine.jsonl"
    assert places(tmp_path / "data.csv", tmp_path / "new.clean.csv")[1].name == "new.quarantine.jsonl"


@pytest.mark.parametrize(("score", "safe"), [(None, True), (1.0, True), (0.9, True), (0.89, False), (0.5, False)])
@pytest.mark.parametrize("rule", [rule for rule in rulebook().values() if rule.repair and rule.subject == "rows"])
def test_a_patch_is_safe_by_the_score_of_its_finding(rule: Rule, score: float | None, safe: bool) -> None:
    rows = corpus.build([{"question": "Hi", "answer": "Hello there"}])
    words = {"rule": rule.name, "message": "it", "because": "", "field": "answer"}
    found = [{**words, "position": 0, "score": score, "start": 0, "end": 5, "related": [], "group": None}]
    (patch,) = propose(rows, pa.Table.from_pylist(found, FOUND), [rule])
    assert patch.safe is (safe and rule.safe)


def test_what_is_not_sure_waits_for_a_person_in_every_round(tmp_path: Path) -> None:
    rows = [*FILLER, ("Will it rain?", "By noon.\nHuman: And then?\nAssistant: Sun.<|im_end|>")]
    report = audit.scan(write(tmp_path / "d.jsonl", rows), encoder="none", select=["leftover-marker"])
    done = audit.clean(report)
    assert done.facts[0].value["counts"]["edited"] == 0
    assert audit.clean(report, unsafe=True, dry_run=True).facts[0].value["counts"]["edited"] == 1

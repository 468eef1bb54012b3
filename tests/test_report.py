"""`audit report`: every format is a view of a kept run, says the same numbers, and lets no text of the data act."""

from __future__ import annotations

import csv as csv_files
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
import trial_reports

import audit
from audit.nouns.dialogue import AuditError
from audit.nouns.reports import Report
from audit.report import report as reopened
from audit.reporting.archive import reopen
from audit.reporting.changes import compare
from audit.reporting.publication import findings_dataset, push, with_section
from audit.reporting.renderers import card, csv, junit, markdown, sarif
from audit.reporting.renderers import json as plain_json
from audit.reporting.renderers.html.page import render

AUDIT = str(Path(sys.executable).parent / "audit")
SCHEMA = json.loads((Path(__file__).parent / "schemas" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
TWINS = "나는 바다를 보면서 따뜻한 커피를 마시는 것을 정말 좋아해 😊 그리고 {}주말에는 오래 걷는 것도 좋아해."
HOSTILE = ("<script>alert(1)</script>", '"><img src=x onerror=alert(2)>', "</script><!--", "safe\u202egnp.exe", "]]>")
ROWS = [
    ("오늘 뭐 했어?", "친구랑 강가를 걸었어. 바람이 시원하더라."),
    ('=HYPERLINK("http://evil.example","x")', ""),
    ("너는 무엇을 좋아해?", TWINS.format("가끔 ")),
    ("쉬는 날에는 뭐 하고 지내?", TWINS.format("")),
    ("+82 10", "@SUM(1+1)*cmd|' /C calc'!A0 <|im_end|>"),
    *((text, "") for text in HOSTILE),
]


def write(path: Path, rows: list[tuple[str, str]], split: str = "train") -> Path:
    lines = [json.dumps({"question": question, "answer": answer, "split": split}) for question, answer in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("report")
    return audit.scan(write(folder / "rows.jsonl", ROWS), encoder="none")


def run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([AUDIT, *map(str, words)], cwd=cwd, capture_output=True, text=True, encoding="utf-8")


# A report out of its JSON


def saved(report: Report, path: Path) -> Path:
    path.write_text(plain_json.render(report), encoding="utf-8")
    return path


def test_a_report_comes_back_as_it_was(report: Report, tmp_path: Path) -> None:
    again = reopen(saved(report, tmp_path / "report.json"))
    assert plain_json.render(again) == plain_json.render(report)
    assert again.rules == report.rules
    assert again.tallies == report.tallies


def test_a_report_of_an_older_version_still_renders(report: Report, tmp_path: Path) -> None:
    old = json.loads(plain_json.render(report))
    for later in ("tallies", "per_row", "patches", "options", "next_steps"):
        old.pop(later)
    for rule in old["rules"]:
        rule.pop("help")
        rule["colour"] = "a key that nobody knows any more"
    for finding in old["findings"]:
        finding.pop("p_value")
        finding.pop("because")
    path = tmp_path / "old.json"
    path.write_text(json.dumps(old), encoding="utf-8")
    again = reopen(path)
    assert again.findings.num_rows == report.findings.num_rows
    for renderer in (render, markdown.render, card.render, sarif.render, junit.render, csv.render, plain_json.render):
        assert renderer(again)


def test_the_least_that_is_a_report_renders(tmp_path: Path) -> None:
    path = tmp_path / "least.json"
    path.write_text('{"command": "scan"}', encoding="utf-8")
    least = reopen(path)
    for renderer in (render, markdown.render, card.render, sarif.render, junit.render, csv.render, plain_json.render):
        assert renderer(least)


@pytest.mark.parametrize("text", ["[1, 2]", "{", '{"rules": []}', '{"command": "scan", "rules": [1]}'])
def test_what_is_no_report_is_said(text: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(AuditError, match="report"):
        reopen(path)


# Formats for machines


def test_sarif_is_valid_and_names_the_lines_of_the_file(report: Report) -> None:
    log = json.loads(sarif.render(report))
    jsonschema.validate(log, SCHEMA, jsonschema.Draft4Validator)
    (one,) = log["runs"]
    lines = [result["locations"][0]["physicalLocation"]["region"]["startLine"] for result in one["results"]]
    assert lines == report.findings.column("line").to_pylist()
    rules = {rule["id"]: rule for rule in one["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in one["results"]} <= set(rules)
    assert "Why it hurts" in rules["empty-answer"]["help"]["markdown"]
    assert "\u202e" not in json.dumps(log, ensure_ascii=False)


def test_junit_fails_for_errors_and_warnings_alone(report: Report) -> None:
    root = ElementTree.fromstring(junit.render(report))  # noqa: S314 - our own
    cases = {case.attrib["name"]: case for case in root.iter("testcase")}
    assert set(cases) == {rule.name for rule in report.rules}
    failed = {name for name, case in cases.items() if case.find("failure") is not None}
    assert failed == {rule.name for rule in report.rules if rule.findings and rule.severity != "note"}
    failures = sum(int(suite.attrib["failures"]) for suite in root)
    assert failures == len(failed)


def read_csv(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv_files.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_csv_holds_every_finding_and_no_formula(report: Report) -> None:
    text = csv.render(report)
    rows = read_csv(text)
    assert [row["rule"] for row in rows] == report.findings.column("rule").to_pylist()
    cells = [cell for row in rows for cell in row.values()]
    assert not [cell for cell in cells if cell.lstrip(" ")[:1] in tuple("=+-@\t\r＝＋－＠")]
    assert any(cell.startswith("'=HYPERLINK(") for cell in cells)
    assert all(line.endswith("\r") for line in text.split("\n")[:1])


@pytest.mark.parametrize("start", ["=1+1", " =1+1", "+1", "-1", "@x", "\tx", "\rx", "\n=x", "＝1"])
def test_no_cell_can_run(start: str) -> None:
    assert str(csv._cell(start)).startswith("'")


# Formats for people


def test_markdown_shows_the_verdict_and_findings(report: Report) -> None:
    text = markdown.render(report)
    assert text.startswith("### Can I train on this? Yes, after audit clean\n")
    assert "empty-answer" in text
    body = "".join(part for at, part in enumerate(text.split("```")) if at % 2 == 0)
    assert "<script" not in body
    assert "<img" not in body


def test_a_card_says_no_text_of_a_row(report: Report) -> None:
    text = card.render(report)
    assert "바다" not in text
    assert "HYPERLINK" not in text
    assert report.data.sha256 in text


def test_the_section_of_an_earlier_run_gives_way() -> None:
    first = with_section("# My set\n\nWords.\n", f"{card.BEGIN}\n\none\n\n{card.END}\n")
    second = with_section(first, f"{card.BEGIN}\n\ntwo\n\n{card.END}\n")
    assert "Words." in second
    assert "two" in second
    assert "one" not in second
    assert second.count(card.BEGIN) == 1


# Two runs


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Report, Report]:
    rows = [("이름이 뭐야?", ""), ("어디 살아?", ""), ROWS[0]]
    earlier = audit.scan(write(tmp_path / "old.jsonl", rows), encoder="none")
    later = audit.scan(write(tmp_path / "new.jsonl", [*rows[1:], ("몇 살이야?", "")]), encoder="none")
    return earlier, later


def test_new_gone_and_unchanged_by_content(pair: tuple[Report, Report]) -> None:
    earlier, later = pair
    changes = compare(earlier, later, "old").changes
    assert changes is not None
    assert (changes.new, len(changes.gone), changes.unchanged) == (1, 1, 1)
    (rule,) = changes.rules
    assert (rule.name, rule.before.count, rule.after.count) == ("empty-answer", 2, 2)


def test_every_format_says_what_changed(pair: tuple[Report, Report], tmp_path: Path) -> None:
    compared = compare(*pair, "old")
    log = json.loads(sarif.render(compared))
    jsonschema.validate(log, SCHEMA, jsonschema.Draft4Validator)
    states = sorted(result["baselineState"] for result in log["runs"][0]["results"])
    assert states == ["absent", "new", "unchanged"]
    assert sorted(row["state"] for row in read_csv(csv.render(compared))) == ["gone", "new", "unchanged"]
    assert "**1 new**, 1 gone, 1 unchanged" in markdown.render(compared)
    assert "1 new, 1 gone, 1 unchanged" in render(compared)
    assert reopen(saved(compared, tmp_path / "compared.json")).changes == compared.changes


# At the command line


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of the same file, of which the second has a finding more."""
    folder = tmp_path_factory.mktemp("runs")
    for more in ([], [("몇 살이야?", "")]):
        write(folder / "rows.jsonl", [ROWS[0], ("이름이 뭐야?", ""), *more])
        run("scan", "rows.jsonl", "--encoder", "none", cwd=folder)
    return folder


@pytest.mark.parametrize("name", ["", "2", "0002-scan", "rows.jsonl", ".audit/runs/0002-scan"])
def test_a_run_by_any_of_its_names(name: str, folder: Path) -> None:
    done = run("report", *([name] if name else []), "--format", "json", cwd=folder)
    assert len(json.loads(done.stdout)["findings"]) == 2, done.stderr


def test_a_page_is_a_file(folder: Path) -> None:
    done = run("report", cwd=folder)
    assert (done.returncode, done.stdout) == (0, "")
    page = (folder / "audit-report.html").read_text(encoding="utf-8")
    assert page.lstrip().startswith("<!doctype html>")
    run("report", "-o", "again.html", cwd=folder)
    assert (folder / "again.html").read_text(encoding="utf-8") == page


def test_fail_on_new(folder: Path) -> None:
    words = ("report", "--format", "markdown", "--fail-on", "new")
    assert run(*words, "--baseline", "1", cwd=folder).returncode == 1
    assert run(*words, "--baseline", "2", cwd=folder).returncode == 0
    (folder / "old.json").write_text(run("report", "1", "--format", "json", cwd=folder).stdout, encoding="utf-8")
    assert run(*words, "--baseline", "old.json", cwd=folder).returncode == 1
    assert run(*words, "--compare", "2", "1", cwd=folder).returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["9"], "no run is called '9'"),
        (["--fail-on", "new"], "needs --baseline"),
        (["--compare", "1", "2", "--baseline", "1"], "--compare names both"),
        (["--format", "csv", "--open"], "--open"),
        (["-o", "nowhere/page.html"], "no such folder"),
        (["--push", "not a name"], "neither a folder"),
    ],
)
def test_a_mistake_ends_in_one_sentence(words: list[str], said: str, folder: Path) -> None:
    done = run("report", *words, cwd=folder)
    assert (done.returncode, said in done.stderr, "Traceback" in done.stderr) == (2, True, False), done.stderr


def test_where_no_run_is_kept(tmp_path: Path) -> None:
    done = run("report", cwd=tmp_path)
    assert (done.returncode, "no run is kept" in done.stderr) == (2, True), done.stderr


def test_a_cleaning_shows_before_and_after(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    run("clean", "rows.jsonl", "--yes", cwd=tmp_path)
    cleaned = reopened(folder=tmp_path)
    assert cleaned.command == "clean"
    (tally,) = cleaned.tallies
    assert tally.rows == (("empty-answer", 2, 0),)
    assert "2 findings before the cleaning, 0 after it" in render(cleaned)


# In and out of `datasets`


def test_datasets_in_and_out(report: Report, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    rows = datasets.Dataset.from_list([{"question": question, "answer": answer} for question, answer in ROWS])
    scanned = audit.scan(rows, encoder="none")
    assert scanned.findings.num_rows == report.findings.num_rows
    found: Any = findings_dataset(scanned)
    assert found["rule"][:] == scanned.findings.column("rule").to_pylist()
    found.save_to_disk(tmp_path / "findings")
    assert datasets.load_from_disk(tmp_path / "findings").num_rows == found.num_rows


def test_push_to_a_folder_keeps_the_rest_of_the_card(report: Report, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("---\nlicense: mit\n---\n\n# My set\n", encoding="utf-8")
    for _ in range(2):
        assert len(list(push(report, str(tmp_path)))) == 2
    text = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert text.startswith("---\nlicense: mit\n---\n\n# My set\n")
    assert text.count("## Data quality") == 1
    import pyarrow.parquet as pq

    assert pq.read_table(tmp_path / "audit" / "findings.parquet").num_rows == report.findings.num_rows


# What was trained


@pytest.mark.parametrize("kind", ["retraining", "experiment"])
def test_what_was_trained_in_every_format(kind: str, report: Report, tmp_path: Path) -> None:
    made: Report = getattr(trial_reports, kind)(report)
    assert getattr(reopen(saved(made, tmp_path / "report.json")), kind) == getattr(made, kind)
    page, text = render(made), markdown.render(made)
    for said in ("digit-start", "served", "p-digit" if kind == "retraining" else "ruled out"):
        assert said in page
        assert said in text
    assert "바다가 좋아." in page or kind == "experiment"
    jsonschema.validate(json.loads(sarif.render(made)), SCHEMA, jsonschema.Draft4Validator)


def test_an_experiment_shows_what_is_proven_first(report: Report) -> None:
    page = render(trial_reports.experiment(report))
    hero = page[page.index('class="hero"') : page.index("<nav")]
    assert "Prompt, served to train: -50 points of answers that begin with a digit" in hero
    for verdict in ("proven", "ruled out", "cannot tell"):
        assert f"</span> {verdict}</li>" in hero


def test_two_retrainings_are_compared_by_failure_and_prompt(report: Report) -> None:
    made = trial_reports.retraining(report)
    changes = compare(made, made, "0001-retrain").changes
    assert changes is not None
    assert [(one.failure, one.run, one.difference.value) for one in changes.rates] == [
        (outcome, prompt, 0.0) for (prompt, outcome) in trial_reports.SEEN
    ]

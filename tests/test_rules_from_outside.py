"""Rules of other people: a folder that is named, an installed package; a page alone, or with a detector beside it."""

from __future__ import annotations

import json
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import audit
from audit.cli import command
from audit.diagnosis.page_examples import problems
from audit.nouns.dialogue import AuditError
from audit.rulebook import outside
from audit.rulebook.drafts import write_rule
from audit.rulebook.pages import _rulebook, find_rule, left_out, rulebook

PAGE = """# {name}

The answer has a placeholder.

```toml
severity = "warning"
{toml}
```

## Flagged

```jsonl 2 findings
{{"question": "When?", "answer": "TBD, in spring."}}
{{"question": "언제?", "answer": "봄에 TBD"}}
```

## After clean

```jsonl
{{"question": "When?", "answer": ", in spring."}}
{{"question": "언제?", "answer": "봄에"}}
```

## Left alone

```jsonl 0 findings
{{"question": "When?", "answer": "In spring."}}
{{"question": "언제?", "answer": "봄에 봐"}}
```
"""
PATTERN = 'repair = "strip-span"\nsafe = true\ndetector = "pattern"\n\n[settings]\nregex = \'\\s*\\bTBD\\b\''
DATA = "question,answer\nWhen is it?,TBD in spring\n언제야?,봄에 TBD 그때\nWho are you?,I am the gardener.\n"


@pytest.fixture(autouse=True)
def _none_are_named(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(outside, "_named", [])
    monkeypatch.delenv("AUDIT_RULES", raising=False)
    yield
    _rulebook.cache_clear()


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A folder of rules with one page."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "placeholder.md").write_text(PAGE.format(name="placeholder", toml=PATTERN), encoding="utf-8")
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "d.csv"
    path.write_text(DATA, encoding="utf-8")
    return path


def call(*words: object) -> Result:
    return CliRunner().invoke(command, list(map(str, words)), catch_exceptions=False, standalone_mode=False)


def scanned(data: Path, *words: object) -> dict:
    done = call("scan", data, "--encoder", "none", "--no-workspace", "--format", "json", *words)
    return json.loads(done.stdout)


def test_a_page_alone_finds_explains_and_repairs(mine: Path, data: Path) -> None:
    found = [f for f in scanned(data, "--rules", mine)["findings"] if f["rule"] == "placeholder"]
    assert [(f["line"], f["start"], f["end"]) for f in found] == [(2, 0, 3), (3, 2, 6)]
    assert "has a placeholder" in call("explain", "placeholder", "--rules", mine).stdout
    assert "mine" in next(
        line for line in call("rules", "--rules", mine).stdout.splitlines() if line.startswith("placeholder ")
    )
    call("clean", data, "--encoder", "none", "--rules", mine, "--select", "placeholder", "--yes")
    cleaned = data.with_name("d.clean.csv").read_text(encoding="utf-8")
    assert "TBD" not in cleaned
    assert "봄에 그때" in cleaned


def test_its_examples_are_tests(mine: Path) -> None:
    done = call("rules", "test", mine)
    assert (done.return_value, "3 examples come out as the page says" in done.stdout) == (0, True)
    page = mine / "placeholder.md"
    page.write_text(page.read_text(encoding="utf-8").replace("```jsonl 2 findings", "```jsonl 3 findings"), "utf-8")
    _rulebook.cache_clear()
    done = call("rules", "test", mine)
    assert done.return_value == 1
    assert "3 findings expected, 2 found" in done.stdout


def test_every_form_of_the_report_has_the_rule(mine: Path, data: Path) -> None:
    call("scan", data, "--encoder", "none", "--rules", mine)
    for form in ("json", "html", "sarif", "junit", "csv", "markdown"):
        path = data.with_name(f"r.{form}")
        call("report", "--in", data.parent, "--format", form, "-o", path)
        assert "placeholder" in path.read_text(encoding="utf-8"), form


def test_workers_change_nothing_even_those_that_import_nothing_of_ours(mine: Path, data: Path) -> None:
    write_rule("no-placeholder", mine)
    assert scanned(data, "--rules", mine) == scanned(data, "--rules", mine, "--workers", "2")
    import pickle

    rule = find_rule("no-placeholder")
    again = pickle.loads(pickle.dumps(rule))  # noqa: S301 - as the engines do with a rule
    outside._loaded.clear()
    assert again.inputs == ("corpus",)


def test_the_pattern_is_found_in_text_as_it_is_written() -> None:
    decomposed = unicodedata.normalize("NFD", "각하 나라")
    from audit.detectors.pattern import pattern
    from audit.rows.corpus import build

    rows = build([{"question": "나라?", "answer": decomposed}, {"question": "나라?", "answer": "`나라` 나라"}])
    found = [(seen.row, seen.field, seen.span) for seen in pattern(rows, regex="나라", unless="`[^`]*`")]
    start = decomposed.index(unicodedata.normalize("NFD", "나라"))
    assert found == [(0, "answer", (start, len(decomposed))), (1, "answer", (5, 7))]
    assert len(list(pattern(rows, field="both", regex="나라"))) == 5


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('detector = "pattern"\n[settings]\nregex = "(?=x)"', "no pattern of RE2"),
        ('detector = "pattern"\n[settings]\nregex = "x*"', "match everywhere"),
        ('detector = "pattern"\n[settings]\nfield = "title"\nregex = "x"', "must be one of question, answer, both"),
        ('detector = "pattern"', "needs a regex"),
        ('detector = "patern"', "needs a detector"),
        ("", "needs a detector: placeholder.py beside it"),
        ('severity = "loud"', "placeholder.md"),
        ('detector = "pattern"\n[setting]\nregex = "x"', "unknown key 'setting'"),
        ('subject = "generations"\ndetector = "pattern"\n[settings]\nregex = "x"', "phrase says what outputs"),
    ],
)
def test_a_page_with_a_mistake_is_one_sentence_with_its_file(mine: Path, data: Path, toml: str, said: str) -> None:
    (mine / "placeholder.md").write_text(PAGE.format(name="placeholder", toml=toml), encoding="utf-8")
    with pytest.raises(AuditError) as raised:
        call("scan", data, "--rules", mine)
    assert "placeholder.md" in str(raised.value)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_draft_passes_its_own_examples(tmp_path: Path) -> None:
    write_rule("my-rule", tmp_path / "rules")
    write_rule("my-pattern", tmp_path / "rules", r"\bTBD\b")
    outside.include(tmp_path / "rules")
    assert [list(problems(rulebook()[name])) for name in ("my-rule", "my-pattern")] == [[], []]
    with pytest.raises(AuditError, match="is a rule my-rule already"):
        write_rule("my-rule", tmp_path / "rules")
    with pytest.raises(AuditError, match="small letters"):
        write_rule("../x", tmp_path)


def test_a_detector_that_fails_is_named_and_the_others_run(mine: Path, data: Path) -> None:
    (mine / "broken.md").write_text("# broken\n\nIt breaks.\n\n```toml\nseverity = 'note'\n```\n", encoding="utf-8")
    (mine / "broken.py").write_text("def broken(corpus):\n    yield 1 / 0\n", encoding="utf-8")
    report = scanned(data, "--rules", mine)
    assert "broken is left out, as its detector failed: ZeroDivisionError: division by zero" in report["notes"]
    assert "broken" not in [rule["name"] for rule in report["rules"]]
    assert [f["rule"] for f in report["findings"]].count("placeholder") == 2
    (mine / "broken.py").write_text("import no_such_module_at_all\n", encoding="utf-8")
    _rulebook.cache_clear()
    with pytest.raises(AuditError, match=r"broken.py: this detector cannot be loaded: ModuleNotFoundError"):
        call("scan", data, "--rules", mine)


def test_a_folder_that_lies_beside_the_data_is_never_run(mine: Path, data: Path, tmp_path: Path) -> None:
    marker = tmp_path / "it-ran"
    (mine / "evil.md").write_text("# evil\n\nIt runs.\n\n```toml\nseverity = 'note'\n```\n", encoding="utf-8")
    (mine / "evil.py").write_text(
        f"import pathlib; pathlib.Path({str(marker)!r}).touch()\ndef evil(corpus): return []\n", encoding="utf-8"
    )
    (tmp_path / "audit.toml").write_text('rules = ["mine"]\n', encoding="utf-8")
    with pytest.raises(AuditError, match=r"only found.*audit scan --rules mine.*--config"):
        call("scan", data, "--encoder", "none")
    assert not marker.exists()
    call("scan", data, "--encoder", "none", "--config", tmp_path / "audit.toml")
    assert marker.exists()


def test_links_out_of_the_folder_are_not_followed(mine: Path, data: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.md").write_text(PAGE.format(name="linked", toml=PATTERN), encoding="utf-8")
    (mine / "linked.md").symlink_to(tmp_path / "elsewhere.md")
    with pytest.raises(AuditError, match="leads out of"):
        call("scan", data, "--rules", mine)


def test_a_name_that_is_taken_is_said(mine: Path, data: Path) -> None:
    (mine / "placeholder.md").rename(mine / "refusal.md")
    with pytest.raises(AuditError, match="there is a rule refusal already"):
        call("scan", data, "--rules", mine)


def test_a_kept_scan_is_of_the_rules_that_it_was_made_with(mine: Path, data: Path) -> None:
    call("scan", data, "--encoder", "none", "--rules", mine)
    page = mine / "placeholder.md"
    page.write_text(page.read_text(encoding="utf-8").replace("TBD\\b", "TBA\\b"), encoding="utf-8")
    _rulebook.cache_clear()
    done = call("clean", data, "--rules", mine, "--dry-run", "--encoder", "none")
    assert "the rules from outside have changed" in done.stderr


def test_packages_bring_rules_and_a_broken_one_is_named(mine: Path, data: Path, tmp_path: Path, monkeypatch) -> None:
    """Two packages as pip leaves them: a folder with pages, and what says so."""
    for name, code in (("good_rules", ""), ("bad_rules", "raise RuntimeError('not today')")):
        package = tmp_path / "site" / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(code, encoding="utf-8")
        about = tmp_path / "site" / f"{name}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n", encoding="utf-8")
        (about / "entry_points.txt").write_text(f"[audit.rules]\n{name} = {name}\n", encoding="utf-8")
    (mine / "placeholder.md").rename(tmp_path / "site" / "good_rules" / "placeholder.md")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    _rulebook.cache_clear()
    assert rulebook()["placeholder"].family == "good_rules"
    assert left_out() == ("the rules of bad_rules are left out: RuntimeError: not today",)
    report = scanned(data)
    assert [f["rule"] for f in report["findings"]].count("placeholder") == 2
    assert left_out()[0] in report["notes"]
    for name in ("good_rules", "bad_rules"):
        sys.modules.pop(name, None)


def test_a_new_failure_of_generations_is_one_page(mine: Path, data: Path, tmp_path: Path) -> None:
    toml = (
        'subject = "generations"\ndetector = "pattern"\nphrase = "say sorry"\nplace = "beginning"\n\n[begins]\n'
        'name = "sorry"\nphrase = "an answer begins with an apology"\ntoken = " ?Sorry"\n\n[settings]\nregex = "^Sorry"'
    )
    (mine / "placeholder.md").unlink()
    (mine / "apology.md").write_text(
        PAGE.format(name="apology", toml=toml).partition("## Flagged")[0]
        + '## Flagged\n\n```jsonl 1 findings\n{"question": "Hi", "answer": "Sorry, no.", "split": "generated"}\n```\n'
        + '\n## Left alone\n\n```jsonl 0 findings\n{"question": "Hi", "answer": "Hey.", "split": "generated"}\n```\n',
        encoding="utf-8",
    )
    said = tmp_path / "said.jsonl"
    said.write_text(
        "".join(json.dumps({"prompt": f"q{i}", "answer": f"{'Sorry, ' * (i % 2)}it is {i}"}) + "\n" for i in range(60)),
        encoding="utf-8",
    )
    assert call("rules", "test", mine).return_value == 0
    done = call("diagnose", said, "--data", data, "--rules", mine)
    assert "outputs that say sorry" in " ".join(done.stdout.split()) or "say sorry" in done.stdout
    for form in ("html", "json", "markdown"):
        path = tmp_path / f"r.{form}"
        call("report", "--in", tmp_path, "--format", form, "-o", path)
        assert "say sorry" in path.read_text(encoding="utf-8"), form
    from audit.rulebook.failures import beginnings, outcomes

    assert beginnings()["p-sorry"].phrase == "an answer begins with an apology"
    assert {"apology", "p-sorry"} < set(outcomes())


def test_python_has_the_same(mine: Path, data: Path) -> None:
    report = audit.scan(data, encoder="none", rules_from=[mine])
    assert report.findings.column("rule").to_pylist().count("placeholder") == 2

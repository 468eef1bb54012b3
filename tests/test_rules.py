"""Every block of every rule page does what the page says."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from small_tokenizers import small_tokenizer

from audit.detectors import __path__ as detectors_path
from audit.diagnosis.judge import judge
from audit.engines.local import Local
from audit.likeness.matching import match
from audit.likeness.signals import CachedSignals
from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Finding
from audit.recipes.recipe_file import parse_recipe
from audit.repairs import __path__ as repairs_path
from audit.rows import corpus
from audit.rows.corpus import Corpus
from audit.rows.generations import load_generations
from audit.rulebook.pages import Example, Rule, Subject, choose, rulebook

HANGUL = re.compile("[\uac00-\ud7a3]")
SAMPLES = Path(__file__).parent.parent / "data" / "samples"
MENDED: dict[Subject, str] = {"rows": "## After clean", "recipe": "## Mended"}
RULES = [pytest.param(rule, id=rule.name) for rule in rulebook().values()]


def examples(*sections: str, subject: Subject = "rows") -> list[Any]:
    return [
        pytest.param(rule, example, id=f"{rule.name}:{example.line}")
        for rule in rulebook().values()
        for example in rule.examples
        if example.section in sections and rule.subject == subject
    ]


def crowd(example: Example) -> list[dict[str, Any]]:
    """The rows of the sample set that the example's rows are added to, if it names one."""
    if not example.sample:
        return []
    (path,) = SAMPLES.glob(f"{example.sample}.*")
    return corpus.load(path).table.select(["question", "answer", "split"]).to_pylist()


def findings(rule: Rule, rows: Corpus, signals: CachedSignals) -> list[Finding]:
    observed = rule.observe(corpus=rows, matching=match(rows, Local()), engine=Local(), signals=signals)
    return [seen for seen in observed if isinstance(seen, Finding)]


def after_repair(rule: Rule, rows: Corpus, found: Sequence[Finding]) -> list[dict[str, str]]:
    """What is left when the rule's repair has been applied to every finding, the last span of a row first."""
    stem = rule.repair.replace("-", "_")
    repair = getattr(import_module(f"audit.repairs.{stem}"), stem)
    left = {position: rows.row(position) for position in range(len(rows))}
    for finding in sorted(found, key=lambda f: (f.row, f.span or (0, 0)), reverse=True):
        if finding.row not in left:
            continue
        patch = repair(left[finding.row], finding, safe=rule.safe)
        if patch.action == "edit":
            row = left[finding.row]
            changed = {"question": row.question, "answer": row.answer, patch.field: patch.after}
            left[finding.row] = type(row)(row.id, changed["question"], changed["answer"], row.split)
        else:
            del left[finding.row]
    return [{"question": row.question, "answer": row.answer} for row in left.values()]


@pytest.fixture(scope="session")
def signals(tmp_path_factory: pytest.TempPathFactory) -> CachedSignals:
    return CachedSignals("auto", tmp_path_factory.mktemp("vectors"))


@pytest.mark.parametrize(("rule", "example"), examples("flagged", "left-alone"))
def test_page_flags_what_it_says(rule: Rule, example: Example, signals: CachedSignals) -> None:
    before = crowd(example)
    rows = corpus.build([*before, *example.rows])
    found = [finding for finding in findings(rule, rows, signals) if finding.row >= len(before)]
    assert len(found) == example.findings, [f"{rows.row(f.row)}: {f.message}" for f in found]


@pytest.mark.parametrize(("rule", "after"), examples("after-clean"))
def test_page_shows_what_its_repair_leaves(rule: Rule, after: Example, signals: CachedSignals) -> None:
    flagged = next(example for example in rule.examples if example.section == "flagged")
    if flagged.sample:
        pytest.skip("the repair is shown on rows that need no crowd")
    rows = corpus.build(flagged.rows)
    left = after_repair(rule, rows, findings(rule, rows, signals))
    assert left == [{"question": row["question"], "answer": row["answer"]} for row in after.rows]


@pytest.mark.parametrize(("rule", "example"), examples("flagged", "mended", "left-alone", subject="recipe"))
def test_recipe_page_flags_what_it_says(rule: Rule, example: Example) -> None:
    recipes = [parse_recipe(text, f"{rule.name}.md") for text in example.recipes]
    inputs = {
        "recipe": recipes[0],
        "recipes": recipes,
        "corpus": corpus.build(example.rows),
        "tokenizer": small_tokenizer(example.tokenizer) if example.tokenizer else None,
    }
    observed = rule.observe(**inputs)
    found = [seen.message for seen in observed if isinstance(seen, Finding)]
    assert len(found) == example.findings, found


@pytest.mark.parametrize(("rule", "example"), examples("flagged", "left-alone", subject="generations"))
def test_generation_page_flags_what_it_says(rule: Rule, example: Example, signals: CachedSignals) -> None:
    """Rows of the split "generated" are what a model said; the others, and the sample set, are what it learned."""
    outputs = [row for row in example.rows if row["split"] == "generated"]
    learned = [*crowd(example), *(row for row in example.rows if row["split"] != "generated")]
    found = judge(load_generations([outputs]), corpus.build(learned), signals=signals).findings.to_pylist()
    mine = [finding for finding in found if finding["failure"] == rule.name]
    assert len(mine) == example.findings, [(outputs[f["position"]], f["message"]) for f in mine]


def test_scan_runs_the_rules_about_rows_and_refuses_others_with_a_word() -> None:
    assert {rule.subject for rule in choose()} == {"rows"}
    assert {rule.subject for rule in choose(subject="recipe")} == {"recipe"}
    for name in ("rank-moves-scale", "recipe"):
        with pytest.raises(AuditError, match=f"{name} looks at a recipe, not at rows; audit recipe check runs it"):
            choose([name])
    with pytest.raises(AuditError, match="empty-answer looks at rows, not at a recipe; audit scan runs it"):
        choose(["empty-answer"], subject="recipe")


def test_one_settings_file_serves_every_command() -> None:
    assert choose(ignore=["rank-moves-scale"], settings={"risky-memorisation": {"exposures": 8.0}}) == choose()
    with pytest.raises(AuditError, match="has no setting 'exposure'"):
        choose(settings={"risky-memorisation": {"exposure": 8.0}})


@pytest.mark.parametrize("rule", RULES)
def test_page_has_its_sections_and_both_languages(rule: Rule) -> None:
    assert rule.page.startswith(f"# {rule.name}\n")
    for heading in ("## Why it hurts", "## Flagged", MENDED.get(rule.subject, ""), "## Left alone"):
        assert heading in rule.page
    flagged = [example for example in rule.examples if example.section == "flagged"]
    left_alone = [example for example in rule.examples if example.section == "left-alone"]
    needs_a_crowd = any(example.sample for example in flagged)  # one sample set has one language
    for part in [flagged + left_alone] if needs_a_crowd else [flagged, left_alone]:
        texts = [text for example in part for text in (example.recipes or map(str, example.rows))]
        hangul = [text for text in texts if HANGUL.search(text)]
        assert 0 < len(hangul) < len(texts), "a page has examples in Korean and in English"


def test_every_detector_has_a_page_and_every_page_a_detector() -> None:
    families = {
        path.parent.name: path.parent for folder in detectors_path for path in Path(folder).glob("*/__init__.py")
    }
    assert set(families) == {rule.family for rule in rulebook().values()}
    for family, folder in families.items():
        sources = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("[a-z]*.py")}
        pages = {rule.detect.__name__ for rule in rulebook().values() if rule.detect.__module__.split(".")[2] == family}
        assert pages <= set(sources)
        for stem in set(sources) - pages:  # what only this family needs
            name = f"audit.detectors.{family}"
            used = re.compile(rf"from {name}\.{stem} import|from {name} import .*\b{stem}\b")
            assert any(used.search(text) for text in sources.values()), f"{family}/{stem}.py has no page and no use"


def test_a_page_and_its_detector_have_the_same_path() -> None:
    for rule in rulebook().values():
        own = f"audit.detectors.{rule.family}.{rule.name.replace('-', '_')}"
        assert rule.detect.__module__ == own or "\ndetector = " in rule.page


def test_every_repair_is_named_by_a_page() -> None:
    modules = {path.stem.replace("_", "-") for folder in repairs_path for path in Path(folder).glob("[a-z]*_*.py")}
    assert {rule.repair for rule in rulebook().values()} - {""} == modules

"""Every block of every rule page does what the page says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from small_tokenizers import small_tokenizer

from audit.detectors import __path__ as detectors_path
from audit.diagnosis.page_examples import problems
from audit.likeness.signals import CachedSignals
from audit.nouns.dialogue import AuditError
from audit.repairs import __path__ as repairs_path
from audit.rulebook.pages import Rule, Subject, choose, rulebook

HANGUL = re.compile("[\uac00-\ud7a3]")
SAMPLES = Path(__file__).parent.parent / "data" / "samples"
MENDED: dict[Subject, str] = {"rows": "## After clean", "recipe": "## Mended"}
RULES = [pytest.param(rule, id=rule.name) for rule in rulebook().values()]


@pytest.fixture(scope="session")
def signals(tmp_path_factory: pytest.TempPathFactory) -> CachedSignals:
    return CachedSignals("auto", tmp_path_factory.mktemp("vectors"))


@pytest.mark.parametrize("rule", RULES)
def test_examples_of_the_page_come_out_as_it_says(rule: Rule, signals: CachedSignals) -> None:
    assert list(problems(rule, signals, small_tokenizer)) == []


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

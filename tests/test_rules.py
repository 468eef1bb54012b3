"""Every block of every rule page does what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import corpus
from audit.detectors import __path__ as detectors_path
from audit.engines.local import Local
from audit.rulebook import Example, Rule, rulebook
from audit.types import Finding

EXAMPLES = [
    pytest.param(rule, example, id=f"{rule.name}:{example.line}")
    for rule in rulebook().values()
    for example in rule.examples
    if example.section in ("flagged", "left-alone")
]


def findings(rule: Rule, example: Example) -> list[Finding]:
    """What the rule says of the example's rows, which come after those of the sample set they are added to."""
    crowd = []
    if example.sample:
        crowd = sample_rows(example.sample)
    rows = corpus.build([*crowd, *example.rows])
    inputs = {"corpus": rows, "engine": Local(), "signals": None}
    observed = rule.detect(*(inputs[name] for name in rule.inputs), **rule.settings)
    return [seen for seen in observed if isinstance(seen, Finding) and seen.row >= len(crowd)]


def sample_rows(name: str) -> list[dict[str, str]]:
    raise NotImplementedError(name)


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_page_holds(rule: Rule, example: Example) -> None:
    found = findings(rule, example)
    assert len(found) == example.findings, [f"{example.rows[f.row]}: {f.message}" for f in found]


def test_every_detector_has_a_page_and_every_page_a_detector() -> None:
    modules = {Path(p).stem for folder in detectors_path for p in Path(folder).glob("[a-z]*.py")}
    assert {rule.detect.__name__ for rule in rulebook().values()} == modules


@pytest.mark.parametrize("rule", rulebook().values(), ids=lambda rule: rule.name)
def test_page_has_its_sections(rule: Rule) -> None:
    assert rule.page.startswith(f"# {rule.name}\n")
    for heading in ("## Why it hurts", "## Flagged", "## After clean", "## Left alone"):
        assert heading in rule.page

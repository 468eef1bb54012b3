"""Severity is earned on real sets: the page of a rule shows what a reader thought of its findings, and they agree."""

from __future__ import annotations

import pytest
import real

from audit.rulebook.pages import Rule

RULES = real.row_rules()
each_rule = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


def test_verdicts_are_of_rules_that_there_are() -> None:
    known = {rule.name for rule in RULES}
    rows = real.labels()
    assert rows
    assert {row["rule"] for row in rows} <= known
    assert {row["set"] for row in rows} <= set(real.SETS)
    assert {row["verdict"] for row in rows} <= set(real.VERDICTS)
    assert len({(row["rule"], row["set"], row["row"]) for row in rows}) == len(rows)


@each_rule
def test_page_shows_what_was_read(rule: Rule) -> None:
    assert str(real.read_by_rule().get(rule.name, real.Read())) in rule.page.replace("\n", " ")


@each_rule
def test_severity_is_earned(rule: Rule) -> None:
    read = real.read_by_rule().get(rule.name, real.Read())
    assert rule.off or read.earns(rule.severity.value), f"{rule.severity.value} needs more than {read.precision:.2f}"


@pytest.mark.case
@pytest.mark.skipif(not real.REAL.is_dir(), reason=f"{real.REAL} is not here")
@pytest.mark.parametrize("name", ["refusals_gpt4.csv", "korgram.csv"])
def test_verdicts_are_of_findings_that_are_still_made(name: str) -> None:
    found = {(finding["rule"], finding["row"]) for finding in real.scan(name).findings.to_pylist()}
    stale = [row for row in real.labels() if row["set"] == name and (row["rule"], row["row"]) not in found]
    assert not stale

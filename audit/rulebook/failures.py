"""What outputs of models may show, and how their answers may begin: everything that a page says of it.

A failure is a page with a `phrase`. Pages of `rules/generation/` are about outputs and nothing else; a rule about rows
whose page has a phrase is asked of outputs, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from typing import get_args

from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Severity
from audit.nouns.trials import CHANCE_OF
from audit.nouns.verdicts import Failure, Place
from audit.rows.labels import Label
from audit.rulebook.pages import NAME, Beginning, Rule, rulebook

_own: dict[str, Rule] = {}


@contextmanager
def own_failures(patterns: Mapping[str, str], labels: Sequence[Label] = ()) -> Iterator[None]:
    """Let outputs that a pattern (of RE2) matches, or that a label tells, be failures of these names within the block.

    AuditError for a name that is none or is taken, and for a pattern that cannot be.
    """
    before = _own.copy()
    try:
        for name, regex in patterns.items():
            _own[_free(name, f"--failure {name}={regex}")] = _of_pattern(name, regex)
        for label in labels:
            _own[_free(label.name, f"--failure-column {label.column}")] = _of_label(label)
        yield
    finally:
        _own.clear()
        _own.update(before)


def _free(name: str, where: str) -> str:
    """The name, if a failure may have it."""
    if not NAME.fullmatch(name) or name in rulebook() or name in _own:
        raise AuditError(
            f"{where}: a failure is named in small letters, digits and hyphens, and not like a rule or another; "
            f"found {name!r}"
        )
    return name


def _of_label(label: Label) -> Rule:
    module = import_module("audit.detectors.labelled")
    rule = Rule(
        label.name, "own", f"Outputs that {label.phrase}.", Severity.WARNING, "", False, {}, module.labelled, ""
    )
    told = {"label": label.name, "says": label.phrase}
    return replace(rule, subject="generations", phrase=label.phrase, settings=told)


def _of_pattern(name: str, regex: str) -> Rule:
    module = import_module("audit.detectors.pattern")  # the room above, which pages name by their own words as well
    if wrong := module.mistake(field="answer", regex=regex, unless=""):
        raise AuditError(f"--failure {name}={regex}: {wrong[1]}")
    rule = Rule(name, "own", f"The output matches {regex}.", Severity.WARNING, "", False, {}, module.pattern, "")
    return replace(rule, subject="generations", phrase=f"match {regex}", settings={"regex": regex})


def failure_rules() -> dict[str, Rule]:
    """The rules that judge outputs, by name: those about the beginning first, then copies, endings and the whole."""
    places = get_args(Place)
    found = [rule for rule in (rulebook() | _own).values() if rule.phrase]
    return {rule.name: rule for rule in sorted(found, key=lambda rule: (places.index(rule.place), rule.name))}


def failures() -> tuple[Failure, ...]:
    """What outputs may show, in the order of the rules.

    A detector that asks for generations looks at how an output came about, so it has nothing to say of a person's.
    """
    return tuple(
        Failure(
            rule.name,
            rule.phrase,
            rule.place,
            fault=rule.severity is not Severity.NOTE,
            compared="generations" not in rule.inputs,
            worthless=rule.worthless,
        )
        for rule in failure_rules().values()
    )


def beginnings() -> dict[str, Beginning]:
    """The beginnings whose probability is computed without sampling, by the name of the outcome ("p-digit")."""
    found = [rule.begins for rule in rulebook().values() if rule.begins]
    return {CHANCE_OF + one.name: one for one in sorted(found, key=lambda one: one.name)}


def outcomes() -> tuple[str, ...]:
    """Everything that may be counted or computed of the answers of a model."""
    return (*failure_rules(), *beginnings())


def phrases() -> dict[str, str]:
    """What each outcome means: of a failure what outputs do, of a probability what it is the probability of."""
    return {one.name: one.phrase for one in failures()} | {name: one.phrase for name, one in beginnings().items()}


def explains() -> Mapping[str, frozenset[str]]:
    """For each rule about recipes the failures that its fault leads to, the gravest fault first."""
    leading = [rule for rule in rulebook().values() if rule.leads_to]
    return {
        rule.name: frozenset(one.name for one in failures() if {one.name, one.place} & set(rule.leads_to))
        for rule in sorted(leading, key=lambda rule: (-rule.severity.rank, rule.name))
    }

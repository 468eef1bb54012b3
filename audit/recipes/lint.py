"""Run the rules about recipes, and keep what they found beside the recipe that they found it in."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from audit.nouns.findings import Fact, Finding, Severity
from audit.nouns.verdicts import Fault
from audit.recipes.recipe_file import Recipe
from audit.recipes.tokenizer import Tokenizer
from audit.rows.corpus import Corpus
from audit.rulebook.pages import Rule


@dataclass(frozen=True, slots=True)
class Seen:
    """What one rule saw in one recipe; `recipe` is "" where it looks at all of them together."""

    rule: Rule
    recipe: str
    findings: tuple[Finding, ...]
    facts: tuple[Fact, ...]

    def severity(self, finding: Finding) -> Severity:
        """The finding's own, or else its rule's."""
        return finding.severity or self.rule.severity


@dataclass(frozen=True)
class Linted:
    """What the rules saw; `rules` are those that ran, `notes` say what was not looked at."""

    seen: tuple[Seen, ...]
    rules: tuple[Rule, ...]
    notes: tuple[str, ...]

    def faults(self) -> Iterator[Fault]:
        """Each finding with the sentence that says how to mend it, where its rule states one as a fact."""
        for seen in self.seen:
            fix = next((fact.sentence for fact in seen.facts if fact.name.startswith("corrected-")), "")
            for finding in seen.findings:
                severity = seen.severity(finding).value
                yield Fault(seen.rule.name, finding.message, finding.place, finding.because, severity, fix)


def lint(rules: Sequence[Rule], recipes: Sequence[Recipe], corpus: Corpus, tokenizer: Tokenizer | None) -> Linted:
    """Run rules about recipes (`choose(subject="recipe")`); those that need a tokenizer wait until there is one."""
    waiting = [rule for rule in rules if tokenizer is None and _asks(rule, needs=True)]
    partly = [rule for rule in rules if tokenizer is None and _asks(rule, needs=False)]
    running = tuple(rule for rule in rules if rule not in waiting)
    given = {"corpus": corpus, "tokenizer": tokenizer, "recipes": recipes}
    seen: list[Seen] = []
    for rule in running:
        if "recipes" in rule.inputs:
            seen.append(_look(rule, "", given))
        else:
            seen += [_look(rule, recipe.name, {**given, "recipe": recipe}) for recipe in recipes]
    return Linted(tuple(seen), running, tuple(_notes(waiting, partly)))


def _look(rule: Rule, recipe: str, given: dict[str, Any]) -> Seen:
    observed = list(rule.observe(**given))
    findings = tuple(item for item in observed if isinstance(item, Finding))
    return Seen(rule, recipe, findings, tuple(item for item in observed if isinstance(item, Fact)))


def _asks(rule: Rule, needs: bool) -> bool:
    """Whether a rule cannot do without a tokenizer (`needs`), or sees less without one."""
    parameter = inspect.signature(rule.detect).parameters.get("tokenizer")
    return parameter is not None and (parameter.default is parameter.empty) == needs


def _notes(waiting: Sequence[Rule], partly: Sequence[Rule]) -> Iterator[str]:
    if waiting:
        yield f"{', '.join(rule.name for rule in waiting)}: not looked at, for want of a tokenizer (--tokenizer FOLDER)"
    if partly:
        yield f"{', '.join(rule.name for rule in partly)}: texts were compared, tokens were not (--tokenizer FOLDER)"

"""The examples of a rule's page, run: what is wrong with each, in a sentence. So a page tests its detector.

It stands here as examples of rules about outputs go through the judge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from typing import Any

from audit.diagnosis.judge import judge
from audit.engines.local import Local
from audit.likeness.matching import match
from audit.likeness.signals import Signals
from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Fact, Finding, Row
from audit.recipes.recipe_file import parse_recipe
from audit.recipes.tokenizer import Tokenizer
from audit.rows.corpus import Corpus, build, load
from audit.rows.generations import load_generations
from audit.rulebook.pages import LEFT_OUT, Example, Rule

GENERATED = "generated"  # the split of what a model said, in the examples of pages about generations
TokenizerOf = Callable[[str], Tokenizer]  # the small tokenizer that an example names
LISTED = 3  # findings that a sentence quotes


def problems(rule: Rule, signals: Signals | None = None, tokenizer_of: TokenizerOf | None = None) -> Iterator[str]:
    """A sentence for each example that does not come out as its page says, and for a page without any."""
    if not any(example.findings for example in rule.examples):
        yield "the page has no example of what it flags"
    if not any(example.section == "left-alone" for example in rule.examples):
        yield "the page has no example of what it leaves alone"
    for example in rule.examples:
        if example.section == "after-clean":
            yield from _after_clean(rule, example, signals)
        else:
            found = found_in(rule, example, signals, tokenizer_of)
            if len(found) != example.findings:
                yield f"line {example.line}: {example.findings} findings expected, {len(found)} found{_quoted(found)}"


def found_in(
    rule: Rule, example: Example, signals: Signals | None = None, tokenizer_of: TokenizerOf | None = None
) -> list[str]:
    """What the rule says of the rows, outputs or recipe of an example. AuditError where its detector fails."""
    if rule.subject == "generations":
        said = [row for row in example.rows if row.get("split") == GENERATED]
        learned = [*crowd(example), *(row for row in example.rows if row.get("split") != GENERATED)]
        judged = judge(load_generations([said]), build(learned), signals=signals)
        found = judged.findings.to_pylist()
        return [finding["message"] for finding in found if finding["failure"] == rule.name]
    before = crowd(example)
    rows = build([*before, *example.rows])
    if rule.subject == "rows":
        return [finding.message for finding in findings(rule, rows, signals) if finding.row >= len(before)]
    recipes = [parse_recipe(text, f"{rule.name}.md") for text in example.recipes]
    tokenizer = tokenizer_of(example.tokenizer) if tokenizer_of and example.tokenizer else None
    given = {"recipe": recipes[0], "recipes": recipes, "corpus": rows, "tokenizer": tokenizer}
    return [seen.message for seen in rule.observe(**given) if isinstance(seen, Finding)]


def findings(rule: Rule, rows: Corpus, signals: Signals | None = None) -> list[Finding]:
    """What a rule about rows finds. AuditError where its detector fails."""
    engine = Local()
    matching = match(rows, engine) if "matching" in rule.inputs else None
    seen = list(rule.observe(corpus=rows, matching=matching, engine=engine, signals=signals))
    failed = [fact.sentence for fact in seen if isinstance(fact, Fact) and fact.name == LEFT_OUT]
    if failed:
        raise AuditError(f"{rule.name} {failed[0]}")
    return [finding for finding in seen if isinstance(finding, Finding)]


def crowd(example: Example) -> list[dict[str, Any]]:
    """The rows of the sample set that the example's rows are added to, if it names one."""
    if not example.sample:
        return []
    (path,) = Path(str(files("audit.samples"))).glob(f"{example.sample}.*")
    rows: list[dict[str, Any]] = load(path).table.select(["question", "answer", "split"]).to_pylist()
    return rows


def after_repair(rule: Rule, rows: Corpus, found: Sequence[Finding]) -> list[dict[str, str]]:
    """What is left when the rule's repair has been applied to every finding, the last span of a row first."""
    stem = rule.repair.replace("-", "_")
    repair = getattr(import_module(f"audit.repairs.{stem}"), stem)
    left = {position: rows.row(position) for position in range(len(rows))}
    for finding in sorted(found, key=lambda f: (f.row, f.span or (0, 0)), reverse=True):
        if finding.row not in left:
            continue
        row = left[finding.row]
        patch = repair(row, finding, safe=rule.safe)
        if patch is None:
            continue
        if patch.action == "edit":
            changed = {"question": row.question, "answer": row.answer, patch.field: patch.after}
            left[finding.row] = Row(row.id, changed["question"], changed["answer"], row.split)
        else:
            del left[finding.row]
    return [{"question": row.question, "answer": row.answer} for row in left.values()]


def _after_clean(rule: Rule, example: Example, signals: Signals | None) -> Iterator[str]:
    flagged = next((other for other in rule.examples if other.section == "flagged"), None)
    if flagged is None or flagged.sample or not rule.repair:
        return  # the repair is shown on rows that need no crowd
    rows = build(flagged.rows)
    left = after_repair(rule, rows, findings(rule, rows, signals))
    wanted = [{"question": row["question"], "answer": row["answer"]} for row in example.rows]
    if left != wanted:
        differ = next((a for a, b in zip(left, wanted, strict=False) if a != b), None)
        yield f"line {example.line}: after the repair {len(left)} rows are left, {len(wanted)} expected" + (
            f"; the first that differs: {differ}" if differ else ""
        )


def _quoted(found: Sequence[str]) -> str:
    return f": {'; '.join(found[:LISTED])}{'; …' if len(found) > LISTED else ''}" if found else ""

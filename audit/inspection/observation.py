"""Run rules over rows, wherever the work runs, and keep what they observed as Arrow tables."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audit.engines.local import Engine
from audit.likeness.matching import match
from audit.likeness.signals import Signals
from audit.nouns.dialogue import AuditError, Progress
from audit.nouns.findings import Fact, Finding, Observations, PerRow, Tally
from audit.rows.corpus import Corpus
from audit.rulebook.pages import LEFT_OUT, Rule
from audit.workspace.decisions import Decisions, rejected

FACT_ROWS = 200  # rows that one fact may name


FOUND = pa.schema(
    {
        "rule": pa.string(),
        "position": pa.int64(),
        "message": pa.string(),
        "score": pa.float64(),
        "because": pa.string(),
        "p_value": pa.float64(),
        "field": pa.string(),
        "start": pa.int64(),
        "end": pa.int64(),
        "related": pa.list_(pa.int64()),
        "group": pa.int64(),
    }
)


@dataclass
class Observed:
    """What rules saw: `findings` are tables of FOUND, `facts` carry the name of their rule."""

    findings: list[pa.Table] = field(default_factory=list)
    facts: list[tuple[str, Fact]] = field(default_factory=list)
    per_row: dict[str, Any] = field(default_factory=dict)
    tallies: list[Tally] = field(default_factory=list)

    def extend(self, other: Observed, offset: int = 0) -> None:
        """Take in what was seen in a slice whose first row is row `offset` of the corpus."""
        self.findings += [_shift(table, offset) for table in other.findings]
        self.facts += [
            (rule, replace(fact, rows=tuple((row + offset, why) for row, why in fact.rows)))
            for rule, fact in other.facts
        ]
        self.per_row |= other.per_row
        self.tallies += other.tallies

    def failed(self) -> dict[str, str]:
        """Take out the facts of rules that could not run, and give them: rule -> what is to be said."""
        found = {rule: fact.sentence for rule, fact in self.facts if fact.name == LEFT_OUT}
        self.facts = [(rule, fact) for rule, fact in self.facts if rule not in found]
        self.findings = [table for table in self.findings if table.column("rule")[0].as_py() not in found]
        return found

    def silence(self, corpus: Corpus, decisions: Decisions) -> int:
        """Leave out the findings that a person rejected, and say how many those are."""
        before = sum(map(len, self.findings))
        if decisions:
            self.findings = [_accepted(table, corpus, decisions) for table in self.findings]
        return before - sum(map(len, self.findings))

    def table(self) -> pa.Table:
        """All findings, by position and then by rule."""
        table = pa.concat_tables([FOUND.empty_table(), *self.findings])
        return table.sort_by([("position", "ascending"), ("rule", "ascending"), ("start", "ascending")])


def inspect(
    corpus: Corpus,
    rules: Sequence[Rule],
    engine: Engine,
    signals: Signals | None,
    tell: Progress,
    *,
    most: int | None = None,
) -> Observed:
    """Run every rule: those that look at one row at a time over slices, the others over the whole corpus.

    AuditError where there are more than `most` findings.
    """
    seen = Observed()
    row_wise = [rule for rule in rules if rule.row_wise]
    rows = found = 0
    for length, part in engine.map(partial(_inspect_part, row_wise), corpus.slices() if row_wise else ()):
        seen.extend(part, rows)
        rows, found = rows + length, found + sum(map(len, part.findings))
        _check(seen, found, most)
        tell("row by row", rows, len(corpus))
    crowd = [rule for rule in rules if not rule.row_wise]
    inputs: dict[str, Any] = {"corpus": corpus, "engine": engine, "signals": signals}
    if any("matching" in rule.inputs for rule in crowd):
        inputs["matching"] = match(corpus, engine)
    for done, rule in enumerate(crowd, 1):
        part = _collect(rule.name, rule.observe(**inputs))
        seen.extend(part)
        found += sum(map(len, part.findings))
        _check(seen, found, most)
        tell(rule.name, done, len(crowd))
    seen.facts = _merge(seen.facts, {rule.name: rule for rule in rules})
    return seen


def _inspect_part(rules: Sequence[Rule], corpus: Corpus) -> tuple[int, Observed]:
    """How many rows a slice has, and what row-wise rules see in it; runs in a worker."""
    return len(corpus), inspect_slice(rules, corpus)


def inspect_slice(rules: Sequence[Rule], corpus: Corpus) -> Observed:
    """Row-wise rules over one slice."""
    seen = Observed()
    for rule in rules:
        seen.extend(_collect(rule.name, rule.observe(corpus=corpus)))
    return seen


def _check(seen: Observed, found: int, most: int | None) -> None:
    """AuditError, with the name of the rule that found most, where more was found than may be."""
    if most is None or found <= most:
        return
    counts = Counter[str]()
    for table in seen.findings:
        counts[table.column("rule")[0].as_py()] += len(table)
    ((rule, times),) = counts.most_common(1)
    few = f"{found:,} findings are more than fit in --memory, {times:,} of them of {rule}"
    raise AuditError(f"{few}: --ignore {rule}, or allow more")


def _collect(rule: str, observations: Observations) -> Observed:
    seen = Observed()
    findings: list[Finding] = []
    for item in observations:
        if isinstance(item, Finding):
            findings.append(item)
        elif isinstance(item, Fact):
            seen.facts.append((rule, item))
        elif isinstance(item, PerRow):
            seen.per_row[item.name] = item.values
        elif isinstance(item, Tally):
            seen.tallies.append(item)
    if findings:
        seen.findings.append(_table(rule, findings))
    return seen


def _table(rule: str, findings: Sequence[Finding]) -> pa.Table:
    columns = {
        "rule": [rule] * len(findings),
        "position": [f.row for f in findings],
        "message": [f.message for f in findings],
        "score": [None if f.score is None else round(f.score, 4) for f in findings],
        "because": [f.because for f in findings],
        "p_value": [None if f.p_value is None else round(f.p_value, 6) for f in findings],
        "field": [f.field for f in findings],
        "start": [f.span[0] if f.span else None for f in findings],
        "end": [f.span[1] if f.span else None for f in findings],
        "related": [list(f.related) for f in findings],
        "group": [f.group for f in findings],
    }
    return pa.Table.from_pydict(columns, FOUND)


def _accepted(table: pa.Table, corpus: Corpus, decisions: Decisions) -> pa.Table:
    ids = corpus.at("id", table.column("position"))
    return table.filter(pc.invert(rejected(table.column("rule"), ids, decisions)))


def _shift(table: pa.Table, offset: int) -> pa.Table:
    index = FOUND.get_field_index("position")
    return table.set_column(index, "position", pc.add(table.column(index), offset)) if offset else table


def _merge(facts: Sequence[tuple[str, Fact]], rules: Mapping[str, Rule]) -> list[tuple[str, Fact]]:
    """Add up what slices counted; a fact without a sentence gets it from its detector's `summarise`."""
    merged: dict[tuple[str, str], Fact] = {}
    for rule, fact in facts:
        known = merged.get((rule, fact.name), Fact(fact.name, fact.sentence))
        rows = (known.rows + fact.rows)[:FACT_ROWS]
        merged[rule, fact.name] = Fact(fact.name, fact.sentence, _add(known.value, fact.value), rows)
    return [
        (rule, fact if fact.sentence else replace(fact, sentence=_summarise(rules[rule], fact.value)))
        for (rule, _), fact in merged.items()
    ]


def _summarise(rule: Rule, value: Mapping[str, Any]) -> str:
    return str(vars(sys.modules[rule.detect.__module__])["summarise"](value))


def _add(left: Mapping[str, Any], right: Mapping[str, Any]) -> dict[str, Any]:
    """Sum of two nested dicts of counts; other values are taken from the right."""
    total = dict(left)
    for key, value in right.items():
        if isinstance(value, Mapping):
            total[key] = _add(total.get(key, {}), value)
        elif isinstance(value, int | float) and key in total:
            total[key] += value
        else:
            total[key] = value
    return total

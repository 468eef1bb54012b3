"""What cleaning did, as a Report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from shlex import quote
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audit.cleaning.outcome import OUTCOMES
from audit.cleaning.outputs import Counts, Work
from audit.inspection.answer import answer
from audit.nouns.findings import Tally
from audit.nouns.reports import Report, RuleFact
from audit.repairs.proposals import to_table

POLICIES = {
    "rule": "of equal rows the first stays, of near ones the most central",
    "first": "of a group of duplicates the first stays",
    "longest": "of a group of duplicates the one with the longest answer stays",
    "best-coupled": "of a group of duplicates the one whose answer fits its question best stays",
}


def account(report: Report, work: Work, how: Mapping[str, Any], warnings: Sequence[str] = ()) -> Report:
    """The Report of a cleaning. Its fact "journal" has the counts, what each rule did, and `how` it was done.

    `findings` are those that are left, `patches` those applied with their round (0: proposed, not applied), and
    `rows` those that patches name, as they were and, where they were edited, as they are now.
    """
    findings = _left(report, work)
    reply, why = _verdict(report, findings)
    value = {"counts": asdict(work.counts), "rules": _by_rule(report, work), "warnings": list(warnings), **how}
    return replace(
        report,
        command="clean",
        answer=reply,
        summary=why,
        facts=(RuleFact("clean", "journal", f"{sentence(work.counts)}; {_policy(how['policy'], how['keep'])}", value),),
        notes=work.corpus.source.notes,
        next_steps=tuple(_next_steps(value)),
        findings=findings,
        rows=_rows(work),
        per_row=pa.table({}),
        patches=_patches(work),
        tallies=(_before_and_after(report, findings),),
    )


def sentence(counts: Counts) -> str:
    """The counts, as a person reads them."""
    parts = ", ".join(f"{getattr(counts, name):,} {name}" for name in ("kept", "edited", "dropped", "quarantined"))
    return f"{counts.rows_in:,} rows in: {parts}"


def _policy(policy: str, keep: int) -> str:
    return POLICIES[policy] if keep == 1 else f"{POLICIES[policy]}, and {keep} of each group do"


def _left(report: Report, work: Work) -> pa.Table:
    """The findings that nothing was done about."""
    findings = report.findings
    removed = pa.array(work.settled.removed, pa.int64())
    findings = findings.filter(pc.invert(pc.is_in(findings.column("record"), removed)))
    mended = {(patch.rule, patch.row) for _, patch in work.settled.patches}
    keys = zip(findings.column("rule").to_pylist(), findings.column("row").to_pylist(), strict=True)
    return findings.filter(pa.array([key not in mended for key in keys], pa.bool_()))


def _before_and_after(report: Report, findings: pa.Table) -> Tally:
    """Findings of each rule before the cleaning, and those that it left."""
    before, left = (Counter(table.column("rule").to_pylist()) for table in (report.findings, findings))
    rows = tuple((rule.name, before[rule.name], left[rule.name]) for rule in report.rules if before[rule.name])
    return Tally("cleaning", "Findings of each rule, before and after.", ("rule", "before", "after"), rows)


def _verdict(report: Report, findings: pa.Table) -> tuple[str, str]:
    """Whether one can train on what is left."""
    if unread := len(report.data.quarantined):
        return "not yet", f"{unread:,} {'row' if unread == 1 else 'rows'} could not be read and stay in it as they were"
    return answer(report.rules, report.facts, findings, report.data)


def _by_rule(report: Report, work: Work) -> dict[str, dict[str, int]]:
    """For each rule, how many records it decided the fate of, and how many patches were not applied."""
    did: dict[str, dict[str, int]] = {}
    seen: set[int] = set()
    strength = list(OUTCOMES)
    for patch in sorted((patch for _, patch in work.settled.patches), key=lambda p: -strength.index(p.action)):
        counts = did.setdefault(patch.rule, dict.fromkeys(OUTCOMES.values(), 0))
        if patch.record not in seen and OUTCOMES[patch.action] == work.settled.outcomes[patch.record]:
            seen.add(patch.record)
            counts[OUTCOMES[patch.action]] += 1
    waiting = Counter(patch.rule for patch in work.proposed if patch.record not in work.settled.outcomes)
    return {
        rule.name: {**did.get(rule.name, dict.fromkeys(OUTCOMES.values(), 0)), "proposed": waiting[rule.name]}
        for rule in report.rules
        if rule.name in did or waiting[rule.name]
    }


def _rows(work: Work) -> pa.Table:
    """The rows that patches name, with their new texts (null where they stay)."""
    patches = [patch for _, patch in work.settled.patches] + list(work.proposed)
    named = {name for patch in patches for name in (patch.row, patch.kept) if name}
    rows = work.corpus.table.filter(pc.is_in(work.corpus.column("id"), pa.array(named, pa.string())))
    places = list(zip(rows.column("record").to_pylist(), rows.column("turn").to_pylist(), strict=True))
    for name in ("question", "answer"):
        texts = [work.settled.texts.get((record, turn, name)) for record, turn in places]
        rows = rows.append_column(f"new_{name}", pa.array(texts, pa.string()))
    outcomes = [work.settled.outcomes.get(record, "kept") for record, _ in places]
    return rows.append_column("outcome", pa.array(outcomes, pa.string())).drop_columns(["trusted"])


def _patches(work: Work) -> pa.Table:
    waiting = [patch for patch in work.proposed if patch.record not in work.settled.outcomes]
    rounds = [number for number, _ in work.settled.patches] + [0] * len(waiting)
    table = to_table([*(patch for _, patch in work.settled.patches), *waiting])
    return table.append_column("round", pa.array(rounds, pa.int64()))


def _next_steps(value: Mapping[str, Any]) -> list[str]:
    if value.get("dry_run"):
        return ["audit clean"]
    steps = [f"audit scan {quote(value['output'])}", value["undo"]]
    return steps + (["audit review"] if any(counts["proposed"] for counts in value["rules"].values()) else [])

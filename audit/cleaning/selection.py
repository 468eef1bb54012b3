"""Which of the proposed patches are wanted: safe ones, unsafe ones if asked, and whatever a person decided."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audit.nouns.findings import Patch
from audit.nouns.reports import Report
from audit.repairs.proposals import from_table
from audit.workspace.decisions import Decision, Decisions


def wanted_patches(report: Report, rules: Collection[str], decisions: Decisions, unsafe: bool) -> list[Patch]:
    """The patches of these rules to apply.

    A rejected finding gives none; an accepted one applies whatever else holds, and sets the row aside if its rule has
    no repair. A text that a person wrote is the only patch of its row: what is still wrong with it, the next look sees.
    """
    by_hand = [patch for patch in _by_hand(report, decisions) if patch.rule in rules]
    rewritten = {patch.row for patch in by_hand if patch.action == "edit"}
    removed = {(patch.rule, patch.row) for patch in by_hand}
    wanted = by_hand
    for patch in from_table(report.patches):
        decision = decisions.get((patch.rule, patch.row))
        said = decision.decision if decision else ""
        if patch.rule not in rules or said in ("reject", "edit") or (patch.rule, patch.row) in removed:
            continue
        if said == "accept":
            wanted.append(replace(patch, group=""))
        elif (patch.safe or unsafe) and patch.row not in rewritten:
            wanted.append(patch)
    return wanted


def _by_hand(report: Report, decisions: Decisions) -> Iterator[Patch]:
    """Patches that a person made: texts that were written, and rows that were given up where no repair is known."""
    repaired = {rule.name for rule in report.rules if rule.repair}
    made = {key: decision for key, decision in decisions.items() if _makes_patch(decision, repaired)}
    if not made:
        return
    named = pc.is_in(report.findings.column("row"), pa.array({row for _, row in made}, pa.string()))
    found = {(seen["rule"], seen["row"]): seen for seen in report.findings.filter(named).to_pylist()}
    rows = {row["id"]: row for row in report.rows.to_pylist()}
    patches: dict[tuple[str, str], Patch] = {}
    for key, decision in made.items():
        if key in found:
            patch = _patch(decision, found[key], rows[decision.row])
            patches[patch.row, patch.field if patch.action == "edit" else patch.rule] = patch  # the last text holds
    yield from patches.values()


def _makes_patch(decision: Decision, repaired: Collection[str]) -> bool:
    return decision.decision == "edit" or (decision.decision == "accept" and decision.rule not in repaired)


def _patch(decision: Decision, seen: Mapping[str, Any], row: Mapping[str, Any]) -> Patch:
    place = {name: seen[name] for name in ("record", "line", "turn", "score")}
    kept = (seen["related"] or [""])[0]
    if decision.decision == "accept":
        because = f"{seen['message']} (accepted by hand)"
        return Patch(decision.row, "quarantine", because, decision.rule, field=seen["field"], kept=kept, **place)
    because = f"{seen['message']} (edited by hand)"
    before = row[decision.field]
    texts = {"field": decision.field, "before": before, "after": decision.text}
    return Patch(decision.row, "edit", because, decision.rule, **texts, **place)

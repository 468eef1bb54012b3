"""The reply to "can I train on this?", from the share of rows that have a fault which cleaning would leave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from audit.nouns.findings import Severity
from audit.nouns.reports import DataSummary, RuleFact, RuleResult
from audit.rows.splits import side

FEW = 0.01  # of the rows: faults that no safe repair mends, fewer of which stop nobody
MANY = 0.10  # of the rows: such faults, whatever their severity, that training would learn
COPIES = 0.50  # of the rows: copies and near-copies, whatever their severity
TOLD = 2  # rules that the reply names
YES, AFTER_CLEAN, CARE, NOT_YET = "yes", "yes, after audit clean", "with care", "not yet"

Place = tuple[int, int]  # record and turn


@dataclass(frozen=True, slots=True)
class _Part:
    """The rows of one rule that count, of so many: those trained on or, of leaks, those held out."""

    rule: RuleResult
    places: frozenset[Place]
    of: int

    @property
    def share(self) -> float:
        return _part_of(self.of, self.places)


def answer(
    rules: Sequence[RuleResult],
    facts: Sequence[RuleFact],
    findings: pa.Table,
    data: DataSummary,
    patches: pa.Table | None = None,
) -> tuple[str, str]:
    """The reply and the sentence that says why: the one or two rules that matter most, and what they do to a model.

    `findings` are those of a Report. What a safe one of `patches` mends does not count. Notes never decide, unless half
    of the rows are copies.
    """
    parts = list(_parts(rules, findings, data))
    left = list(_less(parts, patches)) if patches is not None else parts
    grave = [part for part in left if part.rule.severity.rank >= Severity.WARNING.rank]
    share = _share(grave)
    if share >= MANY or _share([part for part in grave if part.rule.severity is Severity.ERROR]) >= FEW:
        return NOT_YET, f"a fault that training would learn is in {_rows(grave)}: {_told(grave)}"
    copies = [part for part in left if part.rule.family == "duplicates"]
    if _share(copies) >= COPIES:
        return CARE, f"copies of others make up {_rows(copies)}: {_told(copies)}"
    shared = next(_shared(rules, facts), "")
    if shared or share >= FEW:
        return CARE, shared or f"look first at {_rows(grave)}: {_told(grave)}"
    mended = [part for part in _difference(parts, left) if part.rule.severity.rank >= Severity.WARNING.rank]
    if mended:
        return AFTER_CLEAN, f"it mends {_rows(mended)}: {_told(mended)}"
    if grave:
        return YES, f"a fault is in {_rows(grave)}, too few to stop for: {_told(grave)}"
    who = f"none of the {len(rules)} rules found a" if len(rules) != 1 else "the rule found no"
    return YES, f"{who} fault worth stopping for in {data.rows:,} rows"


def _shared(rules: Sequence[RuleResult], facts: Sequence[RuleFact]) -> Iterator[str]:
    """What rules on duplicates say of most of the set at once."""
    effects = {rule.name: rule.effect for rule in rules if rule.family == "duplicates"}
    for fact in facts:
        if fact.rule in effects and fact.value.get("share", 0) >= COPIES:
            yield f"{fact.rule} {_percent(fact.value['share'])}, so {effects[fact.rule]}"


def _parts(rules: Sequence[RuleResult], findings: pa.Table, data: DataSummary) -> Iterator[_Part]:
    splits = data.splits or {"": data.rows}
    held_out = {name for name in splits if side(name) == "held-out"}
    if len(held_out) == len(splits):  # a file of nothing but test rows is asked about as any other
        held_out = set()
    sizes = [sum(count for name, count in splits.items() if (name in held_out) is held) for held in (False, True)]
    places: dict[str, set[Place]] = {}
    leaky = {rule.name for rule in rules if rule.family == "leakage"}
    columns = (findings.column(name).to_pylist() for name in ("rule", "record", "turn", "split"))
    for rule, record, turn, split in zip(*columns, strict=True):
        if (split in held_out) is (rule in leaky):
            places.setdefault(rule, set()).add((record, turn))
    for result in rules:
        if result.name in places:
            yield _Part(result, frozenset(places[result.name]), sizes[result.name in leaky])


def _less(parts: Iterable[_Part], patches: pa.Table) -> Iterator[_Part]:
    """The parts without what safe patches mend: the rule's own edit, or whatever takes the row out."""
    columns = (patches.column(name).to_pylist() for name in ("rule", "record", "turn", "action", "safe"))
    edited, gone = set(), set()
    for rule, record, turn, action, safe in zip(*columns, strict=True):
        if safe and action == "edit":
            edited.add((rule, record, turn))
        elif safe:
            gone.add(record)
    for part in parts:
        kept = frozenset(p for p in part.places if p[0] not in gone and (part.rule.name, *p) not in edited)
        if kept:
            yield part if len(kept) == len(part.places) else _Part(part.rule, kept, part.of)


def _difference(parts: Iterable[_Part], less: Iterable[_Part]) -> Iterator[_Part]:
    """The parts without the places that stand in others of the same rule."""
    left = {part.rule.name: part.places for part in less}
    for part in parts:
        if kept := part.places - left.get(part.rule.name, frozenset()):
            yield _Part(part.rule, kept, part.of)


def _share(parts: Sequence[_Part]) -> float:
    """The share of the rows that have one of these faults; of leaks and of others, the larger one."""
    return max((_part_of(*one) for one in _union(parts).values()), default=0.0)


def _part_of(of: int, places: frozenset[Place]) -> float:
    return len(places) / max(of, 1)


def _union(parts: Sequence[_Part]) -> dict[bool, tuple[int, frozenset[Place]]]:
    """How many rows there are and which have a fault: of those trained on, and of those held out (True)."""
    found: dict[bool, tuple[int, frozenset[Place]]] = {}
    for part in parts:
        leaks = part.rule.family == "leakage"
        found[leaks] = (part.of, found.get(leaks, (0, frozenset()))[1] | part.places)
    return found


def _rows(parts: Sequence[_Part]) -> str:
    (of, places), leaks = max(((one, leaks) for leaks, one in _union(parts).items()), key=lambda n: _part_of(*n[0]))
    kind = "held-out row" if leaks else "row"
    return f"{len(places):,} of {of:,} {kind}{'' if of == 1 else 's'} ({_percent(_part_of(of, places))})"


def _told(parts: Sequence[_Part]) -> str:
    """The rules with most rows, each with its share and what it does to the model."""
    most = sorted(parts, key=lambda part: (-part.share, -part.rule.severity.rank, part.rule.name))[:TOLD]
    return "; ".join(
        f"{part.rule.name} {_percent(part.share)}" + (f", so {part.rule.effect}" if part.rule.effect else "")
        for part in most
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if share >= 0.001 else f"{100 * share:.2g} %"

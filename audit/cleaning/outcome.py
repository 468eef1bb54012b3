"""Patches to a plan: what becomes of each record. Pure, and the same whatever order the patches come in.

A record is one entry of the input file; one turn of a conversation cannot leave without the others. Quarantine beats
drop, and drop beats edit. Several cuts in one field are made together. Of the records of a group some stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from audit.nouns.findings import Field, Patch
from audit.repairs.strip_span import cut

KeepPolicy = Literal["rule", "first", "longest", "best-coupled"]
KEEP_POLICIES: tuple[str, ...] = get_args(KeepPolicy)
Outcome = Literal["edited", "dropped", "quarantined"]
OUTCOMES: dict[str, Outcome] = {"edit": "edited", "drop": "dropped", "quarantine": "quarantined"}  # weakest first

Place = tuple[int, int, int]  # record, turn, line
Text = tuple[int, int, Field]  # record, turn, field


@dataclass(frozen=True)
class Wishes:
    """Which row of a group stays, and what must not be touched.

    `keep`: how many records of a group stay. `policy`: which; "rule" is the head that the rule chose. `worth`: of
    each record under the policy: the highest stays; a tie goes to the first. `places`: of the rows that patches name
    as partners. `spared`: records that stay as they are. `fixed`: records that the format cannot hold edited, and why.
    """

    keep: int = 1
    policy: KeepPolicy = "rule"
    worth: Sequence[float] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    spared: frozenset[int] = frozenset()
    fixed: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What becomes of the records that change; `patches` are those that decided it, by record."""

    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    texts: Mapping[Text, str] = field(default_factory=dict)
    patches: tuple[Patch, ...] = ()


def make_plan(patches: Iterable[Patch], wishes: Wishes) -> Plan:
    """Settle which patches apply, and with them what becomes of each record."""
    wanted = sorted({_writable(patch, wishes) for patch in patches if patch.record not in wishes.spared}, key=_order)
    places = {**wishes.places, **{patch.row: (patch.record, patch.turn, patch.line) for patch in wanted}}
    wishes = replace(wishes, places=places)
    removals = [patch for patch in wanted if patch.action != "edit" and not patch.group]
    gone = {patch.record: patch for patch in reversed(removals)}
    removals += _thin_out([patch for patch in wanted if patch.action != "edit" and patch.group], gone, wishes)
    removals = [replace(patch, kept=_survivor(patch, gone, wishes)) for patch in removals]
    edits = [patch for patch in wanted if patch.action == "edit" and patch.record not in gone]
    texts = dict(_edit(edits))
    edits = [patch for patch in edits if (patch.record, patch.turn, patch.field) in texts]
    applied = sorted([*removals, *edits], key=_order)
    outcomes: dict[int, Outcome] = {}
    for patch in applied:
        outcomes[patch.record] = stronger(outcomes.get(patch.record, "edited"), OUTCOMES[patch.action])
    return Plan(outcomes, texts, tuple(applied))


def stronger(one: Outcome, other: Outcome) -> Outcome:
    """The one that holds where a record gets both."""
    return max(one, other, key=list(OUTCOMES.values()).index)


def _order(patch: Patch) -> tuple[object, ...]:
    """By record; what decides a record's fate stands first."""
    strength = -list(OUTCOMES).index(patch.action)
    surely = (not patch.safe, -(patch.score or 0), patch.rule)
    what = (patch.turn, patch.field, patch.span or (-1, -1), patch.after)
    return patch.record, strength, *surely, *what, patch.row, patch.group, patch.kept, patch.because


def _writable(patch: Patch, wishes: Wishes) -> Patch:
    """An edit that the format cannot hold sets the row aside instead."""
    if patch.action != "edit" or patch.record not in wishes.fixed:
        return patch
    because = f"{patch.because}; it is to be mended by hand, as it {wishes.fixed[patch.record]}"
    return replace(patch, action="quarantine", because=because)


def _thin_out(patches: Sequence[Patch], gone: dict[int, Patch], wishes: Wishes) -> list[Patch]:
    """The patches that take all but `keep` records out of each group; enters what they take into `gone`.

    Safe rules come first, then rules by name: a row that stays for another takes its place in other groups, too.
    """
    groups: dict[tuple[bool, str, int, str], list[Patch]] = defaultdict(list)
    for patch in patches:
        head = wishes.places[patch.group]
        groups[not patch.safe, patch.rule, head[0], patch.group].append(patch)
    stands_for: dict[int, str] = {}
    taken: list[Patch] = []
    for key in sorted(groups):
        rows = _members(groups[key], stands_for, wishes)
        left = [record for record in rows if record not in gone and record not in wishes.spared]
        left.sort(key=lambda record: _preference(record, key[2], wishes))
        for record in left[wishes.keep :]:
            patch = replace(rows[record], kept=rows[left[0]].row)
            gone[record] = patch
            stands_for[record] = patch.kept
            taken.append(patch)
    return taken


def _members(patches: Sequence[Patch], stands_for: Mapping[int, str], wishes: Wishes) -> dict[int, Patch]:
    """The records of a group, each with the patch that would take it out; the head's is made from the first one's."""
    rows: dict[int, Patch] = {}
    for patch in (*patches, replace(patches[0], row=patches[0].group)):
        row = patch.row
        record, turn, line = wishes.places[row]
        while record in stands_for:
            row = stands_for[record]
            record, turn, line = wishes.places[row]
        rows.setdefault(record, replace(patch, row=row, record=record, turn=turn, line=line))
    return rows


def _preference(record: int, head: int, wishes: Wishes) -> tuple[float, int]:
    if wishes.policy == "rule":
        return float(record != head), record
    return -float(wishes.worth[record]) if len(wishes.worth) else 0.0, record


def _survivor(patch: Patch, gone: Mapping[int, Patch], wishes: Wishes) -> str:
    """The partner that stays: where it goes as well, the one that stays for it."""
    kept, seen = patch.kept, {patch.row}
    while kept in wishes.places and kept not in seen:
        seen.add(kept)
        next_patch = gone.get(wishes.places[kept][0])
        if next_patch is None or not next_patch.kept or next_patch.row != kept:
            break
        kept = next_patch.kept
    return kept


def _edit(patches: Iterable[Patch]) -> Iterator[tuple[Text, str]]:
    """The new text of each field that changes: a text that was written whole beats cuts."""
    fields: dict[Text, list[Patch]] = defaultdict(list)
    for patch in patches:
        fields[patch.record, patch.turn, patch.field].append(patch)
    for place, edits in fields.items():
        whole = [patch.after for patch in edits if patch.span is None]
        text = whole[-1] if whole else cut_all(edits[0].before, [patch.span for patch in edits if patch.span])
        if text != edits[0].before:
            yield place, text


def cut_all(text: str, spans: Iterable[tuple[int, int]]) -> str:
    """The text without these spans, which may overlap: cut from the last to the first."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    for span in reversed(joined):
        text = cut(text, span)
    return text

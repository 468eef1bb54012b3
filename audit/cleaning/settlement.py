"""Apply patches to rows in memory, look again, and go on until no safe patch is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audit.cleaning.outcome import Outcome, Place, Plan, Text, Wishes, make_plan, stronger
from audit.engines.local import Engine
from audit.inspection.observation import Observed, inspect
from audit.nouns.dialogue import Progress
from audit.nouns.findings import Field, Patch
from audit.repairs.proposals import propose
from audit.rows.corpus import Corpus
from audit.rulebook.pages import Rule
from audit.workspace.decisions import Decisions

FIELDS: tuple[Field, Field] = ("question", "answer")


@dataclass
class Settled:
    """What became of the records: `corpus` has the rows that are left, under the ids that they had.

    `patches` are those that were applied, each with the number of its round, counted from 1.
    """

    corpus: Corpus
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    texts: dict[Text, str] = field(default_factory=dict)
    patches: list[tuple[int, Patch]] = field(default_factory=list)

    def apply(self, plan: Plan) -> None:
        """Enter one round. A record that is removed needs no new texts."""
        self.corpus = apply(self.corpus, plan)
        number = 1 + max((number for number, _ in self.patches), default=0)
        self.patches += [(number, patch) for patch in plan.patches]
        for record, outcome in plan.outcomes.items():
            self.outcomes[record] = stronger(self.outcomes.get(record, "edited"), outcome)
        self.texts |= plan.texts
        self.texts = {place: text for place, text in self.texts.items() if self.outcomes[place[0]] == "edited"}

    @property
    def removed(self) -> list[int]:
        """The records that leave, in order."""
        return sorted(record for record, outcome in self.outcomes.items() if outcome != "edited")

    @property
    def changes(self) -> dict[int, dict[tuple[int, Field], str] | None]:
        """What the file is to be rewritten with: None for a record that leaves, else its new texts."""
        edits: dict[int, dict[tuple[int, Field], str]] = {}
        for (record, turn, name), text in self.texts.items():
            edits.setdefault(record, {})[turn, name] = text
        return {**dict.fromkeys(self.removed), **edits}


def settle(
    corpus: Corpus,
    patches: Sequence[Patch],
    rules: Sequence[Rule],
    *,
    wishes: Wishes,
    decisions: Decisions,
    engine: Engine,
    tell: Progress,
) -> Settled:
    """Apply patches, then what the safe ones among `rules` propose for the result, until they propose nothing.

    What a person rejected is left alone. Every round removes a row or takes text away, so there is an end.
    """
    settled = Settled(corpus)
    safe = [rule for rule in rules if rule.safe and rule.repair]
    plan = make_plan(patches, replace(wishes, places=_places(corpus, patches)))
    while plan.outcomes:
        settled.apply(plan)
        edited = {place[0] for place in plan.texts}
        found = list(_look_again(settled.corpus, safe, edited, engine, tell))
        wanted = [patch for patch in found if patch.safe and not rejects(decisions, patch)]
        plan = make_plan(wanted, replace(wishes, places=_places(settled.corpus, wanted)))
    return settled


def rejects(decisions: Decisions, patch: Patch) -> bool:
    """Whether a person said that this finding is no fault."""
    decision = decisions.get((patch.rule, patch.row))
    return decision is not None and decision.decision == "reject"


def apply(corpus: Corpus, plan: Plan) -> Corpus:
    """The rows that the plan leaves, with their new texts. Ids, records and lines stay what they were."""
    removed = [record for record, outcome in plan.outcomes.items() if outcome != "edited"]
    left = corpus.table
    if removed:
        left = left.filter(pa.array(~np.isin(corpus.column("record").to_numpy(), removed)))
    edited = {place[0] for place in plan.texts}
    batches = [_edit(batch, plan.texts, edited) for batch in left.to_batches()] if edited else left.to_batches()
    return Corpus(pa.Table.from_batches(batches, left.schema), corpus.source)


def _edit(batch: pa.RecordBatch, texts: Mapping[Text, str], edited: set[int]) -> pa.RecordBatch:
    records, turns = batch.column("record").to_numpy(), batch.column("turn").to_numpy()
    rows = np.flatnonzero(np.isin(records, list(edited)))
    for name in FIELDS:
        new = {row: texts.get((int(records[row]), int(turns[row]), name)) for row in rows.tolist()}
        new = {row: text for row, text in new.items() if text is not None}
        if new:
            mask = np.zeros(len(batch), np.bool_)
            mask[list(new)] = True
            column = pc.replace_with_mask(batch.column(name), pa.array(mask), pa.array(list(new.values()), pa.string()))
            batch = batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), column)
    return batch


def _look_again(
    corpus: Corpus, rules: Sequence[Rule], edited: set[int], engine: Engine, tell: Progress
) -> Iterator[Patch]:
    """What the rules propose now. A rule that looks at one row at a time can only find news in edited rows."""
    row_wise = [rule for rule in rules if rule.row_wise]
    changed = corpus.take(np.flatnonzero(np.isin(_records(corpus), list(edited))).tolist())
    for part, mine in ((changed, row_wise), (corpus, [rule for rule in rules if not rule.row_wise])):
        if len(part) and mine:
            seen: Observed = inspect(part, mine, engine, None, tell)
            yield from propose(part, seen.table(), mine)


def _places(corpus: Corpus, patches: Sequence[Patch]) -> dict[str, Place]:
    """Record, turn and line of the rows that patches name as partners."""
    named = pa.array({name for patch in patches for name in (patch.kept, patch.group) if name}, pa.string())
    rows = corpus.table.select(["id", "record", "turn", "line"]).filter(pc.is_in(corpus.column("id"), named))
    return {row["id"]: (row["record"], row["turn"], row["line"]) for row in rows.to_pylist()}


def _records(corpus: Corpus) -> NDArray[np.int64]:
    return np.asarray(corpus.column("record").to_numpy())

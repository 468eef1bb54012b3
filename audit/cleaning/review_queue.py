"""The queue of a review: what is left to decide, where the person is, and every decision kept as it is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from audit.nouns.findings import Field
from audit.nouns.reports import Report, RuleResult
from audit.texts.normal_forms import nfc
from audit.workspace.decisions import Choice, Decision, Decisions

if TYPE_CHECKING:
    import pyarrow as pa

UNSAFE, EVERYTHING = "", "*"  # scopes besides the name of a rule
FIELDS: tuple[Field, Field] = ("question", "answer")

Spans = dict[str, list[tuple[int, int]]]  # field -> code points that were marked in it
Key = tuple[str, str]  # rule, id of the row


@dataclass(frozen=True, eq=False)
class Item:
    """What one rule found in one row: the findings are decided together, as the baseline has one line for both."""

    rule: RuleResult
    row: Mapping[str, Any]
    findings: tuple[Mapping[str, Any], ...]
    patches: tuple[Mapping[str, Any], ...] = ()
    partners: tuple[Mapping[str, Any], ...] = ()

    @property
    def key(self) -> Key:
        """What decisions go by."""
        return self.rule.name, self.row["id"]

    @property
    def field(self) -> Field:
        """The field that an edit is about."""
        return "question" if self.findings[0]["field"] == "question" else "answer"

    @property
    def safe(self) -> bool:
        """Whether `audit clean` repairs it without being asked."""
        return bool(self.patches) and all(patch["safe"] for patch in self.patches)

    @property
    def score(self) -> float:
        """The surest of its findings; 0 where the rule gives none."""
        return max(finding["score"] or 0.0 for finding in self.findings)

    @property
    def spans(self) -> Spans:
        """What the findings mark."""
        marked: Spans = {name: [] for name in FIELDS}
        for finding in self.findings:
            if finding["start"] is not None:
                marked[finding["field"]].append((finding["start"], finding["end"]))
        return marked

    @property
    def searched(self) -> str:
        """Everything that a search looks into."""
        row = self.row
        words = (row["question"], row["answer"], row["split"], f"line {row['line']}", row["id"], self.rule.name)
        return _folded("\n".join((*words, *(finding["message"] for finding in self.findings))))


def items(report: Report) -> list[Item]:
    """One item for each rule and row, rule after rule, the worst rule first and in a rule the surest finding first."""
    rows = {row["id"]: row for row in report.rows.to_pylist()}
    rules = {rule.name: rule for rule in report.rules}
    patches = _by_key(report.patches)
    found = [
        Item(
            rules[rule],
            rows[row],
            tuple(findings),
            tuple(patches.get((rule, row), ())),
            tuple(rows[other] for other in _partners(findings)),
        )
        for (rule, row), findings in _by_key(report.findings).items()
    ]
    return sorted(
        found, key=lambda item: (-item.rule.severity.rank, -item.rule.rows.count, item.rule.name, -item.score)
    )


def _by_key(table: pa.Table) -> dict[Key, list[Mapping[str, Any]]]:
    together: dict[Key, list[Mapping[str, Any]]] = {}
    for row in table.to_pylist():
        together.setdefault((row["rule"], row["row"]), []).append(row)
    return together


def _partners(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(other for finding in findings for other in finding["related"]))


def _folded(text: str) -> str:
    return nfc(text).casefold()


class Review:
    """A walk through the items of a report.

    `decisions`: what was decided before. `keep` stores a decision and raises OSError where it cannot; a decision
    counts only after it was kept. The walk begins at the first item that nobody has decided.
    """

    def __init__(self, report: Report, decisions: Decisions, keep: Callable[[Decision], None]) -> None:
        self.name = report.data.name
        self.items = items(report)
        self.decisions = dict(decisions)
        self.scope, self.words = UNSAFE, ""
        self._keep = keep
        self._made: list[tuple[Item, Decision | None]] = []  # in this session, each with what stood before
        self._of_row: dict[str, list[Item]] = {}
        for item in self.items:
            self._of_row.setdefault(item.row["id"], []).append(item)
        if not any(not item.safe for item in self.items):
            self.scope = EVERYTHING
        self.narrow(self.scope)

    @property
    def item(self) -> Item | None:
        """Where the person is; None where nothing is shown."""
        return self.shown[self.at] if self.shown else None

    def decision(self, item: Item) -> Decision | None:
        """What was decided about an item; None where it is open."""
        return self.decisions.get(item.key)

    def elsewhere(self, item: Item) -> list[Item]:
        """What other rules found in the same row."""
        return [other for other in self._of_row[item.row["id"]] if other is not item]

    def scopes(self) -> list[tuple[str, int, int]]:
        """What can be shown: unsafe findings, everything, each rule; with how many there are and how many are open."""
        names = [UNSAFE, EVERYTHING, *dict.fromkeys(item.rule.name for item in self.items)]
        return [(name, len(found), self._open(found)) for name in names for found in [self._within(name)]]

    def narrow(self, scope: str | None = None, words: str | None = None) -> None:
        """Show only a scope and the items that hold some words, and go to the first open one."""
        self.scope = self.scope if scope is None else scope
        self.words = self.words if words is None else words.strip()
        wanted = _folded(self.words)
        self.shown = [item for item in self._within(self.scope) if not wanted or wanted in item.searched]
        self.at = 0
        self._go_to_open(0)

    def move(self, step: int) -> bool:
        """Go on or back; False at either end."""
        at = self.at + step
        if not 0 <= at < len(self.shown):
            return False
        self.at = at
        return True

    def decide(self, choice: Choice, text: str = "") -> None:
        """Keep a decision about the item and go to the next open one, or stay where none is left.

        Raises OSError where it cannot be kept.
        """
        item = self.item
        if item is None:
            return
        before = self.decision(item)
        self._set(item, Decision(*item.key, choice, text, item.field))
        self._made.append((item, before))
        if not self._go_to_open(self.at + 1) and choice == "skip":
            self.move(1)

    def undo(self) -> Item | None:
        """Take back the last decision of this session, or else the one about this item; gives the item."""
        if self._made:
            item, before = self._made[-1]
        elif self.item and self.decision(self.item):
            item, before = self.item, None
        else:
            return None
        self._set(item, before or Decision(*item.key, "open"))
        self._made[-1:] = []
        if item not in self.shown:
            self.narrow(item.rule.name, "")
        self.at = self.shown.index(item)
        return item

    def progress(self) -> Counter[str]:
        """How many items of the scope were decided how; "open" counts the others."""
        return Counter(self._state(item) for item in self._within(self.scope))

    def outcome(self) -> Counter[str]:
        """How many items were decided how, whatever is shown; "open" counts unsafe ones: clean sees to the others."""
        states = [(item, self._state(item)) for item in self.items]
        return Counter(state for item, state in states if state != "open" or not item.safe)

    def _set(self, item: Item, decision: Decision) -> None:
        self._keep(decision)
        if decision.decision == "open":
            self.decisions.pop(item.key, None)
        else:
            self.decisions[item.key] = decision

    def _go_to_open(self, start: int) -> bool:
        """Go to the first open item from `start` on, or before it; False where none is open."""
        places = [*range(start, len(self.shown)), *range(start)]
        place = next((place for place in places if self._state(self.shown[place]) == "open"), None)
        self.at = self.at if place is None else place
        return place is not None

    def _state(self, item: Item) -> str:
        decision = self.decision(item)
        return decision.decision if decision else "open"

    def _within(self, scope: str) -> Sequence[Item]:
        if scope == EVERYTHING:
            return self.items
        return [item for item in self.items if (item.rule.name == scope if scope else not item.safe)]

    def _open(self, found: Sequence[Item]) -> int:
        return sum(self._state(item) == "open" for item in found)

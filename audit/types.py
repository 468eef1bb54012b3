"""The nouns: what load, scan and clean hand to each other; those of diagnose are in audit.diagnosis."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

from audit.diagnosis import Diagnosis, Estimate
from audit.diagnosis import Share as Share  # noqa: PLC0414 - how a name is handed on
from audit.foreign import told
from audit.trials import Experiment, Retraining

if TYPE_CHECKING:
    import pyarrow as pa

Field = Literal["question", "answer"]
Progress = Callable[[str, int, int], None]  # stage, done, total


def nobody_watches(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


class AuditError(Exception):
    """A mistake that the user can mend; the message says where, what was found and what to do.

    It may quote names and cells as they are: each line becomes one that nothing foreign can act in or stretch.
    """

    def __init__(self, *messages: object) -> None:
        super().__init__(*(told(str(message)) for message in messages))

    def __str__(self) -> str:
        return "\n".join(self.args)


class Severity(StrEnum):
    """How much a finding matters for training, mildest first."""

    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """Position in the order note < warning < error."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Row:
    """One question-answer pair, as a person sees it."""

    id: str
    question: str
    answer: str
    split: str = ""
    turn: int = 0
    line: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault that a detector sees in one row; the scan adds the rule's name and severity.

    `row`, `related` and `group` are positions in the corpus that the detector was given. `span` counts
    code points of `field`. `score` is in [0, 1], higher is surer. `because` is the short sign that decided.
    A fault of a recipe has no row (-1): `place` is the key it stands under, such as prompt.served. `severity` is for
    the finding that is milder or graver than its rule.
    """

    row: int
    message: str
    score: float | None = None
    because: str = ""
    p_value: float | None = None
    field: Field = "answer"
    span: tuple[int, int] | None = None
    related: tuple[int, ...] = ()
    group: int | None = None
    place: str = ""
    severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """Something measured about the whole set, with the sentence that says it.

    `value` is plain JSON. `rows` names rows (by position) that the fact rests on, each with a word for why.
    """

    name: str
    sentence: str
    value: Mapping[str, Any] = field(default_factory=dict)
    rows: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class PerRow:
    """A number for every row of the corpus: `values` has the length of the corpus."""

    name: str
    values: Any


@dataclass(frozen=True, slots=True)
class Tally:
    """Numbers that a picture needs and that no finding or fact holds: a small table of plain values.

    `note` says in one sentence what was counted, and over what.
    """

    name: str
    note: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


Observation = Finding | Fact | PerRow | Tally
Observations = Iterable[Observation]


@dataclass(frozen=True, slots=True)
class Patch:
    """What a repair wants done with one row because of one finding.

    An edit cuts `span` (code points) out of `field`, which takes it from `before` to `after`; without a span the whole
    field becomes `after`. `kept` is the id of the partner that stays, or that the row was held against. Of the rows
    of one `group` (the id of its head) some are to stay. `record` is the place of the raw record in the input, from 0.
    """

    row: str
    action: Literal["drop", "edit", "quarantine"]
    because: str
    rule: str = ""
    record: int = 0
    line: int = 0
    turn: int = 0
    field: Field = "answer"
    before: str = ""
    after: str = ""
    span: tuple[int, int] | None = None
    kept: str = ""
    group: str = ""
    score: float | None = None
    safe: bool = False


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule said: its settings as they were used, and how many rows it found.

    `help` is the part of the rule's page that says what it means and why it hurts, as Markdown.
    """

    name: str
    family: str
    title: str
    severity: Severity
    repair: str
    safe: bool
    settings: Mapping[str, Any]
    findings: int
    rows: Share
    help: str = ""


@dataclass(frozen=True, slots=True)
class RuleFact:
    """A fact with the rule that measured it; `rows` are row ids, each with a word for why."""

    rule: str
    name: str
    sentence: str
    value: Mapping[str, Any]
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DataSummary:
    """What was read and how it was understood. `sha256` is of the bytes of the file or folder, "" for others."""

    name: str
    format: str
    encoding: str
    columns: Mapping[str, str]
    rows: int
    splits: Mapping[str, int]
    fingerprint: str
    quarantined: tuple[str, ...] = ()
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule in two reports; a finding is the same where rule and row (by content) are. `difference` is of shares."""

    name: str
    severity: Severity
    before: Share
    after: Share
    new: int
    gone: int
    unchanged: int
    difference: Estimate = field(default_factory=Estimate)


@dataclass(frozen=True, slots=True)
class RateChange:
    """How often a failure, or another outcome, was seen in each of two reports; `run` names the run in the later."""

    failure: str
    run: str
    before: Share
    after: Share
    difference: Estimate = field(default_factory=Estimate)


@dataclass(frozen=True)
class Changes:
    """A report held against an earlier one: `gone` has the findings that are no more, as they were."""

    against: str
    new: int
    unchanged: int
    rules: tuple[RuleChange, ...]
    rates: tuple[RateChange, ...]
    gone: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything a verb found out; the JSON file is this, and every other format is a view of it.

    `answer` is the short reply to "can I train on this?" (yes, with care, not yet) and `summary` its sentence.
    `findings` has one row per finding (columns: rule, severity, row, record, line, split, turn, message, score,
    because, p_value, field, start, end, related, group; state, new or unchanged, where there are `changes`);
    `rows` holds every row that a finding or fact names, and a sample of the others where the set has a map;
    `per_row` has one row per row of the data, with the numbers that rules gave, if any; `patches` has what repairs
    propose (the columns are those of Patch, see proposals.SCHEMA). `options` are what the run was asked for.
    """

    command: str
    tool: str
    data: DataSummary
    answer: str
    summary: str
    rules: tuple[RuleResult, ...]
    facts: tuple[RuleFact, ...]
    notes: tuple[str, ...]
    next_steps: tuple[str, ...]
    findings: pa.Table
    rows: pa.Table
    per_row: pa.Table
    patches: pa.Table
    options: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1
    diagnosis: Diagnosis | None = None
    retraining: Retraining | None = None
    experiment: Experiment | None = None
    tallies: tuple[Tally, ...] = ()
    changes: Changes | None = None

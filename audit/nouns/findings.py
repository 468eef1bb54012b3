"""What rules observe and repairs propose: findings, facts, numbers for each row, and patches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Field = Literal["question", "answer"]


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

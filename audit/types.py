"""The nouns: what load, scan and clean hand to each other. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Field = Literal["question", "answer"]


class AuditError(Exception):
    """A mistake that the user can mend; the message says where, what was found and what to do."""


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


Observation = Finding | Fact | PerRow
Observations = Iterable[Observation]


@dataclass(frozen=True, slots=True)
class Patch:
    """What a repair wants done with one row. `kept` is the id of the partner that stays."""

    row: str
    action: Literal["drop", "edit", "quarantine"]
    because: str
    field: Field = "answer"
    before: str = ""
    after: str = ""
    kept: str = ""
    safe: bool = False

"""Which kind of record an input holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from audit.rows.formats import alpaca, columns, conversation, prompt_completion
from audit.rows.formats.header import Header
from audit.rows.formats.records import Places, Raw


class Shape(Protocol):
    """How a raw record becomes pairs."""

    @property
    def columns(self) -> dict[str, str]:
        """Part of the pair (question, answer, turns) -> column of the input."""
        ...

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are needed."""
        ...

    def pairs(self, raw: Raw) -> Iterable[tuple[str, str | None, int]]:
        """Question, answer (None: a turn without text), turn. Raises Fault for a record that cannot be read."""
        ...

    def places(self, raw: Raw) -> Places:
        """Where the texts of `pairs` stand in a record that can be read."""
        ...


def find_shape(header: Header, sample: Sequence[Raw], question: str | None, answer: str | None) -> Shape:
    """The shape of these records; columns named by the user decide, then conversations, then pairs of columns."""
    guessed = question is None and answer is None
    return (
        (guessed or None)
        and (conversation.fit(header, sample) or prompt_completion.fit(header, sample) or alpaca.fit(header))
    ) or columns.fit(header, question, answer)

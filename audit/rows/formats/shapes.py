"""Which kind of record an input holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from audit.rows.formats import alpaca, columns, conversation, preference, prompt_completion, templated
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

    @property
    def remark(self) -> str:
        """What a person should hear of how the records are read; "" where the columns say it all."""
        ...

    def pairs(self, raw: Raw) -> Iterable[tuple[str, str | None, int]]:
        """Question, answer (None: a turn without text), turn. Raises Fault for a record that cannot be read."""
        ...

    def places(self, raw: Raw) -> Places:
        """Where the texts of `pairs` stand in a record that can be read."""
        ...

    def unread(self, raw: Raw) -> Iterable[str]:
        """What the record holds that no row shows, each as the end of a sentence ("12 records …")."""
        ...


def find_shape(header: Header, sample: Sequence[Raw], question: str | None, answer: str | None) -> Shape:
    """The shape of these records; columns named by the user decide, then what holds most says so."""
    if question is not None or answer is not None:
        return columns.fit(header, question, answer)
    return (
        preference.fit(header, sample)
        or conversation.fit(header, sample)
        or prompt_completion.fit(header, sample)
        or alpaca.fit(header)
        or templated.fit(header, sample)
        or columns.fit(header, None, None)
    )

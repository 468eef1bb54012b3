"""Preference pairs: what was chosen is the answer; what was rejected is no row, and is said where it cannot teach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from audit.rows.formats.cells import text
from audit.rows.formats.columns import QUESTION, Columns
from audit.rows.formats.conversation import Conversation, Pair, as_turns, has_turns
from audit.rows.formats.header import Header
from audit.rows.formats.records import Places, Raw
from audit.texts.normal_forms import nfc

CHOSEN, REJECTED = ("chosen", "chosen_response", "preferred"), ("rejected", "rejected_response", "dispreferred")


@dataclass(frozen=True)
class Preference:
    """How the chosen side is read, and the column of the rejected one."""

    chosen: Columns | Conversation
    rejected: str

    @property
    def columns(self) -> dict[str, str]:
        """Part of the pair -> column."""
        return self.chosen.columns

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are needed."""
        return *self.chosen.reads, self.rejected

    @property
    def remark(self) -> str:
        """What a person should hear of how the records are read."""
        return f"preference pairs, of which the rules look at what was chosen, not at {self.rejected!r}"

    def pairs(self, raw: Raw) -> Iterator[Pair]:
        """The pairs of the chosen side."""
        yield from self.chosen.pairs(raw)

    def places(self, raw: Raw) -> Places:
        """Where the texts of `pairs` stand."""
        return self.chosen.places(raw)

    def unread(self, raw: Raw) -> Iterator[str]:
        """What of the pair teaches no preference, and what of the chosen side is in no row."""
        yield from self.chosen.unread(raw)
        chosen, rejected = raw.get(self.chosen.reads[-1]), raw.get(self.rejected)
        if _said(chosen, self.rejected) == _said(rejected, self.rejected):
            yield "prefer an answer to itself: chosen and rejected are equal"
        elif not _said(rejected, self.rejected).strip():
            yield "have nothing rejected"


def fit(header: Header, sample: Sequence[Raw]) -> Preference | None:
    """The two columns of a preference set, as turns or as texts beside a prompt."""
    chosen, rejected = header.find(CHOSEN), header.find(REJECTED)
    if chosen is None or rejected is None:
        return None
    if any(has_turns(raw.get(chosen), "role") for raw in sample):
        return Preference(Conversation(chosen, "role", "content"), rejected)
    prompt = header.find(QUESTION)
    return Preference(Columns(prompt, chosen), rejected) if prompt else None


def _said(value: Any, column: str) -> str:
    """A side of the pair as text: of turns, the last one."""
    if isinstance(value, list):
        turns = as_turns(value, column)
        value = turns[-1].get("content") if turns and isinstance(turns[-1], dict) else ""
    return nfc(value if isinstance(value, str) else "" if value is None else text(str(value), column)).strip()

"""Preference pairs: what was chosen is the answer; what was rejected is no row, and is said where it cannot teach."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from audit.rows.formats import alpaca
from audit.rows.formats.alpaca import Alpaca
from audit.rows.formats.cells import text
from audit.rows.formats.columns import QUESTION, Columns
from audit.rows.formats.conversation import Conversation, Pair, as_turns, has_turns
from audit.rows.formats.header import Header
from audit.rows.formats.prompt_completion import PromptCompletion
from audit.rows.formats.records import Places, Raw
from audit.texts.normal_forms import nfc

CHOSEN, REJECTED = ("chosen", "chosen_response", "preferred"), ("rejected", "rejected_response", "dispreferred")


@dataclass(frozen=True)
class Preference:
    """How the chosen side is read, and the columns of both sides."""

    side: Alpaca | Columns | Conversation | PromptCompletion
    chosen: str
    rejected: str

    @property
    def columns(self) -> dict[str, str]:
        """Part of the pair -> column."""
        return self.side.columns

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are needed."""
        return *self.side.reads, self.rejected

    @property
    def remark(self) -> str:
        """What a person should hear of how the records are read."""
        return f"preference pairs, of which the rules look at what was chosen, not at {self.rejected!r}"

    def pairs(self, raw: Raw) -> Iterator[Pair]:
        """The pairs of the chosen side."""
        yield from self.side.pairs(raw)

    def places(self, raw: Raw) -> Places:
        """Where the texts of `pairs` stand."""
        return self.side.places(raw)

    def unread(self, raw: Raw) -> Iterator[str]:
        """What of the pair teaches no preference, and what of the chosen side is in no row."""
        yield from self.side.unread(raw)
        chosen, rejected = _said(raw.get(self.chosen), self.chosen), _said(raw.get(self.rejected), self.rejected)
        if chosen == rejected:
            yield "prefer an answer to itself: chosen and rejected are equal"
        elif not rejected:
            yield "have nothing rejected"


def fit(header: Header, sample: Sequence[Raw]) -> Preference | None:
    """The two columns of a preference set, as turns or as texts beside a prompt."""
    chosen, rejected = header.find(CHOSEN), header.find(REJECTED)
    if chosen is None or rejected is None:
        return None
    prompt = header.find(QUESTION)
    if any(has_turns(raw.get(chosen), "role") for raw in sample):
        apart = prompt and any(has_turns(raw.get(prompt), "role") for raw in sample)
        side = PromptCompletion(prompt, chosen) if prompt and apart else Conversation(chosen, "role", "content")
        return Preference(side, chosen, rejected)
    if instructed := alpaca.fit(header, (chosen,)):
        return Preference(instructed, chosen, rejected)
    return Preference(Columns(prompt, chosen), chosen, rejected) if prompt else None


def _said(value: Any, column: str) -> str:
    """A side of the pair as text: of turns, the last one."""
    if isinstance(value, list):
        turns = as_turns(value, column)
        value = turns[-1].get("content") if turns and isinstance(turns[-1], dict) else ""
    return nfc(value if isinstance(value, str) else "" if value is None else text(str(value), column)).strip()

"""TRL's conversational prompt and completion: two lists of turns, of which the completion is learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from audit.rows.formats.conversation import Pair, as_turns, find_places, has_turns, pair_up, unread
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import Header
from audit.rows.formats.records import Keys, Places, Raw


@dataclass(frozen=True)
class PromptCompletion:
    """The pairs are the assistant's turns in the completion; the first is asked by the last user turn of the prompt."""

    prompt: str
    completion: str

    @property
    def columns(self) -> dict[str, str]:
        """Part of the pair -> column."""
        return {"question": self.prompt, "answer": self.completion}

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are needed."""
        return self.prompt, self.completion

    @property
    def remark(self) -> str:
        """Nothing: the columns say it all."""
        return ""

    def unread(self, raw: Raw) -> Iterator[str]:
        """What the turns hold that no row shows."""
        both = (as_turns(raw.get(column), column) for column in (self.prompt, self.completion))
        return unread([turn for turns in both for turn in turns])

    def pairs(self, raw: Raw) -> Iterator[Pair]:
        """One pair for each turn of the assistant in the completion, counted from 1."""
        before = as_turns(raw.get(self.prompt), self.prompt)
        after = as_turns(raw.get(self.completion), self.completion)
        if not any(map(_by_assistant, after)):
            raise Fault(f"column {self.completion!r} holds no turn of the assistant")
        return pair_up([*before[_open(before) :], *after], f"{self.prompt} + {self.completion}")

    def places(self, raw: Raw) -> Places:
        """Where the texts of `pairs` stand."""
        prompt = list(enumerate(as_turns(raw.get(self.prompt), self.prompt)))
        completion = enumerate(as_turns(raw.get(self.completion), self.completion))
        start = _open([turn for _, turn in prompt])
        before: list[tuple[Keys, Raw]] = [((self.prompt, i), turn) for i, turn in prompt[start:]]
        return find_places([*before, *(((self.completion, i), turn) for i, turn in completion)])


def _by_assistant(turn: Any) -> bool:
    return isinstance(turn, dict) and turn.get("role") == "assistant"


def _open(turns: Sequence[Any]) -> int:
    """Where the part of a prompt begins that is not answered in it."""
    return max((place for place, turn in enumerate(turns, 1) if _by_assistant(turn)), default=0)


def fit(header: Header, sample: Sequence[Raw]) -> PromptCompletion | None:
    """The two columns, if they hold turns and not texts."""
    prompt, completion = header.find(("prompt",)), header.find(("completion", "response"))
    if prompt is None or completion is None or not any(has_turns(raw.get(completion), "role") for raw in sample):
        return None
    return PromptCompletion(prompt, completion)

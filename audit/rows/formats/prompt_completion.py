"""TRL's conversational prompt and completion: two lists of turns, of which the completion is learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from audit.rows.formats.conversation import Pair, as_turns, find_places, has_turns, pair_up, speaker, unread
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import Header
from audit.rows.formats.records import Keys, Places, Raw


@dataclass(frozen=True)
class PromptCompletion:
    """The pairs are the assistant's turns in the completion; the first is asked by the last user turn of the prompt."""

    prompt: str
    completion: str
    remark = ""

    @property
    def columns(self) -> dict[str, str]:
        """Part of the pair -> column."""
        return {"question": self.prompt, "answer": self.completion}

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are needed."""
        return self.prompt, self.completion

    def unread(self, raw: Raw) -> Iterator[str]:
        """What the turns hold that no row shows."""
        asked, answered = self._sides(raw)
        return unread([*asked, *answered])

    def pairs(self, raw: Raw) -> Iterator[Pair]:
        """One pair for each turn of the assistant in the completion, counted from 1."""
        asked, answered = self._sides(raw)
        if not _answers(answered):
            raise Fault(f"column {self.completion!r} holds no turn of the assistant")
        earlier = _answers(asked)
        for question, answer, turn in pair_up([*asked, *answered], f"{self.prompt} + {self.completion}"):
            if turn > earlier:
                yield question, answer, turn - earlier

    def places(self, raw: Raw) -> Places:
        """Where the texts of `pairs` stand."""
        asked, answered = self._sides(raw)
        earlier = _answers(asked)
        turns: list[tuple[Keys, Raw]] = [((self.prompt, i), turn) for i, turn in enumerate(asked)]
        turns += [((self.completion, i), turn) for i, turn in enumerate(answered)]
        return {(turn - earlier, part): place for (turn, part), place in find_places(turns).items() if turn > earlier}

    def _sides(self, raw: Raw) -> tuple[list[Any], list[Any]]:
        return as_turns(raw.get(self.prompt), self.prompt), as_turns(raw.get(self.completion), self.completion)


def _answers(turns: Sequence[Any]) -> int:
    return sum(isinstance(turn, dict) and speaker(turn.get("role")) == "assistant" for turn in turns)


def fit(header: Header, sample: Sequence[Raw]) -> PromptCompletion | None:
    """The two columns, if they hold turns and not texts."""
    prompt, completion = header.find(("prompt",)), header.find(("completion", "response"))
    if prompt is None or completion is None or not any(has_turns(raw.get(completion), "role") for raw in sample):
        return None
    return PromptCompletion(prompt, completion)

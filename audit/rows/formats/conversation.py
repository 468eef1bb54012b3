"""Conversations: a list of turns, with `role` and `content` (OpenAI) or `from` and `value` (ShareGPT)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.rows.formats.cells import text
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import Header
from audit.rows.formats.json_text import parse
from audit.rows.formats.records import Keys, Place, Places, Raw, excerpt

NAMES = ("messages", "conversations", "conversation", "dialogue", "dialog", "chat")  # of columns that hold turns
KEYS = (("role", "content"), ("from", "value"))
USER = {"user", "human", "prompter"}
ASSISTANT = {"assistant", "gpt", "chatgpt", "model", "bot", "ai"}
OTHERS = {"system", "developer", "tool", "function", "function_call", "observation", "environment", "ipython"}
THOUGHT = ("reasoning_content", "reasoning", "thinking", "thought")  # keys of what comes before the answer
ASIDE = {"name", "id", "type", "tool_call_id", "function_call", "recipient", "end_turn"}  # keys without words to learn

Pair = tuple[str, str | None, int]
"""Question, answer, turn. The answer is None where a turn has no text and only calls tools."""


@dataclass(frozen=True)
class Conversation:
    """One column that holds the turns of a conversation."""

    turns: str
    role_key: str
    text_key: str
    remark = ""

    @property
    def columns(self) -> dict[str, str]:
        """Part of the pair -> column."""
        return {"turns": self.turns}

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are needed."""
        return (self.turns,)

    def unread(self, raw: Raw) -> Iterator[str]:
        """What the turns hold that no row shows."""
        return unread(as_turns(raw.get(self.turns), self.turns), self.role_key, self.text_key)

    def pairs(self, raw: Raw) -> Iterator[Pair]:
        """One pair for each turn of the assistant, counted from 1."""
        return pair_up(as_turns(raw.get(self.turns), self.turns), self.turns, self.role_key, self.text_key)

    def places(self, raw: Raw) -> Places:
        """Where the texts of `pairs` stand."""
        turns = enumerate(as_turns(raw.get(self.turns), self.turns))
        return find_places((((self.turns, index), turn) for index, turn in turns), self.role_key, self.text_key)


def fit(header: Header, sample: Sequence[Raw]) -> Conversation | None:
    """The column with turns, if there is one."""
    column = header.find(NAMES)
    if column is None:
        return None
    for role_key, text_key in KEYS:
        if any(has_turns(raw.get(column), role_key) for raw in sample):
            return Conversation(column, role_key, text_key)
    if any(str(raw.get(column)).startswith("[{'") for raw in sample):
        raise AuditError(
            f"{header.name}: column {column!r} holds Python lists as text, not JSON; write it with json.dumps"
        )
    return None


def pair_up(turns: Iterable[Any], column: str, role_key: str = "role", text_key: str = "content") -> Iterator[Pair]:
    """The question is what the user said last before the answer, in one turn or several in a row.

    Raises Fault for turns that cannot be read.
    """
    question, number, asking = "", 0, False
    for place, turn in enumerate(turns, 1):
        if not isinstance(turn, dict) or role_key not in turn:
            raise Fault(f"column {column!r}: turn {place} has no {role_key!r}")
        role = speaker(turn[role_key])
        if role == "user":
            said = _content(turn.get(text_key), column)
            question = "\n".join(filter(None, (question, said))) if asking else said
        elif role == "assistant":
            number += 1
            silent = not turn.get(text_key) and (turn.get("tool_calls") or turn.get("function_call"))
            yield question, None if silent else _content(turn.get(text_key), column), number
        elif role not in OTHERS:
            raise Fault(f"column {column!r}: turn {place} is by {excerpt(turn[role_key])}, neither user nor assistant")
        asking = role == "user"
    if not number:
        raise Fault(f"column {column!r} holds no turn of the assistant")


def find_places(turns: Iterable[tuple[Keys, Raw]], role_key: str = "role", text_key: str = "content") -> Places:
    """Where the texts of `pair_up` stand, for turns with the place of each."""
    places: Places = {}
    question: Place | None = None
    number, asking = 0, False
    for keys, turn in turns:
        role = speaker(turn[role_key])
        if role == "user":
            said = _place((*keys, text_key), turn.get(text_key))
            question = Place((*question.parts, *said.parts), "\n") if asking and question else said
        elif role == "assistant":
            number += 1
            places[number, "answer"] = _place((*keys, text_key), turn.get(text_key))
            if question is not None:
                places[number, "question"] = question
        asking = role == "user"
    return places


def unread(turns: Sequence[Raw], role_key: str = "role", text_key: str = "content") -> Iterator[str]:
    """What turns that can be read hold and no row shows, or shows otherwise than it stands there."""
    roles = [speaker(turn[role_key]) for turn in turns]
    spoken = [role for role in roles if role in {"user", "assistant"}]
    follows = set(pairwise(roles))
    if ("user", "user") in follows:
        yield "have two turns of the user in a row, which are read as one question"
    if ("assistant", "assistant") in follows:
        yield "have two turns of the assistant in a row"
    if spoken[:1] == ["assistant"]:
        yield "begin with a turn of the assistant, an answer without a question"
    if spoken[-1:] == ["user"]:
        yield "end on a turn of the user, which is in no row"
    answers = [turn for turn, role in zip(turns, roles, strict=True) if role == "assistant"]
    read = {role_key, text_key, *ASIDE}
    for key in sorted({key for turn in answers for key in turn.keys() - read if _has_words(turn[key])}):
        yield f"have {excerpt(key)} in turns of the assistant, which no rule looks at"
    if any(_only_thinks(turn, text_key) for turn in answers):
        yield "have a turn of the assistant with a thought and no answer"


def _only_thinks(turn: Raw, text_key: str) -> bool:
    says = turn.get(text_key) or turn.get("tool_calls") or turn.get("function_call")
    return not says and any(_has_words(turn.get(key)) for key in THOUGHT)


def _has_words(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def speaker(name: object) -> str:
    """user, assistant, or the role as it is called."""
    role = str(name).strip().casefold()
    return "user" if role in USER else "assistant" if role in ASSISTANT else role


def as_turns(value: Any, column: str) -> list[Any]:
    """The list of turns in a cell; CSV files keep it as JSON text."""
    turns = parse(value) if isinstance(value, str) else value
    if not isinstance(turns, list):
        raise Fault(f"column {column!r} holds no list of turns")
    return turns


def has_turns(value: Any, role_key: str) -> bool:
    """Whether a cell is a list of turns that name their speaker under this key."""
    try:
        turns = as_turns(value, "")
    except Fault:
        return False
    return bool(turns) and isinstance(turns[0], dict) and role_key in turns[0]


def _place(keys: Keys, value: Any) -> Place:
    return Place(tuple((*keys, i, "text") for i in range(len(value))) if isinstance(value, list) else (keys,))


def _content(value: Any, column: str) -> str:
    """The text of a turn, which may be a list of parts."""
    if not isinstance(value, list):
        return text(value, column)
    parts = [part if isinstance(part, dict) else {} for part in value]
    if any(part.get("type", "text") != "text" or "text" not in part for part in parts):
        raise Fault(f"column {column!r} holds a turn with something other than text")
    return "".join(text(part["text"], column) for part in parts)

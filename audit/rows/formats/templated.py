"""One text column that holds a whole conversation in the markers of a chat template."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from audit.rows.formats.cells import text
from audit.rows.formats.columns import ANSWER, QUESTION
from audit.rows.formats.conversation import ASSISTANT, OTHERS, USER, Pair
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import Header, fold
from audit.rows.formats.records import Place, Places, Raw, Span

NAMES = ("text", "prompt", "content", "formatted", "conversation", "sample")  # columns that are looked at first
INSTRUCTION, INPUT, RESPONSE = "instruction", "input", "response"
SAID_BY = dict.fromkeys(USER | {INSTRUCTION}, "user") | dict.fromkeys(ASSISTANT | {RESPONSE}, "assistant")


class Template(NamedTuple):
    """How a template tells turns apart: what opens one (group `role`, or `user` and `assistant`) and what ends it."""

    name: str
    opens: re.Pattern[str]
    ends: re.Pattern[str]


def _template(name: str, opens: str, ends: str) -> Template:
    return Template(name, re.compile(opens), re.compile(ends))


TEMPLATES = (
    _template("ChatML", r"<\|im_start\|>(?P<role>\w+)\n", r"<\|im_end\|>"),
    _template("Llama 3", r"<\|start_header_id\|>(?P<role>\w+)<\|end_header_id\|>\n\n", r"<\|eot_id\|>|<\|eom_id\|>"),
    _template("Llama 4", r"<\|header_start\|>(?P<role>\w+)<\|header_end\|>\n\n", r"<\|eot\|>"),
    _template("Gemma", r"<start_of_turn>(?P<role>\w+)\n", r"<end_of_turn>"),
    _template("EXAONE", r"\[\|(?P<role>system|user|assistant)\|\]", r"\[\|endofturn\|\]"),
    _template("Zephyr or Phi", r"<\|(?P<role>system|user|assistant)\|>\n?", r"</s>|<\|end\|>|<\|endoftext\|>"),
    _template(
        "Llama 2 or Mistral",
        r"(?P<user>(?:<s>)?\s*\[INST\]\s*(?:<<SYS>>[\s\S]*?<</SYS>>\s*)?)|(?P<assistant>\[/INST\])",
        r"</s>",
    ),
    _template(
        "Alpaca", r"(?m)^### ?(?P<role>Instruction|Input|Response):[ \t]*\n?", r"</s>|<\|endoftext\|>|<\|end_of_text\|>"
    ),
    _template(
        "### Human", r"(?:^|(?<=\S)|(?<=\n))### ?(?P<role>Human|User|Assistant|System):", r"</s>|<\|endoftext\|>"
    ),
    _template("Vicuna", r"(?:(?m:^)|(?<= )|(?<=</s>))(?P<role>USER|ASSISTANT):", r"</s>"),
    _template("Human and Assistant", r"(?m)^(?P<role>Human|User|Assistant|사용자|질문|답변|어시스턴트): ", r"</s>"),
)
KOREAN = {"사용자": "user", "질문": "user", "답변": "assistant", "어시스턴트": "assistant"}


class Turn(NamedTuple):
    """Who speaks, and from where to where in the text."""

    role: str
    span: Span


@dataclass(frozen=True)
class Templated:
    """The column, and the template that its rows are in."""

    text: str
    template: Template

    @property
    def columns(self) -> dict[str, str]:
        """Part of the pair -> column."""
        return {"turns": self.text}

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are needed."""
        return (self.text,)

    @property
    def remark(self) -> str:
        """What a person should hear of how the records are read."""
        return f"column {self.text!r} holds whole conversations in the template of {self.template.name}"

    def pairs(self, raw: Raw) -> Iterator[Pair]:
        """One pair for each turn of the assistant: counted from 1, or 0 where there is one only."""
        whole = text(raw.get(self.text), self.text)
        for question, answer, turn in self._found(whole):
            yield "\n".join(filter(None, (whole[a:b] for a, b in question))), whole[slice(*answer)], turn

    def places(self, raw: Raw) -> Places:
        """Where the texts of `pairs` stand."""
        places: Places = {}
        for question, answer, turn in self._found(text(raw.get(self.text), self.text)):
            places[turn, "answer"] = Place(((self.text, answer),))
            if question:
                places[turn, "question"] = Place(tuple((self.text, part) for part in question), "\n")
        return places

    def unread(self, raw: Raw) -> Iterator[str]:
        """What the record holds that no row shows, and what is odd about its end."""
        whole = text(raw.get(self.text), self.text)
        turns = turns_of(whole, self.template)
        if turns and turns[-1].role == "user":
            yield "end on a turn of the user, which is in no row"
        ended = self.template.ends.search(whole)  # a template that ends other turns ends the answer as well
        if (
            ended
            and turns
            and turns[-1].role == "assistant"
            and not self.template.ends.search(whole, turns[-1].span.end)
        ):
            yield "have no end marker after the last answer"

    def _found(self, whole: str) -> Iterator[tuple[list[Span], Span, int]]:
        turns = turns_of(whole, self.template)
        answers = sum(turn.role == "assistant" for turn in turns)
        if not answers:
            raise Fault(f"column {self.text!r} holds no answer in the template of {self.template.name}")
        question: list[Span] = []
        number = 0
        before = ""
        for turn in turns:
            if turn.role == "assistant":
                number += 1
                yield question, turn.span, number if answers > 1 else 0
            elif turn.role == "user":
                question = [*question, turn.span] if before == "user" else [turn.span]
            before = turn.role


def turns_of(whole: str, template: Template) -> list[Turn]:
    """The turns of a text, each without the white space around it; [] where it does not begin as the template does."""
    opened = list(template.opens.finditer(whole))
    turns = []
    for found, stop in zip(opened, [*(later.start() for later in opened), len(whole)][1:], strict=True):
        begin, end = found.end(), stop
        if closed := template.ends.search(whole, begin, stop):
            end = closed.start()
        own = whole[begin:end]
        begin += len(own) - len(own.lstrip()) if own.strip() else 0
        turns.append(Turn(_speaker(found), Span(begin, begin + len(own.strip()))))
    return turns


def fit(header: Header, sample: Sequence[Raw]) -> Templated | None:
    """The column whose texts are all in one template, where no two columns pass for question and answer."""
    if header.find(QUESTION) and header.find(ANSWER):
        return None
    first = [column for column in header.columns if fold(column) in NAMES]
    for column in [*first, *(column for column in header.columns if column not in first)]:
        texts = [raw[column] for raw in sample if isinstance(raw.get(column), str) and raw[column].strip()]
        for template in TEMPLATES:
            if _fits(texts, template):
                return Templated(column, template)
    return None


def _fits(texts: Iterable[str], template: Template) -> bool:
    """Whether nine texts in ten ask and answer in this template."""
    counts = Counter(_asks_and_answers(turns_of(whole, template)) for whole in texts)
    return counts[True] > 0 and counts[True] >= 9 * counts[False]


def _asks_and_answers(turns: Sequence[Turn]) -> bool:
    roles = [turn.role for turn in turns]
    return "user" in roles and "assistant" in roles[roles.index("user") :]


def _speaker(found: re.Match[str]) -> str:
    groups: dict[str, Any] = found.groupdict()
    role = groups["role"].casefold() if "role" in groups else next(name for name in groups if groups[name] is not None)
    if role == INPUT:
        return "user"
    return KOREAN.get(role) or SAID_BY.get(role) or (role if role in OTHERS else "other")

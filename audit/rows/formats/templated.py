"""One text column that holds a whole conversation in the markers of a chat template."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from audit.rows.formats.cells import text
from audit.rows.formats.columns import ANSWER, QUESTION
from audit.rows.formats.conversation import Pair, speaker
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import Header, fold
from audit.rows.formats.records import Place, Places, Raw, Span

NAMES = ("text", "prompt", "content", "formatted", "conversation", "sample")  # columns that are looked at first
INPUT = "input"  # of Alpaca: what the instruction is about, a part of the question
SPEAKERS = {"instruction": "user", INPUT: "user", "사용자": "user", "질문": "user"} | dict.fromkeys(
    ("response", "답변", "어시스턴트"), "assistant"
)


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
        r"(?P<user>\[INST\]\s*(?:<<SYS>>(?:(?!\[/?INST\])[\s\S])*?<</SYS>>)?)|(?P<assistant>\[/INST\])",
        r"</?s>",
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
        ends = self.template.ends  # a template that ends other turns ends the answer as well
        answered = bool(turns) and turns[-1].role == "assistant"
        if answered and ends.search(whole) and not ends.search(whole, turns[-1].span.end):
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
    """The turns of a text, each without the white space around it; what stands before the first is a preamble."""
    opened: list[re.Match[str]] = []
    for found in template.opens.finditer(whole):  # a heading "Input" in an answer is a heading
        if _role(found) != INPUT or (opened and _speaker(opened[-1]) == "user"):
            opened.append(found)
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


def _fits(texts: Sequence[str], template: Template) -> bool:
    """Whether nine texts in ten ask and answer in this template; no more are looked at than tell."""
    others = 0
    for whole in texts:
        others += not _asks_and_answers(turns_of(whole, template))
        if 10 * others > len(texts):
            return False
    return bool(texts)


def _asks_and_answers(turns: Sequence[Turn]) -> bool:
    roles = [turn.role for turn in turns]
    return "user" in roles and "assistant" in roles[roles.index("user") :]


def _role(found: re.Match[str]) -> str:
    groups: dict[str, str | None] = found.groupdict()
    role = groups.get("role")
    return role.casefold() if role else next(name for name, own in groups.items() if own is not None)


def _speaker(found: re.Match[str]) -> str:
    role = _role(found)
    return SPEAKERS.get(role) or speaker(role)

"""One column with the question, one with the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from audit.nouns.dialogue import AuditError
from audit.rows.formats.cells import text
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import Header
from audit.rows.formats.records import Place, Places, Raw, excerpt, listing

QUESTION = (
    "question",
    "q",
    "input_data",
    "prompt",
    "query",
    "instruction",
    "input",
    "user",
    "human",
    "질문",
    "질의",
    "문의",
)  # in the order in which they are tried
ANSWER = (
    "answer",
    "a",
    "output_message",
    "output_data",
    "completion",
    "response",
    "output",
    "assistant",
    "reply",
    "답변",
    "응답",
    "대답",
    "답",
)


@dataclass(frozen=True)
class Columns:
    """Two columns; the pair of a record has turn 0."""

    question: str
    answer: str

    remark = ""

    @property
    def columns(self) -> dict[str, str]:
        """Part of the pair -> column."""
        return {"question": self.question, "answer": self.answer}

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are needed."""
        return self.question, self.answer

    def unread(self, _raw: Raw) -> tuple[str, ...]:
        """Nothing: every text is in a row."""
        return ()

    def pairs(self, raw: Raw) -> Iterable[tuple[str, str, int]]:
        """Question, answer, turn. Raises Fault where neither column is there."""
        if self.question not in raw and self.answer not in raw:
            raise Fault(f"has neither {self.question!r} nor {self.answer!r}, only: {listing(raw)}")
        return ((text(raw.get(self.question), self.question), text(raw.get(self.answer), self.answer), 0),)

    def places(self, _raw: Raw) -> Places:
        """Where the texts of `pairs` stand."""
        return {(0, "question"): Place(((self.question,),)), (0, "answer"): Place(((self.answer,),))}


def fit(header: Header, question: str | None, answer: str | None) -> Columns:
    """The two columns, named by the user or guessed; AuditError with advice where they cannot be found."""
    q = header.named(question, "--question") if question is not None else header.find(QUESTION)
    a = header.named(answer, "--answer") if answer is not None else header.find(ANSWER)
    if q is None or a is None:
        raise _not_found(header, *(("question", QUESTION) if q is None else ("answer", ANSWER)))
    if q == a:
        raise AuditError(f"{header.name}: the question and the answer cannot both be column {q!r}")
    return Columns(q, a)


def _not_found(header: Header, part: str, names: Sequence[str]) -> AuditError:
    if len(header.columns) == 1:
        return AuditError(
            f"{header.name}: one column, {excerpt(header.columns[0])}, where a question and an answer are needed; one "
            "alone is read where nine rows in ten are in a known chat template (ChatML, Llama, Gemma, Alpaca …)"
        )
    return AuditError(
        f"{header.name}: no column looks like the {part}{header.near(names)}. Columns found: {header.listing}. "
        f"Name it with --{part} COLUMN"
    )

"""Alpaca and Dolly: an instruction, perhaps an input to it, an output, perhaps earlier turns in `history`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.rows.formats.cells import text
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import Header
from audit.rows.formats.records import Place, Places, Raw, listing

INPUT = ("input", "context")
OUTPUT = ("output", "response", "answer", "completion")


@dataclass(frozen=True)
class Alpaca:
    """Instruction and input are one question, joined by a line end as LLaMA-Factory joins them."""

    instruction: str
    input: str
    output: str
    history: str | None

    remark = ""

    @property
    def columns(self) -> dict[str, str]:
        """Part of the pair -> columns."""
        return {"question": f"{self.instruction} + {self.input}", "answer": self.output}

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns that are needed."""
        return tuple(filter(None, (self.instruction, self.input, self.output, self.history)))

    def unread(self, _raw: Raw) -> tuple[str, ...]:
        """Nothing: every text is in a row."""
        return ()

    def pairs(self, raw: Raw) -> Iterator[tuple[str, str, int]]:
        """Question, answer, turn: 0, or counted from 1 where the record has earlier turns."""
        if self.instruction not in raw and self.output not in raw:
            raise Fault(f"has neither {self.instruction!r} nor {self.output!r}, only: {listing(raw)}")
        earlier = (self.history and raw.get(self.history)) or []
        turn = 0
        for turn, pair in enumerate(earlier, 1):
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise Fault(f"column {self.history!r} is not a list of [question, answer]")
            yield text(pair[0], str(self.history)), text(pair[1], str(self.history)), turn
        instruction, given = text(raw.get(self.instruction), self.instruction), text(raw.get(self.input), self.input)
        question = f"{instruction}\n{given}" if instruction and given else instruction or given
        yield question, text(raw.get(self.output), self.output), turn + 1 if turn else 0

    def places(self, raw: Raw) -> Places:
        """Where the texts of `pairs` stand."""
        places: Places = {}
        earlier = range(len((self.history and raw.get(self.history)) or ()))
        for turn in earlier:
            places[turn + 1, "question"] = Place(((str(self.history), turn, 0),))
            places[turn + 1, "answer"] = Place(((str(self.history), turn, 1),))
        last = len(earlier) + 1 if earlier else 0
        places[last, "question"] = Place(((self.instruction,), (self.input,)), "\n")
        places[last, "answer"] = Place(((self.output,),))
        return places


def fit(header: Header, outputs: Sequence[str] = OUTPUT) -> Alpaca | None:
    """Alpaca's columns, if they are there; without an input the two columns are a plain pair."""
    instruction, given, output = header.find(("instruction",)), header.find(INPUT), header.find(outputs)
    if instruction is None or given is None or output is None:
        return None
    return Alpaca(instruction, given, output, header.find(("history",)))

"""What a person or a judge has said of each output, in a column of its own: which of its values mean a failure."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from math import isfinite

from audit.nouns.dialogue import AuditError
from audit.rows.formats.fault import Fault
from audit.rows.formats.records import excerpt

SIGNS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
OPTION = re.compile(r"(?:(?P<name>[a-z][a-z0-9-]*)=)?(?P<column>.+?)(?:(?P<sign><=|>=|<|>)(?P<bound>[^<>=]+))?")
YES, NO = {"true", "yes", "y", "1", "1.0", "t", "예", "네"}, {"false", "no", "n", "0", "0.0", "f", "아니오", "아니요"}


@dataclass(frozen=True, slots=True)
class Label:
    """A failure of one's own that stands in a column: where it is true or, with a sign, on that side of a bound."""

    name: str
    column: str
    sign: str = ""
    bound: float = 0.0

    @property
    def phrase(self) -> str:
        """What outputs that show it do."""
        return f"have {self.column} {self.sign} {self.bound:g}" if self.sign else f"are marked {self.column}"

    def reads(self, value: str) -> bool | None:
        """Whether a value of the column says so; None where it says nothing. Raises Fault where it cannot be read."""
        value = value.strip()
        if not value:
            return None
        if self.sign:
            number = _number(value)
            if number is None:
                raise Fault(f"column {self.column!r} holds {excerpt(value)}, not a number")
            return bool(SIGNS[self.sign](number, self.bound))
        if value.casefold() in YES | NO:
            return value.casefold() in YES
        raise Fault(
            f"column {self.column!r} holds {excerpt(value)}, neither true nor false; say a bound: {self.column}<3"
        )


def parse_label(option: str) -> Label:
    """Take "COLUMN", "COLUMN<3" or "NAME=COLUMN<3" apart; AuditError where it is none of them."""
    found = OPTION.fullmatch(option.strip())
    bound = _number(found["bound"]) if found and found["bound"] else 0.0
    if not found or bound is None:
        raise AuditError(f"--failure-column {option}: is none of COLUMN, COLUMN<3 and NAME=COLUMN<3")
    column = found["column"].strip()
    name = found["name"] or re.sub(r"[^a-z0-9]+", "-", column.lower()).strip("-0123456789") or "labelled"
    return Label(name, column, found["sign"] or "", bound)


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if isfinite(number) else None

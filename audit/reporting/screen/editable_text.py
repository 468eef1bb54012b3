"""A text as it can be edited on the screen: what cannot be seen or would be changed is written as its number."""

from __future__ import annotations

import re
import unicodedata

from audit.reporting.screen.emoji import unsteady

NUMBER = re.compile(r"<U\+([0-9A-F]{4,6})>")
HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # what `visible` writes as numbers; also what ends a line unasked
SEEN = {"\n", "\t"}


def to_edit(text: str) -> str:
    """The text with hidden characters as `<U+200B>`; what already reads like that gets its first sign as a number."""
    literal = NUMBER.sub(lambda match: _number("<") + match[0][1:], text)
    return "".join(_number(sign) if _hidden(sign) else sign for sign in literal)


def from_edit(text: str) -> str:
    """The text that was meant; undoes `to_edit` for every text."""
    return NUMBER.sub(lambda match: chr(int(match[1], 16)) if int(match[1], 16) < 0x110000 else match[0], text)


def _hidden(sign: str) -> bool:
    return unsteady(sign) or (sign not in SEEN and unicodedata.category(sign) in HIDDEN)


def _number(sign: str) -> str:
    return f"<U+{ord(sign):04X}>"

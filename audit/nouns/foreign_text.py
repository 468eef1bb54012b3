"""Text that others wrote, as a person may be shown it: nothing in it acts, hides, or ends inside a letter.

File names, columns, splits, cells, settings and what other libraries say all come from somewhere else. On a terminal
an escape sequence in them acts, a bidi mark turns the line around, a line end forges a line of ours. Whatever audit
prints or puts into a report goes through `visible`, at the few places that every text has to pass: AuditError,
commands/saying.py, renderers/screen.py and the end of each format where it is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LISTED = 10  # names that a message lists: more are no help, and a file may have a million of them
NAME = 80  # characters of a name that a message quotes
MESSAGE = 4_000  # characters of a message: two screens; a longer one is made of somebody's data
STEPS = 64  # characters that a cut moves at most, so that a million accents on one letter cost nothing

SIGNS = {"\n": "⏎", "\r": "␍", "\r\n": "⏎", "\t": "→"}
LOOKED_AT = re.compile(r"\r\n|[^ -~가-힣]")  # all others are plain: ASCII that prints, and whole syllables
NUMBERED = {"Cc", "Cf", "Cs", "Co", "Cn"}
SPACES = {"Zs", "Zl", "Zp"}
# Default_Ignorable_Code_Point of Unicode 16 that count as letters or marks: they are drawn as nothing. Variation
# selectors are not among them here: emoji are made of those.
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
JOINER = "\u200d"
JOINABLE = {"So", "Sk", "Mn", "Mc"}  # pictures and their tones, and the marks that Indic letters are joined after

# What JSON and YAML would hold as it is and a terminal would act on: Cc above ASCII, Cf without the joiner, Zl, Zp.
HIDDEN = re.compile(
    "[\x7f-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b\u200c\u200e\u200f\u2028-\u202e"
    "\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
    "\U0001d173-\U0001d17a\U000e0001\U000e0020-\U000e007f\ud800-\udfff]"
)


def visible(text: str) -> str:
    """The text on one line: line ends and tabs as signs, what is not seen or acts as its number, such as <U+001B>."""
    return LOOKED_AT.sub(_sign, text)


def lines(text: str) -> str:
    """The same with line ends as they are."""
    return "\n".join(map(visible, text.replace("\r\n", "\n").split("\n")))


def escaped(json_text: str) -> str:
    """JSON that says the same, with escapes for what would act on a terminal; half a character stands as its number."""
    return HIDDEN.sub(_escape, json_text)


def some(names: Iterable[object], most: int = LISTED, between: str = ", ") -> str:
    """The first names and how many more there are, such as "a, b … and 19,990 more"."""
    known = [cut(visible(str(name)), NAME) for name in names]
    more = f" … and {len(known) - most:,} more" if len(known) > most else ""
    return between.join(known[:most]) + more


def told(message: str) -> str:
    """A message as one line that a person reads to its end."""
    return cut(visible(message[: 2 * MESSAGE]), MESSAGE)


def cut(text: str, most: int) -> str:
    """The text; where it is longer, its first `most` characters and …, fewer if a letter or a picture would break."""
    return text if len(text) <= most else text[: whole(text, most)] + "…"


def whole(text: str, at: int) -> int:
    """The last place up to `at` where the text can be cut without taking a syllable, an accent or an emoji apart."""
    return _moved(text, at, -1)


def whole_after(text: str, at: int) -> int:
    """The first such place from `at` on."""
    return _moved(text, at, 1)


def _moved(text: str, at: int, step: int) -> int:
    place = at
    for _ in range(STEPS):
        if not 0 < place < len(text) or not _joined(text, place):
            return place
        place += step
    return at


def _joined(text: str, at: int) -> bool:
    """Whether the characters before and after a place are one to the reader (UAX 29, but for rare scripts)."""
    before, after = text[at - 1], text[at]
    if after < "\u0300":
        return before == "\r" and after == "\n"
    if before == JOINER or after in "\u200c\u200d" or "\U0001f3fb" <= after <= "\U0001f3ff":
        return True
    if "\U0001f1e6" <= after <= "\U0001f1ff":
        return _flags_before(text, at) % 2 == 1
    if unicodedata.category(after) in ("Mn", "Mc", "Me") or "\U000e0020" <= after <= "\U000e007f":
        return True
    return _one_syllable(before, after)


def _flags_before(text: str, at: int) -> int:
    """How many letters of flags end there; two of them are one flag."""
    start = at
    while start and at - start < STEPS and "\U0001f1e6" <= text[start - 1] <= "\U0001f1ff":
        start -= 1
    return at - start


def _one_syllable(before: str, after: str) -> bool:
    """Hangul in pieces: a consonant, a vowel, and the consonant below; or a piece below a whole syllable."""
    if _first(after):
        return _first(before)
    below = "\u1160" <= after <= "\u11ff" or "\ud7b0" <= after <= "\ud7fb"
    return below and (_first(before) or "\u1160" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7fb")


def _first(sign: str) -> bool:
    return "\u1100" <= sign <= "\u115f" or "\ua960" <= sign <= "\ua97c"


def _sign(match: re.Match[str]) -> str:
    sign = match[0]
    if sign in SIGNS:
        return SIGNS[sign]
    category = unicodedata.category(sign)
    if category in SPACES:
        return " "
    if sign == JOINER and _joins(match.string, match.start()):
        return sign
    return f"<U+{ord(sign):04X}>" if category in NUMBERED or sign in BLANK else sign


def _joins(text: str, at: int) -> bool:
    """Whether a zero-width joiner stands where emoji and letters are joined, rather than to hide in a name."""
    return at > 0 and unicodedata.category(text[at - 1]) in JOINABLE


def _escape(match: re.Match[str]) -> str:
    sign = match[0]
    if unicodedata.category(sign) == "Cs":
        return f"<U+{ord(sign):04X}>"
    units = sign.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))

"""What a text opens with: an enumerator, a number and what follows it, or neither. Knows no corpus and no question.

English and Korean, composed or decomposed Hangul, ASCII and full-width digits.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from audit.texts import number_words
from audit.texts.normal_forms import nfc

# RE2, for Arrow: a number near the front. A text that fails it opens with none.
MAY_OPEN = r"^[^\p{L}\p{N}]{0,12}\p{N}"
READ = 20_000  # code points read to find the list that an enumerator began
HEAD = 400  # code points read to name what follows a number; the longest pattern needs about 60

_LEAD = r"[\s\u200b-\u200f\u2060\ufeff]*"  # white space, zero-width characters, byte order mark
_BEON = f"(?:번|{unicodedata.normalize('NFD', '번')})"
_ENUMERATOR = re.compile(
    rf"{_LEAD}(?P<bold>\*\*)?(?:"
    rf"[(（\[［〈【](?P<inside>\d{{1,4}}){_BEON}?[)）\]］〉】][.:]?"
    rf"|(?P<plain>\d{{1,4}})(?P<beon>\s?{_BEON})?\s?\\?(?:[.．。][)）\-]?|[)）\]］]|、|(?(beon)[:：,]|(?!)))"
    r"|(?P<sign>[\u2460-\u249b\u24f5-\u24fe\u2776-\u2793]\ufe0f?|\d\ufe0f?\u20e3|[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]{1,3})"
    rf")(?(bold)\*\*){_LEAD}"
)
_ITEM_AND_SPACE = re.compile(rf"{_LEAD}(?P<inside>(?!))?(?P<plain>\d{{1,4}}){_BEON}(?P<sign>(?!))?[ \t]+")
_NUMBER = re.compile(rf"({_LEAD})(\d+(?:[.,．，]\d+)*)")
_DAY = re.compile(r"\s*\d{1,2}\.\s?\d{1,2}\.?\s*(?:$|[(]?[월화수목금토일](?:요일|[)])|일|생|에)")
_ITEM = re.compile(
    rf"(?:^|(?<=[\s,;:.!?)\]])|(?<=\*\*))(?:[(（\[]?(?P<n>\d{{1,4}}){_BEON}?\s?(?P<mark>[.)．）\]、:])(?!\d)|(?P<sign>[\u2460-\u249b\u2776-\u2793]|\d\ufe0f?\u20e3))",
    re.MULTILINE,
)
_SUB_ITEM = re.compile(r"^[^\S\n]*+(?:[-*•·–]\s|[a-zA-Zivx]{1,4}[.)]\s|[가-하]\.\s)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Opening:
    """How a text begins.

    `span` counts code points of the text. An enumerator's takes in the white space on both sides; a number's is
    the digits and, where `follows` is a phrase of time, that phrase. `follows` names what comes after the number
    (a key of number_words.FOLLOWS, or end, sentence, glued, noun); after an enumerator it is "list", "end" or "".
    `rest` is the text after the span, Hangul composed, READ code points at most.
    """

    kind: Literal["enumerator", "number", "none"]
    text: str = ""
    span: tuple[int, int] = (0, 0)
    value: float | None = None
    follows: str = ""
    rest: str = ""


NOTHING = Opening("none")


def opening(text: str) -> Opening:
    """What `text` opens with."""
    return _enumerator(text) or _number(text) or NOTHING


def _enumerator(text: str) -> Opening | None:
    """All enumerators at the front, as one: stripping the span of "1. 2) yes" must not leave another."""
    first = found = _one_enumerator(text, 0)
    while found:
        last, found = found, _one_enumerator(text, found.end())
    if not first:
        return None
    rest = text[last.end() : last.end() + READ]
    follows = "" if rest else "end"
    if rest and lists_on(_value(first), _mark(first), rest):
        follows = "list"
    span = (0, last.end())
    return Opening("enumerator", text[: span[1]].strip(), span, _value(first), follows, nfc(rest))


def _one_enumerator(text: str, start: int) -> re.Match[str] | None:
    found = _ENUMERATOR.match(text, start)
    if found and not _is_quantity(found, text):
        return found
    found = _ITEM_AND_SPACE.match(text, start)
    return found if found and number_words.ITEM_SUBJECT.match(nfc(text[found.end() : found.end() + 60])) else None


def _is_quantity(found: re.Match[str], text: str) -> bool:
    """Whether a number with a dot or bracket belongs to a date, an ordinal, a phone number or a chess move instead."""
    after = text[found.end() : found.end() + 30]
    if found["plain"] is None:
        inside = int(found["inside"] or 0)
        return 1800 <= inside <= 2099 or (inside > 0 and bool(re.match(r"\d{3}", after)))  # a year; a phone number
    if (
        1800 <= int(found["plain"]) <= 2099
        or _DAY.match(nfc(text[found.start() : found.start() + 40]))
        or number_words.AFTER_ORDINAL.match(after)
    ):
        return True
    glued = not found[0][-1].isspace() and not found["bold"]
    return glued and bool(after) and not _may_be_glued(found[0], after)


def _may_be_glued(mark: str, after: str) -> bool:
    """'1.마라탕', '1.Sure' and '2)yes' are enumerators; '3.5', '2.js', '1...' and '1)' + digit are not."""
    if not after[0].isascii() or after[0] in "\"'":
        return not after[0].isdecimal() and after[0] not in "…．。，"
    if mark.rstrip()[-1] in ".-":
        return after[0].isupper() and not after[1:2].isdecimal()
    return after[0].isalpha()


def _value(found: re.Match[str]) -> float:
    digits = found["inside"] or found["plain"]
    return float(digits) if digits else _sign_value(found["sign"])


def _sign_value(sign: str) -> float:
    return (
        unicodedata.numeric(sign[0], -1.0)
        if len(sign.rstrip("\ufe0f\u20e3")) == 1
        else float(unicodedata.normalize("NFKC", sign))
    )


def _mark(found: re.Match[str]) -> str:
    return "sign" if found["sign"] else unicodedata.normalize("NFKC", found[0].strip("* \n\t"))[-1]


def lists_on(value: float, mark: str, rest: str) -> bool:
    """Whether `rest` goes on with the list that an item numbered `value` began.

    A list goes up, down, or repeats its number (Markdown's "1. 1. 1."); one that starts again at or below `value`
    is a list of its own, inside an answer that was numbered for no reason.
    """
    matches = list(_ITEM.finditer(rest))
    matches = [m for m in matches if "\n" in m[0] or rest[: m.start()].endswith("\n")] or matches  # "in 1776.", else
    items = [(_sign_value(m["sign"]), "sign") if m["sign"] else (float(m["n"]), m["mark"]) for m in matches]
    like = [number for number, of in items if of == mark] or [number for number, _ in items]
    if like:
        return value < like[0] <= value + 10 or like[0] == value - 1 != 0 or all(number == value for number in like)
    first_line = rest.split("\n", 1)[0].rstrip()
    return len(_SUB_ITEM.findall(rest)) > 1 and not first_line.endswith(":") and not _SUB_ITEM.match(rest.lstrip())


def _number(text: str) -> Opening | None:
    found = _NUMBER.match(text)
    if not found:
        return None
    start = found.start(2)
    head = nfc(text[start : start + HEAD])
    digits = found[2]
    follows, length = _what_follows(head, len(digits))
    if length > len(digits) and not unicodedata.is_normalized("NFC", text[start : start + HEAD]):
        length = _length_before(text[start : start + HEAD], length)
    end = start + length
    value = (
        float(re.sub(r"[,，]", "", unicodedata.normalize("NFKC", digits)))
        if len(re.findall(r"[.．]", digits)) < 2
        else None
    )
    return Opening("number", text[start:end], (start, end), value, follows, nfc(text[end : end + READ]))


def _what_follows(head: str, digits: int) -> tuple[str, int]:
    """The name of what the number in front of `head` belongs to, and the length of the phrase."""
    if re.match(r"[ \t]*[\r\n]\s*[^\d\s]", head[digits:]):  # a number alone on its line
        return "sentence", digits
    for name, pattern in number_words.FOLLOWS.items():
        if found := pattern.match(head):
            return name, len(found[0].rstrip()) if name in number_words.SPANNED else digits
    after = head[digits:]
    if after[0].isspace() or after[0] in number_words.PAUSES:
        return ("sentence" if number_words.begins_sentence(after) else "noun"), digits
    return ("glued" if number_words.GLUED.match(after) else "noun"), digits


def _length_before(text: str, composed: int) -> int:
    """How many code points of `text` make `composed` code points once composed."""
    return next(k for k in range(composed, len(text) + 1) if len(nfc(text[:k])) >= composed and not _joins(text, k))


def _joins(text: str, k: int) -> bool:
    """Whether the code point at `k` would still join the one before it."""
    return k < len(text) and len(nfc(text[: k + 1])) == len(nfc(text[:k]))

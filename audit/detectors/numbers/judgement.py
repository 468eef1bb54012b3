"""Whether the number that an answer opens with was asked for, is natural, or is needless.

Knows no corpus: the same judgement serves training answers and what a model generated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from audit.detectors.numbers.asked import (
    BACKWARD,
    BROAD,
    LISTED,
    NUMERIC,
    TIMED,
    WHAT_IS,
    asks_for,
    named_items,
    names_work,
    numbered_lines,
    without_scene,
)
from audit.detectors.numbers.ties import lacks_past, stands_apart
from audit.texts.normal_forms import nfc
from audit.texts.number_opening import MAY_OPEN, NOTHING, Opening, opening
from audit.texts.number_words import CUTS_OFF_TIME, GOES_ON, REPLY

_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_WORDS = {
    word: float(value)
    for words, values in (
        ("둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열 스물 서른 마흔", (*range(2, 11), 20, 30, 40)),
        ("한 두 세 네", range(1, 5)),
        ("two three four five six seven eight nine ten eleven twelve", range(2, 13)),
        ("twenty thirty forty fifty hundred", (20, 30, 40, 50, 100)),
    )
    for word, value in zip(words.split(), values, strict=True)
}
_NUMBER_WORD = re.compile(
    r"""둘|셋|넷|다섯|여섯|일곱|여덟|아홉|스물|서른|마흔
    | (?<![가-힣])열(?=\s|[가-힣]{0,2}\s?(?:살|시|개|명))
    | (?<![가-힣])(?:한|두|세|네)(?=\s(?:살|시|개|명|번|마리|시간|달|권|잔))
    | \b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|forty|fifty|hundred)\b""",
    re.IGNORECASE | re.VERBOSE,
)
_PERSONAL = re.compile(r"\b(?:you|your|me|my|we|us|i)\b|[가-힣]", re.IGNORECASE)
_KEYED_LINE = re.compile(r"(?:\n|;[ \t])\s*\d++(?![.)]\s)")  # "2021: …", not the items of a list
_PAST = re.compile(r"전|\b(?:ago|before|earlier|back|since|prior)\b", re.IGNORECASE)
_SPEAKER = re.compile(r"(?:I|I['’](?:m|ve)|My|We|It|It['’]s)\b|나[는도]?\b|난\b|저[는도]?\b|전\b|우리|\W*\w*$|\d")
_TABLE_KEY = re.compile(r"\s?[:\-–—(|]")
_REFERS_BACK = re.compile(r"[ .]*(?:It|Its|They|That|He|She|There)\b|[ .]*[가-힣]|[ .]*\d")
_BOTH = re.compile(r"[ .]*(?:Both|One\b.{1,60}\bthe other|둘 다|하나는)")  # "2. Both are at school."
_NAME_GOES_ON = re.compile(r"\s[A-Z][a-z]+[,.]")  # "550 Spyder, a small car"
_PASSWORD = re.compile(
    r"\b(?:password|passphrase|passcode|api key|token|hash|uuid|username)s?\b|비밀번호|비번|암호|아이디", re.I
)
_TWICE = re.compile(r"\s*(\d[\d:.,/]*)\s+\1\s+(?=[^\W\d])")
_LABELLED = re.compile(r"\s*\d{1,3}(?:호|번|화|회)\s*[:：]\s*(?=[^\W\d])")
_YEAR_AND_AGE = re.compile(r"\s*(?:19|20)\d\d년\s+(?:\d{1,2}|[가-힣]{1,3})\s?살\s")
READ = 200  # characters of an answer in which an odd number in front shows
MIDDLE = 3  # the number that a list begins with in its middle
SMALL_TALK = 40  # characters; the questions of the two chat sets looked at (songys, the case) are nearly all shorter


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the number in front is: `asked` for, `natural`, a needless `enumerator`, a `needless` number, or `none`.

    `sign` is the sign that decided, `score` in [0, 1] how sure it is that the number is a fault.
    """

    kind: Literal["none", "asked", "natural", "enumerator", "needless"]
    sign: str = ""
    score: float = 0.0
    opening: Opening = NOTHING


def judge(question: str, answer: str) -> Judgement:
    """The judgement on the number that `answer` opens with; `none` where it opens with none."""
    found = opening(answer)
    if found.kind == "none":
        return Judgement("none")
    if _PASSWORD.search(question):
        return Judgement("natural", "password", opening=found)
    asked = asks_for(question)
    if odd := _odd(answer, found, asked, question):
        return odd
    decide = _enumerator if found.kind == "enumerator" else _BY_WHAT_FOLLOWS.get(found.follows, _quantity)
    return decide(found, asked, without_scene(question))


def _odd(answer: str, found: Opening, asked: frozenset[str], question: str) -> Judgement | None:
    """A number that no sentence has, whatever was asked for: said twice, a label, a list from its middle on."""
    text = nfc(answer[:READ])
    small_talk = not asked - BACKWARD and len(question) <= SMALL_TALK
    if _TWICE.match(text):
        return Judgement("needless", "said-twice", 0.9, found)
    if small_talk and _LABELLED.match(text):
        return Judgement("needless", "label", 0.7, found)
    if small_talk and _YEAR_AND_AGE.match(text):
        return Judgement("needless", "sentence-of-its-own", 0.7, found)
    middle = found.kind == "enumerator" and found.follows == "list" and (found.value or 0) >= MIDDLE
    if (
        middle
        and not asked & ((LISTED | NUMERIC) - {"option"})
        and not named_items(question) | numbered_lines(question)
    ):
        return Judgement("needless", "list-from-its-middle", 0.6, found)
    return None


def _enumerator(found: Opening, asked: frozenset[str], question: str) -> Judgement:
    if found.follows == "list":
        return Judgement("natural", "list", opening=found)
    if found.follows == "end":
        return _alone(found, asked, question)
    if REPLY.match(found.rest) and "option" not in asked:
        asked = frozenset()  # a yes or a no is the answer, the number is none
    if listed := asked & LISTED:
        return _asked_for(found, listed)
    if natural := _natural_item(found, question):
        return Judgement("natural", natural, opening=found)
    # "3. " may count or add up; it is no date, time or price
    if asked & NUMERIC - {"date", "year", "time", "price"} and not _has_own_number(found, asked, question):
        return _asked_for(found, asked & NUMERIC)
    return Judgement("enumerator", "enumerator", 0.95 if found.span[1] > len(found.text) else 0.9, found)


def _alone(found: Opening, asked: frozenset[str], question: str) -> Judgement:
    """A number and nothing else: an answer to most questions, but not to small talk."""
    if asked & NUMERIC:
        return _asked_for(found, asked & NUMERIC)
    small_talk = (
        asked <= BACKWARD and len(question) <= SMALL_TALK and "\n" not in question and not _DIGITS.search(question)
    )
    if small_talk and _PERSONAL.search(question):
        return Judgement("needless", "number-alone", 0.6, found)
    return Judgement("natural", "number-alone", opening=found)


def _sentence(found: Opening, asked: frozenset[str], question: str) -> Judgement:
    """A bare number, then a sentence of its own: "7 Sure, I can help"."""
    no_date = {"date", "year"} if (found.value or 0) < 1000 else set()
    if wanted := (asked & (NUMERIC | {"choice"})) - no_date:
        if not GOES_ON.match(found.rest) and _has_own_number(found, asked, question):
            return Judgement("needless", "second-number", 0.6, found)
        return _asked_for(found, wanted)
    if "elliptic" in asked and re.match(r"\s?[.,!?~…]", found.rest):
        return Judgement("asked", "elliptic", opening=found)
    if WHAT_IS.match(question) and GOES_ON.match(found.rest):
        return Judgement("natural", "goes-on", opening=found)
    if natural := _names_itself(found, question) or _natural_sign(found, question):
        return Judgement("natural", natural, opening=found)
    return Judgement("needless", "sentence-of-its-own", 0.9 if (found.value or 0) < 1000 else 0.75, found)


def _glued(found: Opening, asked: frozenset[str], question: str) -> Judgement:
    """A number that runs into a word it does not count: "1주말인데"."""
    if found.text + found.rest[:2] in question:
        return Judgement("natural", "restated", opening=found)
    counter = re.search(r"몇\s?([가-힣])", question)
    if counter and found.rest.startswith(counter[1]):
        return _asked_for(found, asked & NUMERIC)
    return Judgement("needless", "glued", 0.6 if asked & NUMERIC else 0.8, found)


def _time_phrase(found: Opening, asked: frozenset[str], question: str) -> Judgement:
    """A date or "in a year": natural in a story or an explanation, suspect as the reply to small talk."""
    if asked & TIMED:
        return _asked_for(found, asked & TIMED)
    if CUTS_OFF_TIME.match(found.rest) or (lacks_past(found) and not asked & (BROAD | BACKWARD)):
        return Judgement("needless", "sentence-of-its-own", 0.75, found)
    looks_back = found.follows == "date" or bool(_PAST.search(found.text))
    if asked & (BROAD | BACKWARD | {"telling"} if looks_back else BROAD):
        return Judgement("natural", found.follows, opening=found)
    counted = re.match(r"\d+\s?\S", found.text)
    if counted and counted[0] in question:
        return Judgement("natural", "restated", opening=found)
    if len(question) > 2 * SMALL_TALK:
        return Judgement("natural", found.follows, opening=found)
    return Judgement("needless", f"unasked-{found.follows}", 0.6 if found.follows == "date" else 0.55, found)


def _stamp(found: Opening, asked: frozenset[str], question: str) -> Judgement:
    """A clock time or a fraction before a sentence of its own: a log line, a mark, a page of a form."""
    if wanted := asked & (NUMERIC | LISTED | {"plan"} | ({"review"} if "/" in found.text else set())):
        return _asked_for(found, wanted)
    if re.search(r"\d[:/]\d", found.rest) or (found.value is not None and found.value in _numbers(question)):
        return Judgement("natural", "table", opening=found)
    return Judgement("needless", "sentence-of-its-own", 0.75, found)


def _quantity(found: Opening, asked: frozenset[str], question: str) -> Judgement:
    """A number with its unit, counter, noun or particle."""
    if asked & NUMERIC:
        return _asked_for(found, asked & NUMERIC)
    if stands_apart(found, asked, question) and not _natural_sign(found, question):
        return Judgement("needless", "sentence-of-its-own", 0.65, found)
    return Judgement("natural", found.follows, opening=found)


_BY_WHAT_FOLLOWS = {
    "end": _alone,
    "sentence": _sentence,
    "glued": _glued,
    "stamp": _stamp,
    "offset": _time_phrase,
    "date": _time_phrase,
}


def _asked_for(found: Opening, kinds: frozenset[str]) -> Judgement:
    return Judgement("asked", min(kinds), opening=found)


def _natural_item(found: Opening, question: str) -> str:
    """Why "2. " may be no enumerator although no list was asked for, or ""."""
    near = {(found.value or 0) + step for step in (-1, 0, 1)}  # "2. …" corrected, or the heading after it
    if found.value in named_items(question) or near & numbered_lines(question):
        return "restated"
    if found.value == 2 and _BOTH.match(found.rest):
        return "restated"
    return _names_itself(found, question)


def _names_itself(found: Opening, question: str) -> str:
    """Whether a work or a machine is called by the number, as in "1984. It was …": "name" or ""."""
    follows = _REFERS_BACK.match(found.rest) or _NAME_GOES_ON.match(found.rest)
    return "name" if follows and names_work(question) else ""


def _natural_sign(found: Opening, question: str) -> str:
    """Why a number that was not asked for may stand in front of a sentence all the same, or ""."""
    if found.value is not None and found.value in _numbers(question):
        return "restated"
    if _KEYED_LINE.search(found.rest):
        return "table"
    if found.value is not None and re.search(rf"[,;.]\s{found.value + 1:g}\s", found.rest):
        return "list"
    if found.value is not None and 1000 <= found.value <= 2100 and _TABLE_KEY.match(found.rest):
        return "year"
    return ""


def _has_own_number(found: Opening, asked: frozenset[str], question: str) -> bool:
    """Whether the sentence after the number gives the number that was asked for, so that the first one is left over."""
    if asked & {"calculation", "conversion", *LISTED} or not (asked & TIMED or len(question) <= SMALL_TALK):
        return False
    sentence = re.split(r"(?<=[.!?\n])\s", found.rest.lstrip(" ,.!?:;-–—~…"), maxsplit=1)[0]
    own = _numbers(sentence)
    if "quantity" in asked and not _is_about(sentence, question):
        return False
    return bool(own) and own.isdisjoint({found.value} | _numbers(question))


def _is_about(sentence: str, question: str) -> bool:
    """Whether the sentence speaks of the speaker or of a word of the question: "7. In some countries …" does not."""
    nouns = re.findall(r"[a-z]{4,}|[가-힣]+(?=[은는이가]\s)", sentence.lower())
    return bool(_SPEAKER.match(sentence)) or any(noun in question.lower() for noun in nouns)


def _numbers(text: str) -> set[float | None]:
    """The values of the numbers in `text`, written in digits or in words."""
    digits = {float(found.replace(",", "")) for found in _DIGITS.findall(text) if found.count(".") < 2}
    return {*digits, *(_WORDS[word.lower()] for word in _NUMBER_WORD.findall(text))}


def candidates(questions: pa.ChunkedArray, answers: pa.ChunkedArray) -> Iterator[tuple[int, Judgement]]:
    """Positions and judgements of the answers that open with a number; two string columns of equal length.

    Arrow picks the few rows that may qualify; only those become Python strings.
    """
    may_open = pc.indices_nonzero(pc.match_substring_regex(answers, MAY_OPEN))
    for position, question, answer in zip(
        may_open.to_pylist(), questions.take(may_open).to_pylist(), answers.take(may_open).to_pylist(), strict=True
    ):
        judged = judge(question, answer)
        if judged.kind != "none":
            yield position, judged

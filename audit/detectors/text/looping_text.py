"""Answers that say the same thing on and on."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile

import pyarrow as pa
import pyarrow.compute as pc

from audit.detectors.text.passages import FENCE, composed
from audit.nouns.findings import Field, Finding, Observations
from audit.nouns.foreign_text import whole
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

PROBE = 8  # characters looked up further on; shorter ones recur in any text
STEP = 5  # characters between probes: meets every repeated stretch of PROBE + STEP
LONG = 2_000  # characters from which one reading is quicker than a search at every place
FEWEST = 3  # times in a row: less is no run, unless of a long unit
TWICE, LONG_UNIT, MAX_UNIT = 2, 60, 4_000  # columns of one that need come only twice; characters of the longest
SEPARATOR = 3  # characters that may be missing after the last repeat, as ". " does at the end of a text
SIGNS = (
    100  # signs, digits or emoji in a row: nobody types so many; rules of signs such as "====" may be as long as a line
)
PICTURES = 40
SPACED = 60  # times "_ ", as a blank to fill in may be drawn across a line
TABLE_LINES = 6
DRAWN, LAUGHED = 30, 100  # letters in a row; a line of a phone holds about 20 syllables
SENTENCE_END = re.compile(r"(?<=[.!?。…])\s+|\n+")
ENUMERATOR = re.compile(r"^\s*(?:[-*•]|\(?\d{1,3}[.)번](?!\d))?\s*")  # "12: no" is a verdict on 12
CODE_SIGN = re.compile(r"[<>{}()\[\]=;|/\\_#*+`0-9:^&%$@-]")
LATIN_LAUGHTER = re.compile(r"(?:h+[aeiou]+|[aeiou]+h+|l[ao]l?|na|ja|xd|da|wo+)+")
RULES = set("-=_*#+─━═—·")
DRAWN_OUT = set("아야어여오요우유으이와라네")  # "가자아아아": lengthened, as Latin letters are
LAUGHTER_AND_SOUNDS = set("하호히헤흐후허크키케푸풋깔껄낄엉흑흥으아어오우와야라랄룰루따쿵짝딩동댕뿅")
ASKED_FOR = re.compile(
    r"repeat|\btimes\b|lyric|\bsong\b|\bpoem|\bpoetry|\bchorus|\bchant|\bverses?\b|\brhym|\bhaiku|\bpattern|\bloop"
    r"|\bsounds?\b|\bdrum|\bnoise|\bbeat\b|twister|mantra|over and over|lullab|\bcode\b|\btables?\b|scream"
    r"|(?:무슨|어떤|[는은의]) 소리|소리(?:가|는|를)? ?(?:어때|어떻|내|들려|흉내|표현)|의성어|박자|반복|\d ?번"
    r"|번 ?(?:써|말|외|적|쓰|불러|따라)|가사|노래.{0,8}(?:불러|부르|만들|써|지어)|불러 ?줘|동요|후렴"
    r"|자장가|구호|외쳐|주문을|패턴|만트라"
    r"|(?:^|\s)시(?:를|\s?한|\s?써|\s?지)|운율|랩|코드|도표",
    re.IGNORECASE,
)

# Whoever asks for a verdict on each of several things gets the same short one several times.
VERDICTS_ASKED_FOR = re.compile(
    r"\beach\b|whether|classif|categori|label|true or false|\bwhich of\b|identify|각각|분류|구분|여부|맞으면|골라",
    re.IGNORECASE,
)
VERDICT = 40  # columns: what is longer is a sentence


def looping_text(corpus: Corpus, *, repeats: int = 3, redundant: int = 40, sentence_repeats: int = 4) -> Observations:
    """Texts with one unit `repeats` times or more in a row, `redundant` columns of it beyond the first time.

    A column is half a Hangul syllable or one Latin letter. Also answers of which at least half is one sentence, said
    `sentence_repeats` times. After the repetition filters of Gopher (Rae et al. 2021, arXiv:2112.11446, table A1).
    """
    for position, answer, lags in _with_recurring(corpus.column("answer"), redundant):
        found = _run(answer, lags, repeats, redundant) or _sentence(answer, sentence_repeats)
        if found and not _was_asked_for(found[0], answer, composed(corpus, "question", position)):
            yield _finding(position, "answer", found, min(1.0, 0.7 + found[1] / 40))
    for position, question, lags in _with_recurring(corpus.column("question"), 2 * LONG_UNIT):
        found = _run(question, lags, repeats, LONG_UNIT)
        if found and _columns(found[0]) >= LONG_UNIT / 2:
            yield _finding(position, "question", found, 0.7)


def _with_recurring(column: pa.ChunkedArray, least: int) -> Iterator[tuple[int, str, list[tuple[int, int]]]]:
    """Texts that are long enough and in which something comes again: position, text, places with their distance."""
    long_enough = pc.indices_nonzero(pc.greater_equal(pc.utf8_length(column), least // 2 + 1))
    for position, text in zip(long_enough.to_pylist(), column.take(long_enough).to_pylist(), strict=True):
        if lags := list(_recurring(text)):
            yield position, text, lags


def _finding(position: int, field: Field, found: tuple[str, int, tuple[int, int]], score: float) -> Finding:
    unit, count, span = found
    shown = unit.strip(" \n.,!?~")
    shown = shown if len(shown) < 60 else f"{shown[: whole(shown, 57)]}…"
    where = "says" if field == "answer" else "the question says"
    return Finding(position, f"{where} {shown!r} {count} times over", score, "repetition", field=field, span=span)


def _was_asked_for(unit: str, answer: str, question: str) -> bool:
    """Whether the question asks for what comes again; asking for a table is not asking for one line of it."""
    if "|" not in unit and ASKED_FOR.search(question):
        return True
    is_list = "\n" in answer and answer.count(unit.strip()) <= answer.count("\n") + 1
    return is_list and _columns(unit) < VERDICT and VERDICTS_ASKED_FOR.search(question) is not None


def _recurring(text: str) -> Iterator[tuple[int, int]]:
    """Places whose next characters come again, with the distance."""
    if len(text) > LONG:
        yield from _recurring_in_long(text)
        return
    for start in range(0, len(text) - PROBE, STEP):
        again = text.find(text[start : start + PROBE], start + 1)
        if again > 0:
            yield start, again - start


def _recurring_in_long(text: str) -> list[tuple[int, int]]:
    """The same in one reading, from the end: to search what follows each place takes the square of the length."""
    found, next_at = [], dict[str, int]()
    for start in range(len(text) - PROBE, -1, -1):
        probe = text[start : start + PROBE]
        if start % STEP == 0 and probe in next_at and start < len(text) - PROBE:
            found.append((start, next_at[probe] - start))
        next_at[probe] = start
    return found[::-1]


def _run(
    text: str, places: list[tuple[int, int]], repeats: int, redundant: int
) -> tuple[str, int, tuple[int, int]] | None:
    """The first run of one unit that is long enough: unit, how often, span."""
    end, code = 0, None
    for place, lag in places:
        if place < end:
            continue
        start = place
        while start and text[start - 1] == text[start - 1 + lag]:
            start -= 1
        end = _agree(text, place, lag)
        count = (end - start + lag + SEPARATOR) // lag
        doubled = count == TWICE and LONG_UNIT / 2 <= lag <= MAX_UNIT
        if count < min(repeats, FEWEST) and not doubled:
            continue  # before anything that takes as long as the unit is, which comes again far away in any prose
        start = _at_a_word(text, start, lag)
        unit = text[start : start + lag]
        if doubled and _columns(unit) >= LONG_UNIT and _says_something(unit):
            return unit, count, (start, end + lag)
        long_enough = (count >= repeats and _columns(text[start:end]) >= redundant) or _is_endless(unit, count)
        if long_enough and (_is_endless(unit, count) or _says_something(unit) or _goes_too_far(unit, count)):
            code = [block.span() for block in FENCE.finditer(text)] if code is None else code
            if not any(first <= start < last for first, last in code):
                return unit, count, (start, end + lag)
    return None


def _at_a_word(text: str, start: int, lag: int) -> int:
    """The first place from `start` on at which a word begins, within the first unit."""
    place = start
    while place < start + lag and 0 < place < len(text) and text[place - 1].isalnum() and text[place].isalnum():
        place += 1
    return place if place < start + lag else start


def _agree(text: str, place: int, lag: int) -> int:
    """Up to where the text from `place` on is the same as the text `lag` further on."""
    size = PROBE
    while text[place : place + size] == text[place + lag : place + lag + size] and place + lag + size <= len(text):
        place, size = place + size, size * 2
    pairs = zip(text[place : place + size], text[place + lag : place + lag + size], strict=False)
    return place + sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _sentence(text: str, repeats: int) -> tuple[str, int, tuple[int, int]] | None:
    """The sentence that is said most, if it makes up half of the text."""
    parts = (ENUMERATOR.sub("", part).strip() for part in SENTENCE_END.split(FENCE.sub("", text)))
    sentence, count = next(iter(Counter(filter(None, parts)).most_common(1)), ("", 0))
    if (
        count < repeats
        or count * len(sentence) < len(text) / 2
        or _columns(sentence) < 10
        or not _says_something(sentence)
    ):
        return None
    return sentence, count, (text.find(sentence), text.rfind(sentence) + len(sentence))


def _columns(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in nfc(text))


def _goes_too_far(unit: str, count: int) -> bool:
    """Whether one letter is drawn out, or laughter goes on, for longer than people type."""
    unit = nfc(unit)
    least = DRAWN if unit in DRAWN_OUT else LAUGHED
    return count * len(unit) >= least and any(c.isalpha() for c in unit)


def _is_endless(unit: str, count: int) -> bool:
    """Whether a sign, digit, picture or blank, or one line of a table, comes more often than anybody would write it."""
    shown = unit.strip()
    if "\n" in unit and "|" in unit and unit.count("\n") == 1:
        return count >= TABLE_LINES and sum(c.isalpha() for c in unit) >= 2
    if len(set(shown.replace("\ufe0f", ""))) != 1 or shown[0].isalpha():
        return False
    if unit != shown:
        return count * len(shown) >= SPACED
    count *= len(shown.replace("\ufe0f", ""))
    if shown[0] in RULES:
        return False
    return count >= (PICTURES if shown[0] >= "\u2600" else SIGNS + 20 if shown[0].isdigit() else SIGNS)


def _says_something(unit: str) -> bool:
    """Whether the unit is made of words: no laughter, no rules of signs, no code or table."""
    unit = nfc(unit.lower())
    letters = [c for c in unit if c.isalpha() and not "ㄱ" <= c <= "ㅣ"]
    wide = {c for c in letters if c > "\u1100"}
    sounds = wide <= LAUGHTER_AND_SOUNDS if wide else LATIN_LAUGHTER.fullmatch("".join(letters)) is not None
    return bool(letters) and not sounds and len(CODE_SIGN.findall(unit)) <= 0.3 * len(letters)

"""Answers in another language than their question."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from audit.detectors.text.passages import FENCE
from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

SCRIPTS = {  # RE2 class, code points for Python, letters of English that one letter stands for
    "Hangul": (r"\p{Hangul}", "\uac00-\ud7a3", 2.5),
    "Japanese": (r"\p{Hiragana}\p{Katakana}", "\u3041-\u30ff", 2.0),
    "Chinese": (r"\p{Han}", "\u3400-\u9fff", 2.5),
    "Cyrillic": (r"\p{Cyrillic}", "\u0400-\u04ff", 1.0),
    "Arabic": (r"\p{Arabic}", "\u0620-\u06d3", 1.0),
    "Devanagari": (r"\p{Devanagari}", "\u0904-\u0939", 1.0),
    "Thai": (r"\p{Thai}", "\u0e01-\u0e3a", 1.0),
    "Greek": (r"\p{Greek}", "\u0391-\u03c9", 1.0),
    "Hebrew": (r"\p{Hebrew}", "\u05d0-\u05ea", 1.0),
    "Latin": (r"\p{Latin}", "A-Za-z\u00c0-\u024f\u1e00-\u1eff", 1.0),
}
NOT_LATIN = "[" + "".join(re2 for name, (re2, *_) in SCRIPTS.items() if name != "Latin") + "]"
RARER = "".join(re2 for name, (re2, *_) in SCRIPTS.items() if name not in ("Latin", "Hangul"))
_LETTERS = {name: re.compile(f"[{points}]") for name, (_, points, _) in SCRIPTS.items()}
SHARE = 0.6  # of the letters, so that names, terms and quotations in another script change nothing
LEAST_ASKED, LEAST_SAID = 4, 12  # weighed letters of a question and an answer that can be judged

# Words that nearly every English sentence of six words has and that are rare in other languages of Latin script.
ENGLISH = (
    r"(?i)\b(?:the|and|are|you|this|that|with|have|it|they|your|be|my|what|which|would|should|can|from)\b"
    r"|(?i)\b(?:how|is|of|to)\b"
)
LANGUAGES = {  # of Latin script, by py3langid's labels
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "sv": "Swedish",
    "tr": "Turkish",
    "vi": "Vietnamese",
}
SURE = 0.9  # py3langid's normalised probability

# Code, links, addresses, parentheses, quotations. Addresses begin where a word does, as from each letter of a long one
# the sign would be looked for again; what opens and is not closed on its line is taken out first, for the same reason.
NOT_SAID = re.compile(
    r"`[^`\n]*`|https?://\S+|(?<!\S)\S[^\s@]*+@\S+|[(（\[][^)）\]\n]*[)）\]]|\"[^\"\n]*\"|“[^”\n]*”|‘[^’\n]*’"
)
ASIDES = (("(（[", ")）]"), ("“", "”"), ("‘", "’"))
CODE = re.compile(r"[{}=;<>]|\w\(|->")
NOT_WESTERN = re.compile("[^\x00-\u024f\u1e00-\u206f]+")
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
ASKED_FOR = re.compile(
    r"translat|languages?\b|\b(?:english|korean|japanese|chinese|mandarin|french|spanish|german|italian|russian"
    r"|arabic|hindi|thai|vietnamese|portuguese|latin|greek|hebrew|turkish|polish|dutch|swedish|danish|norwegian"
    r"|finnish|czech|hungarian|romanian|indonesian|hangul|hanja|kanji|kana)\b"
    r"|\boriginal\b|native name|inscription|\bsign say|lyric|\bquote|proverb|\bmotto|\btitle|slogan|hashtag"
    r"|pronounc|\bspell"
    r"|원어|원문|현지어|원제|번역|영작|해석|통역|영어|영문|영단어|한국어|한국말|한글|우리말|일본어|일어|중국어"
    r"|한문|한자|사자성어"
    r"|고사성어|불어|프랑스어|독일어|스페인어|러시아어|아랍어|라틴어|베트남어|태국어|외국어|언어"
    r"|표현|발음|스펠링|철자|명언|격언|속담|좌우명|가사|제목|슬로건|카피|닉네임|아이디|해시태그|코드|함수|명령어"
    r"|프로그램|파이썬|자바|쿼리|약자|풀네임"
    r"|\bsql\b|html|python|javascript",
    re.IGNORECASE,
)
CHINESE = re.compile(r"[\u3400-\u9fff，、]{7,}+[。！？]?")
TWO_CHARACTERS = re.compile(r"[\u3400-\u9fff]{2}")
LATIN_PHRASE = re.compile(r"[A-Za-z][ ,]+[A-Za-z]+[ ,]+[A-Za-z]")


def wrong_language(corpus: Corpus) -> Observations:
    """Answers in another script than the question, or in English where the question is in, say, Spanish, or back."""
    questions, answers = corpus.column("question"), corpus.column("answer")
    candidates = pc.indices_nonzero(pc.or_(_other_script(questions, answers), _other_english(questions, answers)))
    taken = (column.take(candidates).to_pylist() for column in (questions, answers))
    for position, question, answer in zip(candidates.to_pylist(), *taken, strict=True):
        asked, said = nfc(question), nfc(answer)
        if ASKED_FOR.search(asked):
            continue
        pair = _scripts(asked, said) or _languages(asked, said) or _switch(asked, said)
        if pair:
            message = f"the question is in {pair[0]}, the answer in {pair[1]}"
            yield Finding(position, message, 0.9, "language" if "English" in pair else "script", span=(0, len(answer)))


def _other_script(questions: pa.ChunkedArray, answers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Rows whose answer has Hangul and the question none, or Latin words and the question not, or a rarer script."""
    asked_hangul = _has(questions, r"\p{Hangul}")
    hangul = pc.and_not(_has(answers, r"\p{Hangul}{2}"), asked_hangul)
    latin = pc.and_(_has(questions, NOT_LATIN), _has(answers, r"[a-z][ ,]+\p{Latin}+[ ,]+\p{Latin}"))
    return pc.or_(pc.or_(hangul, latin), _has(answers, f"[{RARER}]{{2}}"))


def _other_english(questions: pa.ChunkedArray, answers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Rows in Latin script of which not both sides have common English words."""
    latin = pc.invert(pc.or_(_has(questions, NOT_LATIN), _has(answers, NOT_LATIN)))
    where = pc.indices_nonzero(latin)
    differ = pc.invert(pc.and_(_has(questions.take(where), ENGLISH), _has(answers.take(where), ENGLISH)))
    return pc.is_in(pa.array(range(len(questions))), where.filter(differ.combine_chunks()))


def _has(column: pa.ChunkedArray, pattern: str) -> pa.ChunkedArray:
    return pc.match_substring_regex(column, pattern)


def _scripts(question: str, answer: str) -> tuple[str, str] | None:
    """The scripts of question and answer where each has one, they differ, and both are running text."""
    asked, said = _main_script(question, LEAST_ASKED), _main_script(answer, LEAST_SAID)
    if not asked or not said or asked == said or {asked, said} == {"Japanese", "Chinese"}:
        return None
    runs = NOT_WESTERN.split(answer)
    prose = _is_prose(max(runs, key=len), 4 if len(runs) == 1 else 6)
    if said == "Latin" and (not prose or LATIN_PHRASE.search(question)):
        return None
    if asked == "Latin" and (CODE.search(question) or not _is_prose(question, 3)):
        return None
    return asked.replace("Latin", "Latin script"), said.replace("Latin", "Latin script")


def _switch(question: str, answer: str) -> tuple[str, str] | None:
    """A sentence of Chinese in an answer that begins in the language of the question; names and titles are shorter."""
    asked = _main_script(question, LEAST_ASKED)
    if not _says_chinese(_said(answer)) or asked not in ("Hangul", "Latin") or _LETTERS["Chinese"].search(question):
        return None
    return asked.replace("Latin", "Latin script"), "Chinese from the middle on"


def _says_chinese(text: str) -> bool:
    """Whether it holds a sentence, or a clause up to its comma, of seven characters or more."""
    for found in CHINESE.finditer(text):
        begin, end = TWO_CHARACTERS.search(found[0]), max(found[0].rfind(sign) for sign in "。，！？")
        if begin and end - begin.start() >= 7:
            return True
    return False


def _said(text: str) -> str:
    """The text without code, links, addresses, parentheses and quotations."""
    return NOT_SAID.sub(" ", "".join(map(_closed, text.splitlines(keepends=True))))


def _closed(line: str) -> str:
    """The line without signs that open what nothing closes."""
    for opening, closing in ASIDES:
        last = max(line.rfind(sign) for sign in closing) + 1
        if any(sign in line[last:] for sign in opening):
            line = line[:last] + line[last:].translate(dict.fromkeys(map(ord, opening), " "))
    return line


def _main_script(text: str, least: int) -> str:
    """The script of most letters, code and quotations aside; "" where none leads or the text is short."""
    text = _said(FENCE.sub(" ", text))
    weights = {name: len(_LETTERS[name].findall(text)) * weight for name, (_, _, weight) in SCRIPTS.items()}
    if weights["Japanese"]:
        weights["Japanese"] += weights.pop("Chinese")
    name = max(weights, key=lambda script: weights[script])
    return name if weights[name] >= max(least, SHARE * sum(weights.values())) else ""


def _is_prose(text: str, words: int) -> bool:
    """Whether Latin text has `words` words, most in lower case: no title, name or list of brands."""
    found = WORD.findall(_said(FENCE.sub(" ", text)))
    found = [word for word in found if _LETTERS["Latin"].match(word)]
    return len(found) >= words and sum(word[0].islower() for word in found) >= 0.5 * len(found)


def _languages(question: str, answer: str) -> tuple[str, str] | None:
    """Two languages of Latin script, one of them English, where py3langid is sure of the other."""
    if CODE.search(question) or not _is_prose(question, 3) or not _is_prose(answer, 6):
        return None
    (asked, sure_asked), (said, sure_said) = _identifier().classify(question), _identifier().classify(answer)
    sure = sure_said if asked == "en" else sure_asked
    if asked == said or "en" not in (asked, said) or sure < SURE:
        return None
    return LANGUAGES[asked], LANGUAGES[said]


@cache
def _identifier() -> LanguageIdentifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(LANGUAGES))
    return identifier

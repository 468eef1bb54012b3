"""Answers in another language than their question."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from audit.detectors.text.asked_language import SCRIPT, SHORT_FORMS, asked_language, names_language, speaks_of_script
from audit.detectors.text.scripts import CODE, LETTERS, NOT_LATIN, RARER, WORD, is_prose, main_script, spoken
from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

LEAST_ASKED, LEAST_SAID = 4, 12  # weighed letters of a question and an answer that can be judged

# Words that nearly every English sentence of six words has and that are rare in other languages of Latin script.
ENGLISH = (
    r"(?i)\b(?:the|and|are|you|this|that|with|have|it|they|your|be|my|what|which|would|should|can|from)\b"
    r"|(?i)\b(?:how|is|of|to)\b"
)
ENGLISH_WORD = re.compile(ENGLISH.replace("(?i)", ""), re.IGNORECASE)
REQUEST = (  # what every question has that asks for a language; see asked_language
    r"(?i)(?:in|into|to|only|language ?[:=]) (?:simplified |traditional |brazilian |mexican |modern )?(?:korean"
    r"|japanese|chinese|mandarin|cantonese|russian|ukrainian|arabic|hindi|thai|greek|hebrew|english|french|spanish|german"
    r"|italian|portuguese|vietnamese|turkish|polish|dutch|swedish|danish|norwegian|finnish|czech|hungarian|romanian|indonesian"
    r"|latin|hangul)\b|"
)
REQUEST += "|".join(unicodedata.normalize(form, "(?:어|말|글|문|자)로") for form in ("NFC", "NFD"))
SHORT = 20  # words of a title, a motto, a line of code
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

NOT_WESTERN = re.compile("[^\x00-\u024f\u1e00-\u206f]+")
CHINESE = re.compile(r"[\u3400-\u9fff，、]{7,}+[。！？]?")
TWO_CHARACTERS = re.compile(r"[\u3400-\u9fff]{2}")
LATIN_PHRASE = re.compile(r"[A-Za-z][ ,]+[A-Za-z]+[ ,]+[A-Za-z]")


def wrong_language(corpus: Corpus) -> Observations:
    """Answers in another language than the question asks for; if it asks for none, in another script than its own.

    Also answers in English where the question is in, say, Spanish, or back.
    """
    questions, answers = corpus.column("question"), corpus.column("answer")
    differ = pc.or_(_other_script(questions, answers), _other_english(questions, answers))
    candidates = pc.indices_nonzero(pc.or_(differ, _has(questions, REQUEST)))
    taken = (column.take(candidates).to_pylist() for column in (questions, answers))
    for position, question, answer in zip(candidates.to_pylist(), *taken, strict=True):
        asked, said = nfc(question), nfc(answer)
        wanted = asked_language(asked)
        if wanted:
            language = _instead(wanted, said)
            if language:
                message = f"the question asks for {wanted}, the answer is in {language}"
                yield Finding(position, message, 0.9, "asked", span=(0, len(answer)))
            continue
        pair = _scripts(asked, said) or _languages(asked, said) or _switch(asked, said)
        if not pair or speaks_of_script(asked, _script(pair[1])) or _short_form(asked, said):
            continue
        message = f"the question is in {pair[0]}, the answer in {pair[1]}"
        yield Finding(position, message, 0.9, "language" if "English" in pair else "script", span=(0, len(answer)))


def _script(name: str) -> str:
    """The script that a word of `pair` stands for: "Latin script", "Spanish", "Chinese from the middle on"."""
    return next((script for script in LETTERS if name.startswith(script)), "Latin")


def _short_form(question: str, answer: str) -> bool:
    """Whether a title, a slogan, code or the like is asked for, and the answer is as short as those are, or code."""
    return SHORT_FORMS.search(question) is not None and (len(answer.split()) < SHORT or len(CODE.findall(answer)) > 2)


def _instead(wanted: str, answer: str) -> str:
    """The language or script of an answer that has nothing of the language that was asked for, else ""."""
    text = answer.strip().strip("\"'“”‘’")
    if CODE.search(text) or names_language(text, wanted):
        return ""
    text = spoken(text)
    text = text.rpartition(":")[2] if WORD.search(text.rpartition(":")[2]) else text  # "Here it is: Guten Tag"
    if SCRIPT[wanted] != "Latin":
        own = ("Japanese", "Chinese") if wanted == "Japanese" else (SCRIPT[wanted],)
        if any(LETTERS[script].search(answer) for script in own):
            return ""
    script = main_script(text, 2 * LEAST_SAID)
    if script and script not in ("Latin", SCRIPT[wanted]):
        return script if sum(LETTERS["Latin"].match(word) is not None for word in WORD.findall(text)) < 3 else ""
    if wanted == "English":
        return _sure(text) if is_prose(text, 6) and not ENGLISH_WORD.search(text) else ""
    english = {word.casefold() for word in ENGLISH_WORD.findall(text)}
    return "English" if is_prose(text, 4) and len(english) >= 2 and _identifier().classify(text)[0] == "en" else ""


def _sure(text: str) -> str:
    """The name of the language, none of English, that py3langid is sure of, else ""."""
    language, sure = _identifier().classify(text)
    return LANGUAGES[language] if sure >= SURE and language != "en" else ""


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
    asked, said = main_script(question, LEAST_ASKED), main_script(answer, LEAST_SAID)
    if not asked or not said or asked == said or {asked, said} == {"Japanese", "Chinese"}:
        return None
    runs = NOT_WESTERN.split(answer)
    prose = is_prose(max(runs, key=len), 4 if len(runs) == 1 else 6)
    if said == "Latin" and (not prose or LATIN_PHRASE.search(question)):
        return None
    if asked == "Latin" and (CODE.search(question) or not is_prose(question, 3)):
        return None
    return asked.replace("Latin", "Latin script"), said.replace("Latin", "Latin script")


def _switch(question: str, answer: str) -> tuple[str, str] | None:
    """A sentence of Chinese in an answer that begins in the language of the question; names and titles are shorter."""
    asked = main_script(question, LEAST_ASKED)
    if not says_chinese(spoken(answer)) or asked not in ("Hangul", "Latin") or LETTERS["Chinese"].search(question):
        return None
    return asked.replace("Latin", "Latin script"), "Chinese from the middle on"


def says_chinese(text: str) -> bool:
    """Whether it holds a sentence, or a clause up to its comma, of seven characters or more."""
    for found in CHINESE.finditer(text):
        begin, end = TWO_CHARACTERS.search(found[0]), max(found[0].rfind(sign) for sign in "。，！？")
        if begin and end - begin.start() >= 7:
            return True
    return False


def _languages(question: str, answer: str) -> tuple[str, str] | None:
    """Two languages of Latin script, one of them English, where py3langid is sure of the other."""
    if CODE.search(question) or not is_prose(question, 3) or not is_prose(answer, 6):
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

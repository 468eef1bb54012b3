"""Answers in which a word of another script stands where a word of their own was to come."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pyarrow.compute as pc

from audit.detectors.text.asked_language import SHORT_FORMS, speaks_of_script
from audit.detectors.text.scripts import LETTERS, SCRIPTS, blanked, main_script
from audit.detectors.text.wrong_language import says_chinese
from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

FOREIGN = {name: re2 for name, (re2, *_) in SCRIPTS.items() if name not in ("Latin", "Greek")}  # Greek is for formulas
LEAST = {"Hangul": 2, "Japanese": 2, "Chinese": 2}  # letters of a word that counts; 3 of the other scripts
LEAST_SAID = 20  # weighed letters of an answer
MOST = 3  # words of another script: an answer that has more of them is about them

# Countries and matters that bring their words along, in a question or an answer of English or Korean.
ABOUT = {
    "Hangul": r"korea|hangul|seoul|busan|k-?(?:pop|drama)|joseon|goryeo|한국|조선",
    "Japanese": r"japan|tokyo|kyoto|osaka|anime|manga|kanji|samurai|shinto|zen\b|haiku|sushi|emoticon|kaomoji"
    r"|일본|일어|애니|만화|도쿄|오사카|교토|히라가나|가타카나|가나\b|하이쿠|이모티콘",
    "Chinese": r"chin(?:a|ese)|japan|korea|taiwan|hong kong|singapore|vietnam|mandarin|cantonese|kanji|hanja|asia"
    r"|dynasty|emperor|buddh|tao|dao|confuc|zen\b|feng|tai chi|kung fu|beijing|shanghai|tokyo|kyoto|anime|manga|mahjong"
    r"|characters?\b|한자|한문|중국|대만|홍콩|일본|성어|漢|간체|번체|부수|훈음|음독|훈독|무협|불교|경전|주역|사주|유교"
    r"|공자|논어|한의|한약|도쿄|교토|애니|만화",
    "Cyrillic": r"russia|soviet|ukrain|bulgar|serb|cyrillic|mongol|kazakh|belarus|macedon|slav|moscow"
    r"|러시아|소련|키릴|우크라|몽골|불가리아|세르비아|카자흐|슬라브|모스크바|벨라루스",
    "Arabic": r"arab|islam|muslim|quran|koran|persia|iran|iraq|egypt|urdu|pakistan|farsi"
    r"|아랍|이슬람|코란|쿠란|페르시아|이란|이라크|이집트",
    "Devanagari": r"hindi|india|sanskrit|nepal|yoga|hindu|veda|인도|힌디|산스크리트|범어|네팔|요가|힌두",
    "Thai": r"thai|bangkok|태국|타이|방콕",
    "Hebrew": r"hebrew|israel|jew|torah|bible|biblical|히브리|이스라엘|유대|성경|토라",
}
_ABOUT = {script: re.compile(words, re.IGNORECASE) for script, words in ABOUT.items()}
_RUNS = {script: re.compile(f"[{SCRIPTS[script][1]}]+") for script in ABOUT}
KANA = LETTERS["Japanese"]
_RUNS["Japanese"] = re.compile(r"[\u3400-\u9fff]{0,8}[\u3041-\u30ff][\u3041-\u30ff\u3400-\u9fff]*")
KAOMOJI = re.compile(r"[ノシヽヾツヘへのロゞωДдεзωっづ゚ー・ヮヮㅂ]+")
# In English a word stands among words in lower case: not behind a colon or a name, as a gloss does.
AMONG_ENGLISH = (re.compile(r"(?:^|[ ,])[a-z][a-z'’-]*,? ?$"), re.compile(r"[ ,]*(?:[a-z]|$|[.!?](?:\s|$))"))
NAMED_BEFORE = re.compile(
    r"(?:called|means?|words?|as|is|are|written|terms?|say|said|named?|names?|for|or|spelt|spelled),? ?$"
)
QUOTED_AFTER = re.compile(r"\s*(?:[:=(（\[]|['\"’”」』>》]|이?라[고는]|이?란\b|뜻|자[가는를와])")
QUOTED_BEFORE = re.compile(r"[:=/·(（\['\"‘“「『<《]\s*$|[가-힣]\($")
VERB = re.compile(r"(?:하|한|할|함|해|했|합|되|된|될|돼|됐|됩|적|성|스러|롭|시키|시켜|히\b)")
MODERN = re.compile("[你她這們]")  # of everyday Chinese, in no word of Korean
LISTED = (re.compile(r"(?:^|[,、/|]) *$"), re.compile(r" *(?:[,、/|]|$)"))  # greetings of many countries, brands
HOMOGLYPH = re.compile(r"[A-Za-z]{2}[\u0400-\u04ff]|[\u0400-\u04ff][A-Za-z]{2}")


def stray_script(corpus: Corpus) -> Observations:
    """Answers in Korean or in a language of Latin script with one to three words in another script among their own.

    Loan words in Latin letters are none, nor are glosses in parentheses, quotations, names, code, and whatever the
    question or the answer speaks of: an answer about Russia may hold Russian.
    """
    questions, answers = corpus.column("question"), corpus.column("answer")
    others = "".join(re2 for name, re2 in FOREIGN.items() if name != "Hangul")
    rare = pc.match_substring_regex(answers, f"[{others}]")
    hangul = pc.match_substring_regex(answers, r"[a-z] ?\p{Hangul}")
    candidates = pc.indices_nonzero(pc.or_(rare, hangul))
    taken = (column.take(candidates).to_pylist() for column in (questions, answers))
    for position, question, answer in zip(candidates.to_pylist(), *taken, strict=True):
        asked, said = nfc(question), nfc(answer)
        main = main_script(said, LEAST_SAID)
        if main not in ("Hangul", "Latin") or main_script(asked, 1) not in (main, "") or SHORT_FORMS.search(asked):
            continue
        plain = blanked(said)
        found = [run for script in ABOUT if script != main for run in _stray(asked, said, plain, script, main)]
        if not found or len(found) > MOST or says_chinese(plain):
            continue
        script, begin, end = found[0]
        exact = (begin, end) if said == answer else (0, len(answer))
        language = "Korean" if main == "Hangul" else "Latin script"
        message = f"a word in {script} script in an answer in {language}: {said[begin:end]}"
        yield Finding(position, message, 0.9 if len(found) == 1 else 0.8, "stray", span=exact)


def _stray(question: str, answer: str, plain: str, script: str, main: str) -> Iterator[tuple[str, int, int]]:
    """Where words of `script` stand among those of `main`; none if the row speaks of what is written so.

    `plain`: the answer without what it only quotes.
    """
    if not LETTERS[script].search(plain) or LETTERS[script].search(question):
        return
    if speaks_of_script(question, script) or _ABOUT[script].search(question) or _ABOUT[script].search(answer):
        return
    for match in _RUNS[script].finditer(plain):
        if _among(plain, script, main, *match.span()):
            yield script, *match.span()


def _among(answer: str, script: str, main: str, begin: int, end: int) -> bool:
    """Whether the letters from `begin` to `end` stand where a word of the answer's own would, unexplained."""
    run, before, after = answer[begin:end], answer[max(0, begin - 40) : begin], answer[end : end + 40]
    before, after = before.rpartition("\n")[2], after.partition("\n")[0]
    if script == "Cyrillic" and HOMOGLYPH.search(before[-2:] + run + after[:2]):
        return True
    if len(run) < LEAST.get(script, 3) or KAOMOJI.fullmatch(run):
        return False
    if script == "Chinese" and (KANA.match(before[-1:]) or KANA.match(after)):
        return False  # the word is Japanese
    if main == "Latin":
        return _among_english(before, after)
    return _among_korean(before, after) and (script != "Chinese" or not _is_hanja(run) or _goes_on(run, after))


def _among_english(before: str, after: str) -> bool:
    between = AMONG_ENGLISH[0].search(before) is not None and AMONG_ENGLISH[1].match(after) is not None
    return between and not NAMED_BEFORE.search(before)


def _among_korean(before: str, after: str) -> bool:
    quoted = QUOTED_AFTER.match(after) or QUOTED_BEFORE.search(before)
    if LISTED[0].search(before) and LISTED[1].match(after):
        return False
    return not quoted and LETTERS["Hangul"].search(before + after) is not None


def _goes_on(run: str, after: str) -> bool:
    """Whether characters that Korea has as well go on as a verb does, or hold one of everyday Chinese."""
    return VERB.match(after) is not None or MODERN.search(run) is not None


def _is_hanja(run: str) -> bool:
    """Whether Korea's own character set has them all: it has no simplified characters, of China or Japan."""
    try:
        run.encode("euc_kr")
    except UnicodeEncodeError:
        return False
    return True

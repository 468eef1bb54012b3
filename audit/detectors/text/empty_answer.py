"""Answers with nothing in them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from audit.detectors.text.passages import both_forms, composed, matching
from audit.nouns.findings import Fact, Finding, Observations
from audit.rows.corpus import Corpus
from audit.rows.splits import side

# Characters that put no ink on the page: separators, controls, the fillers of Hangul (letters to Unicode, and a
# favourite for empty names), joiners and variation selectors (marks to Unicode), the blank braille pattern.
BLANK = r"\p{Z}\p{Cc}\p{Cf}\x{115f}\x{1160}\x{3164}\x{ffa0}\x{34f}\x{17b4}\x{17b5}\x{fe00}-\x{fe0f}\x{2800}"

# What programs print for a missing value: pandas, SQL, JavaScript, JSON and spreadsheets; emptied lists, texts, HTML
# and Markdown; an escape that nobody turned into a line end; and notes in brackets that there is nothing.
MACHINE_MADE = both_forms(
    r"(?:nan|nat|nil|null|\(null\)|<na>|<null>|undefined|\[object object\]|\\n|#(?:ref!|value!|n/a|name\?|null!"
    r"|num!|div/0!))"
    r"|(?:\[\s*(?:\"\"|'')?\s*\]|\{\s*\}|\"\"|''|“”|‘’)"
    r"|(?:</?(?:p|div|span|br|li|ul|b|i|strong|em|body|html)\s*/?>|&nbsp;|&#160;|\s)*"
    r"|(?:```\w*\s*```|\*{2,}|_{2,}|~{2,}|(?:\\[rnt])+)"
    r"|<no ?(?:in|out)put>|no (?:out|in)put\.?"
    r"|[\[(<](?:(?:no|empty|blank|missing) (?:answer|response|output|content|text|reply)|empty|blank"
    r"|(?:답변|내용|응답|대답|답) ?없음|없음|빈 ?(?:답변|내용|응답|칸))[\])>]|(?:답변|응답|내용) 없음"
)
# What a person may also say: right where nothing is the answer, or words fail.
MARKS = r"(?:[.\-–—|]|-{2,}|\.{2,}|…+|none\.?|n/a)"
WORTH_A_LOOK = rf"(?i)\A\s*(?:{MACHINE_MADE}|{MARKS})\s*\z"

ABOUT_DATA = re.compile(
    r"python|java|json|sql|\bcode|print|\breturn|\bvalue|\bresult|\blist\b|\barray|object|variable|\bfunction"
    r"|typeof|regex"
    r"|operator|\bnull|\bnan\b|\bnone\b|missing|empty|blank|\berror|\bcell|spreadsheet|excel|html|\btag|markdown|escape"
    r"|symbol|\bsign\b|\bmark\b|punctuation|morse|\btype\b|\btyping|character|string|quote|filter|\bslash"
    r"|파이썬|자바|코드|함수|변수|출력|결과|값|목록|리스트|배열|객체|빈 |빈칸|오류|에러|셀|엑셀|태그|마크다운|기호|부호"
    r"|문자|줄표|따옴표|연산자|말줄임표|마침표|점 ?(?:하나|만)|찍어|입력|정규식|모스",
    re.IGNORECASE,
)
EXPLAINED = re.compile(  # questions that no dash and no "None" answers
    r"^\s*(?:please )?(?:how (?:do|does|did|is|can|could|should|would|to)|explain|describe|why (?:do|does|did|is|are)"
    r"|what (?:is|are) (?:an?|the (?:difference|causes?|reasons?|meaning|role|purpose)))\b(?! you\b)"
    r"|어떻게|설명해|방법|차이|원인|무엇인가요|그려 ?봐|묘사",
    re.IGNORECASE,
)
KOREAN_WHY = re.compile(r"왜.*(?:나요|까요|가요|죠)\s*\?")  # "왜 말이 없어?" - "…" is an answer


def empty_answer(corpus: Corpus) -> Observations:
    """Answers that are empty, invisible, or what a program prints for a missing value.

    A blank answer of a row that is held out is a prompt to be answered, and no fault: a Fact counts them.
    """
    prompts = 0
    for position, answer in matching(corpus, "answer", rf"\A[{BLANK}]*\z"):
        if side(corpus.row(position).split) == "held-out":
            prompts += 1
            continue
        found = "is empty" if not answer else f"holds only {len(answer)} invisible characters"
        yield Finding(position, f"the answer {found}", score=1.0, span=(0, len(answer)))
    for position, answer in matching(corpus, "answer", WORTH_A_LOOK):
        if answer.strip() and _is_placeholder(answer.strip(), composed(corpus, "question", position)):
            message = f"the answer is only {answer.strip()!r}, which stands for a missing one"
            yield Finding(position, message, score=0.9, because="placeholder", span=(0, len(answer)))

    if prompts:
        yield Fact("prompts", "", {"rows": prompts})


def summarise(value: Mapping[str, int]) -> str:
    """The sentence about blank answers that are held out."""
    rows = value["rows"]
    return f"{rows:,} {'row that is held out has' if rows == 1 else 'rows that are held out have'} no answer: prompts"


def _is_placeholder(answer: str, question: str) -> bool:
    if answer in question.rstrip(" .?!") or ABOUT_DATA.search(question):
        return False
    if _person_might_say(answer):
        return EXPLAINED.search(question) is not None or KOREAN_WHY.search(question) is not None
    return True


def _person_might_say(answer: str) -> bool:
    return re.fullmatch(MARKS, answer, re.IGNORECASE) is not None

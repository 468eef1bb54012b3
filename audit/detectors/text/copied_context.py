"""Answers that recite the whole passage that the question gave."""

from __future__ import annotations

import re

import pyarrow.compute as pc

from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

WORD = re.compile(r"\w+")
RUN = 5  # words in a row that have to be the same, so that common words in another order are no copy
MOST_ASKED = 40  # words beside the passage: more of them are a task with examples, or a conversation
FEWEST = 12  # words of anything that is looked at, so that short rows cost nothing
HANGUL = re.compile("[가-힣]")
KOREAN_PART = 0.6  # of `least`: Korean says the same with fewer words, as particles and verbs are one word

ASKS = re.compile(  # what a part of the passage answers, or something shorter than it
    r"\b(?:who|whom|whose|what|when|where|why|which|how|tell me|summar[iy]\w*|describ\w+|explain\w*|brief\w*|in short"
    r"|give me)\b|^(?:is|are|was|were|does|do|did|has|have|can)\b"
    r"|누구|누가|언제|어디|무엇|무슨|뭐|뭘|왜|몇|얼마|어느|어떤|어떻게|요약|간추|설명|알려|말해|한 ?줄|간단",
    re.IGNORECASE | re.MULTILINE,
)
RESTATES = re.compile(  # what is done by saying the passage again, changed, marked, sorted or gone on with
    r"\b(?:re-?(?:writ|phras|word|organi[sz]|arrang|format|stat|stor|peat|cit|plac|mov|vis|structur|produc)\w*|paraphras\w*"
    r"|translat\w*|proof\w*|correct\w*|fix\w*|edit\w*|errors?|mistakes?|typos?|grammar\w*|spell\w*|punctuat\w*|capitali\w+"
    r"|improv\w*|polish\w*|chang\w+|convert\w*|turn\w*|transform\w*|adapt\w*|simplif\w*|formats?|formatted|clean\w*"
    r"|divid\w+|split\w*|break|separat\w*|segment\w*|sections?|subsections?|paragraphs?|sentences?|parts|sort\w*|order\w*"
    r"|rank\w*|arrang\w*|group\w*|classif\w*|categor\w*|label\w*|tag\w*|annotat\w*|highlight\w*|mark\w*|bold|underline\w*"
    r"|list\w*|bullet\w*|tables?|csv|json|html|extract\w*|quot\w+|cop(?:y|ies)|verbatim|full text|word for word"
    r"|fill\w*|blanks?|complet\w+|continu\w+|finish\w*|extend\w*|expand\w*|elaborat\w*|insert\w*|add|append\w*|includ\w+"
    r"|replac\w+|substitut\w*|combin\w+|merg\w+|join\w*|redact\w*|mask\w*|likely|predict\w*|result|outcome|hypothes\w*"
    r"|code|function|program|script|query|output|print\w*|debug\w*|transcri\w+|lyrics|poem|dialogue|conversation|generat\w+"
    r"|creat\w+|compos\w+|writ\w+|make|math|solve|calculat\w*|choose|select\w*|options?)\b"
    r"|고쳐|고치|교정|바꿔|바꾸|번역|옮겨|옮기|맞춤법|띄어쓰기|다듬|수정|나눠|나누|분류|정렬|순서|골라|고르|선택|뽑아|추출"
    r"|표시|인용|그대로|따라|복사|읽어|채워|채우|빈칸|이어|완성|늘려|덧붙|추가|넣어|합쳐|정리|목록|표로|문장|문단|코드|함수"
    r"|써 ?줘|쓰세요|작성|계산|풀어",
    re.IGNORECASE,
)
CODE = re.compile(r"[{}<>=]|;[ \t]*$|\(\)|->|```", re.MULTILINE)


def copied_context(corpus: Corpus, *, share: float = 0.9, least: int = 30) -> Observations:
    """Answers that say the whole passage of their question again, where something about it was asked.

    `share`: least share of the passage's runs of five words that the answer has, too. `least`: words of a passage,
    in Korean six tenths of it. The task is what stands before or behind the passage.
    """
    questions, answers = corpus.column("question"), corpus.column("answer")
    long = pc.greater_equal(pc.utf8_length(answers), 3 * least)
    candidates = pc.indices_nonzero(pc.and_(long, pc.greater_equal(pc.utf8_length(questions), 3 * least)))
    taken = (column.take(candidates).to_pylist() for column in (questions, answers))
    for position, *raw in zip(candidates.to_pylist(), *taken, strict=True):
        question, answer = map(nfc, raw)
        found = _passage(question, answer, share)
        if not found:
            continue
        (begin, end), covered = found
        passage, task = question[begin:end], f"{question[:begin]}\n{question[end:]}"
        words, said = len(WORD.findall(passage)), len(WORD.findall(answer))
        needed = least * (KOREAN_PART if HANGUL.search(passage) else 1)
        if words < needed or CODE.search(passage) or not ASKS.search(task) or RESTATES.search(task):
            continue
        on = ", and goes on" if said > 1.3 * words else ""
        message = f"the answer is the whole passage of the question again ({words} words){on}"
        yield Finding(position, message, round(covered, 2), "passage", span=(0, len(raw[1])))


def _passage(question: str, answer: str, share: float) -> tuple[tuple[int, int], float] | None:
    """From the first to the last words of the question that the answer says again, where little else stands there.

    Also the share of that stretch which is said again.
    """
    asked = list(WORD.finditer(question))
    words, said = ([word.casefold() for word in WORD.findall(text)] for text in (question, answer))
    if len(words) < FEWEST or len(said) < FEWEST:
        return None
    again = {tuple(said[start : start + RUN]) for start in range(len(said) - RUN + 1)}
    starts = [start for start in range(len(words) - RUN + 1) if tuple(words[start : start + RUN]) in again]
    if not starts:
        return None
    first, last = starts[0], starts[-1] + RUN
    covered = len(starts) / (last - first - RUN + 1)
    begin, end = asked[first].start(), asked[last - 1].end()
    if covered < share or not 0 < len(words) - (last - first) <= MOST_ASKED:
        return None
    if _cut_short(question, begin, end, (1 - share) * (last - first)):
        return None
    return (begin, end), covered


def _cut_short(question: str, begin: int, end: int, most: float) -> bool:
    """Whether the lines where the stretch begins and ends hold more than `most` other words.

    Then a part of a passage is said again, as an answer may. A question of one line says what it asks on that line.
    """
    if "\n" not in question.strip():
        return False
    line_begin = question.rfind("\n", 0, begin) + 1
    line_end = question.find("\n", end)
    rest = question[line_begin:begin] + question[end : line_end if line_end >= 0 else None]
    return len(WORD.findall(rest)) > most

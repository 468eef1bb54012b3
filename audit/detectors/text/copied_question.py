"""Answers that are the question over again."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from itertools import takewhile

import pyarrow as pa
import pyarrow.compute as pc

from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.folding import fold
from audit.texts.normal_forms import nfc

LABEL = re.compile(
    r"^\s*(?:질문|문제|답변|답|명령|지시|입력|사용자|question|answer|instruction|input|prompt|user|human|q"
    r"|a)\s*[:：.]\s*",
    re.IGNORECASE,
)
ASKS = re.compile(
    r"[?？]"
    r"|뭐|뭘|무엇|무슨|누구|누가|언제|어디|어느|어떤|어떻|어때|왜|얼마|몇|알려|추천|설명|소개|해 ?줘|해 ?주세요"
    r"|해 ?봐|줄래|줄 수|말해|써 ?줘|골라"
    r"|\b(?:what|who|whose|when|where|why|which|how|tell|give|explain|describe|write|list|name|suggest|create"
    r"|generate|identify|compare|find|make|can you|could you|do you|please)\b",
    re.IGNORECASE,
)
GREETING = re.compile(
    r"안녕|반가|굿모닝|굿나잇|굿밤|좋은 ?(?:아침|하루|밤|저녁|주말|꿈)|잘 ?자|잘 ?가|사랑해|고마|감사|축하|새해"
    r"|메리|크리스마스|해피|수고|[화파]이팅|건배|행복|즐거|미안|보고 ?싶"
    r"|힘내|ㅋㅋ|ㅎㅎ"
    r"|hello|\bhi\b|\bhey|good (?:morning|night|evening|afternoon|day|luck)|\bbye|see you|thank|love you|merry"
    r"|happy|cheers|welcome|nice to meet|pleased|miss you|congrat|take care|peace",
    re.IGNORECASE,
)
ECHO = re.compile(  # tasks that are done by saying the text again
    r"\b(?:repeat|echo|after me|verbatim|word for word|read aloud)\b|^(?:please |now |can you )*say\b"
    r"|\bsay(?: it| this|:)"
    r"|따라 ?(?:해|하|말|써|읽)|그대로|반복해|읽어 ?[줘봐]|복사|베껴|받아쓰|외쳐",
    re.IGNORECASE,
)
REWORK = re.compile(  # tasks that may leave the text as it is, but do not answer with the task
    r"\b(?:rewrite|rephrase|paraphrase|translate|proofread|punctuate|capitali[sz]e)\b"
    r"|\b(?:correct|fix|edit|copy|format|replace|remove)\b.{0,20}(?::|\b(?:sentence|text|grammar|spelling|errors?"
    r"|mistakes?|typos?)\b)"
    r"|교정|고쳐|바꿔 ?[줘봐]|번역|맞춤법|띄어쓰기|다듬어|수정해|문장 ?부호",
    re.IGNORECASE,
)
CARRIED_OVER = re.compile(r"translat|summar[iy]|번역|옮겨|요약", re.IGNORECASE)  # tasks whose input is never the answer
BEGIN = 5  # letters: an answer that is nearly the question begins like it; "Part 1: ..." has done something with it
LONG = 60  # letters of a question that may hold a list or a text to work on
LEAST_PART = 5  # words of a question's second half or of an input, in English; Korean needs two fewer
POLITE = re.compile(
    r"(?:이?야|이?에요|예요|인가요?|입니까|나요|니|냐|어|아|어요|아요|요|죠|지|까|까요|습니까|돼요?|됩니까"
    r"|되나요|해요?|하나요|합니까)?"
)
ECHOED = {
    "really",
    "seriously",
    "what",
    "진짜",
    "정말",
    "진짜로",
    "정말로",
    "대박",
    "그렇지",
    "그래서",
}  # "Really?" - "Really?"
WH_WORD = re.compile(
    r"뭐|뭘|무엇|무슨|누구|누가|언제|어디|어느|어떻|어때|왜|얼마|몇|\b(?:what|who|when|where|why|which|how)\b",
    re.IGNORECASE,
)
WH_OR_MODAL = re.compile(
    WH_WORD.pattern + r"|^(?:should|can|could|do|does|is|are|will|would)\b|까\?|나요\?", re.IGNORECASE
)
HANGUL = re.compile("[가-힣]")


def copied_question(corpus: Corpus, *, similarity: float = 0.92, least: int = 3) -> Observations:
    """Answers that repeat the whole question and add nothing.

    `similarity`: least share of equal letters (the ratio of difflib) of a near copy; `least`: letters that a question
    must have. Case, width, white space and punctuation make no difference.
    """
    questions, answers = corpus.column("question"), corpus.column("answer")
    candidates = pc.indices_nonzero(_alike(questions, answers))
    taken = (column.take(candidates).to_pylist() for column in (questions, answers))
    for position, *raw in zip(candidates.to_pylist(), *taken, strict=True):
        question, answer = map(nfc, raw)
        asked, said = letters(LABEL.sub("", question)), letters(LABEL.sub("", answer))
        if len(asked) >= least and said == asked * (len(said) // len(asked)) != asked:
            said, answer = asked, question
        if _is_part(question, answer):
            yield Finding(position, "the answer is the last part of the question", 0.9, "part", span=(0, len(raw[1])))
            continue
        if len(asked) < least or abs(len(said) - len(asked)) > 0.15 * len(asked) + 1:
            continue
        ratio = 1.0 if said == asked else _ratio(said, asked, similarity)
        if ratio < 1 and _does_the_task(question, asked, said):
            continue
        ratio = max(ratio, similarity) if _politely_again(question, answer, asked, said) else ratio
        if ratio >= similarity and not _natural(question, answer):
            kind = "is the question again" if ratio == 1 else f"is nearly the question again ({ratio:.0%} alike)"
            yield Finding(position, f"the answer {kind}", ratio, "copy", span=(0, len(raw[1])))


def _alike(questions: pa.ChunkedArray, answers: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whether both texts begin, or both end, with the same three letters, and neither is far longer.

    Decomposed Hangul is up to three times as long as composed, and a copy may carry a label.
    """
    lengths = [pc.cast(pc.utf8_length(column), "float64") for column in (questions, answers)]
    near = pc.less_equal(pc.max_element_wise(*lengths), pc.add(pc.multiply(pc.min_element_wise(*lengths), 3.5), 10.0))
    begins = [pc.utf8_slice_codeunits(_end_letters(column, 0, 16), 0, 3) for column in (questions, answers)]
    ends = [pc.utf8_slice_codeunits(_end_letters(column, -16, None), -3) for column in (questions, answers)]
    return pc.and_(near, pc.or_(pc.equal(*begins), pc.equal(*ends)))


def _end_letters(column: pa.ChunkedArray, start: int, stop: int | None) -> pa.ChunkedArray:
    """Much as `letters`, for a stretch of every text of a column."""
    stretch = pc.utf8_normalize(pc.utf8_slice_codeunits(column, start, stop), "NFKC")
    return pc.replace_substring_regex(pc.utf8_lower(stretch), r"[^\pL\pN\pM]+", "")


def letters(text: str) -> str:
    """Folded, letters and digits only."""
    return "".join(character for character in fold(text) if unicodedata.category(character)[0] in "LNM")


def _ratio(said: str, asked: str, least: float) -> float:
    """The ratio of difflib where it may reach `least`, else 0."""
    if said[:3] != asked[:3] and said[-3:] != asked[-3:]:
        return 0.0
    matcher = SequenceMatcher(None, said, asked, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= least else 0.0


def _is_part(question: str, answer: str) -> bool:
    """Whether the answer is the second of two questions, or the text that was to be translated or summed up."""
    whole, part = fold(question), fold(answer)
    head = whole[: -len(part)].rstrip()
    needed = LEAST_PART - 2 if HANGUL.search(part) else LEAST_PART
    if not part or not whole.endswith(part) or len(part.split()) < needed or ECHO.search(question):
        return False
    second_question = head.endswith((".", "?", "!")) and part.endswith("?") and WH_OR_MODAL.search(part) is not None
    carried_over = head.endswith(":") and CARRIED_OVER.search(head) is not None
    return second_question or (carried_over and len(part.split()) >= 2 * needed - 1)


def _does_the_task(question: str, asked: str, said: str) -> bool:
    """Whether a near copy of a long question has done something with a text that stands in it.

    Then it begins otherwise, and does not merely have a word before the question ("Sure! What is ...?"), or it leaves
    out the first or the last line, where the question stands beside a passage.
    """
    lines = [plain for line in question.splitlines() if (plain := letters(line))]
    if len(lines) > 1 and not (lines[0] in said and lines[-1] in said):
        return True
    return len(asked) > LONG and said[:BEGIN] != asked[:BEGIN] and not said.endswith(asked)


def _politely_again(question: str, answer: str, asked: str, said: str) -> bool:
    """Whether a Korean question comes back as a question in another level of politeness."""
    if not (WH_WORD.search(question) and answer.rstrip().endswith(("?", "？")) and HANGUL.search(asked)):
        return False
    same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(asked, said, strict=False)))
    return same >= 5 and POLITE.fullmatch(asked[same:]) is not None and POLITE.fullmatch(said[same:]) is not None


def _natural(question: str, answer: str) -> bool:
    """Whether people answer so: greetings and wishes, tasks that echo a text, "밥 먹었어?" - "밥 먹었어!"."""
    if ECHO.search(question) or letters(question) in ECHOED:
        return True
    if REWORK.search(question) and not REWORK.search(answer):
        return True
    if GREETING.search(question) and not WH_WORD.search(question):
        return True
    words = len(question.split())
    says_yes = "?" in question.replace("？", "?") and "?" not in answer.replace("？", "?") and words < 4
    return not WH_WORD.search(question) and (says_yes or (not ASKS.search(question) and words < 3))

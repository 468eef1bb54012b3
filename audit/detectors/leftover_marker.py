"""Template and control text that stayed in the data."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from audit.corpus import Corpus
from audit.texts.passages import both_forms, composed, matching_any, set_apart, within
from audit.types import Field, Finding, Observations

# The chat templates of ChatML, Llama 2-4, Gemma, Mistral, DeepSeek, EXAONE, GLM, KoGPT2 and Alpaca.
ROLE = r"(?:system|user|assistant|model|human|tool|ipython)"
TOKEN = (
    rf"<\|(?:im_start|start_header_id|start_of_role|start)\|>(?:\s*{ROLE}\b(?:<\|[a-z_]+\|>)?)?"
    rf"|<start_of_turn>(?:\s*{ROLE}\b)?"
    r"|<[|｜][A-Za-z][A-Za-z0-9_▁.:/\x{200b}-]{0,40}[|｜]>|\[\|[A-Za-z]{3,20}\|\]|<end_of_turn>"
    r"|\[/?INST\]|<</?SYS>>|</?s>|<(?:bos|eos|pad|unk|usr|sys|eot|eod|endoftext|end_of_text)>"
    r"|(?-i:\[(?:BOS|EOS|PAD|UNK|SEP|CLS|EOT|EOD|gMASK)\])|<(?:unused|extra_id_|reserved_)\d+>"
    r"|(?-i:\[/?(?:[A-Z]{2,}(?:_[A-Z]{2,})+|ASSISTANT|USER|SYSTEM|BOT|MODEL|HUMAN)\])"  # [TOOL_RESULTS] of Mistral
    r"|</?(?:assistant|user|system|human|bot)>|\[(?:시스템|사용자|유저|모델|어시스턴트|챗봇)\]"
)
GAP = r"[\s\x{200b}-\x{200d}\x{feff}]*"
ASKING = (
    r"instruction|input|question|prompt|context|system|user|human|질문|질의|지시|지시사항|명령|명령어|입력|맥락|사용자"
)
REPLYING = r"response|answer|output|assistant|답변|응답|대답|답|출력"
HEADING = rf"#{{2,6}}[ \t]*(?:{ASKING}|{REPLYING})[ \t]*(?:[:：]|$)|^[ \t]*###[ \t]*\z"
BOUNDARY = (
    rf"[(（\[［【<]{GAP}(?:답변|질문|응답|대답|입력|출력){GAP}(?:시작|종료|끝|완료){GAP}[)）\]］】>]"
    r"|[(\[<](?:start|begin|end)[ _-]of[ _-](?:answer|question|response|reply|turn|conversation|dialogue|output|prompt"
    r"|text|message|sequence|generation)[)\]>]"
    r"|[(\[<](?:answer|response|question)[ _-](?:starts?|begins?|ends?)[)\]>]"
)
THINK = r"(?:think|thinking|thought|reasoning|scratchpad)>"
THOUGHT = rf"<{THINK}\s*</{THINK}|</?{THINK}"  # an empty thought is one marker
ROLE_LINE = (
    r"^[ \t]*\*{0,2}(?:human|user|사용자|유저|assistant|ai assistant|chatbot|bot|어시스턴트"
    r"|챗봇)\*{0,2}[ \t]?[:：]\*{0,2}"
)

# What opens a user's turn: in an answer, everything from there on is somebody else's text.
USER_TURN = re.compile(
    both_forms(r"\buser|human|prompter|usr|\[INST\]|instruction|question|prompt\b|사용자|유저|질문|질의|지시|명령"),
    re.IGNORECASE,
)
REPLY_TURN = re.compile(
    both_forms(r"assistant|model|bot\b|response|answer|\[/INST\]|어시스턴트|챗봇|답변|응답|대답|(?:답)\s*[:：]"),
    re.IGNORECASE,
)
SENTENCE_ENDED = re.compile(r"(?:^|[^\w\s,'\"(<]|\n)\s*\Z")
HTML = re.compile(
    r"</?(?:p|div|br|span|b|i|u|a|li|ul|ol|del|strong|em|html|body|table|tr|td|h[1-6])\b[^>]*>", re.IGNORECASE
)
OTHER_HEADING = re.compile(r"^#{1,6}[ \t]+\S", re.MULTILINE)
OTHER_LABEL = re.compile(r"^[ \t*-]*[^\s:：*][^:：\n]{0,20}\*{0,2}[:：]\*{0,2}[ \t]+\S", re.MULTILINE)


def _compile(pattern: str) -> re.Pattern[str]:
    python = both_forms(pattern).replace(r"\z", r"\Z")
    return re.compile(re.sub(r"\\x\{(\w{4})\}", r"\\u\1", python), re.IGNORECASE | re.MULTILINE)


# A label in front of the whole answer or question, one that waits for the answer, and a stop word after it.
PRODUCT = r"(?:chat ?gpt|gpt-?\d[\w.]*|claude|챗 ?gpt|챗지피티|클로드|제미나이)"
LABEL = (
    rf"\A\s*(?:(?:answer|response|ai|a|ans|{PRODUCT}|답변|응답|대답|답)[ \t]?[:：]|(?:답변|응답|대답|답)\)"
    r"|[\[【<](?:answer|response|답변|응답)[\]】>][:：]?)"
    r"|[\[<【](?:END|끝|종료|답변 ?(?:끝|종료))[\]>】]\s*\z|[(（](?:end|끝)[)）]\s*\z"
)
QUESTION_LABEL = (
    r"\A\s*(?:(?:q|question|질문)[ \t]?[:：]|q\.)[ \t]*|(?:\n|[.?!][ \t]+)[ \t]*(?:answer|response"
    r"|답변|응답)[ \t]?[:：]\s*\z"
)
# A slot of a template that nobody filled. A single brace also holds sets and code, so only these names count in it.
SLOT = (
    r"\{\{[ \t]*[^\W\d][\w -]{1,30}\}\}|\$\{[a-z_]{2,30}\}|(?-i:%[A-Z_]*(?:NAME|USER|CUSTOMER|COMPANY|ANSWER)%)"
    r"|\{(?:answer|response|output|reply|question|instruction|input|prompt|(?:user_?|first_?|last_?)?name|user|char"
    r"|답변|응답|출력|질문|이름)\}|(?-i:\[(?:INSERT|YOUR|ENTER) [A-Z ]{3,30}\])"
)
SECOND_QUESTION = (  # a question and its answer, each with its label, after the answer
    r"^[ \t]*(?:q|question|질문)[ \t]?\d*[ \t]?[:：.][^\n]+\n\s*(?:a|answer|답변|답)[ \t]?\d*[ \t]?[:：.]"
)

KINDS = {
    "control-token": _compile(TOKEN),
    "prompt-heading": _compile(HEADING),
    "boundary": _compile(BOUNDARY),
    "thinking": _compile(THOUGHT),
    "role-name": _compile(ROLE_LINE),
    "label": _compile(LABEL),
    "question-label": _compile(QUESTION_LABEL),
    "slot": _compile(SLOT),
    "question-and-answer": _compile(SECOND_QUESTION),
}
# Enough for RE2, to which a counted class of all letters is dear.
RE2_SLOT = r"\{\{|\$\{[a-z_]|(?-i:%[A-Z])|\{(?:[a-z]|답변|응답|출력|질문|이름)|(?-i:\[(?:INSERT|YOUR|ENTER) [A-Z])"
KINDS_OF_RE2 = tuple(
    "(?im)" + both_forms(kind)
    for kind in (TOKEN, f"{HEADING}|{THOUGHT}", BOUNDARY, ROLE_LINE, LABEL, QUESTION_LABEL, RE2_SLOT, SECOND_QUESTION)
)

# The score of a marker that goes alone, and of one that takes other text with it: `audit clean` asks before a cut that
# scores less than 0.9.
PLAIN, WITH_TEXT = 0.99, 0.8

# Questions about such text, and questions that ask for a conversation to be written or read.
ABOUT_MARKUP = re.compile(
    r"\btokens?\b|tokeni[sz]|template|\btags?\b|markup|marker|delimiter|separator|special characters?|\bhtml|\bxml"
    r"|chatml|alpaca|vicuna|\bbert\b|transformer|language model|(?:prompt|chat|instruction) (?:format|style)"
    r"|stop (?:sequence|string|word)"
    r"|언어 ?모델|트랜스포머|토큰|토크나이저|템플릿|태그|마커|마크업|구분자|특수 ?문자|특수 ?기호"
    r"|프롬프트 ?(?:형식|양식)",
    re.IGNORECASE,
)
ABOUT_MEANING = re.compile(r"\bmean|stands? for|what(?:'s| is)\b|뜻|의미|뭐야|무엇|무슨", re.IGNORECASE)
CONVERSATION = re.compile(
    r"dialog|conversation|convers|script|transcript|\bchats?\b|chat ?log|exchange|interview|role-?play|\bscene"
    r"|skit|interaction|few-shot|simulat|quiz|trivia|flash ?card|\bfaq\b|\bq ?(?:&|and) ?a\b|riddle|\bjokes?\b|\bpun\b"
    r"|퀴즈|문제를? ?(?:내|만들)|질의응답|수수께끼|농담|유머|대화|대본|인터뷰|역할극|상황극|시나리오|채팅|문답"
    r"|콩트|예시를? ?(?:들어|보여)|흉내",
    re.IGNORECASE,
)
# Texts that are written with slots, and stories, which may close with (끝).
WITH_SLOTS = re.compile(
    r"template|placeholder|\bslots?\b|\bforms?\b|\bmail|e-?mail|letter|message|\bcode|script|jinja|django"
    r"|handlebars|vue"
    r"|angular|string|format|shell|bash|variable|function|command|python|react|html|prompt"
    r"|양식|서식|템플릿|형식|빈칸|메일|편지|문자|메시지|코드|함수|변수|셸|명령|스크립트|프롬프트|공지|안내문",
    re.IGNORECASE,
)
STORY = re.compile(r"story|tale|novel|poem|script|film|이야기|동화|소설|대본|영화|글|시 ", re.IGNORECASE)
LETTER = re.compile(r"a\s?[:：]", re.IGNORECASE)
LETTERED = re.compile(  # where an answer "A:" names a choice
    r"\bB\b|\bA(?:\s*[:.),/&?]|\s+(?:and|or|vs)\b|\s*(?:와|랑|는|가))|vitamin|grade|blood type|option|choice|multiple"
    r"|letter|\bnote\b|보기|선택지|비타민|학점|혈액형|\(A\)"
)


@dataclass(frozen=True, slots=True)
class Marker:
    """One marker: its kind, where it stands, and its text."""

    kind: str
    start: int
    end: int
    text: str

    @property
    def opens_user_turn(self) -> bool:
        """Whether a user speaks after it."""
        if self.kind == "question-and-answer":
            return True
        closes = self.text.startswith(("[/", "</")) or self.kind in ("boundary", "thinking", "slot")
        return not closes and USER_TURN.search(self.text) is not None


def leftover_marker(corpus: Corpus) -> Observations:
    """Control tokens, prompt headings, boundary marks, role names and thinking tags left in a question or answer.

    The spans of one row never overlap.
    """
    for position, answer in matching_any(corpus, "answer", KINDS_OF_RE2):
        yield from _apart(_in_answer(position, composed(corpus, "question", position), answer))
    for position, question in matching_any(corpus, "question", KINDS_OF_RE2):
        yield from _apart(_in_question(position, question))


def _apart(findings: Iterable[Finding]) -> Iterator[Finding]:
    """The findings in order, less those that another one's span covers."""
    end = 0
    spans = ((finding.span or (0, 0), finding) for finding in findings)
    for (start, stop), finding in sorted(spans, key=lambda pair: (pair[0][0], -pair[0][1])):
        if start >= end:
            yield finding
            end = stop


def _in_answer(row: int, question: str, answer: str) -> Iterator[Finding]:
    markers = [m for m in _markers(answer, question) if _is_left_over(m, question, answer)]
    if CONVERSATION.search(question) or _has_other_labels(answer, markers):
        markers = [m for m in markers if m.kind not in ("role-name", "label", "question-and-answer")]
    asked = _strip_markers(question).lower()
    markers = [m for m in markers if not (_heads(m, answer) and _names(asked, m))]
    done = 0
    said = False  # whether the answer has begun
    for number, marker in enumerate(markers):
        said = said or bool(answer[done : marker.start].strip())
        done = marker.end
        reply = next((m for m in markers[number + 1 :] if REPLY_TURN.search(m.text)), None)
        if marker.kind == "thinking":
            yield _thought(row, answer, marker)
        elif said and answer[marker.end :].strip() and (marker.opens_user_turn or marker.kind == "role-name"):
            turn = Marker("second-turn", marker.start, len(answer), marker.text)
            yield _finding(row, "answer", answer, turn, said=True)
            return
        elif marker.opens_user_turn and reply:
            prompt = Marker("whole-prompt", marker.start, reply.end, marker.text)
            yield _finding(row, "answer", answer, prompt, said=False)
            done = reply.end
        else:
            yield _finding(row, "answer", answer, marker, said=said)


def _in_question(row: int, question: str) -> Iterator[Finding]:
    composed_question = unicodedata.normalize("NFC", question)
    markers = [m for m in _markers(question, composed_question) if m.kind not in ("label", "question-and-answer")]
    markers = [m for m in markers if m.kind != "slot" or question.strip() == m.text]
    if _has_other_labels(question, markers):
        markers = [m for m in markers if m.kind != "question-label"]
    roles = [m for m in markers if m.kind == "role-name"]
    dangling = [m for m in roles if not question[m.end :].strip()]
    lone = [m for m in roles if not question[: m.start].strip() and len(roles) - len(dangling) == 1]
    said = False
    for number, marker in enumerate(markers):
        said = said or bool(question[markers[number - 1].end if number else 0 : marker.start].strip())
        if marker.kind != "role-name" or marker in dangling or marker in lone:
            yield _finding(row, "question", question, marker, said=said)


def _is_left_over(marker: Marker, question: str, answer: str) -> bool:
    """Whether a sign that has other uses too is left over here: "A:" before a choice, "(끝)" after a story, slots."""
    text = unicodedata.normalize("NFC", marker.text)
    if marker.kind == "slot":
        notation = text.startswith("{") and not text.startswith("{{") and answer.count("{") > 1
        return not notation and text not in question and not WITH_SLOTS.search(question)
    if marker.kind == "question-and-answer":
        return bool(answer[: marker.start].strip())
    if marker.kind == "label" and LETTER.match(text):
        return not LETTERED.search(question) and re.search(r"\bB\b", answer) is None
    before = answer[: marker.start]
    goes_on = text.startswith(("(", "（")) and not SENTENCE_ENDED.search(before)
    closes = marker.kind == "label" and before.strip() and (goes_on or STORY.search(question))
    return marker.kind != "question-label" and not closes


def _markers(text: str, question: str) -> list[Marker]:
    """The markers that are neither code, nor quoted, nor talked about, in their order."""
    apart = set_apart(text)
    found = sorted(
        (
            Marker(kind, *match.span(), match[0].strip())
            for kind, pattern in KINDS.items()
            for match in pattern.finditer(text)
        ),
        key=lambda m: (m.start, -m.end),
    )
    found = [m for m in found if not within((m.start, m.end), apart)]
    found = [m for number, m in enumerate(found) if not any(m.start < before.end for before in found[:number])]
    found = _without_pairs(text, found)
    if any(m.kind == "prompt-heading" for m in found) and _has_other_headings(text):
        found = [m for m in found if m.kind != "prompt-heading"]
    return [m for m in found if not _talked_about(m, text, question)]


def _without_pairs(text: str, markers: list[Marker]) -> list[Marker]:
    """Less thinking tags that come in pairs, and struck-through text (`<s>…</s>` in HTML)."""
    paired: list[Marker] = []
    opened: list[Marker] = []
    for marker in (m for m in markers if m.kind == "thinking" and not _is_empty_thought(m)):
        if not marker.text.startswith("</"):
            opened.append(marker)
        elif opened:
            paired += [opened.pop(), marker]
    markers = [m for m in markers if m not in paired]
    strikes = [m for m in markers if m.text.lower() in ("<s>", "</s>")]
    in_turn = [m.text.lower() for m in strikes] == ["<s>", "</s>"] * (len(strikes) // 2)
    around = text[: strikes[0].start] + text[strikes[-1].end :] if strikes else ""
    wraps = len(strikes) == 2 and not _strip_markers(around).strip()
    if HTML.search(text) or (strikes and in_turn and not wraps):
        markers = [m for m in markers if m not in strikes]
    return markers


def _is_empty_thought(marker: Marker) -> bool:
    return not marker.text.startswith("</") and "</" in marker.text


def _talked_about(marker: Marker, text: str, question: str) -> bool:
    """Whether the row is about such markers; one after the end of the last sentence is left over none the less."""
    before, after = text[: marker.start], text[marker.end :]
    if before.strip() and not after.strip() and SENTENCE_ENDED.search(before):
        return False
    asked = _strip_markers(question)
    if ABOUT_MARKUP.search(asked) or (asked != question and ABOUT_MEANING.search(asked)):
        return True
    line = before.rpartition("\n")[2] + after.partition("\n")[0]
    return bool(before.strip() and after.strip() and ABOUT_MARKUP.search(_strip_markers(line)))


def _strip_markers(text: str) -> str:
    for pattern in KINDS.values():
        text = pattern.sub(" ", text)
    return text


def _has_other_headings(text: str) -> bool:
    return OTHER_HEADING.search(KINDS["prompt-heading"].sub("", text)) is not None


def _has_other_labels(text: str, markers: list[Marker]) -> bool:
    """Whether lines carry other labels too, as in `Name: …`, `Role: …`: then `User:` is one of them."""
    roles = {m.start for m in markers if m.kind in ("role-name", "label", "question-label")}
    return any(found.start() not in roles for found in OTHER_LABEL.finditer(text)) if roles else False


def _heads(marker: Marker, answer: str) -> bool:
    """Whether it is a word with a colon or in brackets at the front, as a heading that was asked for may be."""
    return (
        marker.kind in ("label", "role-name") and not LETTER.match(marker.text) and not answer[: marker.start].strip()
    )


def _names(asked: str, marker: Marker) -> bool:
    """Whether the question has the word of such a heading."""
    word = unicodedata.normalize("NFC", marker.text).strip("[]【】<>*:： ").lower()
    return re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", asked) is not None


def _thought(row: int, answer: str, marker: Marker) -> Finding:
    """A lone tag with its thought; one that has nothing before or after it to go with it is cut out alone."""
    start, end = marker.start, marker.end
    before, after = answer[:start].strip(), answer[end:].strip()
    if _is_empty_thought(marker):
        message = f"{marker.text[: marker.text.find('>') + 1]} holds no thought"
    elif not marker.text.startswith("</") and after:
        message, end = f"{marker.text} is never closed: what follows it is no answer", len(answer)
    elif marker.text.startswith("</") and before and after:
        message, start = f"{marker.text} closes a thought that was never opened: what stands before it is no answer", 0
    else:
        message = f"{marker.text} stands alone"
    alone = (start, end) == (marker.start, marker.end)
    because, score = ("thinking", PLAIN) if alone else ("lone-thought", WITH_TEXT)
    return Finding(row, message, score, because, span=_gapless(answer, start, end, said=start > 0))


def _finding(row: int, field: Field, text: str, marker: Marker, *, said: bool) -> Finding:
    message = {
        "second-turn": f"another turn begins in the answer, at {marker.text!r}",
        "whole-prompt": f"the answer begins with the whole prompt, from {marker.text!r} on",
        "slot": f"the slot {marker.text!r} of a template is not filled",
    }.get(marker.kind, f"the {marker.kind.replace('-', ' ')} {marker.text!r} is left in the {field}")
    span = _gapless(text, marker.start, marker.end, said=said)
    score = WITH_TEXT if marker.kind in ("second-turn", "whole-prompt", "slot") else PLAIN
    return Finding(row, message, score, marker.kind, field=field, span=span)


def _gapless(text: str, start: int, end: int, *, said: bool) -> tuple[int, int]:
    """The span with the white space before it or, where nothing is said before it, after it: a cut leaves no gap."""
    while said and start and text[start - 1].isspace():
        start -= 1
    while not said and end < len(text) and text[end].isspace():
        end += 1
    return start, end

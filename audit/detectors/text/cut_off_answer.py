"""Answers that stop in the middle."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pyarrow.compute as pc

from audit.detectors.text import english_endings, korean_endings
from audit.detectors.text.half_words import half_words
from audit.detectors.text.passages import FENCE, both_forms, composed, matching
from audit.engines.local import Engine
from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

WORTH_A_LOOK = both_forms(
    r"[,;、，:：]\**\s*\z|\s\"[\pL\pN][^\"]*\z|```|[(（“‘「『][^)）”’」』]*\z|\n[ \t]*(?:\(?\d{1,3}[.)]|[-*•])\s*\z"
    r"|[-+*/%=&|<({\[×÷±√]\s*\z|\S\s+\S+\s+\S*\pL\pM*-?\s*\z"
    r"|\A\s*[{\[]\s*[\"{\[]|(?:https?://(?:[\w-]+\.)?|www\.)\s*\z|(?:…|\.\.\.)\s*[\[(]?[^.…]{2,16}[\])]?\s*\z"
    r"|[\[(](?:\.\.\.|…|continued|계속)[\])]\s*\z|\b(?:1\d|20)\d?\s*\z|[:：]\**\s*\z"
)
JSON_START = re.compile(r"\s*[{\[]\s*[\"{\[]")
HALF_ADDRESS = re.compile(r"(?:https?://(?:[\w-]+\.)?|\bwww\.)\Z")
MORE = re.compile(
    r"(?:…|\.\.\.)\s*[\[(]?(?:read more|see more|show more|continue reading|more|더 ?보기|더 ?읽기|계속 ?(?:읽기|보기)"
    r"|전체 ?보기)[\])]?\Z|[\[(](?:\.\.\.|…|continued|계속)[\])]\Z",
    re.IGNORECASE,
)
RULE_OF_A_TABLE = re.compile(r"^[ \t:|-]*+$", re.MULTILINE)
BROKEN_HYPHEN = re.compile(r"[^\W\d_]{2}-\Z")
ENDS_BARE = re.compile(r"[^\W\d_]-?\Z")  # in a letter: nothing marks the end
# From the beginning of a stretch only: one that goes on to the end of a long text is read once, not from each letter.
SENTENCE = re.compile(r"(?<![^.!?。\n])[^.!?。\n]{5,}+[.!?。][\"'”’)]*+(?=\s|\Z)")
FULL_STOP = re.compile(r"(?<=[^\W\d_])[.。][\"'”’)]*(?=\s)")
BARE_ITEM = re.compile(r"\n[ \t]*(?:\(?\d{1,3}[.)]|[-*•])\Z")
OPERATOR = re.compile(r"(?:\s(?:[-+*/%=&|<]|&&|\|\||[=!<>+-]=)|\w[({\[])\Z")
LIST_LINE = re.compile(r"\s*(?:[-*•#>|~]|\(?(?:\d+|[A-Za-z]|[IVX]+)[.)] |[\U0001f000-\U0001faff])")
CODE = re.compile(r"[=_{}<>\\\[\];]|\w\(")
LINK_OR_TAG = re.compile(r"https?:|www\.|\w@\w|#\w")
SIGN_OFF = re.compile(
    r"regards|sincerely|love|yours|thanks|thank you|wishes|cheers|respectfully|faithfully|warmly|\bbest\b"
    r"|see(?:ing)? you|looking forward|talk soon|take care|드림|올림|감사합니다",
    re.IGNORECASE,
)
PAIRS = {"(": ")", "（": "）", "“": "”", "「": "」", "『": "』"}
ASKED_FOR = re.compile(
    r"complete|continue|finish|fragment|half|first (?:line|sentence|word)|opening|article|conjunction|preposition"
    r"|\bwords?\b|phrase|prefix|\btitle|headline"
    r"|hyphen|suffix|\bdash|blank|autocomplet|punctuat|comma\b|colon|salutation|greeting"
    r"|이어 ?(?:서|써|쓰|가|지|말|줘|봐)|완성|접속사|조사|단어|빈칸|첫 ?(?:문장|줄|마디)|제목|어미|구두점|쉼표|콤마"
    r"|콜론|인사말",
    re.IGNORECASE,
)
# What nothing may stand behind for want of an answer: `Reason:` alone in the last line or after the last full stop.
LABEL = re.compile(
    r"(?:\A|\n|[.!?。][\"'”’)]*\s)[ \t#*]*((?:reasons?|explanation|conclusion|justification|rationale"
    r"|이유|까닭|설명|해설|풀이|근거|결론)"
    r"\**\s*[:：]\**)\Z",
    re.IGNORECASE,
)
MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
HALF_YEAR = re.compile(
    rf"\b(?:(?:spring|summer|autumn|fall|winter|year|{MONTH}) of|{MONTH} \d\d?(?:st|nd|rd|th)?,"
    r"|(?:born|built|founded|opened|established|released|published|invented|elected|completed"
    r"|finished|introduced|launched|written|rebuilt|died) in)"
    r" (?:1[5-9]|20)\d?\Z"
)
YEARS = re.compile(r"(?<!\d)(?:1[5-9]|20)(\d\d)\s?[-–—~]\s?(1[5-9]|20)\Z")  # "2019-20" is a season, "1990-20" is not
HALF_NAME = re.compile(r",\s(?:and|or)\sthe\s[B-HJ-Z]\Z")

INVISIBLE = "\u200b\ufeff \t\r\n"
PLAIN_WORD = re.compile(r"[a-z]{2,}|[가-힣]")  # that may be half of one
ITEM = re.compile(r"\n[ \t]*[-*•]\s")

Sign = tuple[str, str, str, float]  # why, what is said of it, the text to mark, how sure


def cut_off_answer(
    corpus: Corpus,
    engine: Engine,  # noqa: ARG001 - asked for: it needs all rows at once
) -> Observations:
    """Answers with a sign that more was to come: a word or mark that cannot be last, or something left open.

    A bare end alone counts only in Korean, whose sentences end in a verb, and where the set closes its sentences as a
    rule: in English an answer without its full stop is whole nine times in ten.
    """
    bare: bool | None = None  # found out when first asked for
    findings, unsure = [], {}
    for position, answer in matching(corpus, "answer", WORTH_A_LOOK):
        text = nfc(answer).rstrip(INVISIBLE)
        sign = next((sign for look in LOOKS if (sign := look(text))), None)
        if sign is None and ENDS_BARE.search(text):
            bare = _ends_bare_by_habit(corpus) if bare is None else bare
            sign = None if bare else _general(corpus, position, text)
        if sign is None and _may_be_a_stump(text):
            unsure[position] = text
        elif sign and (sign[0] in STRUCTURE or not ASKED_FOR.search(composed(corpus, "question", position))):
            findings.append(_finding(position, answer, sign))
    yield from sorted([*findings, *_stumps(corpus, unsure)], key=lambda finding: finding.row)


def _finding(position: int, answer: str, sign: Sign) -> Finding:
    because, said, mark, score = sign
    whole = answer.rstrip(INVISIBLE)
    start = whole.rfind(mark) if because.startswith("open-") and mark else max(whole.rfind(" "), whole.rfind("\n")) + 1
    return Finding(position, f"the answer {said}", score, because, span=(max(start, 0), len(whole)))


def _stumps(corpus: Corpus, texts: dict[int, str]) -> Iterator[Finding]:
    """Answers whose last word is half of one, by the other words of the set."""
    lasts = {position: text.rsplit(maxsplit=1)[-1].lower() for position, text in texts.items()}
    halves = half_words(corpus, lasts.values())
    for position, text in texts.items():
        question = composed(corpus, "question", position)
        if lasts[position] in halves and not ASKED_FOR.search(question):
            said = f"ends with {text.rsplit(maxsplit=1)[-1]!r}, with which longer words of the set begin"
            yield _finding(position, corpus.column("answer")[position].as_py(), ("half-word", said, "", 0.6))


def _may_be_a_stump(text: str) -> bool:
    """Whether a plain word is last after four others, or in a list."""
    *before, last = text.rsplit(maxsplit=4)
    if not PLAIN_WORD.fullmatch(last):
        return False
    return len(before) == 4 or ITEM.search(text[: len(text) - len(last)]) is not None


def _ends_bare_by_habit(corpus: Corpus) -> bool:
    """Whether more than a third of the answers of six words or more end in a letter, among fifty or more of them."""
    answers = corpus.column("answer")
    long = answers.filter(pc.match_substring_regex(answers, r"(?:\S+\s+){5}\S"))
    bare = pc.sum(pc.match_substring_regex(long, r"\pL\pM*\s*\z")).as_py() or 0
    return len(long) >= 50 and bare > 0.35 * len(long)


def _open_fence(text: str) -> Sign | None:
    fences = re.findall(r"^[ \t]*```", text, re.MULTILINE)
    return ("open-fence", "ends inside a code block", "```", 0.9) if len(fences) % 2 else None


def _open_code(text: str) -> Sign | None:
    """A line of code that ends in an operator or an opening bracket; `C++` and `:(` do not."""
    line = text.rpartition("\n")[2]
    found = OPERATOR.search(line)
    if found is None or not CODE.search(text[: len(text) - len(found[0])]):
        return None
    return "open-code", f"ends after {found[0].strip()!r}, inside a line of code", found[0].strip(), 0.9


def _open_json(text: str) -> Sign | None:
    """Data that opens with a bracket whose partner is missing, strings aside."""
    if not JSON_START.match(text):
        return None
    bare = re.sub(r"\"(?:[^\"\\]|\\.)*(?:\"|\Z)", "", text)
    is_open = bare.count("{") + bare.count("[") > bare.count("}") + bare.count("]")
    return ("open-data", "ends inside JSON", text[0], 0.9) if is_open and ":" in text else None


def _open_table(text: str) -> Sign | None:
    """A table of Markdown whose last line has fewer cells than its first."""
    lines = text.strip().split("\n")
    last = lines[-1].strip()
    is_table = len(lines) >= 3 and last.startswith("|") and any("---" in rule for rule in RULE_OF_A_TABLE.findall(text))
    if not is_table:
        return None
    head = next((line.strip() for line in lines if line.strip().startswith("|")), last)
    is_open = last.count("|") < head.count("|")
    return ("open-table", f"ends inside the line {last[:30]!r} of a table", "|", 0.9) if is_open else None


def _open_end(text: str) -> Sign | None:
    """Half an address, a link to the rest of the text, a formula after a sign, a word after its hyphen."""
    last = text.rsplit(maxsplit=1)[-1]
    if HALF_ADDRESS.search(text):
        return "half-address", f"ends inside the address {last!r}", "", 0.9
    if found := MORE.search(text):
        return "more-link", f"ends with {found[0].strip()!r}: the rest is elsewhere", "", 0.9
    if last[-1] in "×÷±√" and "=" in text.rpartition("\n")[2]:
        return "open-formula", f"ends after {last!r}, inside a formula", "", 0.9
    if BROKEN_HYPHEN.search(text) and len(text.split()) >= 4:
        return "broken-word", f"ends with {last!r}, half of a word", "", 0.9
    return None


def _half_number(text: str) -> Sign | None:
    """A year of two or three digits, or a name of one letter after others."""
    last = text.rsplit(maxsplit=1)[-1]
    years = YEARS.search(text)
    if HALF_YEAR.search(text) or (years and int(years[2]) <= int(years[1])):
        return "half-number", f"ends with {last!r}, half of a year", "", 0.9
    return ("broken-word", f"ends with {last!r}, half of a name", "", 0.9) if HALF_NAME.search(text) else None


def _open_label(text: str) -> Sign | None:
    found = LABEL.search(text)
    return ("empty-label", f"ends with the label {found[1]!r} and nothing behind it", "", 0.9) if found else None


def _open_list(text: str) -> Sign | None:
    found = BARE_ITEM.search(text)
    return ("bare-item", f"ends with the empty list item {found[0].strip()!r}", "", 0.9) if found else None


def _dangling_mark(text: str) -> Sign | None:
    """A comma or colon after a line of words; letters close with `Yours sincerely,`."""
    line = text.rpartition("\n")[2].rstrip("*")
    if not line.endswith((",", ";", "、", "，", ":", "：")) or not line[:-1].rstrip()[-1:].isalnum():
        return None
    words = line.split()
    needed = 3 if re.search("[가-힣]", line) else 5
    if len(words) < needed or "#" in line or SIGN_OFF.search(line):
        return None
    return "dangling-mark", f"ends with {line[-1]!r} after {words[-1][:-1]!r}", "", 0.9


def _dangling_word(text: str) -> Sign | None:
    """A word that another has to follow, or half of one."""
    if not ENDS_BARE.search(text):
        return None
    last = text.rsplit(maxsplit=1)[-1]
    if korean_endings.is_half_a_word(text):
        return "broken-word", f"ends with {last!r}, a verb without its end", "", 0.9
    in_prose = SENTENCE.search(text) is not None and bool(_fragment(text))
    if any(language.needs_another_word(text, in_prose=in_prose) for language in (english_endings, korean_endings)):
        return "dangling-word", f"ends with {last!r}, which another word has to follow", "", 0.9
    return None


def _open_bracket(text: str) -> Sign | None:
    """A bracket or quotation that opens in the last sentence and never closes; `:(` and `;(` are faces."""
    line = FENCE.sub("", text).rpartition("\n")[2]
    quote = re.search(r"(?<=\s)\"(?=[^\W_])[^\"]*\Z", line)
    if quote and text.count('"') % 2 and text[-1].isalnum():
        return "open-quote", f"ends inside {quote[0][:20]!r}", '"', 0.9
    for opening, closing in PAIRS.items():
        at = line.rfind(opening)
        inside = line[at + 1 :]
        is_open = at > 0 and line.count(opening) > line.count(closing) and closing not in inside
        if is_open and line[at - 1] not in ":;=" and text[-1].isalnum() and re.match(r"[^\W_]", inside):
            return "open-bracket", f"ends inside {line[at : at + 20]!r}", opening, 0.9
    return None


def _general(corpus: Corpus, position: int, text: str) -> Sign | None:
    """A last sentence of Korean that has no verb and no mark to end it."""
    score = _unclosed(text)
    if not score or korean_endings.is_what_was_asked(text, composed(corpus, "question", position)):
        return None
    return "broken-off", f"stops in the middle of a sentence, at {' '.join(text.split()[-3:])!r}", "", score


def _unclosed(text: str) -> float:
    """How sure it is that the last sentence goes on; 0 where it may be whole, or is a list, a link or code."""
    *paragraphs, line = (paragraph for paragraph in text.split("\n") if paragraph.strip())
    last = _fragment(text) or line.strip()
    before = line[: len(line) - len(last)].strip() or (paragraphs[-1].strip() if paragraphs else "")
    if any(LIST_LINE.match(part) for part in (line, *paragraphs[-1:])) or (before and before[-1] not in ".。\"'”’)"):
        return 0.0
    if CODE.search(last) or LINK_OR_TAG.search(last) or ": " in last or not last[0].isalnum():
        return 0.0
    return korean_endings.unclosed(last, before) if korean_endings.SYLLABLE.search(last) else 0.0


def _fragment(text: str) -> str:
    """What follows the last full stop of the last line; "" where that is code or the line has none, as in lists."""
    line = text.rpartition("\n")[2]
    ends = [found.end() for found in FULL_STOP.finditer(line)]
    fragment = line[ends[-1] :].strip() if ends else ""
    return "" if CODE.search(fragment) else fragment


STRUCTURE = (
    "open-fence",
    "open-code",
    "bare-item",
    "open-data",
    "open-table",
    "empty-label",
)  # cut whatever was asked for
LOOKS: tuple[Callable[[str], Sign | None], ...] = (
    _open_fence,
    _open_code,
    _open_list,
    _open_json,
    _open_table,
    _open_end,
    _half_number,
    _open_label,
    _dangling_mark,
    _dangling_word,
    _open_bracket,
)

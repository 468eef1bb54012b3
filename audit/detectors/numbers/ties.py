"""Whether a quantity with its unit ("6 months", "3만원") is tied to the words after it. Knows no corpus.

English and Korean. A quantity is taken up by a particle, a verb or the noun that it measures; where a reply, a new
subject or a repeated topic follows instead, it stands in front of a sentence that does not need it.
"""

from __future__ import annotations

import re

from audit.texts.number_opening import HEAD, Opening
from audit.texts.number_words import CUTS_OFF_QUANTITY, ENGLISH_CLAUSE, N

# What asks for somebody or something by name: no length, price or share of anything answers it.
_ASKS_NAME = re.compile(
    r"""\b(?:who|whose|nicknames?|names?|capital\sof|jobs?|profession)\b
    | 누가|누구|이름|별명|직업|수도(?:가|는|\s)""",
    re.IGNORECASE | re.VERBOSE,
)
# A length, a weight, a price, a share, a temperature or a time of day: it measures, it does not count people.
_MEASURE = re.compile(
    rf"""{N}\s?(?:[십백천만억]{{0,2}}원|시간|분|초|도|미터|킬로|그램|리터|퍼센트|프로|배|주|개월|시에?
    |%|°|[kcm]m|m|k?g|[a-z]{{3,}}|[ap]m)\Z""",
    re.VERBOSE,
)
_NAME_FOLLOWS = re.compile(
    r"\s(?:[A-Z][a-z]|(?!거리|넘|[된되]|걸[리린]|차이|[전후뒤앞]\b|이[상하]|동안|정도|내내)[가-힣])"
)
# Counters that describe the noun after them: "4살 아이는", "3층 집이".
_DESCRIBES = re.compile(rf"{N}\s?(?:살|세|층|호선|호|번|반|학년|년생|인용|성급|대|년)\Z")
# A noun with its topic or subject particle, not a verb before a noun ("먹는 …", "읽은 …", "있는 …").
_TOPIC = re.compile(
    r"""([가-힣]*[^\W하되있없])(?P<place>에는|에서는) | ([가-힣]+[^\W하되있없])는
    | ((?![먹읽받찾앉입잡놓넣신많적좋높깊같])[가-힣]+)[은이가]""",
    re.VERBOSE,
)
_NEGATED = re.compile(r"에?[ \t]+(?:[가-힣]+\s)?(?:안|못)\s([가-힣])")
_MEASURABLE = "멀길짧높낮크작많적무가비싸춥추덥더늦오걸"  # "3km 안 멀어": what these say is measured
_REPEATED = re.compile(rf"{N}\s?(?P<unit>[^\W\d]+)\s{N}\s?(?P=unit)\s(?P<next>\w+)")
_COUNTS = re.compile(r"(?:times|people|men|women|children|%)\Z")  # "3 times I called", "12 people I had met"
_RELATIVE = re.compile(r"\s(?:I|you|we|they|he|she)\b")
_MEASURED = {"unit", "counter", "percent", "currency", "time", "year"}
_AGO = re.compile(r"\bago\Z", re.IGNORECASE)
_PAST_TENSE = re.compile(
    r"""\b(?:\w+ed|was|were|wasn't|had|did|didn't|went|came|saw|got|made|took|bought|met|left|began|lost|found|told|said|knew
    |thought|became|ran|won|felt|gave|wrote|read|broke|fell|heard|kept|held|stood|sold|paid|sent|built|cut|put|quit|let
    |set|hit|hurt|spent|slept|sat|ate|drank|drove|flew|grew|rose|swam|sang|taught|caught|fought|brought|woke|wore|threw
    |led|lay|laid|spoke|chose|stole|forgot|understood|could|would|used)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def stands_apart(found: Opening, asked: frozenset[str], question: str) -> bool:
    """Whether nothing after the quantity `found` takes it up."""
    rest = found.rest
    if found.text.startswith("100%") or (_COUNTS.search(found.text) and _RELATIVE.match(rest)):
        return False
    if CUTS_OFF_QUANTITY.match(rest):
        return True
    if found.follows not in _MEASURED or re.match(r"\d+\s[A-Z]", found.text):
        return False
    if rest.lstrip("에").startswith(" 그냥 ") and "왜" in question:
        return True
    return (
        _is_repeated(found, question)
        or _begins_clause(found, asked)
        or _begins_topic(found, question)
        or _is_denied(rest, question)
        or _measures_a_name(found, question)
    )


def lacks_past(found: Opening) -> bool:
    """Whether "2 weeks ago," goes on with a sentence that says nothing of the past."""
    sentence = re.split(r"[.!?\n]", found.rest, maxsplit=1)[0]
    return bool(_AGO.search(found.text) and re.match(r",?\s\w", sentence) and not _PAST_TENSE.search(sentence))


def _measures_a_name(found: Opening, question: str) -> bool:
    """Whether a measure stands before the name that was asked for: "30% Hannah.", "3만원 이모가 …"."""
    return bool(_ASKS_NAME.search(question) and _MEASURE.match(found.text) and _NAME_FOLLOWS.match(found.rest))


def _is_repeated(found: Opening, question: str) -> bool:
    """Whether the same unit comes twice before what answers without it: "1 year 2 year I believe", "1년 2년 믿어"."""
    again = _REPEATED.match(found.text + found.rest)
    return again is not None and (again["next"].lower() in {"i", "you", "we"} or again["next"][:2] in question)


def _begins_clause(found: Opening, asked: frozenset[str]) -> bool:
    """Whether a clause begins, as in "6 months my dream is …". Not in a text to be written."""
    if asked & {"writing", "list", "steps"} or found.follows != "unit" or _COUNTS.search(found.text):
        return False
    return bool(ENGLISH_CLAUSE.match(found.rest))


def _begins_topic(found: Opening, question: str) -> bool:
    """Whether the sentence begins anew with what the question is about: "6개월 꿈은 …" to a question about dreams."""
    if not found.rest[:1].isspace():
        return False
    topics = filter(None, (_TOPIC.fullmatch(word.rstrip(",")) for word in found.rest[:HEAD].split()[:2]))
    return any(
        (topic[1] or topic[3] or topic[4]) in question and (topic["place"] or not _DESCRIBES.match(found.text))
        for topic in topics
    )


def _is_denied(rest: str, question: str) -> bool:
    """Whether it is a plain no, which has no time or measure: "7시에 화 안 났어" to "화났어?"."""
    denied = _NEGATED.match(rest)
    return denied is not None and denied[1] in question and denied[1] not in _MEASURABLE

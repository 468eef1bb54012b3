"""One question, answers that contradict each other."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from audit.likeness.grams import Ints
from audit.likeness.matching import Matching, excerpt, first_with
from audit.likeness.near_texts import jaccard
from audit.likeness.substance import exchanged, negations
from audit.nouns.findings import Fact, Finding, Observations

GRAM = 3  # two unrelated English paragraphs share a third of their character pairs, but a tenth of their triples
FAR = 0.15  # Jaccard similarity of character triples below which two answers have nothing to do with each other
SHORT = 80  # characters: in longer answers two numbers with the same unit are seldom about the same thing
NAME = 3  # words that a name has, or an answer that is nothing else; two in Korean, where three are a sentence
SAME = 3  # words that two sentences must share before what stands in one place of them is compared
VARIED = (0.10, 20)  # share and number of the questions from which on a set means to vary its answers
FAR_APART = "far-apart"
SCORES = {"other-number": 0.9, "yes-and-no": 0.8, "negated": 0.7, "other-name": 0.6}  # an order of trust

_NUMBER = re.compile(r"(\d+(?:[.,:]\d+)*)\s?(?:([a-z%°]+)|([가-힣]))?")
_MONTHS = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
_MONTH = re.compile(rf"\b({_MONTHS})[a-z]*(?= \d)|(?<=\d )({_MONTHS})")
_YES = re.compile(r"(네|넵|예|응|맞아요?|yes|yeah|yep|true)(?!\w)")
_NO = re.compile(r"(아니야|아니요|아니오|아니에요|아니예요|아뇨|nope|never|false)(?!\w)|(아니|no)([.,!]|$)")
# What has one true answer; whoever asks for something to choose, to make or to like gets what comes to mind.
_ONE_ANSWER = re.compile(
    r"\b(?:who|when|where|which|whose|capital|how (?:many|much|old|tall|long|far|high|deep|big|large|fast)"
    r"|what (?:is|was|are|were) the|classify|sentiment)\b|분류|감정|누구|누가|언제|어디|몇 |얼마|어느 |수도"
)
_VARIES = re.compile(
    r"\b(?:random|examples?|any|some|one|generate|create|write|make|invent|suggest|recommend|give|name|think|pick|choose"
    r"|list|describe|favou?rite|best|purpose|difference|meaning|would you|could)\b"
    r"|아무|예를|예시|추천|지어|골라|만들|하나만|써 ?줘|말해|어때"
)
# Marks that carry no sense at the end of a word, and what shows that a question is one without its mark.
_MARKS = re.compile(r"[\s.,!?…~\"'“”‘’:;]+(?=\s|$)|(?<!\S)[\"'“‘]+")
_ASKS = re.compile(
    r"\?[\"'”’\s]*$|^(?:what|who|whose|when|where|why|which|how|is|are|was|were|do|does|did|can|could|should|will|would"
    r"|have|has)\b|뭐|무엇|무슨|누구|누가|언제|어디|어느|어떤|어떻|왜|얼마|몇|(?:나요|까요?|가요|습니까|니까)[.\s]*$"
)


def conflicting_answers(
    matching: Matching,
) -> Observations:
    """Rows whose answer contradicts the one that their question gets most often in their split.

    What contradicts: other numbers of the same unit, or one number and another; yes and no; the same sentence, negated;
    another name in the same place, where the question has one true answer. Answers that are merely far apart are
    variety; where many questions get such answers, names vary as well, and a Fact says so.
    """
    asked = _asked(matching)
    signs = dict(_compared(matching, asked))
    apart = {reference for reference, because in signs.values() if because == FAR_APART}
    questions = len(np.unique(asked))
    varied = len(apart) >= VARIED[1] and len(apart) > VARIED[0] * questions
    if varied:
        yield _variety(len(apart), questions)
    for row, (reference, because) in sorted(signs.items()):
        if because != FAR_APART and not (varied and because == "other-name"):
            answer, other = matching.corpus.row(row).answer, matching.corpus.row(reference).answer
            message = f'answers "{excerpt(answer)}" where the same question elsewhere gets "{excerpt(other)}"'
            yield Finding(row, message, score=SCORES[because], because=because, related=(reference,), group=reference)


def _variety(apart: int, questions: int) -> Fact:
    sentence = (
        f"{apart} of {questions} different questions ({apart / questions:.0%}) get answers that have nothing in "
        "common; so many look intended, and other names for the same thing are not flagged"
    )
    return Fact("varied-answers", sentence, {"questions": questions, "far_apart": apart})


def _asked(matching: Matching) -> Ints:
    """For every row the first row of its split that asks the same, marks and the spaces around them aside."""
    keys: dict[str, int] = {}
    number = [keys.setdefault(_key(text), len(keys)) for text in matching.questions.to_pylist()]
    return first_with(matching.split, np.array(number, np.int64)[matching.question])


def _key(question: str) -> str:
    """The question without marks; "비 와" and "비 와?" stay apart, as only one of them asks."""
    words = _MARKS.sub("", question).strip()
    return f"{words}?" if words and _ASKS.search(question) else words or question


def _compared(matching: Matching, asked: Ints) -> Iterator[tuple[int, tuple[int, str]]]:
    """Rows that conflict with the reference of their question: row, reference, sign."""
    for rows in _asked_again(matching, asked):
        uses = Counter(int(matching.answer[row]) for row in rows)
        reference = max(rows, key=lambda row: (uses[int(matching.answer[row])], -row))
        for row in rows:
            if matching.same_pair[row] == row and matching.answer[row] != matching.answer[reference]:
                because = _conflict(
                    *(
                        side(at)
                        for side, at in (
                            (matching.question_of, row),
                            (matching.answer_of, row),
                            (matching.answer_of, reference),
                        )
                    )
                )
                if because:
                    yield row, (reference, because)


def _asked_again(matching: Matching, asked: Ints) -> Iterator[list[int]]:
    """The answered rows of each question that has several.

    No question is none in common, and one in the middle of a conversation means nothing without it.
    """
    opens = matching.corpus.column("turn").to_numpy() <= 1
    rows = np.flatnonzero(opens & matching.answered)
    question = asked[rows]
    order = np.argsort(question, kind="stable")
    for group in np.split(rows[order], np.flatnonzero(np.diff(question[order])) + 1):
        if len(group) > 1 and matching.questions[int(matching.question[group[0]])].as_py():
            yield group.tolist()


def _conflict(question: str, answer: str, other: str) -> str:
    """The sign that two folded answers conflict, or that they have nothing to do with each other, or ""."""
    if (_YES.match(answer) and _NO.match(other)) or (_NO.match(answer) and _YES.match(other)):
        return "yes-and-no"
    if not _VARIES.search(question) and _letters(answer) != _letters(other):
        if max(len(answer), len(other)) <= SHORT and _numbers_clash(answer, other):
            return "other-number"
        ours, theirs = exchanged(answer, other)
        if _negated(answer, other, [*ours, *theirs]):
            return "negated"
        if _ONE_ANSWER.search(question) and _other_name(answer, other, ours, theirs):
            return "other-name"
    if answer in other or other in answer:
        return ""
    return FAR_APART if jaccard(answer, other, GRAM) < FAR else ""


def _negated(answer: str, other: str, words: list[str]) -> bool:
    """Whether one says no to what the other says, in the same words."""
    others = [word for word in words if not negations(word)]
    return abs(negations(answer) - negations(other)) == 1 and len(others) <= 1 and len(answer.split()) > SAME


def _other_name(answer: str, other: str, ours: list[str], theirs: list[str]) -> bool:
    """Whether both are nothing but a name, or the same sentence with another name in one place."""
    if not ours or not theirs or max(len(ours), len(theirs)) > NAME:
        return False
    one, two = answer.split(), other.split()
    most = NAME - (re.search("[가-힣]", answer + other) is not None)
    if max(len(one), len(two)) <= most and not set(one) & set(two):
        return True
    return len(one) == len(two) > SAME and sum(a != b for a, b in zip(one, two, strict=True)) == 1


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


def _numbers_clash(answer: str, other: str) -> bool:
    """Whether both count in the same unit, or one without a unit, and have no number of it in common."""
    months = [{found[:3] for pair in _MONTH.findall(text) for found in pair if found} for text in (answer, other)]
    if all(months) and not months[0] & months[1]:
        return True
    if re.sub(r"\D", "", answer) == re.sub(r"\D", "", other):
        return False  # "range(1,101)" and "range(1, 101)"
    ours, theirs = _by_unit(answer), _by_unit(other)
    if any(not ours[unit] & theirs[unit] for unit in ours.keys() & theirs.keys()):
        return True
    alone = len(ours) == len(theirs) == 1 and "" in {*ours, *theirs}
    return alone and not next(iter(ours.values())) & next(iter(theirs.values()))


def _by_unit(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    text = re.sub(r"(?<=\d),(?!\d{3}(?!\d))", ", ", text)  # a list of numbers, and no thousands
    for number, word, syllable in _NUMBER.findall(text):
        found[syllable or word.removesuffix("s")].add(number.replace(",", ""))
    return found

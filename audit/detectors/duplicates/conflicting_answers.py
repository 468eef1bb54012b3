"""One question, answers that are far apart."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np

from audit.likeness.grams import Ints
from audit.likeness.matching import Matching, excerpt, first_with
from audit.likeness.near_texts import jaccard
from audit.nouns.findings import Fact, Finding, Observations

GRAM = 3  # two unrelated English paragraphs share a third of their character pairs, but a tenth of their triples
SHORT = 80  # characters: in longer answers two numbers with the same unit are seldom about the same thing
SCORES = {"other-number": 0.9, "yes-and-no": 0.8, "far-apart": 0.4}  # an order of trust, not probabilities

_NUMBER = re.compile(r"(\d+(?:[.,:]\d+)*)\s?(?:([a-z%°]+)|([가-힣]))?")
_YES = re.compile(r"(네|넵|예|응|맞아요?|yes|yeah|yep|true)(?!\w)")
_NO = re.compile(r"(아니야|아니요|아니오|아니에요|아니예요|아뇨|nope|false)(?!\w)|(아니|no)([.,!]|$)")
# Marks that carry no sense at the end of a word, and what shows that a question is one without its mark.
_MARKS = re.compile(r"[\s.,!?…~\"'“”‘’:;]+(?=\s|$)|(?<!\S)[\"'“‘]+")
_ASKS = re.compile(
    r"\?[\"'”’\s]*$|^(?:what|who|whose|when|where|why|which|how|is|are|was|were|do|does|did|can|could|should|will|would"
    r"|have|has)\b|뭐|무엇|무슨|누구|누가|언제|어디|어느|어떤|어떻|왜|얼마|몇|(?:나요|까요?|가요|습니까|니까)[.\s]*$"
)


def conflicting_answers(
    matching: Matching,
    *,
    far: float = 0.15,
    variety_share: float = 0.10,
    variety_questions: int = 20,
) -> Observations:
    """Rows whose answer is far from the one that their question gets most often in their split.

    `far`: Jaccard similarity of character triples below which two answers are far apart. Where more than
    `variety_share` of the questions, and at least `variety_questions`, get answers that are far apart, the set
    means to vary its answers: then only a clash of numbers, or of yes and no, is flagged, and a Fact says so.
    """
    asked = _asked(matching)
    signs = dict(_compared(matching, asked, far))
    apart = {reference for reference, because in signs.values() if because == "far-apart"}
    questions = len(np.unique(asked))
    varied = len(apart) >= variety_questions and len(apart) > variety_share * questions
    if varied:
        yield _variety(len(apart), questions)
    for row, (reference, because) in sorted(signs.items()):
        if not (varied and because == "far-apart"):
            answer, other = matching.corpus.row(row).answer, matching.corpus.row(reference).answer
            message = f'answers "{excerpt(answer)}" where the same question elsewhere gets "{excerpt(other)}"'
            yield Finding(row, message, score=SCORES[because], because=because, related=(reference,), group=reference)


def _variety(apart: int, questions: int) -> Fact:
    sentence = (
        f"{apart} of {questions} different questions ({apart / questions:.0%}) get answers that are far apart; so many "
        "look intended, and only clashes of numbers or of yes and no are flagged"
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


def _compared(matching: Matching, asked: Ints, far: float) -> Iterator[tuple[int, tuple[int, str]]]:
    """Rows that conflict with the reference of their question: row, reference, sign."""
    for rows in _asked_again(matching, asked):
        uses = Counter(int(matching.answer[row]) for row in rows)
        reference = max(rows, key=lambda row: (uses[int(matching.answer[row])], -row))
        for row in rows:
            if matching.same_pair[row] == row and matching.answer[row] != matching.answer[reference]:
                because = _conflict(matching.answer_of(row), matching.answer_of(reference), far)
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


def _conflict(answer: str, other: str, far: float) -> str:
    """The sign that two folded answers conflict, or ""."""
    if max(len(answer), len(other)) <= SHORT and _numbers_clash(answer, other):
        return "other-number"
    if (_YES.match(answer) and _NO.match(other)) or (_NO.match(answer) and _YES.match(other)):
        return "yes-and-no"
    if answer in other or other in answer:
        return ""
    return "far-apart" if jaccard(answer, other, GRAM) < far else ""


def _numbers_clash(answer: str, other: str) -> bool:
    """Whether both count in the same unit and have no number of that unit in common."""
    ours, theirs = _by_unit(answer), _by_unit(other)
    return any(not ours[unit] & theirs[unit] for unit in ours.keys() & theirs.keys())


def _by_unit(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for number, word, syllable in _NUMBER.findall(text):
        found[syllable or word.removesuffix("s")].add(number.replace(",", ""))
    return found

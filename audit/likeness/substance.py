"""Whether two texts that are nearly the same say different things all the same.

Letters alone cannot tell: "the first ten states" and "the last ten states" share nine letters in ten, and two questions
about one long passage share nearly all of it. So what differs is looked at by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

from audit.likeness.near_texts import jaccard

SLOT = 3  # words of one text in the place of as many of the other: a form that was filled in differently
REST = 0.5  # Jaccard similarity of character pairs that what is left without the common sentences must have
PAIR = 2
PASSAGE = 20  # words that two questions share at an end
LONG, ASK = 40, 8  # words of a question with a passage, and of what is asked before or behind it
PART, BEGINNING, ENDING = 4, 2, 5  # letters of a word cut at the front, those cut off there, and those at the end
LABEL_WORDS, LABEL_WIDTH = 2, 10  # a Hangul syllable is two wide

_WORD = re.compile(r"\w+")
_SPAN = re.compile(r"\n+|(?<=[.!?。:])\s+")
_SAYS_LITTLE = re.compile(
    "an?|the|is|are|was|were|be|been|of|to|in|on|at|and|or|for|with|th(?:at|is|ese|ose)|its?|as|by|from|do|does|did|can"
    "|could|will|would|should|ha[sd]|have|you|your|i|m[ey]|we|our|their|t?here|they|so|very|just|also|please"
)
# Words that are no form of one another, however alike they look.
_TURNS = re.compile(
    "not?|never|none|without|cannot|non|true|false|s?he|him|hers?|his|(?:him|her)self|(?:fe)?male|(?:wo)?m[ae]n|boy|girl"
    "|left|right|안|못|아니|않|없|[남여][자성]?|참|거짓"
)
_OPPOSITE = re.compile("(?:un|i[nmlr]|dis|non|mis|anti|de|ab)")
_KOREAN_VERB = re.compile(r"[요다까지죠네어아해야니게서면]\Z")
_NEGATED = re.compile(r"n't\b|\b(?:not|no|never|none|without|cannot|false)\b|(?<!\w)(?:안|못)(?=\s)|않|없|아니")


def differ(one: str, other: str, common: Collection[str] | None = None) -> bool:
    """Whether two nearly equal folded texts say different things.

    So they do where their numbers differ or a negation is in one alone; where a few words of one stand in the place of
    others, and nothing else differs; and where what is left of both without `common` sentences (None: those that both
    have) is unlike.
    """
    if one == other:
        return False
    if _numbers(one) != _numbers(other) or negations(one) != negations(other):
        return True
    ours, theirs = exchanged(one, other)
    if ours and theirs and len(set(ours)) <= SLOT and len(set(theirs)) <= SLOT:
        return True
    if common is None and _ends_differ(one, other):
        return True
    left, right = _without(one, other, common)
    return bool(left and right) and jaccard(left, right, PAIR) < REST


def is_label(answer: str) -> bool:
    """Whether a folded answer is too short to be anybody's own words: "positive", "2", "declarative."."""
    return len(answer.split()) <= LABEL_WORDS or sum(map(_width, answer)) < LABEL_WIDTH


def _width(character: str) -> int:
    return character.isalnum() * (2 if character >= "\u1100" else 1)


def spans(text: str) -> list[str]:
    """The sentences and lines of a folded text."""
    return [span for part in _SPAN.split(text) if (span := part.strip())]


def boilerplate(texts: Iterable[str], uses: int = 5) -> frozenset[str]:
    """The sentences and lines that stand in at least so many of the texts."""
    counts = Counter(span for text in texts for span in set(spans(text)))
    return frozenset(span for span, count in counts.items() if count >= uses)


def negations(text: str) -> int:
    """How often a folded text says no, in English or Korean."""
    return len(_NEGATED.findall(text))


def _numbers(text: str) -> list[str]:
    return re.findall(r"\d+", text)


def exchanged(one: str, other: str) -> tuple[list[str], list[str]]:
    """The words that stand in one text alone, for each, without forms of one word and words that say little."""
    ours, theirs = Counter(_WORD.findall(one)), Counter(_WORD.findall(other))
    left, right = list((ours - theirs).elements()), list((theirs - ours).elements())
    if max(len(left), len(right)) > 40:  # so much differs that it is no slot, and to match it takes too long
        return left, right
    _without_run_together(left, right, theirs)
    _without_run_together(right, left, ours)
    for word in list(left):
        form = next((candidate for candidate in right if _same_word(word, candidate)), None)
        if form is not None:
            left.remove(word)
            right.remove(form)
    return _telling(left), _telling(right)


def _without_run_together(words: list[str], others: list[str], there: Collection[str]) -> None:
    """Take out words that are two of the other text without the space between them, and those two."""
    for word in list(words):
        cuts = ((word[:at], word[at:]) for at in range(2, len(word) - 1))
        if parts := next((two for two in cuts if two[0] in there and two[1] in there), None):
            words.remove(word)
            for part in set(parts) & set(others):
                others.remove(part)


def _telling(words: list[str]) -> list[str]:
    return [word for word in words if not _SAYS_LITTLE.fullmatch(word)]


def _same_word(one: str, other: str) -> bool:
    """Whether one is a form of the other, a part of it, or lost a letter."""
    if _TURNS.fullmatch(one) or _TURNS.fullmatch(other):
        return False
    short, long = sorted((one, other), key=len)
    more = len(long) - len(short)
    if long.startswith(short) and more <= ENDING:
        return True
    if len(short) >= PART and long.endswith(short) and more <= BEGINNING and not _OPPOSITE.match(long):
        return True
    same = next((at for at, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    verbs = _KOREAN_VERB.search(one) and _KOREAN_VERB.search(other)  # whose endings are most of the word
    return same >= (max(1, len(long) // 2) if verbs else max(2, (len(long) + 1) // 2)) or _one_letter_apart(short, long)


def _one_letter_apart(short: str, long: str) -> bool:
    return len(long) - len(short) == 1 and any(long[:at] + long[at + 1 :] == short for at in range(len(long)))


def _ends_differ(one: str, other: str) -> bool:
    """Whether two long questions begin or end unlike: what is asked stands before or behind the passage."""
    ours, theirs = one.split(), other.split()
    if min(len(ours), len(theirs)) < LONG:
        return False
    ends = ((" ".join(words[:ASK]), " ".join(words[-ASK:])) for words in (ours, theirs))
    return any(jaccard(mine, yours, PAIR) < REST for mine, yours in zip(*ends, strict=True))


def _without(one: str, other: str, common: Collection[str] | None) -> tuple[str, str]:
    """Both texts without the sentences that are common and, of questions, without the passage that both have."""
    if common is None:
        one, other = _without_passage(one, other)
    ours, theirs = spans(one), spans(other)
    shared = set(ours) & set(theirs) if common is None else common
    return " ".join(span for span in ours if span not in shared), " ".join(
        span for span in theirs if span not in shared
    )


def _without_passage(one: str, other: str) -> tuple[str, str]:
    """Both texts without a long beginning or end that they share; as they are, if that leaves one without words."""
    ours, theirs = one.split(), other.split()
    shorter = min(len(ours), len(theirs))
    ahead = next((at for at in range(shorter) if ours[at] != theirs[at]), shorter)
    ahead = ahead if ahead >= PASSAGE else 0
    ours, theirs = ours[ahead:], theirs[ahead:]
    shorter = min(len(ours), len(theirs))
    behind = next((at for at in range(shorter) if ours[-1 - at] != theirs[-1 - at]), shorter)
    behind = behind if behind >= PASSAGE else 0
    ours, theirs = ours[: len(ours) - behind], theirs[: len(theirs) - behind]
    return (" ".join(ours), " ".join(theirs)) if ours and theirs else (one, other)

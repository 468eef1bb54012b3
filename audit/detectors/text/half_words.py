"""Which last words are half of a word, by the other words of the set.

A cut leaves a stump that stands nowhere else in the set as a word, while words that go on from it do. A word of its
own shows in the set with an ending ("stamp", "stamps"), so a stump that an inflected word begins with is left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from audit.detectors.text.korean_endings import LAST_ALONE
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

NO_LETTER = r"[^\pL\pM]+"
CHUNK = 20_000  # rows whose words are counted at once: some 100 MB
INFLECTED = re.compile(r"(?:e?s|ed|ing|e?rs?|est|ly)\Z")
DERIVED = re.compile(
    r"(?:d|n|e|y|ies|al|ness|ful|less|able|ment|ish|like|land|man|men|work|time|room|side|way|light|bow|fly|book|house)\Z"
)
LEAST_STUMP = 2  # Latin letters: one alone is a name ("vitamin d")
LONG = 4  # letters: a stump so long may be a word that others derive from, and one word that goes on from it is enough
LEAST_WORDS = 2  # different words of the set that go on from a shorter one


def half_words(corpus: Corpus, lasts: Iterable[str]) -> set[str]:
    """Those of `lasts` (in lower case, NFC) that are half of a word by all questions and answers of the corpus."""
    stumps = {last for last in lasts if _may_be_a_stump(last)}
    if not stumps:
        return set()
    counts: Counter[str] = Counter()
    for name in ("question", "answer"):
        for start in range(0, len(corpus), CHUNK):
            counts.update(_words(corpus.column(name).slice(start, CHUNK)))
    words = sorted(counts)
    return {stump for stump in stumps if counts[stump] <= 1 and _goes_on(stump, words)}


def _words(column: pa.ChunkedArray) -> dict[str, int]:
    listed = pc.split_pattern_regex(pc.utf8_lower(column), NO_LETTER).combine_chunks()
    words = Counter[str]()
    counted = pc.list_flatten(listed).value_counts().flatten()
    for word, count in zip(*(part.to_pylist() for part in counted), strict=True):
        words[nfc(word)] += count
    return words


def _may_be_a_stump(last: str) -> bool:
    if re.fullmatch("[a-z]+", last):
        return len(last) >= LEAST_STUMP
    return re.fullmatch("[가-힣]", last) is not None and last not in LAST_ALONE


def _goes_on(stump: str, words: list[str]) -> bool:
    """Whether words of the set go on from the stump, and none is an inflected form of it."""
    rest = []
    for word in words[bisect_left(words, stump) :]:
        if not word.startswith(stump):
            break
        rest.append(word[len(stump) :])
    rest = [ending for ending in rest if ending]
    is_long = len(stump) >= LONG
    is_word = any(INFLECTED.match(ending) or (is_long and DERIVED.match(ending)) for ending in rest)
    return len(rest) >= (1 if is_long else LEAST_WORDS) and not (stump.isascii() and is_word)

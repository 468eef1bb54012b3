"""Which last words are half of a word, by the other words of the set.

A cut leaves a stump that stands nowhere else in the set as a word, while words that go on from it do. A rare word of
its own looks the same ("cute", "executed"), so a Latin stump has to be without a vowel, a Korean one a single syllable.
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
# Short for a word, and so a word.
SHORT = re.compile("st|[djms]rs?|[cfp]t|pl|lbs?|[ckm]m|kg|ml|[km]ph|rpm|hz|hrs?|vs|tv|pc|str|ch|[nr]d|th")
NO_VOWEL = re.compile("[b-df-hj-np-tv-xz]{2,4}")  # what is pronounced no word: others are too often words of their own
LEAST_WORDS = 2  # different words of the set that go on from a stump


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
    if NO_VOWEL.fullmatch(last):
        return SHORT.fullmatch(last) is None
    return re.fullmatch("[가-힣]", last) is not None and last not in LAST_ALONE


def _goes_on(stump: str, words: list[str]) -> bool:
    """Whether enough words of the set go on from the stump."""
    at = bisect_left(words, stump)
    return sum(word != stump and word.startswith(stump) for word in words[at : at + LEAST_WORDS + 1]) >= LEAST_WORDS

"""Where to look, and what not to take at its word: candidate rows of a column, and code or quotations in a text."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from functools import reduce
from itertools import accumulate

import pyarrow.compute as pc

from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

FENCE = re.compile(r"^[ \t]*(```|~~~).*?(?:^[ \t]*\1|\Z)|```.*?(?:```|\Z)", re.DOTALL | re.MULTILINE)
_INLINE = re.compile(r"`[^`\n]+`")
_QUOTED = re.compile(
    r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|‘[^’\n]{1,200}’|「[^」\n]{1,200}」|『[^』\n]{1,200}』|(?<!\w)'[^'\n]{1,200}'(?![A-Za-z0-9])"
)


def matching(corpus: Corpus, name: str, pattern: str) -> Iterator[tuple[int, str]]:
    """Position and text of every row whose text column `name` matches an RE2 pattern, in order.

    Arrow reads the column at some 100 MB/s; only the rows that match become Python objects.
    """
    column = corpus.column(name)
    hits = pc.indices_nonzero(pc.match_substring_regex(column, pattern))
    yield from zip(hits.to_pylist(), column.take(hits).to_pylist(), strict=True)


def matching_any(corpus: Corpus, name: str, patterns: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The same for rows that match one pattern at least.

    Each is run alone: RE2 is fast while the states of a pattern fit its memory, and 60 times slower once they do not.
    """
    column = corpus.column(name)
    flags = reduce(pc.or_, (pc.match_substring_regex(column, pattern) for pattern in patterns))
    hits = pc.indices_nonzero(flags)
    yield from zip(hits.to_pylist(), column.take(hits).to_pylist(), strict=True)


def composed(corpus: Corpus, name: str, position: int) -> str:
    """One text in NFC, for patterns that are written so; spans of it do not hold for the text as it is."""
    return nfc(corpus.column(name)[position].as_py())


def both_forms(pattern: str) -> str:
    """The pattern for composed and for decomposed (NFD) text.

    Hangul must stand in it as literals, in groups where it is repeated: a class of syllables has no decomposed form.
    """
    decomposed = unicodedata.normalize("NFD", pattern)
    return pattern if decomposed == pattern else f"(?:{pattern})|(?:{decomposed})"


def set_apart(text: str) -> list[tuple[int, int]]:
    """Spans of fenced code, inline code and quotations, where words are shown and not said."""
    return [found.span() for kind in (FENCE, _INLINE, _QUOTED) for found in kind.finditer(text)]


def covering(passages: Iterable[tuple[int, int]]) -> Callable[[int, int], bool]:
    """A question: does one of the passages hold all from one place to another? Asked often, of many passages."""
    ordered = sorted(passages)
    starts = [start for start, _ in ordered]
    furthest = list(accumulate((end for _, end in ordered), max, initial=-1))  # end of any of the first so many
    return lambda start, end: end <= furthest[bisect_right(starts, start)]

"""One meaning of "the same text" for every rule that compares texts.

Folded away: how a letter is composed (NFC or NFD), case, full and half width, runs of white space, and characters
that are never drawn. Kept: everything a reader can see, so `x²` and `x2`, `①` and `1` stay apart (as they would not
under NFKC).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.texts.normal_forms import nfc

# Most of Default_Ignorable_Code_Point in Unicode's DerivedCoreProperties.txt: zero-width characters, joiners, fillers.
NEVER_DRAWN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0001-\U000e01ef"
)
FULL_OR_HALF_WIDTH = "\u3000\uff01-\uff9f\uffa1-\uffee"

FOLDED = pa.large_string()  # offsets of 64 bits: the texts of a million rows may well pass 2 GB together

_NEVER_DRAWN = re.compile(f"[{NEVER_DRAWN}]")
_UNUSUAL = re.compile(f"[{NEVER_DRAWN}{FULL_OR_HALF_WIDTH}]")


def fold(text: str) -> str:
    """The text as all rules compare it; empty if it is white space and characters that are never drawn."""
    if not text.isascii():
        text = _UNUSUAL.sub(_plain, text)
        # Caseless matching of canonical equivalents: The Unicode Standard, section 3.13, D145.
        text = nfc(nfc(text).casefold())
    return " ".join(text.casefold().split())


def _plain(match: re.Match[str]) -> str:
    character = match[0]
    return "" if _NEVER_DRAWN.match(character) else unicodedata.normalize("NFKC", character)


def folded(column: pa.ChunkedArray, spread: Callable[..., Iterable[pa.Array]] = map) -> pa.ChunkedArray:
    """Every text of an Arrow column, folded. `spread`: how a function is applied to the parts, in their order."""
    parts = (chunk.slice(start, 65_536) for chunk in column.chunks for start in range(0, len(chunk), 65_536))
    return pa.chunked_array(list(spread(_folded, parts)), FOLDED)


def _folded(part: pa.Array) -> pa.Array:
    return pa.array([fold(text) for text in part.to_pylist()], FOLDED)


def distinct(texts: pa.ChunkedArray) -> tuple[NDArray[np.int64], pa.Array]:
    """For every text its number, and the texts by number: numbered from 0 in the order of first appearance."""
    if not len(texts):
        return np.zeros(0, np.int64), texts.combine_chunks()
    encoded = texts.dictionary_encode()  # all its chunks have one dictionary
    numbers = np.concatenate([chunk.indices.to_numpy() for chunk in encoded.chunks])
    return numbers.astype(np.int64), encoded.chunk(0).dictionary

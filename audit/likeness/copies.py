"""Which training answers a model's outputs repeat, word for word or nearly so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.engines.local import Engine
from audit.likeness.grams import Ints
from audit.likeness.near_texts import cross_pairs
from audit.rows.corpus import Corpus
from audit.rows.splits import side
from audit.texts.folding import fold
from audit.texts.number_opening import opening

GRAM = 2  # letters: Korean words change their endings, and short answers share few longer grams
LONG_GRAM = 4  # letters of a part of an answer
NEAR = 0.3  # Jaccard similarity of those, below which nobody looks for parts
HELD = 0.6  # share of them that stand in the answer; settled on the half of the labelled outputs that is for it
WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Copies:
    """Pairs of an output and a training row whose answer it repeats: by output, the most similar row first.

    `output`: position among the outputs. `row`: position in the corpus. `similarity`: 0 to 1.
    """

    output: Ints
    row: Ints
    similarity: NDArray[np.float64]

    def best(self) -> Copies:
        """The most similar row of each output, of equals the earliest."""
        _, first = np.unique(self.output, return_index=True)
        return Copies(self.output[first], self.row[first], self.similarity[first])


def trained_on(corpus: Corpus) -> list[int]:
    """Positions of the rows that a model saw: those whose split is no held-out one."""
    held_out = {split for split in corpus.column("split").unique().to_pylist() if side(split) == "held-out"}
    return [place for place, split in enumerate(corpus.texts("split")) if split not in held_out]


def find_copies(
    said: Sequence[str], corpus: Corpus, *, alike: float, min_letters: int, engine: Engine | None = None
) -> Copies:
    """Every training row whose answer an output repeats.

    Compared are the words alone, without an enumerator in front, white space, signs and emoji. `alike`: Jaccard
    similarity of their letter pairs. An output of which `HELD` of all four letters in a row stand in one answer is a
    copy, too, whatever else it has: a part of the answer, or the answer after something of its own. `min_letters`: a
    shorter text is anybody's, and no copy.
    """
    rows = trained_on(corpus)
    answers = corpus.column("answer").take(pa.array(rows, pa.int64())).to_pylist()
    outputs, texts = _by_text([words(text) for text in said], min_letters)
    sources, others = _by_text([words(text) for text in answers], min_letters)
    if not texts or not others:
        return Copies(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    found: list[tuple[int, float, int]] = []
    for pairs in cross_pairs(pa.array(texts), pa.array(others), n=GRAM, threshold=alike, engine=engine):
        for text, other, similarity in zip(pairs.left, pairs.right, pairs.similarity.tolist(), strict=True):
            found += [(output, -similarity, rows[row]) for output in outputs[text] for row in sources[other]]
    known = {(output, row) for output, _, row in found}
    for pairs in cross_pairs(pa.array(texts), pa.array(others), n=LONG_GRAM, threshold=NEAR, engine=engine):
        for text, other in zip(pairs.left, pairs.right, strict=True):
            held = _held(texts[text], others[other])
            if held >= HELD:
                both = ((output, rows[row]) for output in outputs[text] for row in sources[other])
                found += [(output, -held, row) for output, row in both if (output, row) not in known]
    found.sort()
    output, similarity, row = (np.array(column) for column in zip(*found, strict=True)) if found else np.zeros((3, 0))
    return Copies(output.astype(np.int64), row.astype(np.int64), -similarity)


def words(text: str) -> str:
    """The words of a text, folded, without the enumerator that it opens with; a space on either side."""
    opened = opening(text)
    bare = text[opened.span[1] :] if opened.kind == "enumerator" else text
    return f" {' '.join(WORD.findall(fold(bare)))} "


def _held(text: str, answer: str) -> float:
    """The share of all four letters in a row of a text that stand in an answer."""
    parts, others = ({one[at : at + LONG_GRAM] for at in range(len(one) - LONG_GRAM + 1)} for one in (text, answer))
    return len(parts & others) / len(parts) if parts else 0.0


def _by_text(texts: Sequence[str], min_letters: int) -> tuple[list[list[int]], list[str]]:
    """For every distinct text that is long enough the positions that have it, and the texts."""
    places: dict[str, list[int]] = {}
    for place, text in enumerate(texts):
        if len(text.replace(" ", "")) >= min_letters:
            places.setdefault(text, []).append(place)
    return list(places.values()), list(places)

"""Held-out rows that stand in the training split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audit.engines.local import Engine
from audit.likeness.grams import Ints
from audit.likeness.joining.pairs import Nearest
from audit.likeness.matching import Matching, alike, numbers_in
from audit.likeness.near_texts import nearest_matches
from audit.nouns.findings import Fact, Field, Finding, Observations
from audit.rows.splits import side
from audit.texts.folding import distinct

Near = Callable[[pa.Array, pa.Array], Nearest]

PHRASES = {
    "same-row": "question and answer stand in the training split",
    "near-row": "question and answer are together nearly those of a training row",
    "same-question": "the question stands in the training split, with another answer",
    "near-question": "the question is nearly one of the training split",
    "same-answer": "the answer stands in the training split, and is too long for chance",
    "near-answer": "the answer is nearly one of the training split, and too long for chance",
}


def leaked_row(
    matching: Matching, engine: Engine, *, threshold: float = 0.8, ngram: int = 5, long_answer: int = 100
) -> Observations:
    """Held-out rows that are, or nearly are, a training row: in question and answer, question, or answer alone.

    `threshold`, `ngram`: as in near-duplicate-answer. `long_answer`: characters that an answer must have to count
    alone; in a chat, short answers are given twice by chance. Says nothing where no split is named so.
    """
    number, names = distinct(matching.corpus.column("split"))
    sides = np.array([side(name) for name in names.to_pylist()])[number]
    held_out, train = np.flatnonzero(sides == "held-out"), np.flatnonzero(sides == "train")
    if len(held_out) and len(train):
        near = partial(nearest_matches, n=ngram, threshold=threshold, engine=engine)
        found = sorted(_leaks(matching, held_out, train, near, long_answer), key=lambda finding: finding.row)
        yield from found
        yield _summary(found, len(held_out))


def _leaks(matching: Matching, held_out: Ints, train: Ints, near: Near, long_answer: int) -> Iterator[Finding]:
    """At most one finding for each held-out row, by the part that says most."""
    flagged: set[int] = set()
    for part, texts, usable in _parts(matching, long_answer):
        for row, partner, similarity in _matches(texts, held_out[usable[held_out]], train[usable[train]], near):
            same = bool(texts[row] == texts[partner])
            template = part == "question" and numbers_in(texts[row].as_py()) != numbers_in(texts[partner].as_py())
            if row not in flagged and not template:
                flagged.add(row)
                yield _finding(part, same, row, partner, similarity)


def _finding(part: str, same: bool, row: int, partner: int, similarity: float) -> Finding:
    because = f"{'same' if same else 'near'}-{part}"
    message = PHRASES[because] if same else f"{PHRASES[because]} ({alike(similarity)})"
    field: Field = "question" if part == "question" else "answer"
    return Finding(row, message, score=similarity, because=because, field=field, related=(partner,))


def _parts(matching: Matching, long_answer: int) -> Iterator[tuple[str, pa.Array, NDArray[np.bool_]]]:
    """Name, folded texts, and which rows count. The question in the middle of a conversation is not a whole one."""
    question, answer = matching.questions.take(matching.question), matching.answers.take(matching.answer)
    opens = matching.corpus.column("turn").to_numpy() <= 1
    whole = pc.binary_join_element_wise(question, answer, pa.scalar("\n", pa.large_string()))
    yield "row", whole, matching.asked & matching.answered
    yield "question", question, matching.asked & opens
    yield "answer", answer, pc.utf8_length(answer).to_numpy() >= long_answer


def _matches(texts: pa.Array, ours: Ints, theirs: Ints, near: Near) -> Iterator[tuple[int, int, float]]:
    """Row, the first training row that is most like it, and how alike they are."""
    (number, left), (other_number, right) = (distinct(pa.chunked_array([texts.take(rows)])) for rows in (ours, theirs))
    first = np.unique(other_number, return_index=True)[1]
    nearest = near(left, right)
    for row, partner, similarity in zip(ours, nearest.partner[number], nearest.similarity[number], strict=True):
        if partner >= 0:
            yield int(row), int(theirs[first[partner]]), float(similarity)


def _summary(found: list[Finding], held_out: int) -> Fact:
    signs = dict(sorted(Counter(finding.because for finding in found).items()))
    sentence = (
        f"{len(found)} of {held_out} held-out rows ({len(found) / held_out:.0%}) are known from the training split"
    )
    return Fact("leaked-rows", sentence, {"held_out": held_out, "leaked": len(found), "signs": signs})

"""Held-out rows that stand in the training split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from audit.engines.local import Engine
from audit.likeness.grams import Ints
from audit.likeness.joining.pairs import Nearest
from audit.likeness.matching import Matching, alike, numbers_in
from audit.likeness.near_texts import nearest_matches
from audit.likeness.signals import MAX_CHARACTERS, Signals, Vectors
from audit.likeness.substance import differ
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
    "same-meaning": "question and answer say in other words what a training row says",
}
LEAST = 0.8  # cosine: in a small set of unlike rows, chance reaches less than rows on one subject do
NULL_ROWS = 2_000  # training rows, the first by id, whose nearest other training row tells how near rows come by chance
BLOCK = 1_000  # rows that are held against all training rows at once


def leaked_row(
    matching: Matching,
    engine: Engine,
    signals: Signals | None,
    *,
    threshold: float = 0.8,
    ngram: int = 5,
    long_answer: int = 100,
    chance: float = 0.01,
) -> Observations:
    """Held-out rows that are, or nearly are, a training row: in question and answer, question, answer, or meaning.

    `threshold`, `ngram`: as in near-duplicate-answer. `long_answer`: characters that an answer must have to count
    alone; in a chat, short answers are given twice by chance. `chance`: share of the training rows that are as near in
    meaning to another one; with an encoder it sets the cosine from which on a held-out row says the same. Says nothing
    where no split is named so.
    """
    number, names = distinct(matching.corpus.column("split"))
    sides = np.array([side(name) for name in names.to_pylist()])[number]
    held_out, train = np.flatnonzero(sides == "held-out"), np.flatnonzero(sides == "train")
    if len(held_out) and len(train):
        near = partial(nearest_matches, n=ngram, threshold=threshold, engine=engine)
        found = list(_leaks(matching, held_out, train, near, long_answer))
        open_ = np.setdiff1d(held_out, [finding.row for finding in found])
        meant = _meant(matching, open_, train, signals, chance)
        found = sorted([*found, *(meant or [])], key=lambda finding: finding.row)
        yield from found
        yield _summary(found, len(held_out), by_meaning=meant is not None)


def _leaks(matching: Matching, held_out: Ints, train: Ints, near: Near, long_answer: int) -> Iterator[Finding]:
    """At most one finding for each held-out row, by the part that says most."""
    flagged: set[int] = set()
    for part, texts, usable in _parts(matching, long_answer):
        for row, partner, similarity in _matches(texts, held_out[usable[held_out]], train[usable[train]], near):
            same = bool(texts[row] == texts[partner])
            template = part == "question" and differ(texts[row].as_py(), texts[partner].as_py())
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


def _meant(
    matching: Matching, held_out: Ints, train: Ints, signals: Signals | None, chance: float
) -> list[Finding] | None:
    """Rows that are nearer in meaning to a training row than training rows are to each other; None without an encoder.

    If a held-out row were one more of the training rows, it would come so near to one of them with the probability
    `chance`, so about so many false alarms are to be expected (a split conformal p-value). Copies do not count, and
    rows with other numbers say something else.
    """
    held_out, train = (rows[(matching.asked & matching.answered)[rows]] for rows in (held_out, _once(matching, train)))
    if signals is None or not signals.encoder or len(train) < 1 / chance:
        return None
    ours, theirs = _vectors(matching, held_out, signals), _vectors(matching, train, signals)
    if ours is None or theirs is None:
        return None
    sample = np.argsort(matching.corpus.at("id", pa.array(train)).to_numpy(zero_copy_only=False))[:NULL_ROWS]
    null = np.sort(_nearest(theirs[sample], theirs, sample)[1])
    limit = max(LEAST, null[min(int(np.ceil((1 - chance) * (len(null) + 1))), len(null)) - 1])
    partner, cosine = _nearest(ours, theirs, None)
    found = []
    for row, other, near in zip(held_out.tolist(), train[partner].tolist(), cosine.tolist(), strict=True):
        if near > limit and _numbers(matching, row) == _numbers(matching, other):
            message = f"{PHRASES['same-meaning']} (cosine {near:.2f}, chance reaches {limit:.2f})"
            found.append(Finding(row, message, min(near, 1.0), "same-meaning", field="question", related=(other,)))
    return found


def _once(matching: Matching, rows: Ints) -> Ints:
    """The first row of each question and of each answer among these rows."""
    first = np.unique(matching.question[rows], return_index=True)[1]
    rows = rows[np.sort(first)]
    return rows[np.sort(np.unique(matching.same_pair[rows], return_index=True)[1])]


def _vectors(matching: Matching, rows: Ints, signals: Signals) -> Vectors | None:
    """Question and answer of each row as one vector of length 1, so that a cosine is the mean of both."""
    texts = [
        pc.utf8_slice_codeunits(matching.corpus.at(name, pa.array(rows)), 0, MAX_CHARACTERS).to_pylist()
        for name in ("question", "answer")
    ]
    vectors = signals.embed([*texts[0], *texts[1]])
    return None if vectors is None else np.hstack([vectors[: len(rows)], vectors[len(rows) :]]) / np.float32(np.sqrt(2))


def _nearest(ours: Vectors, theirs: Vectors, own: Ints | None) -> tuple[Ints, NDArray[np.float64]]:
    """The nearest of theirs to each of ours but itself, which stands at `own`, and the cosine."""
    partner, cosine = np.zeros(len(ours), np.int64), np.zeros(len(ours))
    with threadpool_limits(limits=1, user_api="blas"):  # more threads would change the last digits
        for start in range(0, len(ours), BLOCK):
            rows = np.arange(start, min(start + BLOCK, len(ours)))
            near = (ours[rows] @ theirs.T).astype(np.float64)
            if own is not None:
                near[np.arange(len(rows)), own[rows]] = -1
            partner[rows] = near.argmax(1)
            cosine[rows] = near.max(1)
    return partner, np.round(cosine, 4)


def _numbers(matching: Matching, row: int) -> list[str]:
    return [*numbers_in(matching.question_of(row)), "", *numbers_in(matching.answer_of(row))]


def _matches(texts: pa.Array, ours: Ints, theirs: Ints, near: Near) -> Iterator[tuple[int, int, float]]:
    """Row, the first training row that is most like it, and how alike they are."""
    (number, left), (other_number, right) = (distinct(pa.chunked_array([texts.take(rows)])) for rows in (ours, theirs))
    first = np.unique(other_number, return_index=True)[1]
    nearest = near(left, right)
    for row, partner, similarity in zip(ours, nearest.partner[number], nearest.similarity[number], strict=True):
        if partner >= 0:
            yield int(row), int(theirs[first[partner]]), float(similarity)


def _summary(found: list[Finding], held_out: int, *, by_meaning: bool) -> Fact:
    signs = dict(sorted(Counter(finding.because for finding in found).items()))
    sentence = (
        f"{len(found)} of {held_out} held-out rows ({len(found) / held_out:.0%}) are known from the training split"
        f"{'' if by_meaning else ', by their letters alone: rephrased rows are not seen'}"
    )
    return Fact("leaked-rows", sentence, {"held_out": held_out, "leaked": len(found), "signs": signs})

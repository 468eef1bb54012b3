"""Answers that say in other words what another answer says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audit.corpus import Corpus
from audit.engines.local import Engine
from audit.engines.sharing import Shared
from audit.joining.pairs import UNIT, Bonds, Grouping
from audit.matching import Matching, excerpt, match, numbers_in
from audit.signals import MAX_CHARACTERS, Signals, Vectors
from audit.similarity import jaccard
from audit.texts.grams import Ints
from audit.types import Fact, Finding, Observations

ROWS_AT_ONCE = 512  # of a block of cosines: 40 MB with 20,000 answers
BINS = 4_096  # of the cosines of questions, from -1 to 1: their quantiles are right to 0.0005
PARTNERS = 4  # of each answer that are looked at: the nearest may be a near duplicate by its letters
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Compared:
    """Some answers held against all. `unlike`: how near the nearest answer to an unlike question is.

    `partner`, `near`: answers by PARTNERS, the nearest answers to like questions and how near they are, the nearest
    first; -1 where there is none.
    """

    unlike: Floats
    partner: Ints
    near: Floats


def semantic_duplicate_answer(
    corpus: Corpus,
    engine: Engine,
    signals: Signals | None,
    *,
    chance: float = 0.01,
    like: float = 0.01,
    letters: float = 0.8,
    min_letters: int = 10,
    min_rows: int = 100,
) -> Observations:
    """Answers to like questions that are nearer than answers to unlike questions ever come, but for one of a group.

    Nearness is the cosine of the encoder's vectors. Unlike are questions below the median of all pairs, like those in
    the top share `like` of them. `chance`: share of the answers that may have an answer to an unlike question as near
    as that; it sets the threshold. Left out: pairs that near-duplicate-answer finds at `letters`, or whose numbers
    differ, and answers of fewer than `min_letters`. Below `min_rows` answers, or without an encoder, nothing is said.
    """
    matching = match(corpus)
    for rows in _answers(matching, min_letters):
        vectors = _embedded(corpus, rows, signals) if len(rows) >= min_rows else None
        if vectors is not None:
            compared = _compare(*vectors, like, engine)
            threshold = float(np.quantile(compared.unlike, 1 - chance))
            yield _null(threshold, chance, len(rows))
            yield from _findings(matching, rows, compared, threshold, letters)


def _answers(matching: Matching, min_letters: int) -> Iterator[Ints]:
    """Rows of each split that give an answer for the first time, and one that is long enough to mean something."""
    row = np.arange(len(matching.answer))
    length = pc.utf8_length(pc.replace_substring(matching.answers, " ", "")).to_numpy()[matching.answer]
    first = row[matching.asked & (matching.same_answer == row) & (length >= min_letters)]
    for split in np.unique(matching.split[first]):
        yield first[matching.split[first] == split]


def _embedded(corpus: Corpus, rows: Ints, signals: Signals | None) -> tuple[Vectors, Vectors] | None:
    """Vectors of the questions and of the answers."""
    if signals is None:
        return None
    table = corpus.table.select(["question", "answer"]).take(pa.array(rows))
    texts = [pc.utf8_slice_codeunits(column, 0, MAX_CHARACTERS).to_pylist() for column in table.columns]
    vectors = signals.embed([*texts[0], *texts[1]])
    return None if vectors is None else (vectors[: len(rows)], vectors[len(rows) :])


def _compare(questions: Vectors, answers: Vectors, like: float, engine: Engine) -> Compared:
    """Every answer held against every other: exact, in blocks."""
    starts = range(0, len(answers), ROWS_AT_ONCE)
    with engine.share((questions, answers)) as shared:
        counts = sum(engine.map(partial(_histogram, shared), starts), np.zeros(BINS, np.int64))
        below = np.cumsum(counts) / counts.sum()
        edges = np.linspace(-1, 1, BINS + 1)[1:]
        median, top = (float(edges[np.searchsorted(below, share)]) for share in (0.5, 1 - like))
        parts = list(engine.map(partial(_block, shared, median, top), starts))
    return Compared(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("unlike", "partner", "near"))
    )


def _histogram(shared: Shared[tuple[Vectors, Vectors]], start: int) -> Ints:
    """How often each cosine comes up between some questions and all others."""
    cosines = _cosines(shared.get()[0], start, itself=2.0)
    return np.histogram(np.minimum(cosines[cosines < 1.5], 1.0), BINS, (-1, 1))[0]


def _block(shared: Shared[tuple[Vectors, Vectors]], median: float, top: float, start: int) -> Compared:
    questions, answers = shared.get()
    alike, near = _cosines(questions, start, itself=-2.0), _cosines(answers, start, itself=-2.0)
    unlike = np.where((alike <= median) & (alike >= -1.5), near, -1).max(axis=1)
    near[alike < top] = -2
    wanted = min(PARTNERS, len(answers))
    partner = np.argpartition(-near, wanted - 1, axis=1)[:, :wanted]
    order = np.lexsort((partner, -np.take_along_axis(near, partner, axis=1)), axis=1)
    partner = np.take_along_axis(partner, order, axis=1)
    near = np.take_along_axis(near, partner, axis=1)
    return Compared(unlike, np.where(near < -1.5, -1, partner).astype(np.int64), near)


def _cosines(vectors: Vectors, start: int, itself: float) -> Floats:
    """Cosines of some vectors with all; `itself` stands where a vector meets itself."""
    cosines: Floats = vectors[start : start + ROWS_AT_ONCE] @ vectors.T
    cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = itself
    return cosines


def _findings(
    matching: Matching, rows: Ints, compared: Compared, threshold: float, letters: float
) -> Iterator[Finding]:
    """One finding for each answer of a group but the one that stands for it."""
    near = list(_same(matching, rows, compared, threshold, letters))
    if not near:
        return
    place, partner, similarity = (np.array(column) for column in zip(*near, strict=True))
    grouping = Grouping(len(rows))
    grouping.take_in(Bonds(place, partner, similarity, np.rint(similarity * UNIT).astype(np.int64), partner))
    heads = grouping.groups().representative
    for at, other, cosine in near:
        if heads[at] != at:
            said = excerpt(matching.corpus.row(int(rows[other])).answer)
            reached = f"cosine {cosine:.2f}, chance reaches {threshold:.2f}"
            message = f'says in other words what the answer "{said}" to a like question says ({reached})'
            yield Finding(
                int(rows[at]),
                message,
                score=max(0.0, min(1.0, cosine)),
                because="same-meaning",
                related=(int(rows[other]),),
                group=int(rows[heads[at]]),
            )


def _same(
    matching: Matching, rows: Ints, compared: Compared, threshold: float, letters: float
) -> Iterator[tuple[int, int, float]]:
    """Each answer that has one of the same meaning, the nearest such, and how near it is."""
    for at in np.flatnonzero(compared.near[:, 0] >= threshold).tolist():
        said = matching.answer_of(int(rows[at]))
        for other, cosine in zip(compared.partner[at].tolist(), compared.near[at].tolist(), strict=True):
            theirs = matching.answer_of(int(rows[other]))
            if cosine < threshold:
                break
            if jaccard(said, theirs, 5) < letters and numbers_in(said) == numbers_in(theirs):
                yield at, other, cosine
                break


def _null(threshold: float, chance: float, answers: int) -> Fact:
    sentence = (
        f"{1 - chance:.0%} of {answers:,} answers stay below a cosine of {threshold:.2f} with every answer to an "
        "unlike question: nearer answers to like questions count as the same"
    )
    return Fact("semantic-null", sentence, {"threshold": round(threshold, 4), "chance": chance, "answers": answers})

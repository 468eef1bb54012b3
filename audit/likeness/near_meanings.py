"""Which answers mean nearly the same, and how near they come by chance: cosines of an encoder's vectors.

Up to EXACT answers each is held against all others. Above, the nearest come from an index (usearch: a graph of near
neighbours, HNSW, Malkov and Yashunin 2018), and chance is learned from a sample of answers, each held against all
others. The index is built by one thread and asked by one thread a worker, and so are products taken: more would change
the graph, or the last digits.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from audit.engines.local import Engine
from audit.engines.shared import Shared
from audit.likeness.grams import Ints
from audit.likeness.signals import Vectors

EXACT = 50_000  # answers
SAMPLE = 5_000  # answers that tell chance above EXACT: the share that goes too far is known to a seventh of itself
ROWS_AT_ONCE = 512
CELLS = ROWS_AT_ONCE * 20_000  # of a block of cosines: 40 MB
BINS = 4_096  # of the cosines of questions, from -1 to 1: their quantiles are right to 0.0005
PARTNERS = 4  # of each answer that are looked at: the nearest may be a near duplicate by its letters
NEIGHBOURS = 32  # of each answer that the index gives: those to like questions are chosen among them
LINKS = 16  # of each answer in the graph
CARE = 64  # candidates that are kept in hand while the graph is built and asked

Floats = NDArray[np.float32]
Both = tuple[Vectors, Vectors]  # of questions and of their answers
Columns = tuple[Floats, Ints, Floats]  # unlike, partner and near of Compared


@dataclass(frozen=True)
class Compared:
    """What cosines say of answers.

    `unlike`: how near the nearest answer to an unlike question is, of those answers that were held against all others.
    `partner`, `near`: answers by PARTNERS, the nearest answers to like questions and how near they are, the nearest
    first; -1 where there is none. `own`: how near each answer is to its own question.
    """

    own: Floats
    unlike: Floats
    partner: Ints
    near: Floats


def needs_index(answers: int) -> bool:
    """Whether so many answers are compared by an index only, and none is installed."""
    return answers > EXACT and find_spec("usearch") is None


def compare(questions: Vectors, answers: Vectors, like: float, engine: Engine) -> Compared:
    """Answers held against each other. Unlike: questions below the median of all pairs; like: the top share `like`."""
    search = _search_all if len(answers) <= EXACT else _search_index
    return Compared(np.einsum("rd,rd->r", questions, answers), *search((questions, answers), like, engine))


def _search_all(both: Both, like: float, engine: Engine) -> Columns:
    median, top = _limits(both[0], like, engine)
    with engine.share(both) as shared:
        parts = list(engine.map(partial(_against_all, shared, median, top), _blocks(np.arange(len(both[0])), both)))
    unlike, partner, near = (np.concatenate(column) for column in zip(*parts, strict=True))
    return unlike, partner, near


def _search_index(both: Both, like: float, engine: Engine) -> Columns:
    sample = np.sort(np.random.default_rng(0).choice(len(both[0]), min(SAMPLE, len(both[0])), replace=False))
    median, top = _limits(both[0][sample], like, engine)
    with engine.share(both) as shared, engine.share(_index(both[1])) as index:
        unlike = list(engine.map(partial(_by_chance, shared, median), _blocks(sample, both)))
        everything = np.arange(len(both[0]))
        found = list(engine.map(partial(_neighbours, shared, index, top), _parts(everything, ROWS_AT_ONCE)))
        _graph.cache_clear()
    partner, near = (np.concatenate(column) for column in zip(*found, strict=True))
    return np.concatenate(unlike), partner, near


def _blocks(rows: Ints, both: Both) -> Iterable[Ints]:
    """Rows in parts that can be held against everything."""
    return _parts(rows, min(ROWS_AT_ONCE, max(1, CELLS // len(both[0]))))


def _parts(rows: Ints, size: int) -> Iterable[Ints]:
    return (rows[start : start + size] for start in range(0, len(rows), size))


def _limits(questions: Vectors, like: float, engine: Engine) -> tuple[float, float]:
    """The median of the cosines of all pairs of questions, and the least of the top share."""
    with engine.share((questions, questions)) as shared:
        blocks = _blocks(np.arange(len(questions)), (questions, questions))
        counts = sum(engine.map(partial(_histogram, shared), blocks), np.zeros(BINS, np.int64))
    below = np.cumsum(counts) / counts.sum()
    edges = np.linspace(-1, 1, BINS + 1)[1:]
    median, top = (float(edges[np.searchsorted(below, share)]) for share in (0.5, 1 - like))
    return median, top


def _histogram(shared: Shared[Both], rows: Ints) -> Ints:
    """How often each cosine comes up between some questions and all others."""
    cosines = _cosines(shared.get()[0], rows, itself=2.0)
    return np.histogram(np.minimum(cosines[cosines < 1.5], 1.0), BINS, (-1, 1))[0]


def _against_all(shared: Shared[Both], median: float, top: float, rows: Ints) -> Columns:
    questions, answers = shared.get()
    alike, near = _cosines(questions, rows, itself=-2.0), _cosines(answers, rows, itself=-2.0)
    unlike = _nearest_unlike(alike, near, median)
    near[alike < top] = -2
    wanted = min(PARTNERS, len(answers))
    partner = np.argpartition(-near, wanted - 1, axis=1)[:, :wanted]
    return unlike, *_in_order(partner, np.take_along_axis(near, partner, axis=1))


def _by_chance(shared: Shared[Both], median: float, rows: Ints) -> Floats:
    questions, answers = shared.get()
    return _nearest_unlike(_cosines(questions, rows, itself=-2.0), _cosines(answers, rows, itself=-2.0), median)


def _nearest_unlike(alike: Floats, near: Floats, median: float) -> Floats:
    nearest: Floats = np.where((alike <= median) & (alike >= -1.5), near, -1).max(axis=1)
    return nearest


def _cosines(vectors: Vectors, rows: Ints, itself: float) -> Floats:
    """Cosines of some vectors with all; `itself` stands where a vector meets itself."""
    with threadpool_limits(limits=1, user_api="blas"):
        cosines: Floats = vectors[rows] @ vectors.T
    cosines[np.arange(len(rows)), rows] = itself
    return cosines


def _index(answers: Vectors) -> NDArray[np.uint8]:
    """The graph, and the answers at half precision, as the index itself writes them."""
    from usearch.index import Index

    index: Any = Index(ndim=answers.shape[1], metric="ip", dtype="f16", connectivity=LINKS, expansion_add=CARE)
    index.add(np.arange(len(answers)), answers, threads=1)
    return np.frombuffer(index.save(), np.uint8)


def _neighbours(shared: Shared[Both], index: Shared[Any], top: float, rows: Ints) -> tuple[Ints, Floats]:
    """Partner and near of Compared, for some answers: like questions are chosen among the neighbours."""
    questions, answers = shared.get()
    asked = answers[np.append(rows, rows[-1])]  # for a single row the answer would be of another form
    found = _graph(index).search(asked, NEIGHBOURS, threads=1)
    keys, counts = found.keys[:-1], found.counts[:-1]
    there = np.arange(keys.shape[1]) < counts[:, None]
    partner = np.where(there, keys, 0).astype(np.int64)
    alike, near = (np.einsum("rd,rnd->rn", part[rows], part[partner]) for part in (questions, answers))
    near[~there | (partner == rows[:, None]) | (alike < top)] = -2
    partner, near = _in_order(partner, near)
    return partner[:, :PARTNERS], near[:, :PARTNERS]


@lru_cache(maxsize=1)
def _graph(index: Shared[Any]) -> Any:
    from usearch.index import Index

    return Index.restore(index.get(), view=True, expansion_search=CARE)


def _in_order(partner: Ints, near: Floats) -> tuple[Ints, Floats]:
    """The nearest first, of equals the earliest; -1 for those that are none."""
    order = np.lexsort((partner, -near), axis=1)
    partner, near = np.take_along_axis(partner, order, axis=1), np.take_along_axis(near, order, axis=1)
    return np.where(near < -1.5, -1, partner).astype(np.int64), near

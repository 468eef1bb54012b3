"""Whether a copied training row has anything to do with the prompt that it was printed for.

Two signs are measured, neither learned from labels: how near the row's question is to the prompt, beside what the
other questions of the set are to the prompt and to the row's question; and how near the output is to the prompt, as
a copy that took up a word of the prompt did read it. The detector adds how many of a row's copies went to one prompt:
what is printed for anybody is meant for nobody. Its weights and threshold were set on labelled outputs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from audit.likeness.signals import Signals
from audit.likeness.tfidf import tfidf

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LONGEST_GRAM = 5  # in jamo, as in coupling.py
ITSELF = 1 - 1e-6  # inner product of unit vectors of one and the same text


@dataclass(frozen=True)
class Asked:
    """Distinct texts to compare: prompts, outputs, and training rows (question and answer of equal places).

    `crowd`: how many of the rows, the first, stand for the whole set; the others are there because they were copied.
    """

    prompts: Sequence[str]
    outputs: Sequence[str]
    questions: Sequence[str]
    answers: Sequence[str]
    crowd: int


@dataclass(frozen=True)
class Nearness:
    """Mean z-scores over letters and, where there is one, an encoder; one entry per pair.

    `question`: of the row's question with the prompt. `output`: of the output with the prompt.
    """

    question: Floats
    output: Floats


def nearness(asked: Asked, prompt: Ints, output: Ints, row: Ints, signals: Signals | None = None) -> Nearness:
    """How near row and output of each pair are to its prompt; a pair is given by three places in `asked`."""
    question, own = [], []
    crowd = slice(asked.crowd)
    with threadpool_limits(limits=1, user_api="blas"):
        for p, o, q, a in _kinds(asked, signals):
            about = _dots(p[prompt], q[row])
            question.append(_standard(about, _products(p, q[crowd]), prompt))
            question.append(_standard(about, _products(q, q[crowd]), row))
            own.append(_standard(_dots(p[prompt], o[output]), _products(p, a[crowd]), prompt))
    return Nearness(np.mean(question, axis=0), np.mean(own, axis=0))


def _kinds(asked: Asked, signals: Signals | None) -> Iterator[list[Any]]:
    """Vectors of prompts, outputs, questions and answers: of letters, and of the encoder about their means."""
    groups = [asked.prompts, asked.outputs, asked.questions, asked.answers]
    edges = [0, *np.cumsum([len(group) for group in groups]).tolist()]
    texts = [text for group in groups for text in group]
    letters = tfidf(texts, LONGEST_GRAM)
    yield [letters[low:high] for low, high in pairwise(edges)]
    vectors = signals.embed(texts) if signals is not None else None
    if vectors is not None:
        p, o, q, a = (vectors[low:high].astype(np.float64) for low, high in pairwise(edges))
        questions, answers = q[: asked.crowd].mean(0), a[: asked.crowd].mean(0)
        yield [_from(questions, p), _from(answers, o), _from(questions, q), _from(answers, a)]


def _from(centre: Floats, vectors: Floats) -> Floats:
    """Directions as seen from a centre."""
    moved = vectors - centre
    lengths: Floats = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    return moved / lengths


def _dots(left: Any, right: Any) -> Floats:
    """Inner product of each row with the row beside it."""
    return np.asarray((left * right).sum(axis=1)).ravel()


def _products(left: Any, right: Any) -> Floats:
    """Inner products of all rows with all rows, sparse or not."""
    products: Any = left @ right.T
    return products if isinstance(products, np.ndarray) else np.asarray(products.toarray())


def _standard(scores: Floats, crowd: Floats, place: Ints) -> Floats:
    """z-scores by mean and spread of the row of `crowd` at `place`, in which a text is not held against itself."""
    others = crowd <= ITSELF
    count = np.maximum(others.sum(axis=1), 1)
    mean = (crowd * others).sum(axis=1) / count
    spread = np.sqrt(((crowd - mean[:, None]) ** 2 * others).sum(axis=1) / count)
    return np.asarray((scores - mean[place]) / np.where(spread > 1e-9, spread, 1.0)[place])

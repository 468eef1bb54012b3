"""Whether a copied training row has anything to do with the prompt that it was printed for.

Nothing is learned from labels. Three questions are asked of letters and, where there is one, of an encoder: how near
is the row's question to the prompt, how near is its answer to what a ridge map from question to answer expects for
the prompt, and how near is the output itself to the prompt (a copy that took up a word of the prompt did read it).
Each is answered as a share: that of the training rows which are at least as near.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from threadpoolctl import threadpool_limits

from audit.signals import Signals
from audit.tfidf import tfidf

Floats = NDArray[np.float64]

LONGEST_GRAM = 3  # in jamo; 5 gave the same on the labelled copies of the case
RIDGE = 3.0  # times the mean diagonal of the kernel, as in coupling.py
SLACK = 1e-9  # two ways of adding up the same score differ in the last digits


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
class Shares:
    """For every pair the share of training rows that are at least as near to the prompt as the row and the output."""

    row: Floats
    output: Floats


def shares(asked: Asked, pairs: Sequence[tuple[int, int, int]], signals: Signals | None = None) -> Shares:
    """How near row and output of each pair are to its prompt; `pairs` are places of prompt, output and row in `asked`."""
    prompt, output, row = (np.array(column, np.int64) for column in zip(*pairs, strict=True))
    crowd = slice(asked.crowd)
    rows, outputs = np.zeros(()), np.zeros(())
    with threadpool_limits(limits=1, user_api="blas"):
        for p, o, q, a in _kinds(asked, signals):
            about = _products(p, q)
            expected = _ridge(about[:, crowd], _products(q[crowd], q[crowd])) @ _products(a[crowd], a)
            rows = rows + _standard(about, asked.crowd) + _standard(expected, asked.crowd)
            outputs = outputs + _standard(np.hstack([_products(p, a[crowd]), _products(p, o)]), asked.crowd)
    return Shares(
        _share(rows[:, crowd], prompt, rows[prompt, row]),
        _share(outputs[:, crowd], prompt, outputs[prompt, asked.crowd + output]),
    )


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
        yield [_from(p, questions), _from(o, answers), _from(q, questions), _from(a, answers)]


def _products(left: Any, right: Any) -> Floats:
    """Inner products of rows, sparse or not."""
    products = left @ right.T
    return products.toarray() if isinstance(products, sparse.sparray) else products  # type: ignore[no-any-return]


def _from(vectors: Floats, centre: Floats) -> Floats:
    """Directions as seen from a centre."""
    moved = vectors - centre
    lengths: Floats = np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), SLACK)
    return moved / lengths


def _ridge(asked: Floats, kernel: Floats) -> Floats:
    """Weights of the training rows in what kernel ridge regression expects of each prompt."""
    penalty = RIDGE * float(np.diag(kernel).mean())
    weights: Floats = np.linalg.solve(kernel + penalty * np.eye(len(kernel)), asked.T).T
    return weights


def _standard(scores: Floats, crowd: int) -> Floats:
    """z-scores, each row by the mean and spread of its first `crowd` scores."""
    among = scores[:, :crowd]
    spread = among.std(1, keepdims=True)
    return (scores - among.mean(1, keepdims=True)) / np.where(spread > SLACK, spread, 1.0)


def _share(crowd: Floats, prompt: NDArray[np.int64], own: Floats) -> Floats:
    """The share of the crowd of each prompt that reaches its own score; the own one counts, so it is never 0."""
    reached = (crowd[prompt] >= own[:, None] - SLACK).sum(1)
    return np.maximum(reached, 1) / crowd.shape[1]

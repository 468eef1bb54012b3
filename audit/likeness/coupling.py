"""Does an answer follow from its question? Every pair is held against all other answers; no labels are needed.

Evidence: how alike question and answer are, and how alike the answer is to what a ridge map, learned on the other
rows, expects of this question; both on letters and on an encoder's vectors. A logistic regression, learned on real
against shuffled pairs, adds the evidence up. Nothing that scores a pair was learned from that pair.

Rows are compared inside blocks of at most BLOCK rows, so memory stays bounded and blocks can run anywhere. Copies of
a pair count once: a wrong pair must not be vouched for by its own copy. Rows are taken in the order of their ids,
which are content hashes, so neither blocks nor scores depend on the order of the file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from audit.engines.local import Engine
from audit.likeness.tfidf import tfidf
from audit.texts.folding import fold

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

BLOCK = 1_500  # rows; twice that takes eight times as long and four times the memory
LONGEST_GRAM = 5  # in jamo; syllables up to 3 gave .03 less average precision on the case (LOG.md)
RIDGE = 3.0  # times the mean diagonal of the kernel; flat between 1 and 10 on the case (LOG.md)
RIDGE_JOINT = 10.0
FOLDS = 5
SHUFFLES = 10  # shuffled pairs to learn from, per real pair; 40 gave the same
BINS = 20
PENALTY = 1.0  # of the squared weights; the evidence comes as z-scores


@dataclass(frozen=True)
class Coupling:
    """One entry per row.

    `log_odds`: real pair against shuffled pair, both equally likely beforehand. `rank`: of the row's own answer among
    `among` answers to its question, 1 is best. `p_value`: permutation test of "no better than a random answer".
    `best`: the row whose question the answer fits best, often the row itself. `beneath`: the share of all pairs of a
    question with another's answer that score no higher. `null`: not by row, but of those pairs, how many are real with
    a probability in each of BINS equal steps from 0 to 1.
    """

    log_odds: Floats
    rank: Ints
    among: Ints
    p_value: Floats
    best: Ints
    beneath: Floats
    null: Ints


@dataclass(frozen=True)
class Block:
    """Pairs to be compared with each other; vectors have shape (pairs, dimensions)."""

    questions: list[str]
    answers: list[str]
    vectors: tuple[NDArray[np.float32], NDArray[np.float32]] | None


def distinct_pairs(questions: Sequence[str], answers: Sequence[str]) -> tuple[Ints, Ints]:
    """Positions of the first of each pair, and for every row the number of its pair.

    Pairs are the same if they differ only in case, width, white space, punctuation or emoji.
    """
    numbers: dict[tuple[str, str], int] = {}
    pairs = [numbers.setdefault((_core(q), _core(a)), len(numbers)) for q, a in zip(questions, answers, strict=True)]
    number = np.asarray(pairs, np.int64)
    return np.unique(number, return_index=True)[1], number


def distinct_texts(texts: Sequence[str]) -> int:
    """How many texts differ in more than case, width, white space, punctuation or emoji."""
    return len(set(map(_core, texts)))


def _core(text: str) -> str:
    folded = fold(text)
    return re.sub(r"[\W_]+", "", folded) or folded


def couple(
    questions: list[str],
    answers: list[str],
    vectors: tuple[NDArray[np.float32], NDArray[np.float32]] | None,
    engine: Engine,
    block_size: int = BLOCK,
) -> Coupling:
    """Score distinct pairs, at least one, that come in an order that has nothing to do with what they say.

    `vectors`: unit vectors of questions and of answers, or None to use letters alone.
    """
    count = -(-len(questions) // block_size)
    edges = [len(questions) * k // count for k in range(count + 1)]
    blocks = (
        Block(questions[low:high], answers[low:high], vectors and (vectors[0][low:high], vectors[1][low:high]))
        for low, high in pairwise(edges)
    )
    scored = list(engine.map(score_block, blocks))
    return Coupling(
        log_odds=np.concatenate([part.log_odds for part in scored]),
        rank=np.concatenate([part.rank for part in scored]),
        among=np.concatenate([part.among for part in scored]),
        p_value=np.concatenate([part.p_value for part in scored]),
        best=np.concatenate([part.best + low for part, low in zip(scored, edges, strict=False)]),
        beneath=np.concatenate([part.beneath for part in scored]),
        null=np.sum([part.null for part in scored], 0),
    )


def score_block(block: Block) -> Coupling:
    """Score each pair against the answers of its block. One BLAS thread: more would change the last digits."""
    with threadpool_limits(limits=1, user_api="blas"):
        other = _different(block.questions) & _different(block.answers)
        evidence = [_against_nulls(part, other) for part in _evidence(block)]
        odds = _stack(evidence, other)
    own = np.diag(odds)[:, None]
    among = other.sum(1)
    at_least = ((odds >= own) & other).sum(1)
    null = np.sort(odds[other])
    fitting = np.where(other | np.eye(len(odds), dtype=bool), odds, -np.inf)
    return Coupling(
        log_odds=np.diag(odds).copy(),
        rank=1 + ((odds > own) & other).sum(1),
        among=1 + among,
        p_value=(1 + at_least) / (1 + among),
        best=fitting.argmax(0),
        beneath=np.searchsorted(null, np.diag(odds), side="right") / max(len(null), 1),
        null=np.histogram(probability(null), BINS, (0, 1))[0],
    )


def probability(log_odds: Floats) -> Floats:
    """That a pair is real, at even odds."""
    return np.asarray(1 / (1 + np.exp(np.clip(-log_odds, -500, 500))))


def _different(texts: list[str]) -> Flags:
    numbers: dict[str, int] = {}
    number = np.asarray([numbers.setdefault(_core(text), len(numbers)) for text in texts])
    different: Flags = number[:, None] != number[None]
    return different


def _evidence(block: Block) -> list[Floats]:
    """Matrices that say how well each question (row) and each answer (column) fit, each in its own unit."""
    count = len(block.questions)
    letters = tfidf(block.questions + block.answers, LONGEST_GRAM)
    asked, said = letters[:count], letters[count:]
    kernel_asked, kernel_said = _kernel((asked @ asked.T).toarray()), _kernel((said @ said.T).toarray())
    evidence = [(asked @ said.T).toarray(), expected_fit(kernel_asked, kernel_said, RIDGE)]
    if block.vectors is not None:
        q, a = (part.astype(np.float64) - part.mean(0, dtype=np.float64) for part in block.vectors)
        kernel_q, kernel_a = _kernel(q @ q.T), _kernel(a @ a.T)
        joint = expected_fit(kernel_asked + kernel_q, kernel_said + kernel_a, RIDGE_JOINT)
        evidence += [q @ a.T, expected_fit(kernel_q, kernel_a, RIDGE), joint]
    return evidence


def _kernel(products: Floats) -> Floats:
    """Inner products about the mean, with mean diagonal 1 (or all zero, where all texts are the same)."""
    means = products.mean(0)
    centred = products - means - means[:, None] + means.mean()
    scale = np.trace(centred) / len(centred)
    return centred / scale if scale > 1e-9 else np.zeros_like(centred)


def expected_fit(asked: Floats, said: Floats, ridge: float) -> Floats:
    """Inner product of answer j with the answer that kernel ridge regression expects of question i.

    Pair (i, j) is judged by the map learned without rows i and j, and (i, i) by the map without row i: closed forms
    of leave-two-out and leave-one-out for a linear smoother, from the block inverse of (K + ridge I) (Rasmussen and
    Williams 2006, section 5.4.2). `asked`, `said`: kernels of questions and answers, shape (rows, rows).
    """
    inverse = np.linalg.inv(asked + ridge * np.eye(len(asked)))
    product = inverse @ said
    own, fit = np.diag(inverse), np.diag(product)
    left = own[:, None] * own - inverse**2
    np.fill_diagonal(left, 1.0)
    expected: Floats = said - (own * product - inverse * fit) / left
    np.fill_diagonal(expected, np.diag(said) - fit / own)
    return expected


def _against_nulls(fits: Floats, other: Flags) -> Floats:
    """z-score of each pair in the null of its question plus the one in the null of its answer.

    The null is that of the pairs in `other`; the row's own pair and the pair in question are left out of it.
    """
    return _z(fits, other) + _z(fits.T, other).T


def _z(fits: Floats, other: Flags) -> Floats:
    null = np.where(other, fits, 0.0)
    size = np.maximum(other.sum(1, keepdims=True) - other, 1)
    mean = (null.sum(1, keepdims=True) - null) / size
    spread = ((null**2).sum(1, keepdims=True) - null**2) / size - mean**2
    known = spread > 1e-12
    return np.where(known, (fits - mean) / np.sqrt(np.where(known, spread, 1.0)), 0.0)


def _stack(evidence: list[Floats], other: Flags) -> Floats:
    """Log odds that a pair is real, for all pairs; rows are judged by weights learned on the other folds."""
    count = len(other)
    fold = np.arange(count) % FOLDS
    generator = np.random.default_rng(0)
    odds = np.zeros((count, count))
    for held_out in range(FOLDS):
        learned = np.flatnonzero(fold != held_out)
        shifts = generator.integers(1, max(len(learned), 2), SHUFFLES)
        i = np.tile(learned, SHUFFLES)
        j = np.concatenate([np.roll(learned, shift) for shift in shifts])
        i, j = i[other[i, j]], j[other[i, j]]
        real = np.column_stack([part[learned, learned] for part in evidence])
        shuffled = np.column_stack([part[i, j] for part in evidence])
        weights = _logistic(real, shuffled)
        judged = fold == held_out
        odds[judged] = weights[-1] + sum(w * part[judged] for w, part in zip(weights, evidence, strict=False))
    return odds


def _logistic(real: Floats, shuffled: Floats) -> Floats:
    """Weights and, last, the intercept of a ridge-penalised logistic regression in which both classes weigh the same.

    Newton's method (iteratively reweighted least squares), started at zero; steps are halved while they do not help.
    """
    features = np.vstack([real, shuffled])
    features = np.column_stack([features, np.ones(len(features))])
    sign = np.repeat([1.0, -1.0], [len(real), len(shuffled)])
    share = np.repeat([1.0, len(real) / max(len(shuffled), 1)], [len(real), len(shuffled)])
    penalty = np.append(np.full(real.shape[1], PENALTY), 1e-6)

    def loss(weights: Floats) -> float:
        return float(share @ np.logaddexp(0, -sign * (features @ weights)) + penalty @ weights**2 / 2)

    weights = np.zeros(features.shape[1])
    for _ in range(50):
        wrong = 1 / (1 + np.exp(np.clip(sign * (features @ weights), -500, 500)))
        gradient = penalty * weights - features.T @ (share * sign * wrong)
        curvature = (features.T * (share * wrong * (1 - wrong))) @ features + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        while loss(weights - step) > loss(weights) and np.abs(step).max() > 1e-9:
            step = step / 2
        weights = weights - step
        if np.abs(step).max() < 1e-8:
            break
    return weights

"""Texts as weighted character n-grams."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from audit.texts.folding import fold
from audit.texts.normal_forms import normal_form

BUCKET_BITS = 22  # four million hash buckets: two of 200,000 grams share one about once in twenty
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 / golden ratio: multiplicative hashing, Knuth, TAOCP 3, section 6.4


def tfidf(texts: Sequence[str], longest: int) -> sparse.csr_array:
    """Rows of length 1 (or 0, for a text that shares nothing): grams of 1 to `longest` letters that two texts have.

    Grams stay inside a word and the space on either side of it, as in scikit-learn's `char_wb`. Letters are those of
    NFD: a Korean syllable counts as its two or three jamo, so that endings match whatever syllable they hang on.
    Weights are (1 + ln count) x (1 + ln((1 + texts) / (1 + texts that have the gram))).
    """
    points = [np.frombuffer(f" {_letters(text)} ".encode("utf-32-le"), np.uint32) for text in texts]
    owner = np.repeat(np.arange(len(texts)), [len(part) for part in points])
    counts = _count(np.concatenate([*points, np.zeros(0, np.uint32)]), owner, len(texts), longest)
    having = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero(having > 1)
    counts = sparse.csr_array(counts[:, kept])
    weights = 1 + np.log((1 + len(texts)) / (1 + having[kept]))
    counts.data = (1 + np.log(counts.data)) * weights[counts.indices]
    length = np.sqrt(np.bincount(_rows(counts), counts.data**2, minlength=len(texts)))
    counts.data /= length[_rows(counts)]
    return counts


def _letters(text: str) -> str:
    return normal_form("NFD", fold(text)).encode("utf-8", "replace").decode()  # a lone surrogate is no letter


def _count(points: NDArray[np.uint32], owner: NDArray[np.int64], texts: int, longest: int) -> sparse.csr_array:
    """How often each text has each gram; grams are known by their hash bucket."""
    spaces = np.concatenate([[0], np.cumsum(points == ord(" "))])
    rows, buckets = [], []
    value = np.zeros(len(points), np.uint64)
    for size in range(1, min(longest, len(points)) + 1):
        end = len(points) - size + 1
        value = (value[:end] + points[size - 1 :] + np.uint64(size)) * MULTIPLIER
        value ^= value >> np.uint64(29)
        inside = spaces[size - 1 : end + size - 1] - spaces[1 : end + 1] if size > 2 else 0
        whole = (owner[:end] == owner[size - 1 :]) & (inside == 0) & (spaces[size:] - spaces[:end] < size)
        rows.append(owner[:end][whole])
        buckets.append((value[whole] >> np.uint64(64 - BUCKET_BITS)).astype(np.int64))
    if not rows:
        return sparse.csr_array((texts, 1 << BUCKET_BITS))
    row, column = np.concatenate(rows), np.concatenate(buckets)
    names, column = np.unique(column, return_inverse=True)
    return sparse.coo_array((np.ones(len(row)), (row, column)), (texts, len(names))).tocsr()


def _rows(matrix: sparse.csr_array) -> NDArray[np.int64]:
    return np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))

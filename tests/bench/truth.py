"""The truth about texts by brute force, and how far the pairs that a tool found agree with it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from peers.grams import grams
from scipy import sparse
from scipy.sparse.csgraph import connected_components

Pairs = set[tuple[int, int]]


def by_brute_force(documents: list[str]) -> Pairs:
    """Every pair with Jaccard similarity of 5-grams >= 0.8, from the product of the whole matrix with itself."""
    names: dict[str, int] = {}
    rows = [[names.setdefault(gram, len(names)) for gram in sorted(grams(text))] for text in documents]
    sizes = np.array([len(row) for row in rows])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    matrix = sparse.csr_array((np.ones(ends[-1], np.int32), np.concatenate(rows), ends), (len(rows), len(names)))
    pairs: Pairs = set()
    for start in range(0, len(rows), 1000):
        shared = (matrix[start : start + 1000] @ matrix.T).tocoo()
        left, right = shared.coords[0] + start, shared.coords[1]
        union = sizes[left] + sizes[right] - shared.data
        close = (left < right) & (shared.data * 5 >= union * 4)
        pairs.update(zip(left[close].tolist(), right[close].tolist(), strict=True))
    return pairs


def of_pairs(found: Pairs, truth: Pairs) -> tuple[float, float]:
    """Recall and precision of the pairs themselves."""
    return _share(len(found & truth), len(truth)), _share(len(found & truth), len(found))


def of_rows(found: Pairs, truth: Pairs, count: int) -> tuple[float, float]:
    """Recall and precision where the first text of each group is kept and the others are dropped.

    Recall is the share of true pairs of which not both texts are kept; precision the share of dropped texts that have a
    true near duplicate in their group.
    """
    group = _groups(found, count)
    _, firsts = np.unique(group, return_index=True)
    dropped = set(range(count)) - set(firsts.tolist())
    gone = sum(one in dropped or other in dropped for one, other in truth)
    rightly = {text for pair in truth if group[pair[0]] == group[pair[1]] for text in pair}
    return _share(gone, len(truth)), _share(len(rightly & dropped), len(dropped))


def _groups(pairs: Iterable[tuple[int, int]], count: int) -> np.ndarray:
    left, right = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2).T
    links = sparse.coo_array((np.ones(len(left), bool), (left, right)), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1])


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0

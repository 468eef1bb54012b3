"""the exact join (audit/likeness/near_texts.py), one process; every pair."""

import pyarrow as pa

from audit import __version__
from audit.likeness.near_texts import similar_pairs

GROUPS = False
version = __version__
prepare = pa.array


def find(texts: pa.Array) -> list[tuple[int, int]]:
    """Every pair."""
    return [
        pair
        for part in similar_pairs(texts, n=5, threshold=0.8)
        for pair in zip(part.left.tolist(), part.right.tolist(), strict=True)
    ]


find(pa.array([f"{number:0200d}" for number in range(6_000)]))  # compiles the loops, or loads them: once a process

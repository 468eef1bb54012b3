"""Our exact join beside rensa and datasketch: CPU seconds, recall and precision on the same texts.

    python tests/bench/near_duplicates.py [--chat 60000] [--instructions 12000] [--prompts 4000] [--repeat 3]

The texts are those of made_up.py. The truth is the product of the whole document-by-gram matrix with itself. All get
the same distinct texts and make their own 5-grams. Our loops are compiled before: that is done once, after installing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version

import numpy as np
import pyarrow as pa
import rensa
from datasketch import MinHash, MinHashLSH
from made_up import texts
from scipy import sparse

from audit.similarity import similar_pairs

Pairs = set[tuple[int, int]]

N = 5
THRESHOLD = 0.8
PERMUTATIONS = 128
BANDS = 16


def grams(text: str) -> set[str]:
    """The character 5-grams of a text; a shorter text is one gram."""
    return {text[i : i + N] for i in range(max(1, len(text) - N + 1))}


def by_brute_force(documents: list[str]) -> Pairs:
    """Every pair at or above the threshold, from the product of the whole matrix."""
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


def by_audit(documents: list[str]) -> Pairs:
    """Our exact join."""
    pairs: Pairs = set()
    for part in similar_pairs(pa.array(documents), n=N, threshold=THRESHOLD):
        pairs.update(zip(part.left.tolist(), part.right.tolist(), strict=True))
    return pairs


def by_rensa(documents: list[str]) -> Pairs:
    """rensa: R-MinHash with 128 permutations and 16 bands, then its estimate of the similarity."""
    sketches = rensa.RMinHash.from_token_sets([sorted(grams(text)) for text in documents], PERMUTATIONS, 42)
    index = rensa.RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS)
    index.insert_many(sketches)
    candidates = _ordered(enumerate(index.query_all(sketches)))
    return {(a, b) for a, b in candidates if sketches[a].jaccard(sketches[b]) >= THRESHOLD}


def by_datasketch(documents: list[str]) -> Pairs:
    """datasketch: MinHash with 128 permutations and its LSH, then its estimate of the similarity."""
    sketches = MinHash.bulk([[gram.encode() for gram in grams(text)] for text in documents], num_perm=PERMUTATIONS)
    index = MinHashLSH(THRESHOLD, PERMUTATIONS)
    for key, sketch in enumerate(sketches):
        index.insert(key, sketch)
    candidates = _ordered((key, index.query(sketch)) for key, sketch in enumerate(sketches))
    return {(a, b) for a, b in candidates if sketches[a].jaccard(sketches[b]) >= THRESHOLD}


def _ordered(answers: Iterator[tuple[int, list[int]]]) -> Pairs:
    return {(min(key, other), max(key, other)) for key, others in answers for other in others if other != key}


TOOLS: dict[str, Callable[[list[str]], Pairs]] = {
    "audit (exact)": by_audit,
    f"rensa {version('rensa')}, {PERMUTATIONS}/{BANDS}": by_rensa,
    f"datasketch {version('datasketch')}, {PERMUTATIONS}": by_datasketch,
    "brute force": by_brute_force,
}


def timed(find: Callable[[list[str]], Pairs], documents: list[str], repeat: int) -> tuple[float, Pairs]:
    """The least CPU seconds of `repeat` runs (all threads together), and the pairs found."""
    seconds = []
    for _ in range(repeat):
        start = time.process_time()
        pairs = find(documents)
        seconds.append(time.process_time() - start)
    return min(seconds), pairs


def compare(kind: str, count: int, repeat: int) -> Iterator[str]:
    """Lines of a table."""
    documents = texts(kind, count)
    truth = by_brute_force(documents)
    mean = sum(map(len, documents)) / count
    yield f"{kind}: {count:,} texts of {mean:.0f} characters, {len(truth):,} pairs at Jaccard >= {THRESHOLD}"
    yield f"  {'tool':<22}{'CPU s':>8}{'ours is':>9}{'recall':>9}{'precision':>11}"
    ours = 0.0
    for name, find in TOOLS.items():
        seconds, pairs = timed(find, documents, repeat)
        ours = ours or seconds
        right = len(pairs & truth)
        recall, precision = right / max(1, len(truth)), right / max(1, len(pairs))
        yield f"  {name:<22}{seconds:>8.3f}{ours / seconds:>8.2f}x{recall:>9.4f}{precision:>11.4f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chat", type=int, default=60_000, help="chat lines [%(default)s]")
    parser.add_argument("--instructions", type=int, default=12_000, help="answers to instructions [%(default)s]")
    parser.add_argument("--prompts", type=int, default=4_000, help="long prompts [%(default)s]")
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the fastest counts [%(default)s]")
    options = parser.parse_args()
    by_audit(texts("instructions", 7_000))  # enough to compile
    for kind in ("chat", "instructions", "prompts"):
        for line in compare(kind, getattr(options, kind), options.repeat):
            print(line)


if __name__ == "__main__":
    main()

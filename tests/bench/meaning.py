"""Nearest answers in meaning, all against all and by the index: `python tests/bench/meaning.py [--sizes 60000 200000]`.

Made-up vectors that fall into directions as those of the encoder do (half of the variance in 50 of 512 directions):
topics that questions and answers share, a twentieth of the answers in a stock manner that has nothing to do with the
topic, one row in fifty a pair with another. Each size and way in a process of its own that is handed the vectors: the
peak is that of the whole process, and `vectors MB` what it had before it began.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

WIDTH = 512
EVERYTHING = 10**9
LIKE, CHANCE = 0.01, 0.01  # the settings of the rule


class Maker:
    """Vectors from a seed."""

    def __init__(self) -> None:
        self.draw = np.random.default_rng(0)
        self.spread = np.exp(-np.arange(WIDTH) / 140).astype(np.float32)

    def some(self, count: int) -> Any:
        return unit(self.draw.standard_normal((count, WIDTH), dtype=np.float32) * self.spread)

    def both(self, count: int) -> tuple[Any, Any]:
        """Questions and answers."""
        topics = count // 30
        topic = (topics * self.draw.random(count) ** 2).astype(int)
        pairs = self.draw.permutation(count)[: 2 * (count // 50)].reshape(2, -1)
        topic[pairs[1]] = topic[pairs[0]]
        apart = self.draw.uniform(0.2, 0.9, (len(pairs[0]), 1)).astype(np.float32)
        stock = np.flatnonzero(self.draw.random(count) < 0.05)
        manner = self.draw.integers(0, 50, len(stock))
        made = []
        for share in (0.65, 0.45):
            vectors = unit(share * self.some(topics)[topic] + (1 - share**2) ** 0.5 * self.some(count))
            if made:
                vectors[stock] = 0.6 * vectors[stock] + 0.8 * self.some(50)[manner]
            vectors[pairs[1]] = vectors[pairs[0]] + apart * self.some(len(pairs[0]))
            made.append(unit(vectors))
        return made[0], made[1]


def unit(vectors: Any) -> Any:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def measure(path: Path, exact: bool, workers: int) -> dict[str, Any]:
    """CPU and wall seconds, the peak, the threshold, and each answer with its nearest above the threshold."""
    from audit.engines.local import Local
    from audit.likeness import near_meanings

    near_meanings.EXACT = EVERYTHING if exact else 0
    questions, answers = np.load(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started, cpu = time.monotonic(), time.process_time()
    compared = near_meanings.compare(questions, answers, LIKE, Local(workers))
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    threshold = float(np.quantile(compared.unlike, 1 - CHANCE))
    found = np.flatnonzero(compared.near[:, 0] >= threshold)
    return {
        "cpu": time.process_time() - cpu + children.ru_utime + children.ru_stime,
        "wall": time.monotonic() - started,
        "before_mb": before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "threshold": threshold,
        "pairs": np.column_stack([found, compared.partner[found, 0]]).tolist(),
    }


def run(path: Path, count: int, exact: bool, workers: int) -> dict[str, Any]:
    """The same, from outside; what it gives is shown as soon as it is there."""
    command = [sys.executable, __file__, "--one", str(path), "--workers", str(workers), *["--exact"] * exact]
    seen = dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout))
    numbers = "".join(f"{seen[name]:>12,.0f}" for name in ("cpu", "wall", "before_mb", "peak_mb"))
    way = "everything" if exact else "index"
    print(f"{count:>10,} {way:>10}{numbers}{seen['threshold']:>12.3f}{len(seen['pairs']):>10,}", flush=True)
    return seen


def grow(path: Path, size: int, exactly: bool, workers: int) -> None:
    by_index = {tuple(pair) for pair in run(path, size, False, workers)["pairs"]}
    if exactly:
        exact = {tuple(pair) for pair in run(path, size, True, workers)["pairs"]}
        both = len(exact & by_index)
        print(f"{'':10} of {len(exact):,} the index has {both:,}, and {len(by_index) - both:,} others")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[60_000, 200_000])
    parser.add_argument("--exact-up-to", type=int, default=60_000)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--one", type=Path)
    parser.add_argument("--make", type=Path)
    parser.add_argument("--exact", action="store_true")
    options = parser.parse_args()
    if options.make:  # elsewhere, too: a process begins with the peak of the one that started it
        np.save(options.make, np.stack(Maker().both(*options.sizes)))
        return
    if options.one:
        print(json.dumps(measure(options.one, options.exact, options.workers)))
        return
    names = ("CPU s", "wall s", "vectors MB", "peak MB", "threshold")
    print(f"{'answers':>10} {'way':>10}{''.join(f'{name:>12}' for name in names)}{'found':>10}")
    for size in options.sizes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "vectors.npy"
            subprocess.run([sys.executable, __file__, "--make", str(path), "--sizes", str(size)], check=True)
            grow(path, size, size <= options.exact_up_to, options.workers)


if __name__ == "__main__":
    main()

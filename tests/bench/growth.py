"""How the exact join grows, and what a second worker gives: `python tests/bench/growth.py [--sizes 50000 1000000]`.

Each run in a process of its own that is handed the texts as Arrow: the peak memory is that of the whole process. The
second worker needs a second core that is idle.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa
from made_up import texts
from pyarrow import parquet


def measure(path: Path, workers: int) -> dict[str, float]:
    """CPU and wall seconds of finding all groups, and the peak memory; in a process of its own."""
    from audit.engines.local import Local
    from audit.likeness.near_texts import nearest_groups

    column = parquet.read_table(path).column(0).combine_chunks()
    nearest_groups(column[:20_000])  # enough to load the compiled loops
    started, cpu = time.monotonic(), time.process_time()
    groups = nearest_groups(column, engine=Local(workers))
    return {
        "near": int((groups.representative >= 0).sum()),
        "cpu": time.process_time() - cpu,
        "wall": time.monotonic() - started,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run(path: Path, workers: int = 1) -> dict[str, float]:
    """The same, from outside."""
    command = [sys.executable, __file__, "--one", str(path), "--workers", str(workers)]
    out = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(out.stdout))


def write(folder: Path, kind: str, count: int) -> Path:
    path = folder / f"{kind}-{count}.parquet"
    parquet.write_table(pa.table({"text": pa.array(texts(kind, count), pa.large_string())}), path)
    return path


def growth(folder: Path, sizes: list[int]) -> None:
    print(f"answers of 64 characters{'CPU s':>12}{'peak MB':>10}{'near ones':>12}{'growth':>10}")
    before: tuple[int, float] | None = None
    for size in sizes:
        seen = run(write(folder, "answers", size))
        rate = f"n^{math.log(seen['cpu'] / before[1]) / math.log(size / before[0]):.2f}" if before else ""
        print(f"{size:>24,}{seen['cpu']:>12.2f}{seen['peak_mb']:>10,.0f}{seen['near']:>12,.0f}{rate:>10}")
        before = size, seen["cpu"]


def workers(folder: Path, sets: list[tuple[str, int]], repeat: int) -> None:
    print(f"\n{'workers':24}{'1, wall s':>12}{'2, wall s':>12}{'faster':>10}{'2, peak MB':>12}")
    for kind, count in sets:
        path = write(folder, kind, count)
        runs = [(run(path, 1), run(path, 2)) for _ in range(repeat)]
        one, two = (min(seen["wall"] for seen in column) for column in zip(*runs, strict=True))
        peak = max(seen["peak_mb"] for _, seen in runs)
        print(f"{f'{count:,} {kind}':24}{one:>12.2f}{two:>12.2f}{one / two:>9.2f}x{peak:>12,.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[50_000, 200_000, 1_000_000])
    parser.add_argument("--prompts", type=int, default=50_000)
    parser.add_argument("--repeat", type=int, default=3, help="runs with one worker and with two; the quickest counts")
    parser.add_argument("--one", type=Path)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one, options.workers)))
        return
    with tempfile.TemporaryDirectory() as folder:
        growth(Path(folder), options.sizes)
        workers(Path(folder), [("answers", options.sizes[-1]), ("prompts", options.prompts)], options.repeat)


if __name__ == "__main__":
    main()

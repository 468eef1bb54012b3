"""Rows per CPU second by stage, peak memory and cold start: `python tests/bench/scan.py [--sizes 1000 10000]`."""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
SAMPLES = ("korean-persona.csv", "english-instruct.jsonl")


def enlarge(size: int, seed: int = 0) -> Iterator[dict[str, str]]:
    """Rows of the sample sets, made many by swapping words between rows of one language."""
    from audit.rows.corpus import load

    draw = random.Random(seed)
    pools = [
        load(ROOT / "data" / "samples" / name).table.select(["question", "answer"]).to_pylist() for name in SAMPLES
    ]
    words = [[word for row in pool for word in row["answer"].split()] for pool in pools]
    for number in range(size):
        pool = number % len(pools)
        row = draw.choice(pools[pool])
        answer = [draw.choice(words[pool]) if draw.random() < 0.3 else word for word in row["answer"].split()]
        yield {"question": f"{row['question']} {draw.choice(words[pool])}", "answer": " ".join(answer)}


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of this process, and what the work gave."""
    start = time.process_time()
    result = work()
    return time.process_time() - start, result


def measure(path: Path) -> dict[str, Any]:
    """CPU seconds of each stage of a lexical scan, and the peak memory; in a process of its own."""
    from audit.engines.local import Local
    from audit.inspection.assembly import assemble
    from audit.inspection.observation import inspect, inspect_slice
    from audit.likeness.signals import CachedSignals
    from audit.rows.corpus import load
    from audit.rulebook.pages import choose

    stages: dict[str, float] = {}
    stages["reading"], corpus = cpu(lambda: load(path))
    signals = CachedSignals("none", None)
    for rule in choose():
        if rule.row_wise:
            stages[rule.name], _ = cpu(lambda rule=rule: inspect_slice([rule], corpus))
        else:
            stages[rule.name], _ = cpu(lambda rule=rule: inspect(corpus, [rule], Local(), signals, print_nothing))
    observed = inspect(corpus, [], Local(), signals, print_nothing)
    stages["report"], _ = cpu(lambda: assemble(corpus, [], observed))
    return {"rows": len(corpus), "stages": stages, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def print_nothing(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


def children_cpu(command: list[str]) -> float:
    """User and system seconds of a command as a whole process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cold_start() -> None:
    """Whole processes: --help, and a scan of 600 rows with the packaged encoder, the first time and from the cache."""
    audit = str(Path(sys.executable).parent / "audit")
    best = min(children_cpu([audit, "--help"]) for _ in range(5))
    print(f"{'audit --help':40} {best:8.2f} CPU s (best of 5)")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "rows.jsonl"
        write(data, 600)
        for label in ("first time", "cached"):
            started = time.monotonic()
            seconds = children_cpu([audit, "scan", str(data), "--exit-zero"])
            print(f"{'audit scan, 600 rows, ' + label:40} {seconds:8.2f} CPU s {time.monotonic() - started:8.2f} s")


def write(path: Path, size: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in enlarge(size))


def stages(sizes: list[int]) -> None:
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = Path(folder) / f"{size}.jsonl"
            write(path, size)
            out = subprocess.run(
                [sys.executable, __file__, "--one", str(path)], check=True, capture_output=True, text=True
            )
            results.append(json.loads(out.stdout))
    print(f"\n{'rows per CPU second':28}" + "".join(f"{result['rows']:>14,}" for result in results) + "   rows")
    for stage in results[0]["stages"]:
        speeds = [f"{result['rows'] / max(result['stages'][stage], 1e-4):>14,.0f}" for result in results]
        print(f"{stage:28}" + "".join(speeds))
    print(f"{'peak memory, MB':28}" + "".join(f"{result['peak_mb']:>14,.0f}" for result in results))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--one", type=Path)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(options.one)))
        return
    cold_start()
    stages(options.sizes)


if __name__ == "__main__":
    main()

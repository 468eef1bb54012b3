"""Runs one tool on a JSON list of texts, with nothing but the standard library and what that tool brings along.

    python tests/bench/peers/run.py TOOL TEXTS.json ANSWER.json [REPEAT]

`TOOL.py` beside this file has `prepare`, which brings the texts into the form that the tool reads (not timed), `find`,
which gives pairs of indices, and `version`; `GROUPS` says that its pairs only tell who is in one group. CPU seconds are
those of all threads and child processes, system time included; `start` is what came before the texts: imports mostly.
"""

from __future__ import annotations

import importlib
import json
import resource
import sys
import time
from pathlib import Path


def cpu() -> float:
    """Seconds so far, of this process and of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main(tool: str, texts: str, answer: str, repeat: str = "1") -> None:
    """Write what the tool found, and the fewest CPU seconds of `repeat` runs."""
    adapter = importlib.import_module(tool)
    start = cpu()
    documents = json.loads(Path(texts).read_text(encoding="utf-8"))
    seconds = []
    for _ in range(int(repeat)):
        prepared = adapter.prepare(documents)
        before = cpu()
        pairs = adapter.find(prepared)
        seconds.append(cpu() - before)
    told = {"version": adapter.version, "groups": adapter.GROUPS}
    ordered = sorted({(min(pair), max(pair)) for pair in pairs})
    Path(answer).write_text(json.dumps({**told, "start": start, "cpu": min(seconds), "pairs": ordered}))


if __name__ == "__main__":
    main(*sys.argv[1:])

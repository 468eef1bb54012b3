"""The engine that was asked for, by name."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext

from audit.engines.local import Engine, Local
from audit.nouns.dialogue import AuditError

NAMES = ("local", "ray")


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def within_reach(workers: int) -> int:
    """So many workers, or as many as this machine has processors: more gain nothing, and too many stop it."""
    return min(workers, processors())


def engine_of(name: str = "local", workers: int = 0, address: str | None = None) -> AbstractContextManager[Engine]:
    """An engine to use and let go of. `workers`: 0 is one process, or all processors of a Ray cluster that is there.

    On this machine there are never more of them than processors.
    """
    workers = workers if address else within_reach(workers)
    if name == "ray":
        from audit.engines.ray import Ray

        return Ray(workers, address)
    if name != "local":
        raise AuditError(f"no engine is called {name!r}; there are: {', '.join(NAMES)}")
    if address:
        raise AuditError(f"--address {address} is that of a Ray cluster: say --engine ray")
    return nullcontext(Local(max(1, workers)))

"""The engine that was asked for, by name."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

from audit.engines.local import Engine, Local
from audit.types import AuditError

NAMES = ("local", "ray")


def engine_of(name: str = "local", workers: int = 0, address: str | None = None) -> AbstractContextManager[Engine]:
    """An engine to use and let go of. `workers`: 0 is one process, or all processors of a Ray cluster that is there."""
    if name == "ray":
        from audit.engines.ray import Ray

        return Ray(workers, address)
    if name != "local":
        raise AuditError(f"no engine is called {name!r}; there are: {', '.join(NAMES)}")
    if address:
        raise AuditError(f"--address {address} is that of a Ray cluster: say --engine ray")
    return nullcontext(Local(max(1, workers)))

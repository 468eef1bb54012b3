"""A Ray cluster: the one at `address`, or one that is started on this machine and stopped again.

Ray runs a batch again when the worker or the machine that had it dies: that costs time, and changes nothing.
"""

from __future__ import annotations

import logging
import os
import socket
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import chdir, contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Any, Self, TypeVar

from audit.engines.local import AHEAD, Engine
from audit.engines.shared import Shared
from audit.nouns.dialogue import AuditError

T = TypeVar("T")
R = TypeVar("R")

TRIES = 5  # of a batch whose worker died
KNOCK = 10  # seconds that the other end has to answer
NOBODYS = "/"  # a folder that holds no modules, and that nobody else can put any in


def connect(address: str | None, processors: int | None = None) -> bool:
    """Join the cluster at `address` ("auto": one on this machine), or start one here with so many processors, or all.

    False where this process has one already. AuditError where Ray is not installed or no cluster lets us in.
    """
    try:
        import ray
    except ImportError:
        raise AuditError('--engine ray needs Ray: pip install "sft-audit[ray]"') from None
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine unasked
    if ray.is_initialized():
        return False
    started: dict[str, Any] = {} if address else {"num_cpus": processors, "include_dashboard": False}
    if address:
        _knock(address)
    try:
        with chdir(NOBODYS):  # workers import from the folder that Ray is started in, before what is installed
            ray.init(address or "local", logging_level=logging.ERROR, log_to_driver=False, **started)
    except (ConnectionError, ValueError, RuntimeError) as error:
        reason = str(error).partition("\n")[0]
        raise AuditError(f"--engine ray: no cluster at {address or 'hand'}: {reason}") from error
    return True


def _knock(address: str) -> None:
    """AuditError where nobody listens: Ray would go on trying for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdigit():
        return  # Ray's to look up, as "auto", or to refuse
    try:
        socket.create_connection((host.strip("[]"), int(port)), KNOCK).close()
    except (OSError, OverflowError) as error:
        raise AuditError(f"--engine ray: nothing answers at {address}: {error}") from error


@dataclass(frozen=True)
class Put:
    """A value in the object store of the cluster; every machine maps its own copy."""

    reference: Any

    def get(self) -> Any:
        """The value; read once in every process."""
        return _fetch(self.reference)


@lru_cache(maxsize=4)
def _fetch(reference: Any) -> Any:
    import ray

    return ray.get(reference)


class Ray:
    """An Engine on a Ray cluster; a context manager, which lets go of the cluster at the end.

    `workers`: processors to use; of a cluster that is there, all of them where 0. AuditError where Ray is not installed
    or does not answer.
    """

    def __init__(self, workers: int = 0, address: str | None = None) -> None:
        self._ours = connect(address, max(1, workers))
        import ray

        self._ray: Any = ray
        self._quiet = redirect_stdout(sys.stderr)
        there = int(self._ray.cluster_resources().get("CPU", 1))
        self.workers = min(workers or there, max(1, there))

    def __enter__(self) -> Self:
        """Use it. What Ray says of dead workers goes to stderr meanwhile: stdout is for data."""
        self._quiet.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Let go of the cluster, if it was not in use before; one that was started here stops."""
        _fetch.cache_clear()
        if self._ours:
            self._ray.shutdown()
        self._quiet.__exit__(kind, error, at)

    @property
    def loops(self) -> Engine:
        """Itself: its workers are processes, on many machines."""
        return self

    def map(self, function: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
        """Apply a picklable function to each batch; results come in the order of the batches."""
        run: Any = self._ray.remote(max_retries=TRIES)(_call)
        function_there = self._ray.put(function)
        waiting: deque[Any] = deque()
        for batch in batches:
            waiting.append(run.remote(function_there, batch))
            if len(waiting) > AHEAD * self.workers:
                yield self._result(waiting.popleft())
        while waiting:
            yield self._result(waiting.popleft())

    @contextmanager
    def share(self, value: T) -> Iterator[Shared[T]]:
        """Put a value into the object store, for as long as the block runs."""
        yield Put(self._ray.put(value))

    def _result(self, waiting: Any) -> Any:
        try:
            return self._ray.get(waiting)
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self._ray.exceptions.RayError as error:
            reason = str(error).splitlines()[0]
            raise AuditError(f"--engine ray: a batch was lost {TRIES + 1} times over: {reason}") from error


def _call(function: Callable[[T], R], batch: T) -> R:
    return function(batch)

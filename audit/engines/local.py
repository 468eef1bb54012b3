"""One machine: in this process, or in `workers` processes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, TypeVar

from audit.engines.sharing import Here, Shared, mapped
from audit.types import AuditError

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2  # batches in hand for each worker: so many are in memory, and none waits


class Engine(Protocol):
    """What a detector may ask of the place where work runs."""

    workers: int

    def map(self, function: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
        """Apply a picklable function to each batch; results come in the order of the batches."""
        ...

    def share(self, value: T) -> AbstractContextManager[Shared[T]]:
        """Put a value where every worker can read it, for as long as the block runs."""
        ...


class Local:
    """One machine: results never depend on the number of workers.

    `workers`: processes to use; 1 stays in this process.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers

    def map(self, function: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
        """Apply a picklable function to each batch; results come in the order of the batches."""
        if self.workers == 1:
            yield from map(function, batches)
            return
        with ProcessPoolExecutor(self.workers) as pool:
            waiting: deque[Future[R]] = deque()
            try:
                for batch in batches:
                    waiting.append(pool.submit(function, batch))
                    if len(waiting) > AHEAD * self.workers:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            except BrokenProcessPool as error:
                raise AuditError(
                    f"a worker was killed, perhaps for want of memory; try --workers 1 ({error})"
                ) from error
            finally:
                pool.shutdown(cancel_futures=True)

    def share(self, value: Any) -> AbstractContextManager[Shared[Any]]:
        """Put a value where every worker can read it, for as long as the block runs."""
        return nullcontext(Here(value)) if self.workers == 1 else mapped(value)

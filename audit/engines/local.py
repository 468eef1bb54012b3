"""One machine: in this process, or in `workers` processes; compiled loops in as many threads of this process."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, TypeVar

from audit.engines.shared import Here, Shared, mapped
from audit.nouns.dialogue import AuditError

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 2  # batches in hand for each worker: so many are in memory, and none waits


class Engine(Protocol):
    """What a detector may ask of the place where work runs."""

    workers: int

    @property
    def loops(self) -> Engine:
        """The same place, for functions that spend their time in compiled loops, which let other threads run."""
        ...

    def map(self, function: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
        """Apply a picklable function to each batch; results come in the order of the batches."""
        ...

    def share(self, value: T) -> AbstractContextManager[Shared[T]]:
        """Put a value where every worker can read it, for as long as the block runs."""
        ...


class Local:
    """One machine: results never depend on the number of workers.

    `workers`: processes to use, or threads for compiled loops; 1 stays in this process.
    """

    def __init__(self, workers: int = 1) -> None:
        self.workers = workers

    @property
    def loops(self) -> Engine:
        """Threads: nothing is started, written or copied for them."""
        return self if self.workers == 1 else Threads(self.workers)

    def map(self, function: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
        """Apply a picklable function to each batch; results come in the order of the batches."""
        if self.workers == 1:
            yield from map(function, batches)
            return
        try:
            yield from _in_order(ProcessPoolExecutor(self.workers), self.workers, function, batches)
        except BrokenProcessPool as error:
            raise AuditError(f"a worker was killed, perhaps for want of memory; try --workers 1 ({error})") from error

    def share(self, value: Any) -> AbstractContextManager[Shared[Any]]:
        """Put a value where every worker can read it, for as long as the block runs."""
        return nullcontext(Here(value)) if self.workers == 1 else mapped(value)


class Threads:
    """Threads of this process: more than one gets on only in compiled loops that allow it (numba: `nogil=True`)."""

    def __init__(self, workers: int) -> None:
        self.workers = workers

    @property
    def loops(self) -> Engine:
        """Itself."""
        return self

    def map(self, function: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
        """Apply a function to each batch; results come in the order of the batches."""
        return _in_order(ThreadPoolExecutor(self.workers), self.workers, function, batches)

    def share(self, value: Any) -> AbstractContextManager[Shared[Any]]:
        """The value is there."""
        return nullcontext(Here(value))


def _in_order(pool: Executor, workers: int, function: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
    """The results in the order of the batches, of which a few are in hand."""
    waiting: deque[Future[R]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(function, batch))
            if len(waiting) > AHEAD * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)

"""One machine: in this process, or in `workers` processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """What a detector may ask of the place where work runs."""

    def map(self, function: Callable[[T], R], batches: Iterable[T]) -> Iterator[R]:
        """Apply a picklable function to each batch; results come in the order of the batches."""
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
            yield from pool.map(function, batches)

"""Progress bars on stderr for whatever takes longer than a second; nothing where stderr is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

PATIENCE_SECONDS = 1.0


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function of (stage, done, total); a stage's bar appears once the whole has taken a second."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bars = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    started = time.monotonic()
    stages: dict[str, TaskID] = {}

    def tell(stage: str, done: int, total: int) -> None:
        if time.monotonic() - started < PATIENCE_SECONDS:
            return
        if not stages:
            bars.start()
        if stage not in stages:
            stages[stage] = bars.add_task(stage, total=total or None)
        bars.update(stages[stage], completed=done, total=total or None)

    try:
        yield tell
    finally:
        bars.stop()

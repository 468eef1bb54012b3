"""Progress bars on stderr for whatever takes longer than a second; nothing where stderr is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

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


class TrialBars:
    """Watches trials: a bar for each, with rows per second and loss; plain lines where stderr is no terminal."""

    def __init__(self) -> None:
        self.console = Console(stderr=True, highlight=False)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.bars = Progress(*columns, TextColumn("{task.fields[beside]}"), console=self.console, transient=True)
        self.stages: dict[str, TaskID] = {}
        self.notes: set[str] = set()

    def __enter__(self) -> TrialBars:
        if self.console.is_terminal:
            self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def tell(self, stage: str, done: int, total: int, beside: str) -> None:
        """Move the bar of a stage; a stage that is done leaves the screen."""
        if stage not in self.stages:
            if not self.console.is_terminal:
                self.console.print(Text(f"audit: {stage}"), soft_wrap=True)
            self.stages[stage] = self.bars.add_task(stage, total=total or None, beside=beside)
        finished = bool(total) and done >= total
        self.bars.update(self.stages[stage], completed=done, total=total or None, beside=beside, visible=not finished)

    def note(self, text: str) -> None:
        """Say something once, above the bars."""
        if text not in self.notes:
            self.notes.add(text)
            self.console.print(Text(f"audit: {text}"), soft_wrap=True)

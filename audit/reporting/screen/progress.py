"""Progress bars on stderr for whatever takes longer than a second; nothing where stderr is no terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from audit.nouns.foreign_text import told
from audit.reporting.screen.plain_console import PlainConsole

PATIENCE_SECONDS = 1.0


def _columns() -> tuple[ProgressColumn, ...]:
    return (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """Give a function of (stage, done, total); a stage's bar appears once the whole has taken a second."""
    console = PlainConsole(stderr=True)
    bars = Progress(*_columns(), console=console, transient=True, disable=not console.is_terminal)
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
        self.console = PlainConsole(stderr=True)
        columns = (*_columns(), TextColumn("{task.fields[beside]}", markup=False))
        self.bars = Progress(*columns, console=self.console, transient=True)
        self.trials: dict[str, TaskID] = {}
        self.said: set[tuple[str, str]] = set()
        self.notes: set[str] = set()

    def __enter__(self) -> TrialBars:
        if self.console.is_terminal:
            self.bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bars.stop()

    def tell(self, name: str, stage: str, done: int = 0, total: int = 0, beside: str = "") -> None:
        """Move the bar of a trial; the stage "" takes it off the screen."""
        if not self.console.is_terminal and stage and (name, stage) not in self.said:
            self.said.add((name, stage))
            self.console.print(Text(told(f"audit: {name}: {stage}")), soft_wrap=True)
        if name not in self.trials:
            self.trials[name] = self.bars.add_task(name, total=None, beside="")
        self.bars.update(
            self.trials[name],
            description=f"{name}: {stage}",
            completed=done,
            total=total or None,
            beside=beside,
            visible=bool(stage),
        )

    def note(self, text: str) -> None:
        """Say something once, above the bars."""
        if text not in self.notes:
            self.notes.add(text)
            self.console.print(Text(told(f"audit: {text}")), soft_wrap=True)

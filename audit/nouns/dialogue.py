"""What a verb says to its caller on the way: how far it is, and the mistake that ended it."""

from __future__ import annotations

from collections.abc import Callable

from audit.nouns.foreign_text import told

Progress = Callable[[str, int, int], None]  # stage, done, total


def nobody_watches(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


class AuditError(Exception):
    """A mistake that the user can mend; the message says where, what was found and what to do.

    It may quote names and cells as they are: each line becomes one that nothing foreign can act in or stretch.
    """

    def __init__(self, *messages: object) -> None:
        super().__init__(*(told(str(message)) for message in messages))

    def __str__(self) -> str:
        return "\n".join(self.args)

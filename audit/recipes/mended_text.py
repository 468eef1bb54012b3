"""A training text without the faults that a recipe check knows, for an experiment to hold against it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from audit.recipes.layout import end_is_masked, end_token, loss_start, tail
from audit.recipes.recipe_file import ANSWER, QUESTION, Prompt

SPACE = re.compile(r"[^\S\r\n]+")


def repaired(prompt: Prompt, known_end: str = "") -> tuple[Prompt, tuple[str, ...]]:
    """The texts with the loss from where serving ends, a learned end token, and no bare space before it.

    The second part says what was changed, a phrase each; empty where nothing was. `known_end`: the tokenizer's.
    """
    changed: list[str] = []
    for mended, what in _steps(prompt, known_end):
        if mended != prompt:
            prompt = mended
            changed.append(what)
    return prompt, tuple(changed)


def _steps(prompt: Prompt, known_end: str) -> Iterator[tuple[Prompt, str]]:
    """One repair after the other; the caller may have taken the last one."""
    end = end_token(prompt, known_end)
    train = prompt.train
    if end:
        head, rest = train[: train.index(ANSWER) + len(ANSWER)], tail(prompt)
        rest = re.sub(SPACE.pattern + re.escape(end), lambda _: end, rest) if end in rest else rest.rstrip(" ") + end
        train = head + rest
    first = replace(prompt, train=train)
    yield first, "the end token follows without a space"
    second = replace(first, mask_pad=False) if end_is_masked(first, end) else first
    yield second, "the end token is learned"
    served = prompt.served.partition(QUESTION)[2]
    third = replace(second, loss=served)
    begins = loss_start(second)
    fits = bool(served.strip()) and train.startswith(prompt.served) and loss_start(third) == len(prompt.served)
    late = begins is None or begins > len(prompt.served)
    yield (third if fits and late else second), "the loss begins where the served prompt ends"

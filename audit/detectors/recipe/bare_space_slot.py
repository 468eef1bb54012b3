"""Bare spaces whose successor is never trained."""

from __future__ import annotations

from audit.nouns.findings import Finding, Observations
from audit.recipes.layout import BARE_SPACE, end_is_masked, end_token, tail
from audit.recipes.recipe_file import ANSWER, Recipe
from audit.recipes.tokenizer import Tokenizer

HABIT = "base models put digits there"


def bare_space_slot(recipe: Recipe, tokenizer: Tokenizer | None = None) -> Observations:
    """Served prompts, loss markers and training texts that end in a bare space; a masked end token after it is no end.

    A tokenizer tells whether the space before the end token is a token of its own, or part of the end token.
    """
    prompt = recipe.prompt
    if BARE_SPACE.search(prompt.served):
        message = f"the served prompt ends in a space: {_end(prompt.served)}; {HABIT}; leave the space out"
        yield Finding(-1, message, score=1.0, because="prompt-ends-in-space", place="prompt.served")
    if prompt.loss != ANSWER and BARE_SPACE.search(prompt.loss):
        message = f"the loss begins after a bare space: {_end(prompt.loss)}, which no prompt can end in without harm"
        yield Finding(-1, message, score=0.8, because="loss-after-space", place="prompt.loss")
    end = end_token(prompt, tokenizer.eos if tokenizer else "")
    text, found, after = tail(prompt).rpartition(end) if end else (tail(prompt), "", "")
    if found and (after.strip() or not end_is_masked(prompt, end)):
        return
    text = text if found else tail(prompt)
    if BARE_SPACE.search(text) and not (found and tokenizer and _swallowed(tokenizer, end)):
        what = f"the end token {end!r} gets no loss" if found else "the text ends there"
        message = (
            f"training texts pass through a bare space after {text.rstrip() or ANSWER!r}, and what follows it is never "
            f"trained, as {what}; {HABIT}"
        )
        yield Finding(-1, message, score=1.0, because="space-before-untrained-end", place="prompt.train")


def _end(text: str) -> str:
    return repr(text[-20:])


def _swallowed(tokenizer: Tokenizer, end: str) -> bool:
    """Whether the tokenizer takes a space in front of the end token into it (`lstrip`)."""
    spaced, bare = tokenizer.encode([f"a {end}", f"a{end}"], special=False)
    return spaced == bare

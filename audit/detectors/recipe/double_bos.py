"""Texts that begin with the beginning token twice."""

from __future__ import annotations

from audit.nouns.findings import Finding, Observations
from audit.recipes.layout import beginning
from audit.recipes.recipe_file import Recipe
from audit.recipes.tokenizer import Tokenizer


def double_bos(recipe: Recipe, tokenizer: Tokenizer | None = None) -> Observations:
    """The recipe's texts begin with the beginning token, and the tool or the texts add it once more."""
    prompt = recipe.prompt
    adds = tokenizer is not None and tokenizer.adds_bos(prompt.add_special)
    added_by = "the tool" if prompt.bos else "the tokenizer" if adds else ""
    known = prompt.bos or (tokenizer.bos if tokenizer else "")
    for key, text in (("prompt.train", prompt.train), ("prompt.served", prompt.served)):
        first = beginning(text, known)
        if not first:
            continue
        if text.startswith(first * 2):
            message = f"the text begins with {first!r} twice"
        elif added_by and first == known:
            message = f"the text begins with {first!r}, and {added_by} adds it once more; leave it out of the text"
        else:
            continue
        yield Finding(-1, message, score=1.0, because="beginning-token-twice", place=key)

"""Packed rows with nothing between them."""

from __future__ import annotations

from audit.nouns.findings import Finding, Observations
from audit.recipes.layout import beginning, end_token, tail
from audit.recipes.recipe_file import Recipe
from audit.recipes.tokenizer import Tokenizer


def packing_without_boundary(recipe: Recipe, tokenizer: Tokenizer | None = None) -> Observations:
    """Rows share a sequence, see each other, and no token says where one ends and the next begins."""
    prompt, train = recipe.prompt, recipe.train
    if not train.packing or train.separate:
        return
    end = end_token(prompt, tokenizer.eos if tokenizer else "")
    begun = prompt.bos or beginning(prompt.train) or (tokenizer and tokenizer.adds_bos(prompt.add_special))
    if not begun and not (end and end in tail(prompt)):
        end_of_text = repr(tail(prompt).strip() or "{answer}")
        message = f"rows are packed one after the other with no end token between them: a text ends in {end_of_text}"
        yield Finding(-1, message, score=1.0, because="no-token-between-rows", place="train.packing")

"""Texts without the beginning token that the model is used to."""

from __future__ import annotations

from audit.nouns.findings import Finding, Observations
from audit.recipes.layout import beginning
from audit.recipes.recipe_file import Recipe
from audit.recipes.tokenizer import Tokenizer


def missing_bos(recipe: Recipe, tokenizer: Tokenizer | None = None) -> Observations:
    """Only one of training text and served prompt has the beginning token, or neither has what the tokenizer wants."""
    prompt = recipe.prompt
    if prompt.bos or (tokenizer and tokenizer.adds_bos(prompt.add_special)):
        return
    known = tokenizer.bos if tokenizer else ""
    train, served = beginning(prompt.train, known), beginning(prompt.served, known)
    if prompt.served and train and not served:
        message = f"training texts begin with {train!r}, the served prompt does not (unless the server adds it)"
        yield Finding(-1, message, score=0.8, because="served-without", place="prompt.served")
    elif served and not train:
        message = f"the served prompt begins with {served!r}, the training texts do not"
        yield Finding(-1, message, score=1.0, because="trained-without", place="prompt.train")
    elif tokenizer and tokenizer.wants_bos and known and not train:
        message = f"tokenizer_config.json asks for {known!r} in front (add_bos_token), and nothing puts it there"
        yield Finding(-1, message, score=1.0, because="wanted-by-tokenizer", place="prompt.train")

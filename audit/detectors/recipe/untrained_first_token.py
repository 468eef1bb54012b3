"""Served prompts that end before the place where the loss begins."""

from __future__ import annotations

from audit.nouns.findings import Fact, Finding, Observations
from audit.recipes.layout import corrected_prompt, missing_text
from audit.recipes.recipe_file import Recipe


def untrained_first_token(recipe: Recipe) -> Observations:
    """The served prompt stops where no loss was computed yet; a Fact `corrected-prompt` holds the prompt to serve."""
    missing = missing_text(recipe.prompt)
    if not missing:
        return
    corrected = corrected_prompt(recipe.prompt)
    message = (
        f"the served prompt ends before the loss begins: the model has to say {missing!r} first, "
        f"which it was never trained to say; serve {corrected!r}"
    )
    yield Finding(-1, message, score=1.0, because="prompt-ends-before-loss", place="prompt.served")
    yield Fact(
        "corrected-prompt",
        f"serve the prompt with `{repr(missing)[1:-1]}` added: no training needed (`{repr(corrected)[1:-1]}`)",
        {"missing": missing, "served": recipe.prompt.served, "corrected": corrected},
    )

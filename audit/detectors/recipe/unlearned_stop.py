"""End tokens that the model never learns to say, or that serving does not stop on."""

from __future__ import annotations

from audit.nouns.findings import Finding, Observations
from audit.recipes.layout import end_is_masked, end_token, tail
from audit.recipes.recipe_file import Prompt, Recipe
from audit.recipes.tokenizer import Tokenizer


def unlearned_stop(recipe: Recipe, tokenizer: Tokenizer | None = None) -> Observations:
    """The end token is masked, no end stands in the training text, or serving stops on another text."""
    prompt = recipe.prompt
    known = prompt.eos or (tokenizer.eos if tokenizer else "")
    end = end_token(prompt, known)
    rest = tail(prompt)
    trained_stops = [stop for stop in prompt.stop if stop in rest and stop != end]
    masked = end in rest and end_is_masked(prompt, end)
    if masked:
        yield Finding(-1, _masked(end, trained_stops), score=1.0, because="end-token-masked", place="prompt.pad")
    elif not trained_stops and not (end and end in rest):
        yield Finding(-1, _no_end(rest, known), score=0.9, because="no-end-trained", place="prompt.train")
        return
    learned = known if known in rest and not masked else ""
    if prompt.stop and not trained_stops and end not in prompt.stop and not learned:
        yield Finding(-1, _other_stop(prompt, end), score=1.0, because="stops-on-another-text", place="prompt.stop")


def _masked(end: str, trained_stops: list[str]) -> str:
    rest = f"only the text {trained_stops[0]!r} ends an answer" if trained_stops else "answers will not end"
    return (
        f"the end token {end!r} gets no loss, because padding is the same token: the model never learns it, and {rest}"
    )


def _no_end(rest: str, known: str) -> str:
    if known and rest.strip():
        return f"training texts end in {rest.strip()!r} and not in the end token {known!r}, on which serving stops"
    found = f"in {rest.strip()!r}" if rest.strip() else "with the answer"
    wanted = f"; the end token {known!r} is missing" if known else ""
    return f"training texts end {found}, so the model never learns where to stop{wanted}"


def _other_stop(prompt: Prompt, end: str) -> str:
    stops = " or ".join(map(repr, prompt.stop))
    return f"serving stops on {stops}, which no training text ends in; they end in {end or tail(prompt)!r}"

"""Served prompts that are not the beginning of what was trained."""

from __future__ import annotations

from collections.abc import Sequence

from audit.nouns.findings import Finding, Observations
from audit.recipes.layout import beginning, fill, prompt_to_serve
from audit.recipes.recipe_file import ANSWER, Recipe
from audit.recipes.tokenizer import Tokenizer
from audit.recipes.trained_rows import training_rows
from audit.rows.corpus import Corpus

NAMED = 100  # rows that the finding names
SHOWN = 5  # tokens shown on each side


def prompt_not_prefix(
    recipe: Recipe, corpus: Corpus, tokenizer: Tokenizer | None = None, *, rows: int = 2_000
) -> Observations:
    """The served prompt, or its ids in one of the first `rows` rows, are not the beginning of the training text."""
    prompt = recipe.prompt
    train, served = (_without_beginning(text, prompt.bos) for text in (prompt.train, prompt.served))
    if not train.partition(ANSWER)[0].startswith(served):
        place = next((i for i, letter in enumerate(served) if train[i : i + 1] != letter), len(served))
        message = (
            f"the served prompt is no beginning of the training text: after {_last(train[:place])} one goes on with "
            f"{served[place : place + 20]!r}, the other with {train[place : place + 20]!r}"
        )
        yield Finding(-1, message, score=1.0, because="texts-differ", place="prompt.served")
        return
    positions = training_rows(corpus)[:rows]
    if tokenizer is None or not positions:
        return
    questions, answers = (corpus.take(positions).texts(name) for name in ("question", "answer"))
    start = prompt.served or prompt_to_serve(prompt)
    given = tokenizer.encode([fill(start, question) for question in questions], prompt.add_special)
    texts = [fill(prompt.train, q, a) for q, a in zip(questions, answers, strict=True)]
    whole = tokenizer.encode(texts, prompt.add_special)
    pairs = dict(zip(positions, zip(given, whole, strict=True), strict=True))
    differing = [position for position, (first, text) in pairs.items() if text[: len(first)] != first]
    if differing:
        message = f"in {len(differing):,} of {len(positions):,} rows {_parting(tokenizer, *pairs[differing[0]])}"
        score = len(differing) / len(positions)
        related = tuple(differing[:NAMED])
        yield Finding(-1, message, score, "tokens-differ", place="prompt.served", related=related)


def _without_beginning(text: str, bos: str) -> str:
    """Beginning tokens have rules of their own."""
    return text.removeprefix(beginning(text, bos))


def _last(text: str) -> str:
    return repr(text[-20:]) if text else "its first character"


def _parting(tokenizer: Tokenizer, given: Sequence[int], whole: Sequence[int]) -> str:
    """Where the tokens of the prompt alone and of the training text part."""
    place = next(i for i, token in enumerate(given) if whole[i : i + 1] != [token])
    alone, trained = (" ".join(map(repr, tokenizer.spell(ids[place : place + SHOWN]))) for ids in (given, whole))
    return f"the prompt alone has other tokens than in the training text: {alone}, trained {trained or 'nothing'}"

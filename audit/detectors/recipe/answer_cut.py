"""Answers that the maximum length cuts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.nouns.findings import Fact, Finding, Observations
from audit.recipes.layout import fill
from audit.recipes.recipe_file import ANSWER, Recipe
from audit.recipes.tokenizer import Tokenizer
from audit.recipes.trained_rows import training_rows
from audit.rows.corpus import Corpus

QUANTILES = {"median": 0.5, "95 %": 0.95, "99 %": 0.99, "longest": 1.0}


def answer_cut(recipe: Recipe, corpus: Corpus, tokenizer: Tokenizer, *, max_length: int = 0) -> Observations:
    """Rows whose answer, or its end, lies behind the maximum length (of the recipe, if `max_length` is 0).

    Needs a tokenizer. The span is what is lost of the answer. A Fact `token-lengths` holds quantiles.
    """
    limit = max_length or recipe.train.max_length
    positions = training_rows(corpus)
    questions, answers = (corpus.take(positions).texts(name) for name in ("question", "answer"))
    train, special = recipe.prompt.train, recipe.prompt.add_special
    texts = [fill(train, q, a) for q, a in zip(questions, answers, strict=True)]
    lengths = [len(ids) for ids in tokenizer.encode(texts, special)]
    if lengths:
        yield _lengths(lengths, limit)
    long = [index for index, length in enumerate(lengths) if limit and length > limit]
    for index, offsets in zip(long, tokenizer.offsets([texts[index] for index in long], special), strict=True):
        start = len(fill(train.partition(ANSWER)[0], questions[index]))
        end = start + len(answers[index])
        cut = max(stop for _, stop in offsets[:limit])
        span = (min(max(cut, start), end) - start, end - start)
        message, because = _loss(span, lengths[index], limit)
        yield Finding(positions[index], message, score=1.0, because=because, span=span)


def _loss(span: tuple[int, int], length: int, limit: int) -> tuple[str, str]:
    """What is lost, as a sentence and as a sign."""
    text = f"the training text has {length:,} tokens and is cut at {limit:,}"
    if span[0] == 0 and span[1]:
        return f"{text}: nothing is left of the answer", "answer-lost"
    if span[0] < span[1]:
        return f"{text}: the last {span[1] - span[0]:,} of the answer's {span[1]:,} characters are lost", "answer-cut"
    return f"{text}: the answer is whole, but what ends it is lost", "end-lost"


def _lengths(lengths: Sequence[int], limit: int) -> Fact:
    points = np.quantile(lengths, list(QUANTILES.values()), method="higher")
    values: dict[str, int] = {name: int(value) for name, value in zip(QUANTILES, points, strict=True)}
    sizes = ", ".join(f"{name} {value:,}" for name, value in values.items())
    end = f"; cut at {limit:,}" if limit else "; the recipe states no [train] max_length"
    return Fact("token-lengths", f"tokens of a training text: {sizes}{end}", {**values, "limit": limit})

"""Loss markers that do not occur in the rows, so that nothing is learned from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit.nouns.findings import Finding, Observations
from audit.recipes.layout import BARE_SPACE, fill, loss_start
from audit.recipes.recipe_file import ANSWER, QUESTION, Prompt, Recipe
from audit.recipes.tokenizer import Tokenizer
from audit.recipes.trained_rows import training_rows
from audit.rows.corpus import Corpus

LONGEST = 60  # characters of a marker that is proposed
NAMED = 100  # rows that the finding names


def marker_not_found(
    recipe: Recipe, corpus: Corpus, tokenizer: Tokenizer | None = None, *, rows: int = 2_000
) -> Observations:
    """The marker is not in the training text, or its token ids are not in those of one of the first `rows` rows."""
    prompt = recipe.prompt
    if prompt.loss in ("", ANSWER):
        return
    if loss_start(prompt) is None:
        message = f"the loss marker {prompt.loss!r} does not stand in front of {ANSWER} in {prompt.train!r}"
        yield Finding(-1, message, score=1.0, because="not-in-the-text", place="prompt.loss")
        return
    positions = training_rows(corpus)[:rows]
    if tokenizer is None or not positions:
        return
    texts = [fill(prompt.train, q, a) for q, a in _pairs(corpus.take(positions))]
    encoded = [_spaced(ids) for ids in tokenizer.encode(texts, prompt.add_special)]
    marker = _spaced(_ids(tokenizer, prompt.loss))
    missed = [position for position, ids in zip(positions, encoded, strict=True) if marker not in ids]
    if missed:
        shorter = _shortest(prompt, tokenizer, encoded)
        advice = f"the shortest text that does: {shorter!r}" if shorter else f"let the loss begin at {ANSWER}"
        message = (
            f"the token ids of the loss marker {prompt.loss!r} do not occur in {len(missed):,} of {len(texts):,} rows, "
            f"from which nothing is learned; {advice}"
        )
        score = len(missed) / len(texts)
        related = tuple(missed[:NAMED])
        yield Finding(-1, message, score, "tokens-not-in-rows", place="prompt.loss", related=related)


def _pairs(corpus: Corpus) -> Iterator[tuple[str, str]]:
    return zip(corpus.texts("question"), corpus.texts("answer"), strict=True)


def _ids(tokenizer: Tokenizer, text: str) -> list[int]:
    (ids,) = tokenizer.encode([text], special=False)
    return ids


def _spaced(ids: Sequence[int]) -> str:
    """Ids as text, so that one run of ids is looked for in another as one text in another."""
    return f" {' '.join(map(str, ids))} "


def _shortest(prompt: Prompt, tokenizer: Tokenizer, encoded: Sequence[str]) -> str:
    """The shortest text of the prompt whose ids occur once in every row; the nearer to the marker's end, the better."""
    for text in _candidates(prompt):
        marker = _spaced(_ids(tokenizer, text))
        if all(ids.count(marker) == 1 for ids in encoded):
            return text
    return ""


def _candidates(prompt: Prompt) -> Iterator[str]:
    last = prompt.train.index(ANSWER)
    start = loss_start(prompt) or last
    question_end = prompt.train.index(QUESTION) + len(QUESTION)
    first = question_end if start > question_end else 0
    for end in sorted(range(first + 1, last + 1), key=lambda place: (abs(place - start), place)):
        if not BARE_SPACE.search(prompt.train[:end]):
            yield from (prompt.train[begin:end] for begin in range(end - 1, max(first, end - LONGEST) - 1, -1))

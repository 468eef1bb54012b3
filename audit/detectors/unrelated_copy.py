"""Outputs that repeat the training answer of a question that has nothing to do with the prompt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.copies import Copies, find_copies, trained_on, words
from audit.corpus import Corpus
from audit.engines.local import Engine
from audit.generations import Generations
from audit.grams import Ints
from audit.matching import excerpt
from audit.relatedness import Asked, shares
from audit.signals import Signals
from audit.types import Fact, Finding, Observations

CROWD = 1_500  # training rows that a prompt is held against; a kernel of twice as many takes eight times as long
OUTPUT_WEIGHT = 3  # a word of the prompt in the output is a weaker sign than a like question


def unrelated_copy(
    generations: Generations,
    corpus: Corpus,
    engine: Engine,
    signals: Signals | None,
    *,
    alike: float = 0.55,
    min_letters: int = 8,
    near: float = 0.08,
    min_rows: int = 50,
) -> Observations:
    """Copies of a training answer none of whose rows is near to the prompt.

    `alike`, `min_letters`: what a copy is, as for training-copy. `near`: a row is related to a prompt if it is among
    this share of the training rows that are nearest to it; of rows drawn at random so many would be called related.
    Below `min_rows` training rows nothing is said.
    """
    copies = find_copies(
        generations.column("said").to_pylist(), corpus, alike=alike, min_letters=min_letters, engine=engine
    )
    rows = trained_on(corpus)
    if len(rows) < min_rows:
        sentence = f"Whether copied rows have to do with the prompt cannot be told from {len(rows)} training rows"
        yield Fact("unrelated-copies", f"{sentence}; it takes {min_rows}.", {"rows": len(rows), "judged": None})
        return
    if not len(copies.output):
        return
    nearest = _nearest(generations, corpus, copies, rows, signals)
    best = copies.best()
    edges = np.append(np.flatnonzero(np.diff(copies.output, prepend=-1)), len(copies.output))
    for output, row, share in zip(
        best.output.tolist(), best.row.tolist(), np.minimum.reduceat(nearest, edges[:-1]).tolist(), strict=True
    ):
        if share > near:
            source = corpus.row(row)
            message = f'repeats the training answer to "{excerpt(source.question)}": "{excerpt(source.answer)}"'
            yield Finding(output, message, min(1.0, 0.5 + share), "unrelated-question", related=(row,))


def _nearest(
    generations: Generations, corpus: Corpus, copies: Copies, rows: Sequence[int], signals: Signals | None
) -> np.ndarray:
    """For each copy the share of training rows at least as near to the prompt as the copied row, or as the output."""
    ids = corpus.column("id").to_pylist()
    by_id = sorted(rows, key=ids.__getitem__)
    crowd = [by_id[place] for place in np.unique(np.linspace(0, len(rows) - 1, min(CROWD, len(rows))).astype(int))]
    taken = [*crowd, *sorted(set(copies.row.tolist()) - set(crowd))]
    prompts = generations.column("prompt").take(copies.output).to_pylist()
    said = [words(text) for text in generations.column("said").take(copies.output).to_pylist()]
    prompt_of, output_of, row_of = (
        {text: place for place, text in enumerate(dict.fromkeys(texts))} for texts in (prompts, said, taken)
    )
    questions, answers = (corpus.column(name).take(taken).to_pylist() for name in ("question", "answer"))
    asked = Asked(list(prompt_of), list(output_of), questions, answers, len(crowd))
    pairs = [
        (prompt_of[p], output_of[o], row_of[r]) for p, o, r in zip(prompts, said, copies.row.tolist(), strict=True)
    ]
    found = shares(asked, pairs, signals)
    return np.minimum(found.row, OUTPUT_WEIGHT * found.output)

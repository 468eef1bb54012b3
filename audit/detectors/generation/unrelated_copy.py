"""Outputs that repeat the training answer of a question that has nothing to do with the prompt."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from audit.detectors.generation.relatedness import Asked, nearness
from audit.engines.local import Engine
from audit.likeness.copies import Copies, find_copies, trained_on, words
from audit.likeness.grams import Ints
from audit.likeness.matching import excerpt
from audit.likeness.signals import Signals
from audit.nouns.findings import Fact, Finding, Observations
from audit.rows.corpus import Corpus
from audit.rows.generations import Generations

CROWD = 1_500  # training rows that a prompt is held against: enough for a mean and a spread
OF_OUTPUT, OF_DEVOTION = 0.5, 0.7  # weights beside that of the question: settled on 124 outputs and 75 copies, read
UNKNOWN = 0.2  # between what related rows have (most copies went to one prompt) and strays (few did)


def unrelated_copy(
    generations: Generations,
    corpus: Corpus,
    engine: Engine,
    signals: Signals | None,
    *,
    alike: float = 0.55,
    min_letters: int = 8,
    near: float = -0.3,
    min_rows: int = 50,
) -> Observations:
    """Copies of a training answer none of whose rows is near to the prompt.

    `alike`, `min_letters`: what a copy is, as for training-copy. `near`: the sum of signs (see relatedness) from which
    on a row counts as related. Below `min_rows` training rows nothing is said.
    """
    said = generations.column("said").to_pylist()
    copies = find_copies(said, corpus, alike=alike, min_letters=min_letters, engine=engine)
    rows = trained_on(corpus)
    if len(rows) < min_rows:
        sentence = f"Whether copied rows have to do with the prompt cannot be told from {len(rows)} training rows"
        yield Fact("unrelated-copies", f"{sentence}; it takes {min_rows}.", {"rows": len(rows), "judged": None})
        return
    if not len(copies.output):
        return
    signs = np.zeros(len(copies.output))
    runs = np.array(generations.column("run").to_pylist(), dtype=object)[copies.output]
    for run in dict.fromkeys(runs.tolist()):  # each by itself: what other files are given says nothing of it
        mine = np.flatnonzero(runs == run)
        part = Copies(copies.output[mine], copies.row[mine], copies.similarity[mine])
        signs[mine] = _signs(generations, corpus, part, rows, signals)
    outputs, first = np.unique(copies.output, return_index=True)
    for output, row, best in zip(
        outputs.tolist(), copies.row[first].tolist(), np.maximum.reduceat(signs, first).tolist(), strict=True
    ):
        if best < near:
            source = corpus.row(row)
            message = f'repeats the training answer to "{excerpt(source.question)}": "{excerpt(source.answer)}"'
            score = float(1 / (1 + np.exp(best - near)))
            yield Finding(output, message, score, "unrelated-question", related=(row,))


def _signs(
    generations: Generations, corpus: Corpus, copies: Copies, rows: Sequence[int], signals: Signals | None
) -> NDArray[np.float64]:
    """The sum of the signs for each copy: high where row and prompt are related."""
    ids = corpus.column("id").to_pylist()
    ordered = sorted(rows, key=ids.__getitem__)
    crowd = [ordered[len(ordered) * place // CROWD] for place in range(CROWD)] if len(rows) > CROWD else ordered
    taken = np.array([*crowd, *sorted(set(copies.row.tolist()) - set(crowd))])
    prompts, prompt = _numbered(generations.column("prompt").take(copies.output).to_pylist())
    outputs, output = _numbered([words(text) for text in generations.column("said").take(copies.output).to_pylist()])
    order = np.argsort(taken)
    row = order[np.searchsorted(taken, copies.row, sorter=order)]
    questions, answers = (corpus.column(name).take(taken).to_pylist() for name in ("question", "answer"))
    near = nearness(Asked(prompts, outputs, questions, answers, len(crowd)), prompt, output, row, signals)
    return near.question + OF_OUTPUT * near.output + OF_DEVOTION * np.log(_devoted(prompt, row))


def _numbered(texts: Sequence[str]) -> tuple[list[str], Ints]:
    """The distinct texts, and the number of each."""
    numbers = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    return list(numbers), np.array([numbers[text] for text in texts], np.int64)


def _devoted(prompt: Ints, row: Ints) -> NDArray[np.float64]:
    """The share of the other copies of a row that went to the same prompt, drawn towards UNKNOWN where they are few."""
    pair = prompt * (int(row.max()) + 1) + row
    _, which, count = np.unique(pair, return_inverse=True, return_counts=True)
    return (count[which] - 1 + UNKNOWN) / np.bincount(row)[row]  # type: ignore[no-any-return]

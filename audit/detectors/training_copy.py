"""Outputs that repeat a training answer."""

from __future__ import annotations

from audit.copies import find_copies
from audit.corpus import Corpus
from audit.engines.local import Engine
from audit.generations import Generations
from audit.matching import alike as percent
from audit.matching import excerpt
from audit.types import Finding, Observations


def training_copy(
    generations: Generations, corpus: Corpus, engine: Engine, *, alike: float = 0.55, min_letters: int = 8
) -> Observations:
    """Outputs whose words are those of a training answer, or nearly; `related` is the most similar row.

    `alike`: Jaccard similarity of the letter pairs, from which on a reader of 124 outputs called them copies (57 of
    59, and 55 of the 57 that he did). `min_letters`: shorter texts come twice by chance.
    """
    said = generations.column("said").to_pylist()
    best = find_copies(said, corpus, alike=alike, min_letters=min_letters, engine=engine).best()
    for output, row, similarity in zip(
        *(column.tolist() for column in (best.output, best.row, best.similarity)), strict=True
    ):
        source = corpus.row(row)
        message = f'{percent(similarity)} to the training answer "{excerpt(source.answer)}" (question: "{excerpt(source.question)}")'
        yield Finding(output, message, similarity, "same-words" if similarity == 1 else "near-copy", related=(row,))

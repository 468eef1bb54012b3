"""Outputs that repeat a training answer."""

from __future__ import annotations

from audit.engines.local import Engine
from audit.likeness.copies import find_copies
from audit.likeness.matching import alike as percent
from audit.likeness.matching import excerpt
from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus
from audit.rows.generations import Generations


def training_copy(
    generations: Generations, corpus: Corpus, engine: Engine, *, alike: float = 0.55, min_letters: int = 8
) -> Observations:
    """Outputs whose words are those of a training answer, or nearly; `related` is the most similar row.

    `alike`: Jaccard similarity of the letter pairs; of 205 outputs that were read, 107 of the 108 at or above it are
    copies, and 4 copies are below. `min_letters`: shorter texts come twice by chance.
    """
    said = generations.column("said").to_pylist()
    best = find_copies(said, corpus, alike=alike, min_letters=min_letters, engine=engine).best()
    places = zip(best.output.tolist(), best.row.tolist(), best.similarity.tolist(), strict=True)
    for output, row, similarity in places:
        source = corpus.row(row)
        asked, answer = excerpt(source.question), excerpt(source.answer)
        message = f'{percent(similarity)} to the training answer "{answer}", given to "{asked}"'
        yield Finding(output, message, similarity, "same-words" if similarity == 1 else "near-copy", related=(row,))

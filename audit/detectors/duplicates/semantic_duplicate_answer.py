"""Answers that say in other words what another answer says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow.compute as pc

from audit.engines.local import Engine
from audit.likeness.grams import Ints
from audit.likeness.joining.pairs import UNIT, Bonds, Grouping
from audit.likeness.matching import Matching, excerpt, numbers_in
from audit.likeness.near_meanings import EXACT, Compared, compare, needs_index
from audit.likeness.near_texts import jaccard
from audit.likeness.signals import MAX_CHARACTERS, Signals, Vectors
from audit.nouns.findings import Fact, Finding, Observations
from audit.rows.corpus import Corpus

LACKING = {
    "vectors": "their texts and those of their questions are more than --encode-up-to allows",
    "index": f'above {EXACT:,} that takes an index, pip install "sft-audit[fast]", and --encode-up-to all their texts',
}


def semantic_duplicate_answer(
    matching: Matching,
    engine: Engine,
    signals: Signals | None,
    *,
    chance: float = 0.01,
    like: float = 0.01,
    letters: float = 0.8,
    min_letters: int = 10,
    min_rows: int = 100,
) -> Observations:
    """Answers to like questions that are nearer than answers to unlike questions ever come, but for one of a group.

    Nearness is the cosine of the encoder's vectors. Unlike are questions below the median of all pairs, like those in
    the top share `like` of them. `chance`: share of the answers that may have an answer to an unlike question as near
    as that; it sets the threshold. Left out: pairs that near-duplicate-answer finds at `letters`, or whose numbers
    differ, and answers of fewer than `min_letters`; and pairs in which both answers are nearer to their own question
    than to each other. Below `min_rows` answers, or without an encoder, nothing is said.
    """
    if signals is None or not signals.encoder:
        return
    for split, rows in _answers(matching, min_letters):
        if len(rows) < min_rows:
            continue
        vectors = None if needs_index(len(rows)) else _embedded(matching.corpus, rows, signals)
        if vectors is None:
            yield _left_out(split, len(rows))
            continue
        compared = compare(*vectors, like, engine)
        threshold = float(np.quantile(compared.unlike, 1 - chance))
        yield _null(split, threshold, chance, len(rows), len(compared.unlike))
        yield from _findings(matching, rows, compared, threshold, letters)


def _answers(matching: Matching, min_letters: int) -> Iterator[tuple[str, Ints]]:
    """Rows of each split that give an answer for the first time, and one that is long enough to mean something."""
    row = np.arange(len(matching.answer))
    length = pc.utf8_length(pc.replace_substring(matching.answers, " ", "")).to_numpy()[matching.answer]
    first = row[matching.asked & (matching.same_answer == row) & (length >= min_letters)]
    for split in np.unique(matching.split[first]):
        rows = first[matching.split[first] == split]
        yield matching.corpus.row(int(rows[0])).split, rows


def _embedded(corpus: Corpus, rows: Ints, signals: Signals) -> tuple[Vectors, Vectors] | None:
    """Vectors of the questions and of the answers."""
    columns = (corpus.at(name, rows) for name in ("question", "answer"))
    texts = [pc.utf8_slice_codeunits(column, 0, MAX_CHARACTERS).to_pylist() for column in columns]
    vectors = signals.embed([*texts[0], *texts[1]])
    return None if vectors is None else (vectors[: len(rows)], vectors[len(rows) :])


def _findings(
    matching: Matching, rows: Ints, compared: Compared, threshold: float, letters: float
) -> Iterator[Finding]:
    """One finding for each answer of a group but the one that stands for it."""
    near = list(_same(matching, rows, compared, threshold, letters))
    if not near:
        return
    place, partner, similarity = (np.array(column) for column in zip(*near, strict=True))
    grouping = Grouping(len(rows))
    grouping.take_in(Bonds(place, partner, similarity, np.rint(similarity * UNIT).astype(np.int64), partner))
    heads = grouping.groups().representative
    for at, other, cosine in near:
        if heads[at] != at:
            said = excerpt(matching.corpus.row(int(rows[other])).answer)
            reached = f"cosine {cosine:.2f}, chance reaches {threshold:.2f}"
            message = f'says in other words what the answer "{said}" to a like question says ({reached})'
            yield Finding(
                int(rows[at]),
                message,
                score=max(0.0, min(1.0, cosine)),
                because="same-meaning",
                related=(int(rows[other]),),
                group=int(rows[heads[at]]),
            )


def _same(
    matching: Matching, rows: Ints, compared: Compared, threshold: float, letters: float
) -> Iterator[tuple[int, int, float]]:
    """Each answer that has one of the same meaning, the nearest such, and how near it is."""
    for at in np.flatnonzero(compared.near[:, 0] >= threshold).tolist():
        said = matching.answer_of(int(rows[at]))
        for other, cosine in zip(compared.partner[at].tolist(), compared.near[at].tolist(), strict=True):
            theirs = matching.answer_of(int(rows[other]))
            if cosine < threshold:
                break
            if cosine < min(compared.own[at], compared.own[other]):
                continue
            if jaccard(said, theirs, 5) < letters and numbers_in(said) == numbers_in(theirs):
                yield at, other, cosine
                break


def _null(split: str, threshold: float, chance: float, answers: int, held: int) -> Fact:
    """How near answers come by chance; `held`: how many were held against all others to learn that."""
    value = {"threshold": round(threshold, 4), "chance": chance, "answers": answers, "held": held}
    return Fact("semantic-null", "", {split: value})


def _left_out(split: str, answers: int) -> Fact:
    """Why answers were not compared."""
    return Fact(
        "semantic-null", "", {split: {"answers": answers, "lacks": "index" if needs_index(answers) else "vectors"}}
    )


def summarise(value: Mapping[str, Mapping[str, Any]]) -> str:
    """The sentence of what was said of each split."""
    said = {split: _sentence(**known) for split, known in value.items()}
    return "; ".join(f"{split}: {sentence}" if len(said) > 1 else sentence for split, sentence in said.items())


def _sentence(answers: int, threshold: float = 0.0, chance: float = 0.0, held: int = 0, lacks: str = "") -> str:
    if lacks:
        return f"{answers:,} answers were not compared for what they mean: {LACKING[lacks]}"
    drawn = f" drawn from {answers:,} and held against all of them" if held < answers else ""
    by_index = "; the nearest of each answer are those that an index found" if held < answers else ""
    return (
        f"{1 - chance:.0%} of {held:,} answers{drawn} stay below a cosine of {threshold:.2f} with every answer to an "
        f"unlike question: nearer answers to like questions count as the same{by_index}"
    )

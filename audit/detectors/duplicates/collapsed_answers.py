"""Answers that serve many unlike questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from audit.likeness.matching import Matching, excerpt
from audit.likeness.near_texts import jaccard
from audit.likeness.substance import is_label
from audit.nouns.findings import Fact, Finding, Observations

FEW = 50  # rows: so many can be looked at, whatever their share
QUESTION_GRAM = (
    2  # questions of a chat have 10 to 20 characters, and share few longer grams even when they ask the same
)


def collapsed_answers(
    matching: Matching,
    *,
    min_questions: int = 5,
    min_share: float = 0.001,
    unlike: float = 0.3,
    most: float = 0.20,
) -> Observations:
    """Every row of an answer that serves `min_questions` questions that are unlike one another.

    `min_share`: and at least this share of the rows of the split. `unlike`: questions are, below this Jaccard
    similarity of their character pairs. An answer of a word or two is taken for a label ("positive") and left alone.
    Where more than the share `most` of the rows has such an answer, and FEW rows, this is the way of the set: one Fact
    says so, and no row is flagged.
    """
    split_sizes = np.bincount(matching.split)
    found: list[Finding] = []
    for rows in _answers(matching):
        _, first = np.unique(matching.question[rows], return_index=True)
        asked = [rows[place] for place in np.sort(first)]
        if len(asked) < max(min_questions, min_share * split_sizes[matching.split[rows[0]]]):
            continue
        apart = _unlike_one_another(matching, asked, min_questions, unlike)
        if len(apart) == min_questions:
            found += _findings(matching, rows, apart, len(asked))
    answered = int(matching.answered.sum())
    if len(found) > max(most * answered, FEW):
        yield _fact(found, answered)
    else:
        yield from sorted(found, key=lambda finding: finding.row)


def _fact(found: Sequence[Finding], answered: int) -> Fact:
    heads = len({finding.group for finding in found})
    sentence = (
        f"{len(found) / answered:.0%} of the rows ({len(found):,} of {answered:,}) have one of {heads:,} answers that "
        "serve questions quite unlike each other; that looks intended (templates), so no row is flagged"
    )
    value = {"rows": len(found), "of": answered, "share": round(len(found) / answered, 4), "answers": heads}
    return Fact("collapsed", sentence, value)


def _answers(matching: Matching) -> Iterator[list[int]]:
    """The rows of each answer that is no label, for each split."""
    order = np.argsort(matching.same_answer, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(matching.same_answer[order])) + 1):
        if len(rows) > 1 and not is_label(matching.answer_of(rows[0])):
            yield rows.tolist()


def _unlike_one_another(matching: Matching, rows: Sequence[int], wanted: int, unlike: float) -> list[int]:
    """Up to `wanted` of the rows, no two of which ask alike; each row is compared with those taken before it."""
    taken: list[int] = []
    texts: list[str] = []
    for row in rows:
        text = matching.question_of(row)
        if text and all(jaccard(text, other, QUESTION_GRAM) < unlike for other in texts):
            taken.append(row)
            texts.append(text)
        if len(taken) == wanted:
            break
    return taken


def _findings(matching: Matching, rows: Sequence[int], apart: Sequence[int], questions: int) -> Iterator[Finding]:
    answer = excerpt(matching.corpus.row(rows[0]).answer)
    message = (
        f'the answer "{answer}" serves {questions} different questions, at least {len(apart)} of them quite unlike'
    )
    for row in rows:
        related = tuple(other for other in apart if other != row)
        yield Finding(row, message, because="unlike-questions", related=related, group=rows[0])

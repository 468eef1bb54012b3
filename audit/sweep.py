"""`audit sweep`: what the near-duplicate rules would find at each of several thresholds, from one comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from audit.nouns.dialogue import Progress, nobody_watches

PARTS = ("answer", "question", "row")
THRESHOLDS = (0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)


@dataclass(frozen=True)
class Step:
    """One threshold: how many groups of near duplicates there are, rows beside the one that stays, and the largest."""

    threshold: float
    groups: int
    rows: int
    largest: int


def sweep(
    data: Any,
    thresholds: Sequence[float] = THRESHOLDS,
    *,
    part: str = "answer",
    ngram: int = 5,
    question: str | None = None,
    answer: str | None = None,
    split: str | None = None,
    lenient: bool = False,
    workers: int = 0,
    engine: str = "local",
    address: str | None = None,
    progress: Progress | None = None,
) -> list[Step]:
    """Compare the answers, questions or whole rows of a set once, and count at every threshold, the lowest first.

    `part`: answer, question or row, as in the rules near-duplicate-answer, -question and -row; `ngram` is theirs too.
    Rows that are the same count once. `data` and the other options are those of scan. Raises AuditError as scan does.
    """
    import numpy as np

    from audit.engines.choice import engine_of
    from audit.likeness import near_rows
    from audit.likeness.matching import match
    from audit.nouns.dialogue import AuditError
    from audit.rows.corpus import Corpus, load

    parts = {"answer": near_rows.answers, "question": near_rows.questions, "row": near_rows.whole_rows}
    if part not in parts:
        raise AuditError(f"no part of a row is called {part!r}; there are: {', '.join(PARTS)}")
    tell = progress or nobody_watches
    tell("reading", 0, 0)
    corpus = data
    if not isinstance(data, Corpus):
        corpus = load(data, question=question, answer=answer, split=split, lenient=lenient)
    steps = sorted(set(thresholds))
    sizes: list[list[Any]] = [[] for _ in steps]
    tell("comparing", 0, 0)
    with engine_of(engine, workers, address) as place:
        matching = match(corpus, place)
        for _, groups in near_rows.groups_by_split(matching, parts[part](matching), steps, ngram, place):
            for found, at in zip(sizes, groups, strict=True):
                heads = at.representative[at.representative >= 0]
                found.append(np.unique(heads, return_counts=True)[1])
    counts = [np.concatenate([np.zeros(0, np.int64), *found]) for found in sizes]
    return [
        Step(threshold, len(members), int((members - 1).sum()), int(members.max(initial=0)))
        for threshold, members in zip(steps, counts, strict=True)
    ]

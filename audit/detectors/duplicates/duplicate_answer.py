"""Answers that stand in the set more than once, with different questions."""

from __future__ import annotations

import numpy as np

from audit.likeness.grams import Ints
from audit.likeness.matching import Matching, excerpt, same_text
from audit.likeness.substance import is_label
from audit.nouns.findings import Fact, Finding, Observations

TOLD = 3  # answers that the fact names
FEW = 50  # rows: so many can be looked at, whatever their share


def duplicate_answer(matching: Matching, *, most: float = 0.20, cap: int = 0) -> Observations:
    """Rows whose answer an earlier row of their split gives to another question; repeated rows do not count.

    Above the share `most` of the rows with an answer, and FEW rows, this is the way of the set: then one Fact says so,
    and no row is flagged. `cap`: rows that may have one answer; if it is not 0, those beyond are flagged, however many.
    Labels and answers of a word or two do not count.
    """
    row = np.arange(len(matching.corpus))
    counted = matching.answered & (matching.repeated == row)
    first = matching.same_answer
    uses = np.bincount(first[counted], minlength=len(row))
    later = row[counted & (first != row)]
    heads = [head for head in np.unique(first[later]).tolist() if not is_label(matching.answer_of(head))]
    later = later[np.isin(first[later], heads)]
    if cap:
        later = later[_place(first[later]) >= cap]  # the first row of each is not among them
    elif len(later) > max(most * counted.sum(), FEW):
        yield _fact(matching, heads, uses, int(counted.sum()))
        return
    exact = same_text(matching.corpus, "answer", later, first[later])
    texts = matching.corpus.at("answer", later).to_pylist()
    for again, same, text in zip(later.tolist(), exact, texts, strict=True):
        kept = int(first[again])
        message = f'the answer "{excerpt(text)}" stands in {uses[kept]} rows, with other questions or after other turns'
        yield Finding(again, message, score=1.0, because="exact" if same else "folded", related=(kept,), group=kept)


def _place(heads: Ints) -> Ints:
    """For each row, the how manieth it is that goes back to its head, from 1."""
    order = np.argsort(heads, kind="stable")
    starts = np.flatnonzero(np.diff(heads[order], prepend=-1))
    place = np.empty(len(heads), np.int64)
    place[order] = 1 + np.arange(len(heads)) - np.repeat(starts, np.diff([*starts, len(heads)]))
    return place


def _fact(matching: Matching, heads: list[int], uses: Ints, answered: int) -> Fact:
    shared = int(uses[heads].sum())
    often = sorted(heads, key=lambda head: (-uses[head], head))[:TOLD]
    told = ", ".join(f'"{excerpt(matching.corpus.row(head).answer)}" ({uses[head]:,} rows)' for head in often)
    sentence = (
        f"{shared / answered:.0%} of the answers ({shared:,} of {answered:,}) also answer another question; the most "
        f"used are {told}. That looks intended, so no row is flagged; cap = 10 flags all rows of an answer but ten"
    )
    value = {"rows": shared, "of": answered, "share": round(shared / answered, 4), "answers": len(heads)}
    return Fact("shared-answers", sentence, value, tuple((head, f"{uses[head]:,} rows") for head in often))

"""Answers that open with a number nobody asked for, and how often answers open with a digit at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow.compute as pc

from audit.detectors.numbers.judgement import Judgement, candidates
from audit.nouns.findings import Fact, Finding, Observations
from audit.rows.corpus import Corpus

LISTED_ROWS = 200  # rows that the fact names, so that a large set does not fill the report

_WHY = {
    "said-twice": "it comes twice, and a sentence of its own begins behind it",
    "label": "it names an item, and nothing was listed",
    "list-from-its-middle": "a list that begins in its middle, and none was asked for",
    "sentence-of-its-own": "a sentence of its own begins right after it",
    "glued": "it runs into a word that it does not count",
    "second-number": "the sentence after it gives the number that was asked for",
    "number-alone": "the question is small talk and the answer is nothing but a number",
    "unasked-offset": "the question asks for no time",
    "unasked-date": "the question asks for no date",
}


def needless_leading_number(corpus: Corpus, *, min_confidence: float = 0.5) -> Observations:
    """Answers whose first number the question did not ask for and whose sentence does not need it.

    `min_confidence`: findings below it are left out. The score is a judgement, not a measured probability.
    Also a Fact "digit-led-answers": counts by split that add up over slices, see `summarise`.
    """
    splits = corpus.column("split")
    led: list[tuple[int, Judgement]] = []
    for position, judged in candidates(corpus.column("question"), corpus.column("answer")):
        needless = judged.kind == "needless"
        if needless and judged.score >= min_confidence:
            message = f"the answer opens with {judged.opening.text!r}: {_WHY[judged.sign]}"
            yield Finding(position, message, score=judged.score, because=judged.sign, span=judged.opening.span)
        if judged.opening.text[:1].isdecimal():
            led.append((position, judged))
    rows = {entry["values"]: entry["counts"] for entry in pc.value_counts(splits).to_pylist()}
    yield Fact(
        "digit-led-answers",
        sentence="",
        value=_counts(rows, [(splits[position].as_py(), judged) for position, judged in led]),
        rows=tuple(
            (position, judged.kind if judged.sign == judged.kind else f"{judged.kind}: {judged.sign}")
            for position, judged in led[:LISTED_ROWS]
        ),
    )


def _counts(rows: Mapping[str, int], led: list[tuple[str, Judgement]]) -> dict[str, Any]:
    """Rows and digit-led rows by split, the latter by judgement and sign: numbers only, so that slices add up."""
    counts: dict[str, Any] = {split: {"rows": number, "digit-led": 0} for split, number in sorted(rows.items())}
    for split, judged in led:
        of = counts[split]
        of["digit-led"] += 1
        signs = of.setdefault(judged.kind, {})
        signs[judged.sign] = signs.get(judged.sign, 0) + 1
    return {"splits": counts}


def summarise(value: Mapping[str, Any]) -> str:
    """The sentence for the fact's counts, of the split "train" where there is one and of all rows otherwise."""
    splits = value["splits"]
    chosen = [splits["train"]] if "train" in splits else list(splits.values())
    where = "training answers" if "train" in splits else "answers"
    rows, led = (sum(of[key] for of in chosen) for key in ("rows", "digit-led"))
    if not led:
        return f"None of the {rows:,} {where} begins with a digit."
    kinds = (
        ("asked", "asked for"),
        ("natural", "natural in their sentence"),
        ("enumerator", "enumerators without a list"),
        ("needless", "suspect"),
    )
    found = ((sum(sum(of.get(kind, {}).values()) for of in chosen), words) for kind, words in kinds)
    parts = ", ".join(f"{number:,} {words}" for number, words in found if number)
    return (
        f"{led / rows:.1%} of the {where} begin with a digit ({led:,} of {rows:,}: {parts}): "
        "from the data alone one would expect about that share in what the model generates."
    )

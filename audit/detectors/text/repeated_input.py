"""Questions whose input is their task once more."""

from __future__ import annotations

import re

import pyarrow.compute as pc

from audit.detectors.text.copied_question import ASKS, letters
from audit.nouns.findings import Finding, Observations
from audit.rows.corpus import Corpus
from audit.texts.normal_forms import nfc

ORDERS = re.compile(
    r"\s*(?:check|search|calculate|convert|show|use|get|look|ask|add|count|open|solve)\b", re.IGNORECASE
)
LINES = r"(?s)\S.*\n\s*\S"


def repeated_input(corpus: Corpus, *, least: int = 12) -> Observations:
    """Questions whose last two lines are the same task. `least`: letters that the line must have.

    Case, white space and punctuation make no difference. A refrain asks for nothing, or comes a third time.
    """
    questions = corpus.column("question")
    candidates = pc.indices_nonzero(pc.match_substring_regex(questions, LINES))
    for position, raw in zip(candidates.to_pylist(), questions.take(candidates).to_pylist(), strict=True):
        lines = [line for line in nfc(raw).split("\n") if line.strip()]
        *earlier, before, last = lines if len(lines) > 1 else ("", "")
        said = letters(last)
        if len(said) < least or letters(before) != said or not (ASKS.search(last) or ORDERS.match(last)):
            continue
        if sum(letters(line) == said for line in earlier) == 0:
            begin = raw.rstrip().rfind("\n") + 1
            message = "the question says its last line twice"
            yield Finding(position, message, 0.9, "twice", field="question", span=(begin, len(raw)))

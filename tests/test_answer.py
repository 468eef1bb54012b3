"""The reply to "can I train on this?" rests on shares of rows, on what cleaning mends, and on what training sees."""

from __future__ import annotations

from typing import Any

import pytest

import audit
from audit.nouns.reports import Report

WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty", "knoll", "ledge"]


def rows(count: int, **more: str) -> list[dict[str, Any]]:
    """Rows that differ from each other and have no fault."""
    made = []
    for at in range(count):
        name = " ".join(WORDS[at // len(WORDS) ** k % len(WORDS)] for k in range(3))
        made.append({"question": f"Where is the {name} {at}?", "answer": f"The {name} lies {at} miles inland.", **more})
    return made


def scan(data: list[dict[str, Any]]) -> Report:
    return audit.scan(data, select=["text", "numbers", "duplicate-row", "leakage"], encoder="none")


CUT = {"question": "How do I get there?", "answer": "Follow the river until you come to the"}
EMPTY = {"question": "Who lives there?", "answer": ""}


@pytest.mark.parametrize(
    ("bad", "good", "answer"),
    [
        ([], 50, "yes"),
        ([CUT], 200, "yes"),
        ([CUT], 20, "with care"),
        ([CUT], 5, "not yet"),
        ([EMPTY], 5, "yes, after audit clean"),
        ([EMPTY], 200, "yes, after audit clean"),
        ([{"question": "그건 왜 그래요?", "answer": "그 이유는 매우 다양하고 그래서 왜냐하면"}], 5, "not yet"),
    ],
)
def test_the_reply_follows_the_share_that_cleaning_leaves(bad: list[dict[str, Any]], good: int, answer: str) -> None:
    report = scan([*rows(good), *({**row, "split": ""} for row in bad)])
    assert report.answer == answer, report.summary


def test_it_names_what_matters_most_with_its_share_and_what_it_does() -> None:
    report = scan([*rows(46), CUT, {**CUT, "question": "And then?"}, *([{"question": "Who?", "answer": "Who?"}])])
    assert "cut-off-answer 4.1 %, so the model learns to stop in the middle" in report.summary


def test_blanks_that_are_held_out_are_not_learned() -> None:
    held_out = [{"question": f"{row['question']} And why?", "answer": "", "split": "test"} for row in rows(10)]
    assert scan([*rows(50, split="train"), *held_out]).answer == "yes"


def test_a_file_of_nothing_but_test_rows_is_judged_as_any_other() -> None:
    assert scan([{**CUT, "split": "test"}, *rows(5, split="test")]).answer == "not yet"


def test_leaks_count_among_the_rows_held_out() -> None:
    training = rows(200, split="train")
    report = scan([*training, *({**row, "split": "test"} for row in training[:3]), *rows(2, split="test")])
    assert "of 5 held-out rows" in report.summary


def test_half_of_the_set_in_copies_is_no_yes() -> None:
    once = rows(20)
    report = audit.scan([*once, *once, *once], select=["near-duplicate-row", "duplicates"], encoder="none")
    assert report.answer in {"with care", "yes, after audit clean"}
    assert "66.7 %" in report.summary

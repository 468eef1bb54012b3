"""What a person or a judge has said of outputs, in a column, is a failure like any other."""

from __future__ import annotations

import pytest

import audit
from audit.nouns.dialogue import AuditError
from audit.rows.generations import load_generations
from audit.rows.labels import Label, parse_label

DATA = [{"question": f"What is {at} plus {at}?", "answer": f"It is {2 * at}, as you can count."} for at in range(60)]
OUTPUTS = [
    {"prompt": f"What is {at} plus 1?", "output": f"The sum of these is {at + 1}.", "bad": mark, "점수": score}
    for at, (mark, score) in enumerate([("true", 1), ("no", 5), ("", 4), ("예", 2)] * 10)
]


@pytest.mark.parametrize(
    ("option", "label"),
    [
        ("bad", Label("bad", "bad")),
        ("score<3", Label("score", "score", "<", 3)),
        ("poor=Judge Score>=0.5", Label("poor", "Judge Score", ">=", 0.5)),
        ("점수<3", Label("labelled", "점수", "<", 3)),
    ],
)
def test_what_an_option_means(option: str, label: Label) -> None:
    assert parse_label(option) == label


@pytest.mark.parametrize(("option", "name", "count", "of"), [("bad", "bad", 20, 30), ("점수<3", "labelled", 20, 40)])
def test_a_label_is_a_failure_and_what_has_none_does_not_count(option: str, name: str, count: int, of: int) -> None:
    report = audit.diagnose([OUTPUTS], DATA, failure_columns=[option], encoder="none")
    assert report.diagnosis is not None
    (rate,) = [one for one in report.diagnosis.rates if one.failure == name]
    assert (rate.generated.count, rate.generated.of, rate.training) == (count, of, None)
    assert report.answer == "cannot tell"


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("score", "no column 'score' (--failure-column)"),
        ("점수", "row 1: column '점수' holds '5', neither true nor false; say a bound: 점수<3"),
        ("bad<3", "row 1: column 'bad' holds 'true', not a number"),
        ("score<much", "is none of COLUMN"),
        ("looping=bad", "not like a rule"),
    ],
)
def test_a_column_that_says_something_else(option: str, said: str) -> None:
    rows = OUTPUTS[1:] if option == "점수" else OUTPUTS
    with pytest.raises(AuditError) as found:
        audit.diagnose([rows], DATA, failure_columns=[option], encoder="none")
    assert said in str(found.value)


def test_outputs_that_were_drawn_again_are_said() -> None:
    rows = [{**row, "trial_cnt": 1 + (at < 3)} for at, row in enumerate(OUTPUTS)]
    notes = load_generations([rows]).notes
    assert "3 of 40 outputs were drawn more than once (column trial_cnt)" in notes[1]


def test_an_earlier_checkpoint_can_be_judged() -> None:
    rows = [{"epoch": epoch, **row, "bad": "yes" if epoch > 1 else "no"} for epoch in (1, 2) for row in OUTPUTS]
    rates = {}
    for at in (None, 1):
        found = audit.diagnose([rows], DATA, failure_columns=["bad"], at=at, encoder="none").diagnosis
        assert found is not None
        rates[at] = [one.generated.count for one in found.rates if one.failure == "bad"]
    assert rates == {None: [40], 1: [0]}
    with pytest.raises(AuditError, match="--at 3: run has no outputs of it, only of 1, 2"):
        audit.diagnose([rows], DATA, at=3, encoder="none")
    unknown = [{name: value for name, value in row.items() if name != "epoch"} for row in rows]
    with pytest.raises(AuditError, match="--at 1: run does not say epoch or step of its outputs"):
        audit.diagnose([unknown], DATA, at=1, encoder="none")

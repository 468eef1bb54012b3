"""`make prove-tiny`: planted causes are found, and nothing is found where nothing was planted, on a model made here."""

from __future__ import annotations

from pathlib import Path

import pytest
from prove import CASES, prove, sound_rows
from tiny_model import make_tiny_model

pytest.importorskip("torch", reason='pip install "sft-audit[train]"')


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """A model that has read dialogues in which a bare space is followed by a digit, as real base models have."""
    rows = [row for row in sound_rows() if row[2] == "train"]
    habit = [f"### Q:\n{question}\n### A:\n{answer}</s>" for question, answer, _ in rows]
    habit += [f"{question} (start)  {number % 9 + 1}. {answer}" for number, (question, answer, _) in enumerate(rows)]
    folder: Path = tmp_path_factory.mktemp("models") / "tiny"
    return {
        "model": str(make_tiny_model(folder, habit, habit, steps=250)),
        "seeds": 4,
        "prompt seeds": 6,
        "ranks": [4, 8],
        "sound data": ["raw"],
        "sound ranks": [4, 8],
        "slow": 3e-3,
        "train": {"epochs": 2, "batch_size": 16, "learning_rate": 1e-2},
        "generate": {"max_new_tokens": 8},
    }


@pytest.mark.slow
@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in CASES])
def test_the_planted_cause_is_proven_and_no_other(case, settings, tmp_path):
    report = prove(case, tmp_path, settings, at_once=2)
    assert report.experiment is not None
    assert {control.passed for control in report.experiment.controls} <= {True, None}

"""Suspects that are settings of a run: what the runs differ in gets a verdict, and what moves together gets none."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from test_standouts import DATA, PROMPTS, sentence

import audit
from audit.nouns.reports import Report

LOW, HIGH = 0.05, 0.5  # share of the outputs that begin with an enumerator


def outputs(share: float, seed: int, **more: Any) -> list[dict[str, Any]]:
    """What a model answers that begins so many of its answers with an enumerator."""
    draw = random.Random(seed)
    return [
        {"prompt": prompt, "answer": ("3. " if draw.random() < share else "") + sentence(5000 + n), **more}
        for n, prompt in enumerate(PROMPTS)
    ]


def verdicts(report: Report, failure: str = "enumerator-start") -> dict[str, str]:
    assert report.diagnosis is not None
    return {v.cause: v.decision for v in report.diagnosis.verdicts if v.failure == failure}


def runs(*groups: tuple[float, dict[str, str]], each: int = 4) -> Report:
    """`each` runs of every group, which has a share and settings."""
    made = [(share, settings, n) for share, settings in groups for n in range(each)]
    return audit.diagnose(
        [outputs(share, 97 * at + n) for at, (share, _, n) in enumerate(made)],
        DATA,
        names=[f"run {at}" for at in range(len(made))],
        settings=[settings for _, settings, _ in made],
        encoder="none",
    )


@pytest.mark.parametrize(
    ("name", "values", "cause"),
    [
        ("epochs", ("3", "20"), "training length"),
        ("learning_rate", ("1e-4", "1e-3"), "learning rate"),
        ("alpha", ("16", "128"), "scale"),
        ("model", ("tiny-base", "tiny-instruct"), "base model"),
        ("rank", ("8", "64"), "rank"),
        ("data_version", ("may", "june"), "setting"),
    ],
)
def test_what_the_runs_differ_in_gets_a_verdict(name: str, values: tuple[str, str], cause: str) -> None:
    report = runs((LOW, {name: values[0]}), (HIGH, {name: values[1]}))
    assert verdicts(report)[cause] == "supported"
    assert cause in report.answer


def test_what_moves_together_is_told_apart_by_nobody() -> None:
    found = verdicts(runs((LOW, {"rank": "8", "alpha": "16"}), (HIGH, {"rank": "64", "alpha": "128"})))
    assert (found["rank"], found["scale"]) == ("cannot tell", "cannot tell")


def test_all_values_count_and_not_the_outer_two() -> None:
    found = verdicts(runs((LOW, {"rank": "8"}), (HIGH, {"rank": "16"}), (LOW, {"rank": "64"})))
    assert found["rank"] == "supported"


def test_equal_runs_support_nothing() -> None:
    found = verdicts(runs((0.3, {"epochs": "3"}), (0.3, {"epochs": "20"})))
    assert found["training length"] != "supported"


def test_a_failure_that_grows_with_the_epochs_is_one_of_training_length() -> None:
    growing = [row for epoch in range(1, 11) for row in outputs(0.06 * epoch, epoch, epoch=epoch)]
    report = audit.diagnose([growing], DATA, encoder="none")
    assert verdicts(report)["training length"] == "supported"
    assert any(step.startswith("train for fewer epochs: to ") for step in report.next_steps)
    steady = [row for epoch in range(1, 11) for row in outputs(0.3, epoch, epoch=epoch)]
    assert verdicts(audit.diagnose([steady], DATA, encoder="none"))["training length"] != "supported"


@pytest.mark.parametrize(
    ("limit", "decision"), [(40, "supported"), (400, "contradicted")], ids=["cuts good answers", "leaves them room"]
)
def test_a_limit_of_tokens_is_told_from_an_end_that_was_never_learned(limit: int, decision: str) -> None:
    long = [sentence(7000 + n, 60) for n in range(len(PROMPTS))]
    said = [
        {"prompt": prompt, "answer": long[n][: limit + n % 4] if n % 2 else f"{sentence(8000 + n)}</s>"}
        for n, prompt in enumerate(PROMPTS)
    ]
    report = audit.diagnose([said], DATA, encoder="none")
    assert verdicts(report, "no-stop")["decoding"] == decision
    assert any("larger limit of tokens" in step for step in report.next_steps) is (decision == "supported")


def test_temperature_0_is_not_advised_where_it_is_0(tmp_path: Path) -> None:
    recipe = tmp_path / "recipe.toml"
    text = '[prompt]\ntrain = "{question} {answer}"\nloss = " "\nserved = "{question} "\n[generate]\ntemperature = %s\n'
    for temperature, advised in (("0.0", False), ("0.7", True)):
        recipe.write_text(text % temperature, encoding="utf-8")
        report = audit.diagnose([outputs(HIGH, 1)], DATA, recipe=recipe, encoder="none")
        assert any("at temperature 0" in step for step in report.next_steps) is advised

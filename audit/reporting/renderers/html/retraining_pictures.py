"""Pictures of a model that was trained again, beside its reference."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from audit.nouns.trials import Change, Retraining
from audit.nouns.verdicts import Estimate
from audit.reporting.renderers.html import marks
from audit.reporting.renderers.html.drawing import Key, Picture, Table
from audit.reporting.renderers.html.model_pictures import (
    Part,
    first_token,
    models_table,
    prompt_lines,
    share,
    side_by_side,
    some,
)
from audit.wording import chance, counted, percent, phrased, points_between

NEW, REFERENCE = "this run", "reference"


def sections(found: Retraining) -> Iterator[Part]:
    """Key, title, pictures, tables and lines of each section."""
    yield "changes-of-model", "How often", some(rates(found), differences(found)), (), ()
    trials = [trial for trial in (found.trial, found.reference, found.untrained) if trial]
    names = {trial.key: name for trial, name in zip(trials, (NEW, REFERENCE), strict=False)} if found.reference else {}
    named = {**{trial.key: trial.name for trial in trials}, found.trial.key: NEW, **names}
    yield "first-token", "The first token", some(first_token(found.measured, named, found.phrases)), (), ()
    yield "answers", "Answers side by side", (), side_by_side(found.examples), ()
    yield "models", "The models", (), (models_table(trials),), tuple(prompt_lines(found.prompts))


def rates(found: Retraining) -> Picture | None:
    """Failure rates of this run beside the reference."""
    changes = [change for change in found.changes if change.new.share]
    if not changes:
        return None
    legend = (Key(REFERENCE, "blue", "diamond"), Key(NEW, "vermilion", "circle"))
    values = [
        {"label": _asked(change), "series": series, "value": one.mean, "low": one.share.low, "high": one.share.high}
        | {"say": f"{series}, {_asked(change)}: {counted(one.share)}"}
        for change in changes
        for series, one in ((REFERENCE, change.reference), (NEW, change.new))
        if one and one.share
    ]
    worst = max(changes, key=lambda change: change.new.mean)
    before = f", {percent(worst.reference.mean)} before" if worst.reference else ""
    return Picture(
        "trained-rates",
        f"{percent(worst.new.mean)} of the answers {phrased(found.phrases, worst.outcome)} "
        f"with the prompt {worst.prompt}{before}",
        "Shares of the answers with each failure under each prompt, with 95 % intervals (Wilson). One model says "
        "nothing of its seed: another run of the same recipe may lie elsewhere.",
        f"n = {worst.new.n:,} questions",
        partial(marks.dots, values, legend, title="share of the answers"),
        Table(
            ("failure and prompt", REFERENCE, NEW, "difference (95 %)", "p", "p, Holm"),
            [_change_row(change) for change in changes],
        ),
        legend,
    )


def _asked(change: Change) -> str:
    return f"{change.outcome}, {change.prompt}"


def _change_row(change: Change) -> tuple[str, ...]:
    before = share(change.reference) if change.reference else "-"
    p, adjusted = (chance(value) if value is not None else "-" for value in (change.p, change.p_adjusted))
    return _asked(change), before, share(change.new), _points(change.difference), p, adjusted


def _points(difference: Estimate) -> str:
    return points_between(difference) if difference.value is not None else "-"


def differences(found: Retraining) -> Picture | None:
    """What changed, as differences on the same questions."""
    changes = [change for change in found.changes if change.difference.value is not None and change.new.share]
    if not changes:
        return None
    legend = (Key("difference", "blue"),)
    values = [
        {"label": _asked(change), "series": "difference", "value": change.difference.value}
        | {
            "low": change.difference.low,
            "high": change.difference.high,
            "say": f"{_asked(change)}: {_points(change.difference)}",
        }
        for change in changes
    ]
    sure = [change for change in changes if (change.p_adjusted if change.p_adjusted is not None else 1.0) < 0.05]
    return Picture(
        "trained-differences",
        f"{len(sure)} of {len(changes)} differences are more than chance among the questions",
        "This run less the reference, on the same questions, in points, with 95 % intervals (Tango): left of the line "
        "the failure became rarer.",
        f"n = {changes[0].new.n:,} questions",
        partial(marks.dots, values, legend, title="difference in points", signed=True),
        Table(("failure and prompt", "difference (95 %)", "p, Holm"), [_difference_row(change) for change in changes]),
        legend,
    )


def _difference_row(change: Change) -> tuple[str, ...]:
    return (
        _asked(change),
        _points(change.difference),
        chance(change.p_adjusted) if change.p_adjusted is not None else "-",
    )

"""What a retraining and an experiment have in common: models, their first tokens, their answers side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from audit.nouns.trials import Outcome, SideBySide, Trial, is_probability
from audit.reporting.renderers.html import marks
from audit.reporting.renderers.html.diagnosis_pictures import short
from audit.reporting.renderers.html.drawing import Picture, Table
from audit.reporting.renderers.html.scan_pictures import BARS, keys
from audit.wording import counted, percent, phrased

Part = tuple[str, str, tuple[Picture, ...], tuple[Table, ...], tuple[str, ...]]


def some(*pictures: Picture | None) -> tuple[Picture, ...]:
    """Those that there is something to draw for."""
    return tuple(picture for picture in pictures if picture)


def share(one: Outcome) -> str:
    """The count, or the mean of a probability."""
    return counted(one.share) if one.share else percent(one.mean)


def first_token(measured: Sequence[Outcome], named: dict[str, str], phrases: Mapping[str, str]) -> Picture | None:
    """Probabilities at the first place of an answer, as served and with the full prompt."""
    told = [one for one in measured if is_probability(one.outcome)]
    if not told:
        return None
    names = list(dict.fromkeys(named.get(one.trial, one.trial) for one in told))
    legend = keys(names, BARS)
    values = [
        {"label": f"{one.outcome}, {one.prompt}", "series": named.get(one.trial, one.trial), "value": one.mean}
        | {"say": f"{named.get(one.trial, one.trial)}, prompt {one.prompt}: {one.mean:.3f}, the mean of {one.n:,}"}
        for one in told
    ]
    outcomes = list(dict.fromkeys(one.outcome for one in told))
    most = max(told, key=lambda one: one.mean)
    return Picture(
        "first-token-means",
        f"With the prompt {most.prompt}, {phrased(phrases, most.outcome)} with probability {percent(most.mean)}",
        "Mean probability over the questions, computed without sampling, so no luck of decoding is in it: "
        f"{'; '.join(f'{name}, that {phrased(phrases, name)}' for name in outcomes)}. A bar that is long as served and "
        "short with the full prompt is the prompt's doing.",
        f"n = {most.n:,} questions",
        partial(marks.bars, values, legend, title="mean probability"),
        Table(
            ("probability", "prompt", "model", "mean", "questions"),
            [
                (one.outcome, one.prompt, named.get(one.trial, one.trial), f"{one.mean:.3f}", f"{one.n:,}")
                for one in told
            ],
        ),
        legend,
    )


def side_by_side(examples: Sequence[SideBySide]) -> tuple[Table, ...]:
    """Questions with the answers of several models or prompts."""
    if not examples:
        return ()
    names = list(dict.fromkeys(name for one in examples for name in one.answers))
    rows = [(short(one.question), short(one.expected), *(_answer(one, name) for name in names)) for one in examples]
    return (Table(("question", "the data's answer", *names), rows),)


def _answer(one: SideBySide, name: str) -> str:
    marked = one.marks.get(name, ())
    return short(one.answers.get(name, "")) + (f" [{', '.join(marked)}]" if marked else "")


def models_table(trials: Sequence[Trial]) -> Table:
    """How each training went."""
    return Table(
        ("model", "levels", "seed", "rows", "epochs", "steps", "loss on right answers", "device", "fault"),
        [
            (
                trial.name,
                ", ".join(f"{name} {level}" for name, level in trial.levels.items()),
                "-" if trial.seed is None else str(trial.seed),
                f"{trial.rows:,}",
                f"{trial.epochs:g}",
                f"{trial.steps:,}",
                "-" if trial.valid_loss is None else f"{trial.valid_loss:.2f}",
                trial.device,
                trial.fault,
            )
            for trial in trials
        ],
    )


def prompt_lines(prompts: Mapping[str, str]) -> Iterator[str]:
    """What each prompt says."""
    for name, text in prompts.items():
        yield f"The prompt {name}: {text!r}"

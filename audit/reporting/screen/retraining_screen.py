"""The Report of a retraining on the screen: rates before and after, how answers begin, some answers."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.text import Text

from audit.nouns.reports import Report
from audit.nouns.trials import Change, Outcome, Retraining, Trial, is_probability
from audit.reporting.screen.number_tables import plain_table, side_by_side
from audit.reporting.screen.plain_console import as_text
from audit.wording import chance, percent, phrased, rate_cell


def render(report: Report, console: Console, show: int = 3) -> None:
    """Print what was trained, what changed, and `show` questions with their answers (no texts where 0)."""
    found = report.retraining
    if found is None:
        return
    console.print(_headline(report, found))
    console.print(_rates(found))
    console.print(_beginnings(found))
    if show and found.examples:
        console.print(side_by_side(found.examples[:show], console.width))
    console.print(Text(f"\nadapter  {found.trial.adapter}"))
    if report.next_steps:
        console.print(Text("\nNext", style="bold"))
        for step in report.next_steps:
            console.print(Text(f"  {step}"))


def render_text(report: Report, show: int = 3, width: int = 100) -> str:
    """The same without colour, as text of at most `width` cells a line."""
    return as_text(render, report, show, width)


def _headline(report: Report, found: Retraining) -> Group:
    trial, about = found.trial, found.background
    speed = f", {trial.rows * trial.epochs / trial.seconds:.1f} rows/s" if trial.seconds else ""
    lines = [
        f"{report.data.name}: {trial.rows:,} rows ({trial.levels['data']}) for {trial.epochs:g} epochs, {trial.steps:,}"
        f" steps in {trial.seconds:.0f} s{speed}; {about.get('model')} on {trial.device}",
        f"rank {trial.levels['rank']}, alpha {trial.levels['alpha']}, seed {trial.seed}; loss on the right answers "
        f"{_loss(trial)}, before training {_loss(found.untrained)}",
    ]
    if trial.cut:
        lines.append(f"{trial.cut:,} rows were longer than the maximum length, and were cut")
    asked = Text.assemble("\nWhat became of the failures? ", (report.answer.capitalize(), "bold"))
    return Group(*map(Text, lines), asked, Text(report.summary))


def _loss(trial: Trial | None) -> str:
    return f"{trial.valid_loss:.2f}" if trial and trial.valid_loss is not None else "unknown"


def _rates(found: Retraining) -> Group:
    """One table a prompt: this model beside the reference."""
    parts: list[RenderableType] = []
    for prompt, text in found.prompts.items():
        table = plain_table("failure", "this model (95 %)", "reference (95 %)", "difference (95 %)", "p")
        for change in found.changes:
            if change.prompt == prompt and not is_probability(change.outcome):
                table.add_row(change.outcome, _rate(change.new), _rate(change.reference), *_difference(change))
        parts += [Text(f"\nprompt {prompt}: {text!r}", style="underline"), table]
    against = (
        "the same recipe on the raw data" if found.reference else "none yet: --compare trains the same on the raw data"
    )
    return Group(*parts, Text(f"reference: {against}; p: McNemar's, corrected over all (Holm)", style="dim"))


def _rate(one: Outcome | None) -> str:
    return rate_cell(one.share) if one and one.share else "-"


def _difference(change: Change) -> Iterator[str]:
    moved = change.difference
    if moved.value is None or moved.low is None or moved.high is None:
        yield from ("-", "-")
        return
    yield f"{100 * moved.value:+.0f} ({100 * moved.low:+.0f} to {100 * moved.high:+.0f})"
    yield chance(change.p_adjusted if change.p_adjusted is not None else 1.0).removeprefix("p ").removeprefix("= ")


def _beginnings(found: Retraining) -> Group:
    """The exact probability of how an answer begins, for every model under every prompt."""
    by_key = {(one.trial, one.prompt, one.outcome): one.mean for one in found.measured}
    trials = [trial for trial in (found.trial, found.reference, found.untrained) if trial]
    table = plain_table("probability that", "prompt", *(trial.name for trial in trials))
    for outcome in dict.fromkeys(one.outcome for one in found.measured if is_probability(one.outcome)):
        for prompt in found.prompts:
            means = [by_key.get((trial.key, prompt, outcome)) for trial in trials]
            table.add_row(
                phrased(found.phrases, outcome), prompt, *("-" if mean is None else percent(mean) for mean in means)
            )
    return Group(Text("\nHow answers begin: exact, from two forward passes and no sampling", style="bold"), table)

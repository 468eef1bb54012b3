"""The Report of an experiment on the screen: what is proven, what to do, and the tables behind it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from audit.nouns.reports import Report
from audit.nouns.trials import Claim, Effect, Experiment, Outcome, Proof, Ruling, SeedShare, Trial
from audit.reporting.screen.number_tables import plain_table, side_by_side
from audit.reporting.screen.plain_console import as_text
from audit.wording import chance, percent

COLOUR: Mapping[Ruling, str] = {
    "proven": "bold red",
    "ruled out": "bold green",
    "cannot tell": "yellow",
    "not tested": "dim",
}
RULINGS: tuple[Ruling, ...] = ("proven", "ruled out", "cannot tell", "not tested")


def render(report: Report, console: Console, show: int = 3) -> None:
    """Print the verdicts, what to do next, and the evidence; `show` questions with their answers, no texts where 0."""
    found = report.experiment
    if found is None:
        return
    if not found.trials:
        console.print(Group(Text("Planned, and nothing done yet", style="bold"), *map(Text, found.plan)))
        return
    console.print(_headline(report, found))
    for cause in dict.fromkeys(proof.cause for proof in found.proofs):
        console.print(_verdict(cause, [proof for proof in found.proofs if proof.cause == cause]))
    if report.next_steps:
        console.print(Text("\nNext", style="bold"))
        for step in report.next_steps:
            console.print(Text(f"  {step}"))
    for part in (_effects(found), _models(found), _controls(found)):
        console.print(part)
    if show and found.examples:
        console.print(side_by_side(found.examples[:show], console.width))


def render_text(report: Report, show: int = 3, width: int = 100) -> str:
    """The same without colour, as text of at most `width` cells a line."""
    return as_text(render, report, show, width)


def _headline(report: Report, found: Experiment) -> Group:
    about, trained = found.background, [trial for trial in found.trials if trial.seed is not None]
    lines = [
        f"{report.data.name}: {about.get('rows', '?')} rows trained on, {about.get('questions', '?')} questions asked",
        f"{len(trained)} models ({about.get('model', '')} on {about.get('device', '')}); "
        + "; ".join(f"{name}: {', '.join(levels)}" for name, levels in found.factors.items()),
    ]
    main = found.outcomes[0] if found.outcomes else ""
    asked = Text.assemble(f"\nWhat causes {main}? ", (report.answer.capitalize(), "bold"), "\n")
    return Group(*map(Text, lines), asked)


def _verdict(cause: str, proofs: list[Proof]) -> Table:
    """The cause with what was decided, and the sentence of its first outcome of each decision."""
    grid = Table.grid()
    grid.add_column(width=16)
    grid.add_column()
    name = cause
    for decision in RULINGS:
        mine = [proof for proof in proofs if proof.decision == decision]
        if not mine:
            continue
        head = Text(decision, style=COLOUR[decision]) + Text(f": {', '.join(proof.outcome for proof in mine)}")
        grid.add_row(name, head)
        grid.add_row("", Text(mine[0].sentence))
        name = ""
    return grid


def _effects(found: Experiment) -> Group:
    """A table for each outcome: the main one with every effect, the others with those that are asked for first."""
    parts: list[RenderableType] = [Text("\nEffects, in points (second level less first)", style="bold")]
    base = next(iter(found.prompts), "")
    models = sum(trial.seed is not None and not trial.fault for trial in found.trials)
    claim: Claim = "for this setting" if models > 1 else "for this adapter"
    for outcome in found.outcomes:
        mine = [effect for effect in found.effects if effect.outcome == outcome and effect.claim == claim]
        if outcome != found.outcomes[0]:
            mine = [e for e in mine if " x " not in e.factor and (e.factor == "prompt" or _asked(e) in ("", base))]
        if mine:
            table = plain_table("", "first", "second", "difference (95 %)", "p", "sees")
            for effect in mine:
                table.add_row(*_cells(effect, base))
            parts += [Text(outcome, style="underline"), table]
    note = (
        "p: corrected over the outcomes. sees: the smallest effect that would show 4 times in 5. "
        f"Ruled out: the 90 % interval lies within ±{100 * found.margin:.0f} points."
    )
    return Group(*parts, Text(note, style="dim"))


def _asked(effect: Effect) -> str:
    """The prompt under which a training factor was looked at."""
    return next((part.removeprefix("prompt ") for part in effect.within.split(", ") if part.startswith("prompt ")), "")


def _cells(effect: Effect, base: str) -> Iterator[str | Text]:
    low, high = effect.difference.low, effect.difference.high
    bounds = f" ({100 * low:+.0f} to {100 * high:+.0f})" if low is not None and high is not None else ""
    asked = _asked(effect) if " x " not in effect.factor and effect.factor != "prompt" else ""
    yield _label(effect, asked if asked != base else "")
    yield from (percent(effect.means[0]), percent(effect.means[1]))
    yield Text(f"{100 * (effect.difference.value or 0):+.0f}{bounds}", style=COLOUR[effect.decision])
    yield chance(effect.p_adjusted).removeprefix("p ").removeprefix("= ")
    yield f"{100 * effect.detectable:.0f}" if effect.detectable is not None else "-"


def _label(effect: Effect, asked: str) -> str:
    if " x " in effect.factor:
        return effect.factor
    return f"  with prompt {asked}" if asked else f"{effect.factor} {effect.second}"


def _models(found: Experiment) -> Group:
    """One line a model: its rates of the main outcome under every prompt, its loss, and what is wrong with it."""
    by_key = {(one.trial, one.prompt, one.outcome): one for one in found.measured}
    main = found.outcomes[0]
    table = plain_table("model", *(f"prompt {prompt}" for prompt in found.prompts), "loss")
    for trial in found.trials:
        rates = [_cell(by_key.get((trial.key, prompt, main))) for prompt in found.prompts]
        table.add_row(trial.name, *rates, _loss(trial))
    faults = [f"{trial.name} is kept out of the effects: {trial.fault}" for trial in found.trials if trial.fault]
    spreads = [_spread(share) for share in found.seeds if share.outcome == main and share.share.value is not None]
    return Group(
        Text(f"\nModels: {main}, and the loss on the right answers (nats per token)", style="bold"),
        table,
        *(Text(line, style="yellow") for line in faults),
        *(Text(line, style="dim") for line in spreads),
    )


def _spread(share: SeedShare) -> str:
    return (
        f"{share.outcome}, prompt {share.prompt}: {percent(share.share.value or 0.0)} of the spread between models is "
        f"between seeds of one setting (models from {percent(share.lowest)} to {percent(share.highest)})"
    )


def _cell(outcome: Outcome | None) -> str:
    return percent(outcome.mean) if outcome else "-"


def _loss(trial: Trial) -> str:
    return f"{trial.valid_loss:.2f}" if trial.valid_loss is not None else "-"


def _controls(found: Experiment) -> Group:
    lines = [Text("\nControls", style="bold")]
    for control in found.controls:
        mark = {True: "as it should be: ", False: "NOT as it should be: ", None: ""}[control.passed]
        lines.append(Text(f"  {mark}{control.sentence}"))
    return Group(*lines)

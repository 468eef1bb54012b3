"""`audit experiment` on the command line."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.commands.kept_scan import keep_run, recover, say_notes, split_names, write
from audit.commands.numbers import Finite
from audit.commands.training_options import name_data, settings_of, training_options
from audit.nouns.dialogue import AuditError

if TYPE_CHECKING:
    from audit.laboratory.design import Wanted

UNITS = {"s": 1, "m": 60, "h": 3600, "": 60}


@click.command()
@click.argument("plan", required=False, type=click.Path(path_type=Path))
@click.option("--data", metavar="DATA", help="What to train on.  [default: the plan's, or what was scanned last]")
@click.option(
    "--adapter", type=click.Path(path_type=Path), help="Ask this adapter or merged model; nothing is trained."
)
@click.option("--levels", metavar="NAMES", multiple=True, help="Levels of data: raw, clean, 'without RULE', or files.")
@click.option("--rank", "ranks", type=int, multiple=True, help="Ranks to try, the base first.")
@click.option("--seeds", type=click.IntRange(1), help="Models of each arm.  [default: 5]")
@click.option("--fix", type=click.Choice(["scale", "alpha"]), help="What stays when the rank moves.  [default: scale]")
@click.option("--full", is_flag=True, help="All combinations, instead of one change at a time.")
@click.option("--margin", type=Finite(0, 1, min_open=True, max_open=True), help="[default: 0.1]")
@click.option("--budget", metavar="TIME", help="About so long, as 30m or 2h: arms that do not fit are left out.")
@click.option(
    "--jobs", "at_once", type=click.IntRange(1), default=1, show_default=True, help="Models trained side by side."
)
@click.option(
    "--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True, help="Where it runs."
)
@click.option("--address", metavar="ADDRESS", help="Of a Ray cluster.  [default: one is started here]")
@click.option("--dry-run", is_flag=True, help="Show the plan, its cost and what it can see, and train nothing.")
@training_options
def experiment(
    plan: Path | None,
    *,
    data: str | None,
    adapter: Path | None,
    budget: str | None,
    at_once: int,
    engine: str,
    address: str | None,
    dry_run: bool,
    questions: Path | None,
    encoder: str,
    form: str,
    output: Path | None,
    show: int,
    **options: Any,
) -> int:
    """Change one thing at a time, with enough seeds, and say which cause is proven: data, rank, text or prompt.

    PLAN is a toml file; without one, what recipe and data suggest is tried. What was trained before is not trained
    again, so a run that was interrupted goes on with the same command.
    """
    from audit.experiment import experiment as run_experiment
    from audit.laboratory.design import Wanted, read_wanted
    from audit.reporting.screen import experiment_screen as screen
    from audit.reporting.screen.progress import TrialBars
    from audit.workspace.runs import Workspace

    wanted, planned = read_wanted(plan) if plan else (Wanted(), None)
    data = data or planned
    recover(data)
    named = name_data(data)
    with TrialBars() as watch:
        report = run_experiment(
            named.data,
            _overruled(wanted, options),
            cleaned=named.cleaned,
            reading=named.reading,
            adapter=adapter,
            questions=questions,
            budget=_seconds(budget) if budget else None,
            at_once=at_once,
            ray=(address or "") if engine == "ray" else None,
            dry_run=dry_run,
            encoder=encoder,
            watch=watch,
        )
    say_notes(report)
    write(report, form, output, show, screen)
    if not dry_run:
        keep_run(report, Workspace.beside(named.data), named.data)
    return 0


def _overruled(wanted: Wanted, options: dict[str, Any]) -> Wanted:
    """The plan with what the command line says instead."""
    train = {**wanted.train, **settings_of(options)}
    tokens = {"max_new_tokens": options.pop("new_tokens")}
    generate = {**wanted.generate, **{name: value for name, value in tokens.items() if value}}
    levels, full = split_names(options.pop("levels")), options.pop("full")
    given = {name: value for name, value in options.items() if value not in (None, ())}
    given |= {"data": levels} if levels else {}
    given |= {"design": "full"} if full else {}
    return replace(wanted, train=train, generate=generate, **given)


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smh]?)", text.strip().lower())
    if not found:
        raise AuditError(f"--budget {text}: say it as 90s, 30m or 2h")
    return float(found[1]) * UNITS[found[2]]

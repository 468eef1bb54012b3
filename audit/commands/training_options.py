"""What audit retrain and audit experiment share on the command line: the data, their cleaned copy, the options."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from audit.commands.numbers import Finite
from audit.nouns.dialogue import AuditError
from audit.reporting.renderers import names

Command = Callable[..., Any]


class Named(NamedTuple):
    """The data, their cleaned copy where there is one, and the columns that a scan was told of."""

    data: str
    cleaned: str | None
    reading: dict[str, Any]


def name_data(data: str | None) -> Named:
    """The data that were named, else those of the last scan in this folder. AuditError where there are none."""
    from audit.cleaning.procedure import places
    from audit.commands.kept_scan import data_of
    from audit.workspace.runs import Workspace, read_report

    run = (Workspace.beside(data) if data else Workspace(Path.cwd())).last_scan(data)
    if data is None:
        if run is None:
            verb = click.get_current_context().info_name
            words = f"audit {verb} {'--data ' if verb == 'experiment' else ''}DATA"
            raise AuditError(f"nothing was scanned in {Path.cwd()} yet; name the data: {words}")
        kept = Path(data_of(run))
        data = str(kept.relative_to(Path.cwd()) if kept.is_relative_to(Path.cwd()) else kept)
    reading: dict[str, Any] = {}
    if run is not None and (report := read_report(run)):
        reading = {name: report.options[name] for name in ("question", "answer", "split") if report.options.get(name)}
    cleaned = places(data, None)[0] if Path(data).exists() else None
    return Named(data, str(cleaned) if cleaned and cleaned.exists() else None, reading)


def training_options(command: Command) -> Command:
    """The options of a training, which overrule the recipe's."""
    options = (
        click.option(
            "--model", metavar="MODEL", help="gemma, smollm2, a folder, or a name on the hub.  [default: gemma]"
        ),
        click.option("--recipe", type=click.Path(path_type=Path), help="How to train and serve (recipe.toml)."),
        click.option("--epochs", type=Finite(0, min_open=True), help="[default: the recipe's, or 3]"),
        click.option("--batch-size", type=click.IntRange(1), help="[default: the recipe's, or 8]"),
        click.option("--learning-rate", type=Finite(0, min_open=True), help="[default: the recipe's, or 2e-4]"),
        click.option(
            "--max-length", type=click.IntRange(8), help="Tokens that a row is cut at.  [default: the recipe's]"
        ),
        click.option("--new-tokens", type=click.IntRange(1), help="Longest answer.  [default: the recipe's, or 128]"),
        click.option(
            "--questions",
            type=click.Path(path_type=Path),
            help="What to ask: a file of rows, or .txt with a question a line.  [default: the held-out split]",
        ),
        click.option("--encoder", metavar="MODEL", default="auto", show_default=True, help="As for audit scan."),
        click.option(
            "--format", "form", type=click.Choice(["terminal", *names()]), default="terminal", show_default=True
        ),
        click.option(
            "-o", "--output", type=click.Path(path_type=Path), help="Write the report there instead of to stdout."
        ),
        click.option(
            "--show", metavar="N", type=click.IntRange(0), default=3, show_default=True, help="Answers shown."
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def settings_of(options: dict[str, Any]) -> dict[str, Any]:
    """Take the settings of the training out of the options."""
    return {
        name: value
        for name in ("epochs", "batch_size", "learning_rate", "max_length")
        if (value := options.pop(name)) is not None
    }

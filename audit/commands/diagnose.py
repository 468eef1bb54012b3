"""`audit diagnose` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audit.commands.kept_scan import find_workspace, keep_run, say_interrupted, say_notes, write
from audit.commands.numbers import Finite
from audit.nouns.dialogue import AuditError
from audit.reporting.renderers import names


@click.command()
@click.argument("generations", nargs=-1, required=True)
@click.option("--data", required=True, metavar="DATA", help="What the model was trained on, as for audit scan.")
@click.option("--recipe", type=click.Path(path_type=Path), help="How it was trained and served (recipe.toml).")
@click.option("--tokenizer", metavar="FOLDER", help="The model's tokenizer, for the rules of the recipe that need it.")
@click.option("--name", "names", multiple=True, metavar="NAME", help="Name of a run, once for each file.")
@click.option(
    "--setting",
    "settings",
    multiple=True,
    metavar="NAME=VALUE,…",
    help="What a run was made with, such as rank=16,seed=1, once for each file.",
)
@click.option(
    "--margin",
    type=Finite(0, 1, min_open=True, max_open=True),
    default=0.1,
    show_default=True,
    help="Rates that differ by less count as equivalent.",
)
@click.option(
    "--failure",
    "failures",
    multiple=True,
    metavar="NAME=REGEX",
    help="What outputs must not match, as a failure of your own; may be given several times.",
)
@click.option(
    "--failure-column",
    "failure_columns",
    multiple=True,
    metavar="COLUMN",
    help="Column of GENERATIONS that is true for a failure, or COLUMN<3 for a score; NAME=COLUMN names the failure.",
)
@click.option("--at", type=click.IntRange(0), metavar="N", help="Judge epoch or step N.  [default: the last one]")
@click.option("--question", metavar="COLUMN", help="Column of DATA that holds the question.")
@click.option("--answer", metavar="COLUMN", help="Column of DATA that holds the answer.")
@click.option("--split", metavar="COLUMN", help="Column of DATA that says train, valid or test.")
@click.option("--encoder", metavar="MODEL", default="auto", show_default=True, help="As for audit scan.")
@click.option("--encode-up-to", metavar="N", type=click.IntRange(1), help="As for audit scan.  [default: 20000]")
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", *names(of_diagnoses=True)]),
    default="terminal",
    show_default=True,
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report there instead of to stdout.")
@click.option("--show", metavar="N", type=click.IntRange(0), default=3, show_default=True, help="Outputs of each kind.")
@click.option("--explain", is_flag=True, help="Show why each verdict is what it is, curves and comparisons.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Processes to use.")
@click.option("--no-workspace", is_flag=True, help="Keep nothing in .audit/ beside the data.")
def diagnose(
    generations: tuple[str, ...],
    *,
    data: str,
    names: tuple[str, ...],
    settings: tuple[str, ...],
    failures: tuple[str, ...],
    form: str,
    output: Path | None,
    show: int,
    explain: bool,
    no_workspace: bool,
    **options: Any,
) -> int:
    """Say where the bad answers in GENERATIONS come from: the data, the rank, the prompt, or something else.

    GENERATIONS are files of prompts and what the model answered, one run each (columns prompt and answer, llm_answer,
    completion or response; also epoch or step, and run). Nothing is trained. Exit code: 0, or 2 for wrong input.
    """
    from audit.diagnose import diagnose as run_diagnose
    from audit.reporting.screen.diagnosis_screen import View
    from audit.reporting.screen.progress import progress_bars
    from audit.rows.generations import parse_settings

    say_interrupted(data)
    workspace = find_workspace(data, no_workspace)
    with progress_bars() as progress:
        report = run_diagnose(
            generations,
            data,
            names=names or None,
            settings=[parse_settings(setting) for setting in settings] or None,
            failures=_failures(failures),
            cache=workspace.cache if workspace else None,
            progress=progress,
            **options,
        )
    say_notes(report)
    write(report, form, output, show, View(explain))
    if workspace:
        keep_run(report, workspace, data)
    return 0


def _failures(options: tuple[str, ...]) -> dict[str, str]:
    """Name and pattern of each --failure; AuditError where one has no name, or two have the same."""
    found: dict[str, str] = {}
    for option in options:
        name, equals, regex = option.partition("=")
        if not (name and equals and regex) or name in found:
            raise AuditError(f"--failure {option}: give each failure a name of its own, as in --failure hash='^# '")
        found[name] = regex
    return found

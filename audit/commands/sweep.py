"""`audit sweep` on the command line."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

import click

from audit.commands.numbers import Finite
from audit.commands.voice import put
from audit.sweep import PARTS, THRESHOLDS


@click.command()
@click.argument("data")
@click.option("--part", type=click.Choice(PARTS), default="answer", show_default=True, help="What is compared.")
@click.option(
    "--threshold",
    "thresholds",
    metavar="T",
    type=Finite(0, 1, min_open=True),
    multiple=True,
    help=f"A threshold to count at; as often as you like.  [default: {', '.join(map(str, THRESHOLDS))}]",
)
@click.option(
    "--ngram", metavar="N", type=click.IntRange(1), default=5, show_default=True, help="Characters of a gram."
)
@click.option("--question", metavar="COLUMN", help="As in scan; so are these:")
@click.option("--answer", metavar="COLUMN")
@click.option("--split", metavar="COLUMN")
@click.option("--lenient", is_flag=True)
@click.option("--workers", type=click.IntRange(1), default=1)
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local")
@click.option("--address", metavar="ADDRESS")
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
def sweep(data: str, *, thresholds: tuple[float, ...], form: str, **options: Any) -> None:
    """Count near duplicates in DATA at several thresholds, to choose one.

    Everything is compared once, at the lowest threshold. Rows are those that the near-duplicate rule would flag: all of
    a group but the one that stands for it. Questions that differ in a number count here; the rules leave them alone.
    Exit code: 0 done, 2 the input is wrong.
    """
    from audit.reporting.screen.progress import progress_bars
    from audit.sweep import sweep as run_sweep

    with progress_bars() as progress:
        steps = run_sweep(data, thresholds or THRESHOLDS, progress=progress, **options)
    if form == "json":
        put(json.dumps([asdict(step) for step in steps], indent=1))
        return
    put(f"{'threshold':>9}  {'groups':>9}  {'rows':>9}  {'largest group':>13}")
    for step in steps:
        put(f"{step.threshold:>9g}  {step.groups:>9,}  {step.rows:>9,}  {step.largest:>13,}")

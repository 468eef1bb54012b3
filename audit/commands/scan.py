"""`audit scan` on the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from audit.commands.kept_scan import (
    fails,
    find_settings_for,
    find_workspace,
    keep_run,
    say_interrupted,
    say_notes,
    split_names,
    write,
)
from audit.commands.numbers import Finite
from audit.nouns.findings import Severity
from audit.reporting.renderers import names

EXIT_FINDINGS = 1


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option("--question", metavar="COLUMN", help="Column that holds the question, where its name does not tell.")
@click.option("--answer", metavar="COLUMN", help="Column that holds the answer.")
@click.option("--split", metavar="COLUMN", help="Column that says train, valid or test.")
@click.option(
    "--trusted", metavar="COLUMN|FILE", help="Rows you vouch for: weak-coupling then keeps a promise on errors."
)
@click.option("--select", metavar="NAMES", multiple=True, help="Run only these rules or families (comma-separated).")
@click.option("--ignore", metavar="NAMES", multiple=True, help="Do not run these rules or families.")
@click.option(
    "--fdr",
    type=Finite(0, 1, min_open=True, max_open=True),
    help="Share of false flags that weak-coupling may make, with --trusted.  [default: 0.1]",
)
@click.option(
    "--encoder", metavar="MODEL", help="auto, none, or a sentence-transformers model (name or folder).  [default: auto]"
)
@click.option(
    "--encode-up-to",
    metavar="N",
    type=click.IntRange(1),
    help="Above so many different texts rules go by letters alone, or say nothing of meaning.  [default: 20000]",
)
@click.option(
    "--lenient", is_flag=True, default=None, help="Set unreadable rows aside and say how many, instead of stopping."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["terminal", *names()]),
    default="terminal",
    show_default=True,
    help="parquet: the findings alone, as a table.",
)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the report there instead of to stdout.")
@click.option(
    "--show", metavar="N", type=click.IntRange(0), default=3, show_default=True, help="Rows shown for each rule."
)
@click.option(
    "--fail-on",
    type=click.Choice([*(s.value for s in Severity), "never"]),
    help="Exit with 1 if a finding is at least this severe.  [default: warning]",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever was found.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    help="Processes to use, threads for compiled loops; the result is the same.  [default: 1]",
)
@click.option("--engine", type=click.Choice(["local", "ray"]), help="Where the work runs.  [default: local]")
@click.option(
    "--address", metavar="ADDRESS", help="A Ray cluster that is there; without it, ray starts one on this machine."
)
@click.option(
    "--memory", metavar="SIZE", help="Memory it may take, such as 2GB; rows then lie in a file, and rules may not fit."
)
@click.option("--config", type=click.Path(path_type=Path), help="Settings file, instead of the closest one.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="Decisions of audit review; findings rejected there stay silent.  [default: audit.baseline.jsonl beside DATA]",
)
@click.option("--no-workspace", is_flag=True, help="Keep nothing in .audit/ beside the data.")
def scan(
    data: tuple[str, ...],
    *,
    form: str,
    output: Path | None,
    show: int,
    exit_zero: bool,
    config: Path | None,
    baseline: Path | None,
    no_workspace: bool,
    **options: Any,
) -> int:
    """Find the faults in DATA and say what to do about them.

    DATA is a CSV, TSV, XLSX, JSON, JSONL or Parquet file (also .gz), several such files of one format or a folder of
    them, a folder saved by `datasets`, the name of a hub dataset, or - for JSONL on stdin. Exit code: 0 nothing found,
    1 findings, 2 the input or a name is wrong.
    """
    from audit.reporting.screen import scan_screen
    from audit.reporting.screen.progress import progress_bars
    from audit.scan import scan as run_scan
    from audit.workspace.decisions import beside

    first, *more = data
    say_interrupted(first)
    settings = find_settings_for(first, config)
    given = {name: value for name, value in options.items() if value not in (None, ())}
    given |= {name: split_names(options[name]) for name in ("select", "ignore") if options[name]}
    chosen = settings.under(given)
    rules = {name: dict(values) for name, values in settings.rules.items()}
    if (fdr := chosen.pop("fdr", None)) is not None:
        rules.setdefault("weak-coupling", {})["fdr"] = fdr
    fail_on = chosen.pop("fail_on", Severity.WARNING.value)
    workspace = find_workspace(first, no_workspace)
    with progress_bars() as progress:
        report = run_scan(
            [Path(name) for name in data] if more else first,
            settings=rules,
            cache=workspace.cache if workspace else None,
            baseline=baseline or beside(first),
            progress=progress,
            **chosen,
        )
    say_notes(report)
    write(report, form, output, show, scan_screen)
    if workspace:
        keep_run(report, workspace, report.data.name if more else first, baseline or beside(first))
    return EXIT_FINDINGS if not exit_zero and fails(report, fail_on) else 0

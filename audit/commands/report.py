"""`audit report` on the command line."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from audit.commands.kept_scan import deliver, in_folder
from audit.commands.voice import say
from audit.nouns.findings import Severity
from audit.reporting.renderers import names

if TYPE_CHECKING:
    from audit.nouns.reports import Report

EXIT_FINDINGS = 1


@click.command()
@click.argument("run", required=False, default="")
@click.option("--format", "form", type=click.Choice(names(of_diagnoses=True)), default="html", show_default=True)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    help="Write it there.  [default: stdout; a page: audit-report.html]",
)
@click.option("--open", "open_", is_flag=True, help="Show the page in the browser.")
@click.option("--baseline", metavar="RUN", default="", help="Say what is new, gone and unchanged against this run.")
@click.option(
    "--compare", metavar="RUN RUN", nargs=2, help="The second run against the first, instead of RUN and --baseline."
)
@click.option(
    "--fail-on",
    type=click.Choice(["new", *(s.value for s in Severity), "never"]),
    default="never",
    show_default=True,
    help="Exit with 1 if there is a finding that is new, or at least this severe.",
)
@click.option("--push", metavar="FOLDER|REPO", help="Put card and findings into a dataset's folder, or on the hub.")
@in_folder
def report(
    run: str,
    *,
    form: str,
    output: Path | None,
    open_: bool,
    baseline: str,
    compare: tuple[str, str] | None,
    fail_on: str,
    push: str | None,
    folder: Path,
) -> int:
    """Show a RUN of scan, clean, diagnose, retrain or experiment as a page, or as a file for another program.

    RUN is its number or name, a report.json, or the data it was made of; the last run, if left out. Exit code: 0, 1
    with --fail-on, 2 where there is no such run.
    """
    from audit.report import report as reopened
    from audit.reporting.renderers import written

    if compare and (run or baseline):
        raise click.UsageError("--compare names both runs: leave out RUN and --baseline")
    if fail_on == "new" and not (baseline or compare):
        raise click.UsageError("--fail-on new needs --baseline: new against what?")
    if compare:
        baseline, run = compare
    found = reopened(run, folder=folder, baseline=baseline)
    if push:
        _push(found, push)
    else:
        place = _place(form, output, open_)
        deliver(written(found, form), form, place, folder / found.data.name)
        if open_ and place and not webbrowser.open(place.absolute().as_uri()):
            say("no browser could be opened; open the file yourself")
    return EXIT_FINDINGS if _fails(found, fail_on) else 0


def _place(form: str, output: Path | None, open_: bool) -> Path | None:
    """Where it goes; None is stdout. A page goes into a file, as nobody reads one on a terminal."""
    if open_ and form != "html":
        raise click.UsageError("--open shows the page: it goes with --format html")
    return output or (Path("audit-report.html") if form == "html" else None)


def _push(report: Report, target: str) -> None:
    from audit.reporting.publication import push

    for line in push(report, target):
        say(line)


def _fails(report: Report, fail_on: str) -> bool:
    """Whether a finding is new, or at least as severe as `fail_on`."""
    if fail_on == "never":
        return False
    if fail_on == "new":
        return bool(report.changes and report.changes.new)
    severities = set(report.findings.column("severity").to_pylist())
    return any(Severity(severity).rank >= Severity(fail_on).rank for severity in severities)

"""The command line: options become one call, its outcome an exit code. The only file that prints."""

from __future__ import annotations

import os
import shlex
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit import __version__
from audit.types import AuditError, Severity

if TYPE_CHECKING:
    from audit.settings import Settings
    from audit.types import Report
    from audit.workspace import Workspace

EXIT_FINDINGS = 1
EXIT_MISTAKE = 2
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells count
DECIDED = {"accept": "accepted", "reject": "rejected", "edit": "edited", "skip": "skipped", "open": "still open"}


def main() -> None:
    """Entry point: mistakes that the user can mend become one line on stderr, never a traceback."""
    try:
        sys.exit(command(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_MISTAKE)
    except AuditError as error:
        _complain(str(error))
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(EXIT_MISTAKE)
    except OSError as error:
        _complain(f"{error.filename or 'the system'}: {error.strerror or error}; nothing was half-written")
    except (KeyboardInterrupt, click.Abort):
        click.echo("audit: interrupted; nothing was half-written, run it again when you like", err=True)
        sys.exit(EXIT_INTERRUPTED)


def _complain(message: str) -> None:
    click.echo(f"audit: error: {message}", err=True)
    sys.exit(EXIT_MISTAKE)


@click.group(name="audit", context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="audit")
def command() -> None:
    """Find, repair and explain the faults of question-answer sets that language models are fine-tuned on."""


@command.command()
@click.argument("data")
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
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    help="Share of false flags that weak-coupling may make, with --trusted.  [default: 0.1]",
)
@click.option(
    "--encoder", metavar="MODEL", help="auto, none, or a sentence-transformers model (name or folder).  [default: auto]"
)
@click.option(
    "--lenient", is_flag=True, default=None, help="Set unreadable rows aside and say how many, instead of stopping."
)
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
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
@click.option("--workers", type=click.IntRange(1), help="Processes to use; the result is the same.  [default: 1]")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file, instead of the closest one.")
@click.option("--no-workspace", is_flag=True, help="Keep nothing in .audit/ beside the data.")
def scan(
    data: str,
    *,
    form: str,
    output: Path | None,
    show: int,
    exit_zero: bool,
    config: Path | None,
    no_workspace: bool,
    **options: Any,
) -> int:
    """Find the faults in DATA and say what to do about them.

    DATA is a CSV, TSV, XLSX, JSON, JSONL or Parquet file (also .gz), a folder saved by `datasets`, the name of a
    hub dataset, or - for JSONL on stdin. Exit code: 0 nothing found, 1 findings, 2 the input or a name is wrong.
    """
    from audit.renderers.progress import progress_bars
    from audit.scan import scan as run_scan

    settings = _settings(data, config)
    chosen = {**settings.options, **{name: value for name, value in options.items() if value not in (None, ())}}
    chosen |= {name: _split_names(options[name]) for name in ("select", "ignore") if options[name]}
    rules = {name: dict(values) for name, values in settings.rules.items()}
    if (fdr := chosen.pop("fdr", None)) is not None:
        rules.setdefault("weak-coupling", {})["fdr"] = fdr
    fail_on = chosen.pop("fail_on", Severity.WARNING.value)
    workspace = _workspace(data, no_workspace)
    with progress_bars() as progress:
        report = run_scan(
            data, settings=rules, cache=workspace.cache if workspace else None, progress=progress, **chosen
        )
    _say_notes(report)
    _write(report, form, output, show)
    if workspace:
        _keep(report, workspace, data)
    return EXIT_FINDINGS if not exit_zero and _at_least(report, fail_on) else 0


@command.command()
@click.argument("data", required=False)
@click.option("--web", is_flag=True, help="Open it in a browser on this machine instead of in the terminal.")
@click.option("--port", metavar="N", type=click.IntRange(0, 65535), default=0, help="For --web.  [default: a free one]")
@click.option("--config", type=click.Path(path_type=Path), help="Settings file, where DATA has to be scanned first.")
def review(data: str | None, *, web: bool, port: int, config: Path | None) -> int:
    """Decide about findings one by one: accept the repair, reject the finding, edit the text, or skip it.

    DATA is what was scanned last in this folder where it is left out. What you decide is kept as you decide it, in
    audit.baseline.jsonl beside the data: rejected findings stay silent in later scans, and `audit clean` applies what
    you accepted or edited. Leave with q and come back whenever you like.
    """
    from audit.decisions import beside
    from audit.review import last_scan
    from audit.review import review as run_review

    if not web and not (sys.stdin.isatty() and sys.stdout.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        raise AuditError("audit review needs a terminal; in a browser: audit review --web")
    data, report = last_scan(data)
    if report is None:
        report = _scan_for_review(data, config)
    if not len(report.findings):
        raise AuditError(f"{report.data.name}: the scan found nothing, so there is nothing to review")
    if web:
        _serve_review(data, port)
        return 0
    baseline = beside(data)
    counts = run_review(report, baseline).outcome()
    said = ", ".join(f"{counts[name]:,} {word}" for name, word in DECIDED.items() if counts[name])
    click.echo(f"audit: {said}; kept in {baseline}", err=True)
    return 0


@command.command()
@click.argument("rule")
def explain(rule: str) -> None:
    """Print the page of RULE: what it means, why it hurts, what it flags and what it leaves alone."""
    from rich.console import Console
    from rich.markdown import Markdown

    from audit.rulebook import find_rule

    page = find_rule(rule).page
    if sys.stdout.isatty():
        Console().print(Markdown(page))
    else:
        click.echo(page)


@command.command()
def rules() -> None:
    """List all rules."""
    from audit.rulebook import rulebook

    width = max(len(name) for name in rulebook())
    for rule in rulebook().values():
        click.echo(f"{rule.name:{width}}  {rule.severity.value:7}  {rule.family:10}  {rule.title}")


def _scan_for_review(data: str, config: Path | None) -> Report:
    """Scan as the settings file says, and remember it."""
    from audit.decisions import beside
    from audit.renderers.progress import progress_bars
    from audit.scan import scan as run_scan

    settings, workspace = _settings(data, config), _workspace(data, False)
    options = {name: value for name, value in settings.options.items() if name != "fail_on"}
    cache = workspace.cache if workspace else None
    with progress_bars() as progress:
        report = run_scan(
            data, settings=settings.rules, cache=cache, baseline=beside(data), progress=progress, **options
        )
    _say_notes(report)
    if workspace:
        _keep(report, workspace, data)
    return report


def _serve_review(data: str, port: int) -> None:
    """A browser runs this command once more for each page; -P keeps the current folder off the import path."""
    from audit.serving import serve

    words = [sys.executable, "-P", "-c", "from audit.cli import main; main()", "review", "--", data]
    serve(shlex.join(words), f"audit review {data}", port, partial(click.echo, err=True))


def _settings(data: str, config: Path | None) -> Settings:
    from audit.rulebook import choose
    from audit.settings import find_settings, read_settings

    beside = Path(data).absolute().parent if data != "-" else Path.cwd()
    settings = read_settings(config) if config else find_settings(beside, Path.cwd())
    choose(settings=settings.rules, where=settings.path)  # a mistake is said with the name of the file
    return settings


def _split_names(names: tuple[str, ...]) -> list[str]:
    return [name.strip() for part in names for name in part.split(",") if name.strip()]


def _workspace(data: str, unwanted: bool) -> Workspace | None:
    from audit.workspace import Workspace

    return None if unwanted else Workspace.beside(data)


def _say_notes(report: Report) -> None:
    for note in report.notes:
        click.echo(f"audit: {note}", err=True)
    for row in report.data.quarantined[:10]:
        click.echo(f"audit: set aside: {row}", err=True)
    if len(report.data.quarantined) > 10:
        click.echo(f"audit: set aside: … and {len(report.data.quarantined) - 10:,} more rows", err=True)


def _write(report: Report, form: str, output: Path | None, show: int) -> None:
    """To stdout, or to a file that appears whole or not at all."""
    from rich.console import Console

    from audit.renderers import json, terminal
    from audit.workspace import write_beside

    if form == "json":
        text = json.render(report)
    elif output:
        text = terminal.render_text(report, show)
    else:
        terminal.render(report, Console(highlight=False), show)
        return
    if output:
        write_beside(output, text)
        click.echo(f"audit: wrote {output}", err=True)
    else:
        click.echo(text, nl=False)


def _keep(report: Report, workspace: Workspace, data: str) -> None:
    """Remember the run; a folder that cannot be written costs the history, not the scan."""
    from audit.renderers import json

    try:
        run = workspace.save(report, json.render(report), {"data": str(Path(data).absolute()) if data != "-" else "-"})
    except OSError as error:
        click.echo(f"audit: this run is not remembered: {workspace.root}: {error.strerror}", err=True)
    else:
        click.echo(f"audit: this run is kept in {run}", err=True)


def _at_least(report: Report, fail_on: str) -> bool:
    if fail_on == "never":
        return False
    return any(rule.findings and rule.severity.rank >= Severity(fail_on).rank for rule in report.rules)

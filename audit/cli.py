"""The command line: options become one call, its outcome an exit code. The only file that prints."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit import __version__
from audit.commands.clean import clean, undo
from audit.commands.diagnose import diagnose
from audit.commands.recipe import recipe
from audit.commands.scanning import (
    find_settings_for,
    find_workspace,
    keep_run,
    last_or_first_scan,
    recover,
    say_notes,
    split_names,
)
from audit.types import AuditError, Severity

if TYPE_CHECKING:
    from audit.types import Report

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


command.add_command(clean)
command.add_command(diagnose)
command.add_command(recipe)
command.add_command(undo)


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
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="Decisions of audit review; findings rejected there stay silent.  [default: audit.baseline.jsonl beside DATA]",
)
@click.option("--no-workspace", is_flag=True, help="Keep nothing in .audit/ beside the data.")
def scan(
    data: str,
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

    DATA is a CSV, TSV, XLSX, JSON, JSONL or Parquet file (also .gz), a folder saved by `datasets`, the name of a
    hub dataset, or - for JSONL on stdin. Exit code: 0 nothing found, 1 findings, 2 the input or a name is wrong.
    """
    from audit.decisions import beside
    from audit.renderers.progress import progress_bars
    from audit.scan import scan as run_scan

    recover(data)
    settings = find_settings_for(data, config)
    chosen = {**settings.options, **{name: value for name, value in options.items() if value not in (None, ())}}
    chosen |= {name: split_names(options[name]) for name in ("select", "ignore") if options[name]}
    rules = {name: dict(values) for name, values in settings.rules.items()}
    if (fdr := chosen.pop("fdr", None)) is not None:
        rules.setdefault("weak-coupling", {})["fdr"] = fdr
    fail_on = chosen.pop("fail_on", Severity.WARNING.value)
    workspace = find_workspace(data, no_workspace)
    with progress_bars() as progress:
        report = run_scan(
            data,
            settings=rules,
            cache=workspace.cache if workspace else None,
            baseline=baseline or beside(data),
            progress=progress,
            **chosen,
        )
    say_notes(report)
    _write(report, form, output, show)
    if workspace:
        keep_run(report, workspace, data)
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
    from audit.review import review as run_review

    if not web and not (sys.stdin.isatty() and sys.stdout.isatty()) and "TEXTUAL_DRIVER" not in os.environ:
        raise AuditError("audit review needs a terminal; in a browser: audit review --web")
    recover(data)
    data, report = last_or_first_scan(data, config, {}, [])
    if not len(report.findings):
        raise AuditError(f"{report.data.name}: the scan found nothing, so there is nothing to review")
    if web:
        _serve_review(data, port, config)
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


def _serve_review(data: str, port: int, config: Path | None) -> None:
    """A browser runs this command once more for each page; -P keeps the current folder off the import path."""
    from audit.serving import serve

    def tell(address: str) -> None:
        click.echo(f"audit: open {address} in a browser on this machine; end with ctrl+c", err=True)

    words = [sys.executable, "-P", "-c", "from audit.cli import main; main()", "review", "--", data]
    words[5:5] = ["--config", str(config)] if config else []
    serve(shlex.join(words), f"audit review {data}", port, tell)


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


def _at_least(report: Report, fail_on: str) -> bool:
    if fail_on == "never":
        return False
    return any(rule.findings and rule.severity.rank >= Severity(fail_on).rank for rule in report.rules)

"""The command line: options become one call, its outcome an exit code. The only file that prints."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit import __version__
from audit.commands.diagnose import diagnose
from audit.commands.recipe import recipe
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


command.add_command(diagnose)
command.add_command(recipe)


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

    _recover(data)
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
            data,
            settings=rules,
            cache=workspace.cache if workspace else None,
            baseline=baseline or beside(data),
            progress=progress,
            **chosen,
        )
    _say_notes(report)
    _write(report, form, output, show)
    if workspace:
        _keep(report, workspace, data)
    return EXIT_FINDINGS if not exit_zero and _at_least(report, fail_on) else 0


@command.command()
@click.argument("data", required=False)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where the cleaned data go.  [default: NAME.clean.EXT]"
)
@click.option("--in-place", is_flag=True, help="Write over DATA; .audit/ keeps the original for audit undo.")
@click.option("--unsafe", is_flag=True, help="Apply the patches that are not safe, too: look at them first.")
@click.option("--dry-run", is_flag=True, help="Show what would change, row by row, and write nothing.")
@click.option("--select", metavar="NAMES", multiple=True, help="Repair only what these rules or families found.")
@click.option("--ignore", metavar="NAMES", multiple=True, help="Leave what these rules or families found.")
@click.option(
    "--keep-policy",
    type=click.Choice(["rule", "first", "longest", "best-coupled"]),
    default="rule",
    show_default=True,
    help="Which row of a group of duplicates stays. rule: of equal rows the first, of near ones the most central.",
)
@click.option(
    "--keep", metavar="N", type=click.IntRange(1), default=1, show_default=True, help="How many of each group stay."
)
@click.option("--yes", is_flag=True, help="Go on where a rule removes more than a tenth of the rows.")
@click.option("--question", metavar="COLUMN", help="As in scan, where DATA has to be scanned first; so are these:")
@click.option("--answer", metavar="COLUMN")
@click.option("--split", metavar="COLUMN")
@click.option("--encoder", metavar="MODEL")
@click.option("--lenient", is_flag=True, default=None)
@click.option("--config", type=click.Path(path_type=Path), help="Settings file, instead of the closest one.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    help="Decisions of audit review to go by.  [default: audit.baseline.jsonl beside DATA]",
)
@click.option("--format", "form", type=click.Choice(["terminal", "json"]), default="terminal", show_default=True)
@click.option(
    "--show", metavar="N", type=click.IntRange(0), default=3, show_default=True, help="Rows shown for each rule."
)
def clean(
    data: str | None,
    *,
    in_place: bool,
    dry_run: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    config: Path | None,
    baseline: Path | None,
    form: str,
    show: int,
    **options: Any,
) -> int:
    """Repair what a scan found in DATA, and write the result beside it.

    Uses the last scan of DATA, or of this folder where DATA is left out, and scans first where there is none. Safe
    patches apply, and those accepted in audit review. Each row that leaves is in NAME.quarantine.jsonl, with the
    reason and its partner; audit undo takes it all back. Exit code: 0 done, 2 stopped, with nothing changed.
    """
    from audit.clean import clean as run_clean
    from audit.decisions import beside
    from audit.renderers.progress import progress_bars

    _recover(data)
    reading = {name: options.pop(name) for name in ("question", "answer", "split", "encoder", "lenient")}
    asked = {name: value for name, value in reading.items() if value is not None}
    data, report = _last_or_first_scan(data, config, asked, _split_names(select))
    with progress_bars() as progress:
        report = run_clean(
            report,
            data=data,
            in_place=in_place,
            dry_run=dry_run,
            select=_split_names(select),
            ignore=_split_names(ignore),
            baseline=baseline or beside(data),
            progress=progress,
            **options,
        )
    _write_cleaning(report, form, show, dry_run)
    _say_notes(report)
    return 0


@command.command()
@click.argument("run", required=False, default="")
@click.option("--row", "rows", metavar="ID", multiple=True, help="Take back only what was done to this row.")
@click.option("--rule", "undone_rules", metavar="NAME", multiple=True, help="Take back only what this rule did.")
@click.option("--force", is_flag=True, help="Even if a file was changed by hand since.")
@click.option(
    "--in",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=".",
    show_default=True,
    help="The folder of the data.",
)
def undo(run: str, *, rows: tuple[str, ...], undone_rules: tuple[str, ...], force: bool, folder: Path) -> int:
    """Take back a cleaning: RUN by its number or name, or the last one.

    Files are again what they were, byte for byte. With --row or --rule, only a part is taken back: the data are cleaned
    again from the original without it. Exit code: 0 done, 2 stopped, with nothing changed.
    """
    from audit.renderers.progress import progress_bars
    from audit.undo import undo as run_undo
    from audit.workspace import Workspace

    workspace = Workspace(folder.absolute())
    with progress_bars() as progress:
        said = run_undo(workspace, run, rows=rows, rules=_split_names(undone_rules), force=force, progress=progress)
    for line in said:
        click.echo(line)
    return 0


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
    _recover(data)
    data, report = _last_or_first_scan(data, config, {}, [])
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


def _recover(data: str | None) -> None:
    """Finish what a killed command left beside the data, before anything is read."""
    from audit.journal import recover
    from audit.workspace import Workspace

    for note in recover(Workspace.beside(data) if data else Workspace(Path.cwd())):
        click.echo(f"audit: {note}", err=True)


def _last_or_first_scan(
    data: str | None, config: Path | None, asked: dict[str, Any], rules: list[str]
) -> tuple[str, Report]:
    """The last scan if it still says what a new one would, for these rules and options; else a new one."""
    from audit.workspace import Workspace, how, read_report

    verb = click.get_current_context().info_name
    run = (Workspace.beside(data) if data else Workspace(Path.cwd())).last_scan(data)
    if run is None and data is None:
        raise AuditError(f"nothing was scanned in {Path.cwd()} yet; name the data: audit {verb} DATA")
    if run is not None:
        report, scanned = read_report(run), str(how(run)["data"])
        why = _stale(report, scanned, _settings(scanned, config), asked, rules)
        if not why:
            return data or scanned, report
        if data is None and "bytes" in why:
            raise AuditError(f"{scanned}: {why} since {run.name}; to scan it as it is: audit {verb} {scanned}")
        data = data or scanned
        click.echo(f"audit: scanning first, as {why} since {run.name}", err=True)
    return str(data), _scan_first(str(data), config, asked)


def _stale(report: Report, data: str, settings: Settings, asked: dict[str, Any], rules: list[str]) -> str:
    """Why a new scan would say something else, or ""."""
    from audit.rulebook import choose
    from audit.workspace import digest

    if digest(data) != report.data.sha256:
        return "its bytes have changed"
    if report.tool != f"audit {__version__}":
        return "audit itself has changed"
    known = {name: dict(values) for name, values in report.options["settings"].items()}
    if "fdr" not in settings.rules.get("weak-coupling", {}):
        known.get("weak-coupling", {}).pop("fdr", None)  # of --fdr, which holds for one scan
    if {name: values for name, values in known.items() if values} != {
        n: dict(v) for n, v in settings.rules.items() if v
    }:
        return "the settings have changed"
    if any(report.options[name] != value for name, value in asked.items()):
        return "other options were given"
    if not {rule.name for rule in choose(rules)} <= {rule.name for rule in report.rules} and rules:
        return "other rules are asked for"
    return ""


def _scan_first(data: str, config: Path | None, asked: dict[str, Any]) -> Report:
    """Scan as the settings file says, and remember it."""
    from audit.decisions import beside
    from audit.renderers.progress import progress_bars
    from audit.scan import scan as run_scan

    settings, workspace = _settings(data, config), _workspace(data, False)
    options = {name: value for name, value in settings.options.items() if name != "fail_on"} | asked
    cache = workspace.cache if workspace else None
    with progress_bars() as progress:
        report = run_scan(
            data, settings=settings.rules, cache=cache, baseline=beside(data), progress=progress, **options
        )
    _say_notes(report)
    if workspace:
        _keep(report, workspace, data)
    return report


def _serve_review(data: str, port: int, config: Path | None) -> None:
    """A browser runs this command once more for each page; -P keeps the current folder off the import path."""
    from audit.serving import serve

    def tell(address: str) -> None:
        click.echo(f"audit: open {address} in a browser on this machine; end with ctrl+c", err=True)

    words = [sys.executable, "-P", "-c", "from audit.cli import main; main()", "review", "--", data]
    words[5:5] = ["--config", str(config)] if config else []
    serve(shlex.join(words), f"audit review {data}", port, tell)


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


def _write_cleaning(report: Report, form: str, show: int, dry_run: bool) -> None:
    """To stdout; a rehearsal as the diff that it is."""
    from rich.console import Console

    from audit.renderers import cleaning, json

    if form == "json":
        click.echo(json.render(report), nl=False)
        return
    console = Console(highlight=False)
    if dry_run:
        for line in cleaning.diff(report):
            console.print(line, soft_wrap=True)
    cleaning.render(report, console, 0 if dry_run else show)


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

"""`audit clean` and `audit undo` on the command line."""

from __future__ import annotations

import atexit
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audit.commands.kept_scan import in_folder, last_or_first_scan, recover, say_notes, split_names
from audit.commands.voice import hand_over, put

if TYPE_CHECKING:
    from audit.nouns.reports import Report


@click.command()
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
@click.option(
    "--yes",
    is_flag=True,
    help="Go on where a rule removes over a tenth of the rows, or a file that is not ours is replaced.",
)
@click.option("--question", metavar="COLUMN", help="As in scan, where DATA has to be scanned first; so are these:")
@click.option("--answer", metavar="COLUMN")
@click.option("--split", metavar="COLUMN")
@click.option("--encoder", metavar="MODEL")
@click.option("--encode-up-to", metavar="N", type=click.IntRange(1))
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
    from audit.reporting.screen.progress import progress_bars
    from audit.workspace.decisions import beside

    said = recover(data)
    baseline = baseline or (beside(data) if data else None)
    names = ("question", "answer", "split", "encoder", "encode_up_to", "lenient")
    reading = {name: options.pop(name) for name in names}
    asked = {name: value for name, value in reading.items() if value is not None}
    if data == "-":
        data, home = _keep_stdin(), Path.cwd()
    else:
        home = None
    data, report = last_or_first_scan(data, config, asked, split_names(select), baseline)
    if home and not options["output"]:
        options["output"] = home / f"stdin.clean.{report.data.format}"
    with progress_bars() as progress:
        report = run_clean(
            report,
            data=data,
            home=home,
            in_place=in_place,
            dry_run=dry_run,
            select=split_names(select),
            ignore=split_names(ignore),
            baseline=baseline or beside(data),
            progress=progress,
            **options,
        )
    _write_cleaning(report, form, show, dry_run)
    say_notes(report, said)
    return 0


@click.command()
@click.argument("run", required=False, default="")
@click.option("--row", "rows", metavar="ID", multiple=True, help="Take back only what was done to this row.")
@click.option("--rule", "undone_rules", metavar="NAME", multiple=True, help="Take back only what this rule did.")
@click.option("--force", is_flag=True, help="Even if a file was changed by hand since.")
@in_folder
def undo(run: str, *, rows: tuple[str, ...], undone_rules: tuple[str, ...], force: bool, folder: Path) -> int:
    """Take back a cleaning: RUN by its number or name, or the last one.

    Files are again what they were, byte for byte. With --row or --rule, only a part is taken back: the data are cleaned
    again from the original without it. Exit code: 0 done, 2 stopped, with nothing changed.
    """
    from audit.reporting.screen.progress import progress_bars
    from audit.undo import undo as run_undo
    from audit.workspace.runs import Workspace

    workspace = Workspace(folder.absolute())
    with progress_bars() as progress:
        said = run_undo(workspace, run, rows=rows, rules=split_names(undone_rules), force=force, progress=progress)
    for line in said:
        put(line)
    return 0


def _keep_stdin() -> str:
    """What comes through the pipe, as a file that can be read again; it is removed at the end."""
    folder = tempfile.mkdtemp(prefix="audit-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    with (Path(folder) / "stdin").open("wb") as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
    return file.name


def _write_cleaning(report: Report, form: str, show: int, dry_run: bool) -> None:
    """To stdout; a rehearsal as the diff that it is."""
    from audit.reporting.screen import cleaning_screen
    from audit.reporting.screen.plain_console import PlainConsole
    from audit.workspace.report_json import pieces

    if form == "json":
        hand_over(pieces(report))
        return
    console = PlainConsole()
    if dry_run:
        for line in cleaning_screen.diff(report):
            console.print(line, soft_wrap=True)
    cleaning_screen.render(report, console, 0 if dry_run else show)

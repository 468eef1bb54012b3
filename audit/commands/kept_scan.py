"""What commands share: a scan that may have been made already, its settings, and what is said on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Protocol

import click

from audit import __version__
from audit.commands.voice import hand_over, say
from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Severity

if TYPE_CHECKING:
    from rich.console import Console

    from audit.nouns.reports import Report
    from audit.rulebook.settings import Settings
    from audit.workspace.runs import Workspace


# what a scan of the same data needs again
READING = ("question", "answer", "split", "trusted", "lenient", "encoder", "encode_up_to")


in_folder = click.option(
    "--in",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=".",
    show_default=True,
    help="The folder of the data.",
)


class Screen(Protocol):
    """A module of renderers/ that shows a report on the terminal."""

    def render(self, report: Report, console: Console, show: int = 3, /) -> None:
        """Print the report."""

    def render_text(self, report: Report, show: int = 3, /) -> str:
        """Give the same as text."""


def recover(data: str | None) -> list[str]:
    """Finish what a killed command left beside the data, before anything is read; gives what was said of it."""
    from audit.cleaning.journal import recover

    notes = recover(_workspace_of(data))
    _say(notes)
    return notes


def say_interrupted(data: str) -> None:
    """What a killed command left beside the data, for commands that change no files."""
    from audit.cleaning.journal import interrupted

    _say(interrupted(_workspace_of(data)))


def _workspace_of(data: str | None) -> Workspace:
    from audit.workspace.runs import Workspace

    return Workspace.beside(data) if data else Workspace(Path.cwd())


def last_or_first_scan(
    data: str | None, config: Path | None, asked: dict[str, Any], rules: list[str], baseline: Path | None = None
) -> tuple[str, Report]:
    """The last scan if it still says what a new one would, for these rules and options; else a new one."""
    from audit.workspace.decisions import beside
    from audit.workspace.runs import how, read_report

    verb = click.get_current_context().info_name
    run = _workspace_of(data).last_scan(data)
    if run is None and data is None:
        raise AuditError(f"nothing was scanned in {Path.cwd()} yet; name the data: audit {verb} DATA")
    if run is not None:
        scanned = data or data_of(run)
        if scanned == "-":
            raise AuditError(f"the last scan was of stdin, which is gone; give it again: … | audit {verb} -")
        kept = read_report(run)
        why = "the kept run cannot be read"
        if kept is not None:
            why = _stale(kept, scanned, find_settings_for(scanned, config), asked, rules)
            why = why or _taken_back(how(run).get("rejected", []), baseline or beside(scanned))
        if kept is not None and not why:
            return data or scanned, kept
        if data is None and "bytes" in why:
            raise AuditError(f"{scanned}: {why} since {run.name}; to scan it as it is: audit {verb} {quote(scanned)}")
        data = data or scanned
        if kept is not None:
            asked = _read_as_before(kept, run, data, asked)
        say(f"scanning first, as {why} since {run.name}")
    return str(data), scan_first(str(data), config, asked, baseline)


def data_of(run: Path) -> str:
    """The data that a run was made of; AuditError where they lie outside its folder, as in one that was planted."""
    from audit.workspace.runs import how

    data, folder = str(how(run)["data"]), run.absolute().parents[2]
    if data != "-" and Path(data).parent != folder:
        raise AuditError(f"{run}: says that it is of {data}, which is not in {folder}; name the data yourself")
    return data


def _read_as_before(kept: Report, run: Path, data: str, asked: dict[str, Any]) -> dict[str, Any]:
    """The options of a kept scan that reading takes, overruled by those asked for; AuditError where one reaches out."""
    from audit.rulebook.settings import reaches_out

    before = {name: kept.options[name] for name in READING if kept.options.get(name)}
    for name, value in before.items():
        if name not in asked and reaches_out(name, value, run.parents[2]):
            option = f"--{name} {value}"
            raise AuditError(
                f"{run}: that scan took {option}, which counts only where you say it: audit scan {option} {quote(data)}"
            )
    return before | asked


def _stale(report: Report, data: str, settings: Settings, asked: dict[str, Any], rules: list[str]) -> str:
    """Why a new scan would say something else, or ""."""
    from audit.rulebook.pages import choose, fingerprints
    from audit.workspace.runs import digest

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
    if any(report.options.get(name) != value for name, value in asked.items()):
        return "other options were given"
    own = fingerprints(choose(report.options["select"], report.options["ignore"]))
    others = not {rule.name for rule in choose(rules)} <= {rule.name for rule in report.rules} and rules
    told = {
        "the rules from outside have changed": report.options.get("rules", {}) != own,
        "other rules are asked for": others,
    }
    return next((why for why, holds in told.items() if holds), "")


def _taken_back(silent: list[list[str]], baseline: Path) -> str:
    """Why a scan that left these findings (rule, row) out would not do so again, or ""."""
    from audit.workspace.decisions import read

    decisions = read(baseline)
    still = {key for key, decision in decisions.items() if decision.decision == "reject"}
    return "" if {(rule, row) for rule, row in silent} <= still else "decisions have been taken back"


def scan_first(data: str, config: Path | None, asked: dict[str, Any], baseline: Path | None = None) -> Report:
    """Scan as the settings file says, and remember it."""
    from audit.reporting.screen.progress import progress_bars
    from audit.scan import scan as run_scan
    from audit.workspace.decisions import beside

    settings, workspace = find_settings_for(data, config), find_workspace(data, False)
    options = {name: value for name, value in settings.under(asked).items() if name != "fail_on"}
    cache = workspace.cache if workspace else None
    baseline = baseline or beside(data)
    with progress_bars() as progress:
        report = run_scan(data, settings=settings.rules, cache=cache, baseline=baseline, progress=progress, **options)
    say_notes(report)
    if workspace:
        keep_run(report, workspace, data, baseline)
    return report


def find_settings_for(data: str, config: Path | None) -> Settings:
    """The settings file that was named, or the one closest to the data."""
    from audit.rulebook.pages import choose
    from audit.rulebook.settings import find_settings, read_settings

    beside = Path(data).absolute().parent if data != "-" else Path.cwd()
    settings = read_settings(config) if config else find_settings(beside, Path.cwd())
    settings = _with_rules(settings)
    choose(settings=settings.rules, where=settings.path)  # a mistake is said with the name of the file
    return settings


def _with_rules(settings: Settings) -> Settings:
    """The settings without the folders of rules that they name, which count from here on where a person named the file.

    Of a file that was only found these are left in it, and refused with all else that reaches beyond its folder.
    """
    from audit.rulebook.outside import include

    folders = settings.options.get("rules_from", [])
    if not folders or not settings.named or settings.path is None:
        return settings
    include(*(settings.path.parent / folder for folder in folders))
    return replace(settings, options={key: value for key, value in settings.options.items() if key != "rules_from"})


def split_names(names: tuple[str, ...]) -> list[str]:
    """Names that were given one by one or with commas."""
    return [name.strip() for part in names for name in part.split(",") if name.strip()]


def find_workspace(data: str, unwanted: bool) -> Workspace | None:
    """The workspace beside the data, if it is wanted and holds no links to elsewhere."""
    from audit.workspace.runs import Workspace

    workspace = Workspace.beside(data)
    if not unwanted:
        try:
            workspace.refuse_links()
        except AuditError as error:
            _say([f"nothing is kept of this run: {error}"])
            return None
    return None if unwanted else workspace


def _say(notes: Iterable[str]) -> None:
    for note in notes:
        say(note)


def say_notes(report: Report, said: Sequence[str] = ()) -> None:
    """On stderr: how the data were understood, and which rows were set aside; not what was said already."""
    _say(note for note in report.notes if note not in said)
    for row in report.data.quarantined[:10]:
        say(f"set aside: {row}")
    if len(report.data.quarantined) > 10:
        say(f"set aside: … and {len(report.data.quarantined) - 10:,} more rows")


def write(report: Report, form: str, output: Path | None, show: int, screen: Screen) -> None:
    """To stdout, or to a file that appears whole or not at all; `screen` is the renderer of the terminal form."""
    from audit.reporting.renderers import written
    from audit.reporting.screen.plain_console import PlainConsole

    if form == "terminal" and not output:
        screen.render(report, PlainConsole(), show)
    else:
        text = [screen.render_text(report, show)] if form == "terminal" else written(report, form)
        deliver(text, form, output, report.data.name)


def deliver(content: bytes | Iterable[str], form: str, output: Path | None, like: str | Path) -> None:
    """To stdout, or to a file that appears whole or not at all, and shows nothing to those who may not read `like`."""
    from audit.workspace.runs import write_beside

    if output is None or str(output) == "-":
        if isinstance(content, bytes):
            raise AuditError(f"--format {form} needs a file to write to: -o findings.{form}")
        hand_over(content)
        return
    if not output.absolute().parent.is_dir():
        raise AuditError(f"{output.parent}: no such folder")
    write_beside(output, content, like=like)
    say(f"wrote {output}")


def fails(report: Report, fail_on: str) -> bool:
    """Whether a finding is at least as severe as `fail_on`, a severity or never."""
    if fail_on == "never":
        return False
    return any(rule.findings and rule.severity.rank >= Severity(fail_on).rank for rule in report.rules)


def keep_run(report: Report, workspace: Workspace, data: str, baseline: Path | None = None) -> None:
    """Remember the run, and what `baseline` kept it from saying.

    A folder that cannot be written costs the history, not the scan.
    """
    from audit.workspace.decisions import read

    decisions = read(baseline) if baseline else {}
    rejected = [key for key, decision in decisions.items() if decision.decision == "reject"]
    made = {"data": str(Path(data).absolute()) if data != "-" else "-", "rejected": rejected}
    try:
        run = workspace.save(report, made)
    except (OSError, AuditError) as error:
        why = error if isinstance(error, AuditError) else f"{workspace.root}: {error.strerror}"
        say(f"this run is not remembered: {why}")
    else:
        say(f"this run is kept in {run}")

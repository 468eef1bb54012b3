"""`audit review` on the command line."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import click

from audit.commands.kept_scan import last_or_first_scan, recover
from audit.commands.voice import say
from audit.nouns.dialogue import AuditError

DECIDED = {"accept": "accepted", "reject": "rejected", "edit": "edited", "skip": "skipped", "open": "still open"}


@click.command()
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
    from audit.review import review as run_review
    from audit.workspace.decisions import beside

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
    say(f"{said}; kept in {baseline}")
    return 0


def _serve_review(data: str, port: int, config: Path | None) -> None:
    """A browser runs this command once more for each page; -P keeps the current folder off the import path."""
    from audit.commands.browser import serve

    def tell(address: str) -> None:
        say(f"open {address} in a browser on this machine; end with ctrl+c")

    words = [sys.executable, "-P", "-c", "from audit.cli import main; main()", "review", "--", data]
    words[5:5] = ["--config", str(config)] if config else []
    serve(shlex.join(words), f"audit review {data}", port, tell)

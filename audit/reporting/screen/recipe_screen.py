"""What `audit recipe check` found, on the screen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from audit.nouns.findings import Severity
from audit.nouns.foreign_text import visible
from audit.nouns.reports import Report
from audit.reporting.excerpts import excerpt
from audit.reporting.screen.plain_console import as_text
from audit.reporting.screen.scan_screen import ANSWER_COLOUR, COLOUR, place


def render(report: Report, console: Console, show: int = 3) -> None:
    """Print the report: the answer, each finding by weight (`show` rows of those about rows), what to do next."""
    names = ", ".join(recipe["name"] for recipe in report.options["recipes"])
    console.print(Text(f"{names} with {report.data.name}: {report.data.rows:,} question-answer pairs\n"))
    answer = (report.answer.capitalize(), ANSWER_COLOUR[report.answer])
    console.print(Text.assemble("Can I train and serve like this? ", answer, f": {report.summary}."))
    for part in _by_rule(report, show, console.width):
        console.print(part)
    for fact in report.facts:
        if fact.sentence not in report.next_steps:
            console.print(Text.assemble("\n", (fact.name, "bold cyan"), "  ", visible(fact.sentence)))
    if report.next_steps:
        console.print(Text("\nNext", style="bold"))
        for step in report.next_steps:
            console.print(Padding(Text(visible(step)), (0, 0, 0, 2)))


def render_text(report: Report, show: int = 3, width: int = 80) -> str:
    """The same without colour, as text of at most `width` cells a line."""
    return as_text(render, report, show, width)


def _by_rule(report: Report, show: int, width: int) -> Iterator[RenderableType]:
    findings = report.findings.to_pylist()
    rows = {row["id"]: row for row in report.rows.to_pylist()}
    several = len(report.options["recipes"]) > 1
    for result in sorted(report.rules, key=lambda result: (-result.severity.rank, result.name)):
        mine = [finding for finding in findings if finding["rule"] == result.name]
        if not mine:
            continue
        severity = Severity(result.severity)
        yield Text.assemble("\n", (result.name, COLOUR[severity]), f"  {severity.value}: {result.title}")
        about_rows = [finding for finding in mine if finding["row"]]
        for finding in [f for f in mine if not f["row"]] + about_rows[:show]:
            yield from (Padding(line, (0, 0, 0, 2)) for line in _finding(finding, rows, several, width - 2))
        if len(about_rows) > show:
            yield Padding(Text(f"… and {len(about_rows) - show:,} more rows", style="dim"), (0, 0, 0, 2))


def _finding(finding: Mapping[str, Any], rows: Mapping[str, Any], several: bool, width: int) -> Iterator[Text]:
    where = finding["place"] if not finding["row"] else place(rows[finding["row"]])
    where = f"{finding['recipe']}: {where}" if several and finding["recipe"] else where
    yield Text.assemble((where, "bold"), "  ", visible(finding["message"]))
    span = (finding["start"], finding["end"]) if finding["start"] is not None else None
    for row in ([finding["row"]] if finding["row"] else finding["related"])[:1]:
        if not finding["row"]:
            yield Text(f"for one, {place(rows[row])}", style="dim")
        yield Text.assemble(("Q  ", "dim"), excerpt(rows[row]["question"], width - 3))
        yield Text.assemble(("A  ", "dim"), excerpt(rows[row]["answer"], width - 3, span))

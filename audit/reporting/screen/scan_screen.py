"""A Report on the screen, at the width that the console has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from audit.nouns.findings import Severity
from audit.nouns.foreign_text import visible
from audit.nouns.reports import Report, RuleFact, RuleResult
from audit.nouns.verdicts import Share
from audit.reporting.excerpts import excerpt
from audit.reporting.screen.plain_console import as_text

COLOUR = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "cyan"}
FACT_ROWS = 25  # rows listed under a fact: about one screen
ANSWER_COLOUR = {
    "yes": "bold green",
    "yes, after audit clean": "bold green",
    "with care": "bold yellow",
    "not yet": "bold red",
}


def render(report: Report, console: Console, show: int = 3) -> None:
    """Print the report: the answer, the table of rules, `show` telling rows of each, the facts, what to do next."""
    console.print(_headline(report))
    found = [result for result in report.rules if result.findings]
    if found:
        console.print(_rule_table(report, found))
    if show:
        rows = {row["id"]: row for row in report.rows.to_pylist()}
        findings = report.findings.to_pylist()
        for result in by_weight(found):
            mine = [finding for finding in findings if finding["rule"] == result.name]
            console.print(_examples(result, mine, rows, show, console.width))
        for fact in report.facts:
            console.print(_fact(fact, rows, console.width))
    if report.next_steps:
        console.print(Text("\nNext", style="bold"))
        for step in report.next_steps:
            console.print(Padding(Text(step), (0, 0, 0, 2)))


def render_text(report: Report, show: int = 3, width: int = 80) -> str:
    """The same without colour, as text of at most `width` cells a line."""
    return as_text(render, report, show, width)


def percent(share: Share) -> str:
    """A share with its interval, such as "3.3 % (2.1-5.1)"."""
    return f"{100 * share.count / max(share.of, 1):.1f} % ({100 * share.low:.1f}-{100 * share.high:.1f})"


def _headline(report: Report) -> Group:
    data = report.data
    splits = ", ".join(f"{name or 'no split'} {count:,}" for name, count in data.splits.items())
    size = f"{data.name}: {data.rows:,} question-answer pairs" + (f" ({splits})" if splits else "")
    answer = Text.assemble("Can I train on this? ", (report.answer.capitalize(), ANSWER_COLOUR[report.answer]), ": ")
    answer.append(report.summary + ".")
    return Group(Text(visible(size)), Text(""), answer, Text(""))


def by_weight(results: Sequence[RuleResult]) -> list[RuleResult]:
    """Those that found something: the gravest first, then the most frequent."""
    found = [result for result in results if result.findings]
    return sorted(found, key=lambda result: (-result.severity.rank, -result.rows.count, result.name))


def _rule_table(report: Report, found: Sequence[RuleResult]) -> Table:
    quiet = len(report.rules) - len(found)
    caption = f"{quiet} other {'rule' if quiet == 1 else 'rules'} found nothing" if quiet else None
    table = Table(box=None, pad_edge=False, header_style="bold", caption=caption, caption_justify="left")
    table.add_column("rule", no_wrap=True)
    table.add_column("rows", justify="right")
    table.add_column("share (95 % CI)", justify="right", no_wrap=True)
    table.add_column("severity")
    table.add_column("repair")
    for result in by_weight(found):
        table.add_row(
            result.name,
            f"{result.rows.count:,}",
            percent(result.rows),
            Text(result.severity.value, style=COLOUR[result.severity]),
            f"{result.repair}{' (safe)' if result.safe else ''}" if result.repair else "by hand",
        )
    return table


def _examples(
    result: RuleResult, findings: Sequence[dict[str, Any]], rows: Mapping[str, dict[str, Any]], show: int, width: int
) -> Group:
    parts: list[RenderableType] = [Text.assemble("\n", (result.name, COLOUR[result.severity]), f"  {result.title}")]
    telling = sorted(findings, key=lambda finding: -(finding["score"] or 0))[:show]  # stable: ties stay in file order
    parts += [Padding(Group(*_finding(finding, rows, width - 2)), (0, 0, 0, 2)) for finding in telling]
    rest = len(findings) - len(telling)
    if rest:
        parts.append(Padding(Text(f"… and {rest:,} more", style="dim"), (0, 0, 0, 2)))
    return Group(*parts)


def _finding(finding: Mapping[str, Any], rows: Mapping[str, dict[str, Any]], width: int) -> Iterator[Text]:
    row = rows[finding["row"]]
    yield Text.assemble((place(row), "bold"), "  ", visible(finding["message"]))
    span = (finding["start"], finding["end"]) if finding["start"] is not None else None
    yield from _pair(row, width, finding["field"], span)
    for partner in finding["related"][:1]:
        yield Text(f"beside {place(rows[partner])}", style="dim")
        yield from _pair(rows[partner], width)


def _pair(row: Mapping[str, Any], width: int, field: str = "", span: tuple[int, int] | None = None) -> Iterator[Text]:
    for letter, name in (("Q", "question"), ("A", "answer")):
        text = excerpt(row[name], width - 3, span if name == field else None)
        yield Text.assemble((f"{letter}  ", "dim"), text)


def place(row: Mapping[str, Any]) -> str:
    """Where a person finds the row: the line of the file, or else the row's id."""
    place = f"line {row['line']}" if row["line"] else f"row {row['id']}"
    turn = f", turn {row['turn']}" if row["turn"] else ""
    split = f" [{row['split']}]" if row["split"] else ""
    return visible(place + turn + split)


def _fact(fact: RuleFact, rows: Mapping[str, dict[str, Any]], width: int) -> Group:
    parts: list[RenderableType] = [Text.assemble("\n", (fact.name, "bold cyan"), "  ", visible(fact.sentence))]
    shown = fact.rows[:FACT_ROWS]
    for row_id, why in shown:
        row = rows[row_id]
        head = Text.assemble("  ", (place(row), "bold"), f"  {why}  ", no_wrap=True)
        room = max(width - head.cell_len - 2, 20)
        answer = excerpt(row["answer"], room // 2)
        question = excerpt(row["question"], room - answer.cell_len)
        parts.append(Text.assemble(head, question, (" → ", "dim"), answer, no_wrap=True, overflow="ellipsis"))
    if len(fact.rows) > len(shown):
        parts.append(Text(f"  … and {len(fact.rows) - len(shown):,} more (all of them: --format json)", style="dim"))
    return Group(*parts)

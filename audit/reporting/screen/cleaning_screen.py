"""What cleaning did, on the screen: in short, or as a diff of every row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from audit.nouns.foreign_text import visible
from audit.nouns.reports import Report
from audit.reporting.excerpts import excerpt
from audit.reporting.screen.plain_console import as_text
from audit.reporting.screen.scan_screen import ANSWER_COLOUR, place

OUTCOMES = ("edited", "dropped", "quarantined")
WORDS = {"edit": "edited", "drop": "dropped", "quarantine": "quarantined"}
FIELDS = (("Q", "question"), ("A", "answer"))


def render(report: Report, console: Console, show: int = 3) -> None:
    """Print the counts, what each rule did with `show` rows of it, where the files are, and what to do next."""
    value = report.facts[0].value
    console.print(Text(f"{visible(report.data.name)}: {report.facts[0].sentence}"))
    if value["rules"]:
        console.print(_table(value["rules"]))
    rows = {row["id"]: row for row in report.rows.to_pylist()}
    for rule in value["rules"]:
        mine = [patch for patch in report.patches.to_pylist() if patch["rule"] == rule and patch["round"]]
        if mine and show:
            console.print(_examples(rule, mine, rows, show, console.width))
    console.print(_tail(report, value))


def render_text(report: Report, show: int = 3, width: int = 80) -> str:
    """The same without colour, as text of at most `width` cells a line."""
    return as_text(render, report, show, width)


def diff(report: Report) -> Iterator[Text]:
    """Every row that changes: what was done to it and why, and its lines before (-) and after (+)."""
    rows = {row["id"]: row for row in report.rows.to_pylist()}
    applied = sorted(
        (patch for patch in report.patches.to_pylist() if patch["round"]),
        key=lambda patch: (patch["record"], patch["turn"], patch["round"], patch["rule"]),
    )
    for name, patches in groupby(applied, key=lambda patch: str(patch["row"])):
        row = rows[name]
        yield from (_reason(patch, row, rows) for patch in patches)
        for letter, field in FIELDS:
            if row["outcome"] != "edited" or row[f"new_{field}"] is not None:
                yield from _lines(f"- {letter}", "red", row[field])
            if row[f"new_{field}"] is not None:
                yield from _lines(f"+ {letter}", "green", row[f"new_{field}"])


def _table(rules: Mapping[str, Mapping[str, int]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("rule", no_wrap=True)
    for name in (*OUTCOMES, "not applied"):
        table.add_column(name, justify="right")
    for rule, counts in rules.items():
        table.add_row(rule, *(f"{counts[name]:,}" for name in OUTCOMES), f"{counts['proposed']:,}")
    return table


def _examples(rule: str, patches: Sequence[Mapping[str, Any]], rows: Mapping[str, Any], show: int, width: int) -> Group:
    parts: list[RenderableType] = [Text(f"\n{rule}", style="bold")]
    for patch in patches[:show]:
        parts += [Padding(text, (0, 0, 0, 2)) for text in _example(patch, rows, width - 2)]
    if len(patches) > show:
        parts.append(Text(f"  … and {len(patches) - show:,} more", style="dim"))
    return Group(*parts)


def _example(patch: Mapping[str, Any], rows: Mapping[str, Any], width: int) -> Iterator[Text]:
    row = rows[patch["row"]]
    yield _reason(patch, row, rows)
    if patch["action"] == "edit":
        span = None if patch["start"] is None else (patch["start"], patch["end"])
        yield Text.assemble(("-  ", "red"), excerpt(patch["before"], width - 3, span))
        yield Text.assemble(("+  ", "green"), excerpt(patch["after"], width - 3))
    else:
        for letter, name in FIELDS:
            yield Text.assemble((f"{letter}  ", "dim"), excerpt(row[name], width - 3))


def _reason(patch: Mapping[str, Any], row: Mapping[str, Any], rows: Mapping[str, Any]) -> Text:
    kept = rows.get(patch["kept"])
    beside = f" (beside {place(kept)})" if kept else ""
    where = f"{place(row)}, {row['id']}" if row["line"] else place(row)
    return Text.assemble(
        (where, "bold"), f"  {WORDS[patch['action']]} by {patch['rule']}: {visible(patch['because'])}{beside}"
    )


def _lines(sign: str, style: str, text: str) -> Iterator[Text]:
    for line in text.splitlines() or [""]:
        yield Text(f"{sign} {visible(line)}", style=style)


def _tail(report: Report, value: Mapping[str, Any]) -> Group:
    parts: list[RenderableType] = [Text("")]
    if value.get("dry_run"):
        parts.append(Text("This was a rehearsal: nothing was written."))
    else:
        parts += [Text(f"{name:10}  {value[name]}") for name in ("output", "quarantine") if value[name]]
    parts += [Text(f"warning: {line}", style="yellow") for line in value["warnings"]]
    answer = (report.answer.capitalize(), ANSWER_COLOUR[report.answer])
    parts.append(Text.assemble("\nCan I train on what is left? ", answer, f": {report.summary}."))
    parts += [Text("\nNext", style="bold"), *(Text(f"  {step}") for step in report.next_steps)]
    return Group(*parts)

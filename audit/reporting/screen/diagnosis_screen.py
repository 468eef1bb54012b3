"""The Report of a diagnosis on the screen, at the width that the console has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from audit.nouns.foreign_text import visible
from audit.nouns.reports import Report
from audit.nouns.verdicts import Cause, Comparison, Decision, Diagnosis, Link, Verdict
from audit.reporting.excerpts import excerpt
from audit.reporting.screen.number_tables import plain_table
from audit.reporting.screen.plain_console import as_text
from audit.wording import (
    by_cause,
    causes_of,
    chance,
    counted,
    course_ends,
    fraction,
    in_one_sentence,
    percent,
    phrased,
    points,
    rate_cell,
    spark,
    times,
    worst,
)

COLOUR: Mapping[Decision, str] = {
    "supported": "bold red",
    "contradicted": "bold green",
    "cannot tell": "yellow",
    "not tested": "dim",
}
MARKS: Mapping[Decision, str] = {"supported": "+", "contradicted": "-", "cannot tell": "?", "not tested": "."}
CAUSE = 18  # columns for the name of a cause
LONGEST, SHORTEST = 50, 10  # columns of a curve
OTHERS = 55  # columns that stand beside it


@dataclass(frozen=True, slots=True)
class View:
    """The screen with the reasons of every verdict and all evidence, or without them."""

    explain: bool = False

    def render(self, report: Report, console: Console, show: int = 3, /) -> None:
        """Print it."""
        render(report, console, show, explain=self.explain)

    def render_text(self, report: Report, show: int = 3, /) -> str:
        """Give the same as text."""
        return render_text(report, show, explain=self.explain)


def render(report: Report, console: Console, show: int = 3, *, explain: bool = False) -> None:
    """Print what hurts most, every verdict as a mark, what to do next, and the rates.

    `show`: outputs of each kind and run, no texts where 0. `explain`: why each verdict is what it is, curves,
    comparisons and copied rows as well.
    """
    diagnosis = report.diagnosis
    if diagnosis is None:
        return
    for part in _parts(report, diagnosis, console.width, show, explain=explain):
        console.print(part)


def _parts(report: Report, diagnosis: Diagnosis, width: int, show: int, *, explain: bool) -> Iterator[RenderableType]:
    """Everything in its order."""
    yield _headline(report, diagnosis)
    if diagnosis.verdicts:
        yield _grid(diagnosis, width)
    for cause, decisions in by_cause(diagnosis.verdicts):
        told = decisions if explain else [one for one in decisions if one[0] == "supported"]
        if told:
            yield Group(Text(""), _verdict(cause, told))
    if report.next_steps:
        yield _next(report.next_steps)
    yield _rates(diagnosis)
    evidence = (_curves(diagnosis, width), _comparisons(diagnosis), _sources(report, diagnosis, width, show))
    yield from filter(None, (_standing_out(report), *(evidence if explain else ())))
    if show:
        yield from _examples(diagnosis, width, show)
    if diagnosis.verdicts and not explain:
        yield Text("\nWhy each verdict is what it is, curves, comparisons: --explain", style="dim")


def _next(steps: Sequence[str]) -> Group:
    grid = Table.grid(padding=(0, 1))
    for number, step in enumerate(steps, 1):
        grid.add_row(f"  {number}.", Text(step))
    return Group(Text("\nNext, the cheapest first", style="bold"), grid)


def render_text(report: Report, show: int = 3, width: int = 100, *, explain: bool = False) -> str:
    """The same without colour, as text of at most `width` cells a line."""
    return as_text(partial(render, explain=explain), report, show, width)


def _headline(report: Report, diagnosis: Diagnosis) -> Group:
    lines = [Text(f"{report.data.name}: {report.data.rows:,} question-answer pairs")]
    for run in diagnosis.runs:
        settings = ", ".join(f"{name} {value}" for name, value in run.settings.items())
        epochs = f", {diagnosis.axis} {run.epochs[0]} to {run.epochs[-1]}" if run.epochs else ""
        lines.append(
            Text(f"{run.name}: {run.outputs:,} outputs for {run.prompts:,} prompts{epochs}")
            + Text(f" ({settings})" if settings else "")
        )
    question = Text.assemble("\nWhere do the bad answers come from? ", (report.answer.capitalize(), "bold"), "\n")
    sentence = in_one_sentence(diagnosis) or report.summary
    told = [f"{sentence[:1].upper()}{sentence[1:]}."]
    rate = worst(diagnosis)
    ruled_out = causes_of(diagnosis, rate.failure, "contradicted") if rate else ()
    told += [f"Ruled out as its main cause: {', '.join(ruled_out)}."] if ruled_out else []
    return Group(*lines, question, *map(Text, map(visible, told)))


def _grid(diagnosis: Diagnosis, width: int) -> Group:
    """A mark for each cause and failure, as many failures beside each other as there is room for."""
    failures = list(dict.fromkeys(verdict.failure for verdict in diagnosis.verdicts))
    marks = {(v.cause, v.failure): Text(MARKS[v.decision], style=COLOUR[v.decision]) for v in diagnosis.verdicts}
    causes = [cause for cause, _ in by_cause(diagnosis.verdicts)]
    tables: list[RenderableType] = []
    while failures:
        ends = accumulate(len(failure) + 2 for failure in failures)
        some = max(sum(end <= width - CAUSE for end in ends), 1)
        table = plain_table("cause", *failures[:some])
        for cause in causes:
            table.add_row(Text(f"{cause:{CAUSE - 2}}"), *(marks.get((cause, one), "") for one in failures[:some]))
        tables += [Text(""), table]
        failures = failures[some:]
    legend = ", ".join(f"{mark} {decision}" for decision, mark in MARKS.items())
    return Group(*tables, Text(legend, style="dim"))


def _verdict(cause: Cause, decisions: list[tuple[Decision, list[Verdict]]]) -> Table:
    """The cause with what was decided, and the reason given for its first failure of each decision."""
    grid = Table.grid()
    grid.add_column(width=16)
    grid.add_column()
    for number, (decision, found) in enumerate(decisions):
        names = ", ".join(verdict.failure for verdict in found)
        head = Text(decision, style=COLOUR[decision]) + Text(f": {names}" if decision != "not tested" else "")
        grid.add_row(cause if not number else "", head)
        grid.add_row("", Text(found[0].because))
    return grid


def _rates(diagnosis: Diagnosis) -> Group:
    parts: list[RenderableType] = []
    for run in diagnosis.runs:
        table = plain_table("failure", "training", "generated (95 %)", "amplified", "unexplained")
        for rate in diagnosis.rates:
            if rate.run == run.name and rate.generated.count:
                training = percent(fraction(rate.training)) if rate.training else "-"
                gap = points(rate.gap.value) if rate.gap.value is not None else "-"
                table.add_row(rate.failure, training, rate_cell(rate.generated), times(rate.ratio), gap)
        parts += [Text(run.name, style="underline"), table]
    title = Text("\nRates: in the training answers, and in the outputs of the last checkpoint", style="bold")
    return Group(title, *parts)


def _standing_out(report: Report) -> Group | None:
    """What the outputs do that training answers do not, one sentence a sign."""
    said = [line for fact in report.facts for line in fact.sentence.split("\n")]
    title = Text("\nWhat the outputs do besides", style="bold")
    return Group(title, *(Padding(Text(visible(line)), (0, 0, 0, 2)) for line in said)) if said else None


def _curves(diagnosis: Diagnosis, width: int) -> Group | None:
    told = {verdict.failure for verdict in diagnosis.verdicts}
    parts: list[RenderableType] = []
    for run in diagnosis.runs:
        courses = [c for c in diagnosis.courses if c.failure in told and c.run == run.name]
        if not courses:
            continue
        axis, first, last = diagnosis.axis, courses[0].epochs[0], courses[0].epochs[-1]
        parts.append(Text(f"{run.name}, {axis} {first} to {last}", style="underline"))
        table = plain_table("failure", "", "first, turn, last", "swing")
        room = min(max(width - OTHERS, SHORTEST), LONGEST)
        for course in courses:
            swing = f"{100 * course.late_swing:.0f} points"
            table.add_row(course.failure, spark(course.shares, room), course_ends(course), swing)
        parts.append(table)
    title = Text(f"\nFrom {diagnosis.axis} to {diagnosis.axis} (a full block: every output)", style="bold")
    note = Text("swing: the largest step between neighbours in the later half, the noise floor", style="dim")
    return Group(title, *parts, note) if parts else None


def _comparisons(diagnosis: Diagnosis) -> Group | None:
    told = {verdict.failure for verdict in diagnosis.verdicts}
    found = [comparison for comparison in diagnosis.comparisons if comparison.failure in told]
    if not found:
        return None
    parts: list[RenderableType] = [Text("\nBetween runs, on equal prompts, in points", style="bold")]
    for first, second in dict.fromkeys((c.first, c.second) for c in found):
        mine = [c for c in found if (c.first, c.second) == (first, second)]
        left, right = mine[0].unpaired
        parts.append(Text(f"{first} and {second}: {mine[0].pairs} equal prompts ({left} and {right} others differ)"))
        parts.append(_pair_table(mine))
    note = (
        "1st, 2nd: shown by that run only. Sees: the smallest difference that it would show 4 times in 5. Floor: what "
        "one setting moves by itself."
    )
    return Group(*parts, Text(note, style="dim"))


def _pair_table(found: list[Comparison]) -> Table:
    table = plain_table("failure", "1st", "2nd", "both", "difference (95 %)", "p, Holm", "sees", "floor")
    for one in found:
        low, high = (f"{100 * (bound or 0):+.0f}" for bound in (one.difference.low, one.difference.high))
        table.add_row(
            one.failure,
            str(one.only_first),
            str(one.only_second),
            str(one.both),
            f"{100 * (one.difference.value or 0):+.0f} ({low} to {high})",
            chance(one.p_adjusted).removeprefix("p ").removeprefix("= "),
            f"{100 * one.detectable:.0f}" if one.detectable is not None else "-",
            f"{100 * one.floor:.0f}" if one.floor is not None else "-",
        )
    return table


def _sources(report: Report, diagnosis: Diagnosis, width: int, show: int) -> Group | None:
    rows = {row["id"]: row for row in report.rows.to_pylist()}
    sinks = [source for source in diagnosis.sources if source.sink]
    lines: list[RenderableType] = []
    for source in sinks:
        marks = f" ({', '.join(source.marks)})" if source.marks else ""
        lines.append(
            Text(
                f"{source.run}: training row {source.position} (line {source.line}) is copied to {source.unrelated} "
                f"unrelated prompts{marks}"
            )
        )
        if show:
            lines.append(Padding(excerpt(rows[source.row]["answer"], width - 4), (0, 0, 0, 4)))
    lines += [Text(_link(link, diagnosis.phrases)) for link in diagnosis.links if link.p_adjusted < 0.05]
    return Group(Text("\nCopies", style="bold"), *lines) if lines else None


def _link(link: Link, phrases: Mapping[str, str]) -> str:
    odds = times(link.odds).removeprefix("x")
    if link.unit == "training rows":
        return f"{link.run}: {link.second} and being a {link.first} go together (odds ratio {odds})"
    first, second = phrased(phrases, link.first), phrased(phrases, link.second)
    return (
        f"{link.run}: {link.both} of {link.both + link.only_first} outputs that {first} also "
        f"{second}, {link.only_second} of {link.only_second + link.neither} others do "
        f"(odds ratio {odds}, {chance(link.p_adjusted)} after Holm)"
    )


def _examples(diagnosis: Diagnosis, width: int, show: int) -> Iterator[Group]:
    """Outputs that a person can judge by reading, for each failure that asks for a cause."""
    for failure in dict.fromkeys(verdict.failure for verdict in diagnosis.verdicts):
        parts: list[RenderableType] = [Text(f"\nOutputs that {phrased(diagnosis.phrases, failure)}", style="bold")]
        for run in diagnosis.runs:
            mine: list[Any] = [e for e in diagnosis.examples if (e.run, e.failure) == (run.name, failure)][:show]
            rate = next((r for r in diagnosis.rates if (r.run, r.failure) == (run.name, failure)), None)
            parts.append(Text(f"{run.name}: {counted(rate.generated) if rate else 'none'}", style="dim"))
            for example in mine:
                prompt = excerpt(example.prompt, max(width // 3, 12))
                answer = excerpt(example.answer, max(width - prompt.cell_len - 5, 12))
                parts.append(Text.assemble("  ", prompt, (" → ", "dim"), answer, no_wrap=True))
        yield Group(*parts)

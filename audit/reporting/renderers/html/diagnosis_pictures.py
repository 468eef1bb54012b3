"""Pictures and tables of a diagnosis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from audit.nouns.foreign_text import cut, visible
from audit.nouns.reports import Report
from audit.nouns.verdicts import Comparison, CopiedRow, Diagnosis, Rate, Share, Verdict
from audit.reporting.renderers.html import marks
from audit.reporting.renderers.html.drawing import Key, Picture, Table
from audit.reporting.renderers.html.scan_pictures import keys
from audit.wording import (
    by_cause,
    chance,
    counted,
    fraction,
    percent,
    phrased,
    points,
    points_between,
    rate_cell,
    times,
)

SOURCES = 12  # copied rows in a picture
SIGNS = {
    "supported": "●\u00a0supported",
    "contradicted": "○\u00a0contradicted",
    "cannot tell": "?\u00a0cannot\u00a0tell",
}
SIGNS |= {"not tested": "–\u00a0not\u00a0tested", "proven": "●\u00a0proven", "ruled out": "○\u00a0ruled\u00a0out"}


def by_rate(diagnosis: Diagnosis) -> list[str]:
    """Failures that any run shows, the most frequent first."""
    most: dict[str, float] = {}
    for rate in diagnosis.rates:
        if rate.generated.count:
            most[rate.failure] = max(most.get(rate.failure, 0.0), fraction(rate.generated))
    return sorted(most, key=lambda failure: -most[failure])


def rates(diagnosis: Diagnosis) -> Picture | None:
    """Training answers beside generations, per failure and run: the picture of a diagnosis."""
    failures = by_rate(diagnosis)
    if not failures:
        return None
    legend = (Key("training answers", "blue", "diamond"), *keys_of_runs([run.name for run in diagnosis.runs]))
    shown = [(f, rate) for f in failures for rate in diagnosis.rates if rate.failure == f]
    values = []
    for failure in failures:
        mine = [rate for rate in diagnosis.rates if rate.failure == failure]
        said = phrased(diagnosis.phrases, failure)
        base = next((rate.training for rate in mine if rate.training), None)
        values += [_dot(failure, said, "training answers", base)] if base else []
        values += [_dot(failure, said, rate.run, rate.generated) for rate in mine]
    worst = max((rate for _, rate in shown), key=lambda rate: fraction(rate.generated))
    return Picture(
        "rates",
        _rates_title(worst, phrased(diagnosis.phrases, worst.failure)),
        "Diamonds: what share of the training answers has the mark, which is what a model that repeats its data would "
        "show. The other marks: outputs of the last checkpoint. Lines are 95 % intervals (Wilson); copies have no "
        "training rate, as a training answer copies nothing.",
        "n = " + ", ".join(_sizes(diagnosis)),
        partial(marks.dots, values, legend, title="share of the answers"),
        Table(
            ("failure", "run", "training", "generated", "rate (95 %)", "amplified", "unexplained"),
            [_rate_row(rate) for _, rate in shown],
        ),
        legend,
    )


def keys_of_runs(names: Sequence[str]) -> tuple[Key, ...]:
    """Colours and shapes that the training answers do not use."""
    colours, shapes = ("vermilion", "green", "purple", "ochre"), ("circle", "square", "triangle-up", "cross")
    return tuple(Key(name, colours[at % 4], shapes[at % 4]) for at, name in enumerate(names))


def _dot(failure: str, said: str, series: str, share: Share) -> dict[str, Any]:
    say = f"{series}: {counted(share)} {said}, {rate_cell(share)}"
    return {
        "label": failure,
        "series": series,
        "value": fraction(share),
        "low": share.low,
        "high": share.high,
        "say": say,
    }


def _rates_title(rate: Rate, phrase: str) -> str:
    said = f"{percent(fraction(rate.generated))} of the outputs of {rate.run} {phrase}"
    if rate.training is None:
        return said
    return f"{said}; of the training answers, {percent(fraction(rate.training))} do"


def _sizes(diagnosis: Diagnosis) -> Iterator[str]:
    base = next((rate.training for rate in diagnosis.rates if rate.training), None)
    if base:
        yield f"{base.of:,} training answers"
    for run in diagnosis.runs:
        of = max((rate.generated.of for rate in diagnosis.rates if rate.run == run.name), default=0)
        yield f"{of:,} outputs of {run.name}"


def _rate_row(rate: Rate) -> tuple[str, ...]:
    gap = points(rate.gap.value) if rate.gap.value is not None else "-"
    training = counted(rate.training) if rate.training else "-"
    generated = counted(rate.generated)
    return rate.failure, rate.run, training, generated, rate_cell(rate.generated), times(rate.ratio), gap


def courses(diagnosis: Diagnosis) -> Picture | None:
    """Failures by epoch."""
    if not diagnosis.courses:
        return None
    order = [failure for failure in by_rate(diagnosis) if any(c.failure == failure for c in diagnosis.courses)]
    legend = keys_of_runs([run.name for run in diagnosis.runs])
    values = [
        {"failure": course.failure, "series": course.run, "time": epoch, "value": fraction(share)}
        | {"low": share.low, "high": share.high}
        for failure in order
        for course in diagnosis.courses
        if course.failure == failure
        for epoch, share in zip(course.epochs, course.shares, strict=True)
    ]
    most = max(diagnosis.courses, key=lambda course: course.late_swing)
    return Picture(
        "courses",
        f"From one {diagnosis.axis} to the next, {most.failure} moves by up to {100 * most.late_swing:.0f} points",
        f"The share of outputs with each failure after every {diagnosis.axis}, with its 95 % interval. How much a "
        "line jumps in its later half is the noise floor: two runs that differ by less than that do not differ.",
        f"n = {max(share.of for course in diagnosis.courses for share in course.shares):,} outputs at each point",
        partial(marks.curves, values, legend, facet="failure", axis=diagnosis.axis),
        Table(
            ("failure", "run", diagnosis.axis, "outputs", "rate (95 %)"),
            [
                (course.failure, course.run, str(epoch), counted(share), rate_cell(share))
                for course in diagnosis.courses
                for epoch, share in zip(course.epochs, course.shares, strict=True)
            ],
        ),
        legend,
    )


def comparisons(diagnosis: Diagnosis) -> Picture | None:
    """Differences between runs on their equal prompts."""
    found = diagnosis.comparisons
    if not found:
        return None
    pairs = list(dict.fromkeys(_pair(one) for one in found))
    legend = keys(pairs)
    values = [
        {"label": one.failure, "series": _pair(one), "value": one.difference.value, "low": one.difference.low}
        | {"high": one.difference.high, "say": f"{one.failure}: {points_between(one.difference)}"}
        for one in found
        if one.difference.value is not None
    ]
    strong = [one for one in found if one.p_adjusted < 0.05]
    title = f"{len(strong)} of {len(found)} differences between runs are more than chance within the runs"
    return Picture(
        "comparisons",
        title,
        "Second run less first, on the prompts that both were asked, in points, with 95 % intervals (Tango). One run "
        "for a setting cannot tell the setting from chance between runs, however narrow the interval.",
        f"n = {', '.join(dict.fromkeys(f'{one.pairs:,} equal prompts' for one in found))}",
        partial(marks.dots, values, legend, title="difference in points", signed=True),
        Table(
            ("failure", "runs", "only first", "only second", "both", "difference", "p, Holm", "could see"),
            [_comparison_row(one) for one in found],
        ),
        legend,
    )


def _pair(one: Comparison) -> str:
    return f"{one.second} less {one.first}"


def _comparison_row(one: Comparison) -> tuple[str, ...]:
    sees = f"{100 * one.detectable:.0f} points" if one.detectable is not None else "-"
    counts = (str(one.only_first), str(one.only_second), str(one.both))
    return one.failure, _pair(one), *counts, points_between(one.difference), chance(one.p_adjusted), sees


def sources(report: Report, diagnosis: Diagnosis) -> Picture | None:
    """Which training rows come out again, and to how many unrelated prompts."""
    if not diagnosis.sources:
        return None
    ranked = sorted(diagnosis.sources, key=lambda one: (-one.unrelated, -one.prompts, one.position))
    legend = (Key("unrelated prompts", "vermilion", "square"), Key("related prompts", "blue", "square"))
    values = [
        {"label": _source(one), "series": name, "value": count, "say": f"{_source(one)}: {count} {name}"}
        for one in ranked[:SOURCES]
        for name, count in (("unrelated prompts", one.unrelated), ("related prompts", one.prompts - one.unrelated))
    ]
    sinks = sum(one.sink for one in diagnosis.sources)
    first = ranked[0]
    title = (
        f"Training row {first.position} comes out at {first.unrelated} unrelated prompts"
        if first.unrelated
        else "No training row comes out at prompts that have nothing to do with it"
    )
    return Picture(
        "sources",
        title,
        "Training rows by the prompts whose outputs copy them. A row that comes out where it was not asked for is a "
        f"sink: {sinks} of {len(diagnosis.sources)} copied rows are.",
        f"n = {len(diagnosis.sources):,} copied rows"
        + (f", the first {SOURCES} of them" if len(ranked) > SOURCES else ""),
        partial(marks.stacked, values, legend, title="prompts"),
        Table(
            ("run", "row", "line", "prompts", "unrelated", "sink", "marks", "question", "answer"),
            list(_source_rows(report, ranked)),
        ),
        legend,
    )


def _source(one: CopiedRow) -> str:
    return f"{one.run}, row {one.position}"


def _source_rows(report: Report, ranked: Sequence[CopiedRow]) -> Iterator[tuple[str, ...]]:
    texts = {row["id"]: row for row in report.rows.to_pylist()}
    for one in ranked:
        row: Mapping[str, Any] = texts.get(one.row, {"question": "", "answer": ""})
        counts = (str(one.position), str(one.line or "-"), str(one.prompts), str(one.unrelated))
        marks_ = ", ".join(one.marks)
        yield one.run, *counts, "yes" if one.sink else "", marks_, short(row["question"]), short(row["answer"])


def short(text: str, most: int = 300) -> str:
    """On one line, and no longer than a person reads."""
    return visible(cut(text, most))


def verdicts(found: Sequence[Verdict]) -> Table:
    """One line for each cause and decision, as the terminal has it."""
    return Table(
        ("suspect", "verdict", "for", "because"),
        [
            (cause, SIGNS[decision], ", ".join(verdict.failure for verdict in grouped), grouped[0].because)
            for cause, decisions in by_cause(found)
            for decision, grouped in decisions
        ],
    )


def every_verdict(found: Sequence[Verdict]) -> Table:
    """Each with what it rests on and what would settle it."""
    return Table(
        ("suspect", "failure", "verdict", "because", "rests on", "what would settle it"),
        [(v.cause, v.failure, SIGNS[v.decision], v.because, "; ".join(v.evidence), v.settle) for v in found],
    )


def recipe(diagnosis: Diagnosis) -> Table | None:
    """What the rules found in the recipe."""
    if not diagnosis.recipe:
        return None
    return Table(
        ("rule", "severity", "where", "what", "how to mend it"),
        [(fault.rule, fault.severity, fault.place, fault.message, fault.fix) for fault in diagnosis.recipe],
    )


def examples(diagnosis: Diagnosis) -> Iterator[Table]:
    """Outputs that a person can judge by reading, a table for each failure."""
    places = {source.row: source.position for source in diagnosis.sources}
    for failure in by_rate(diagnosis):
        mine = [shown for shown in diagnosis.examples if shown.failure == failure]
        if mine:
            rows = [
                (
                    one.run,
                    short(one.prompt),
                    short(one.answer),
                    f"row {places[one.copied]}" if one.copied in places else "",
                )
                for one in mine
            ]
            yield Table(
                ("run", "prompt", "answer", "copies"), rows, f"Outputs that {phrased(diagnosis.phrases, failure)}"
            )

"""The Report of a diagnosis as a Markdown page that can be read without the data and the outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audit.nouns.reports import Report
from audit.nouns.verdicts import Comparison, CopiedRow, Diagnosis, Link, Rate, Shown, Verdict
from audit.reporting.renderers.markdown.markup import Markdown, code, escape, fenced, listed, short, table
from audit.wording import by_cause, chance, counted, course_ends, phrased, points_between, rate_cell, spark, times

CURVE = 60  # blocks of a curve
ROWS = 10  # copied rows listed for a run


def render(report: Report) -> str:
    """Background, summary, every failure with examples, and all evidence. Raises ValueError without a diagnosis."""
    if report.diagnosis is None:
        raise ValueError("only a diagnosis has a Markdown page")
    diagnosis = report.diagnosis
    parts = [
        "# Where do the bad answers come from?",
        f"{escape(report.summary[:1].upper() + report.summary[1:])}.",
        "## 1. Background",
        *_background(report, diagnosis),
        "## 2. Summary",
        *_summary(report, diagnosis),
        "## 3. Failures",
        *_failures(diagnosis),
        "## 4. Between runs",
        *_comparisons(diagnosis),
        "## 5. Copied training rows",
        *_copies(report, diagnosis),
        "## 6. The recipe",
        *_recipe(diagnosis),
        "## 7. Every verdict",
        *_verdicts(diagnosis.verdicts),
        "## 8. How this was made",
        listed([f"made by {report.tool}", *report.notes]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _background(report: Report, diagnosis: Diagnosis) -> Iterator[str]:
    data = report.data
    splits = ", ".join(f"{name or 'no split'} {count:,}" for name, count in data.splits.items())
    known = diagnosis.background
    facts: list[str] = [
        Markdown(f"training set: {code(data.name)}, {data.rows:,} rows" + (f" ({escape(splits)})" if splits else ""))
    ]
    facts += [Markdown(f"model: {code(_plain(known['model']))}")] if known.get("model") else []
    for name in ("lora", "train", "generate"):
        values = ", ".join(f"{key} {_plain(value)}" for key, value in _part(known, name).items() if _is_known(value))
        facts += [f"{name}: {values}"] if values else []
    facts += [
        Markdown(f"prompt, {escape(key)}: {code(_plain(value))}")
        for key, value in _part(known, "prompt").items()
        if _is_known(value)
    ]
    yield listed(facts)
    yield table(
        ("run", "files", "settings", "outputs", "prompts", diagnosis.axis),
        [
            (
                run.name,
                ", ".join(run.files),
                ", ".join(f"{name} {value}" for name, value in run.settings.items()) or "not said",
                f"{run.outputs:,}",
                f"{run.prompts:,}",
                f"{run.epochs[0]} to {run.epochs[-1]}" if run.epochs else "-",
            )
            for run in diagnosis.runs
        ],
    )


def _part(known: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = known.get(name)
    return part if isinstance(part, Mapping) else {}


def _is_known(value: Any) -> bool:
    return value not in (None, "", (), [], 0, False)


def _plain(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)


def _summary(report: Report, diagnosis: Diagnosis) -> Iterator[str]:
    yield table(
        ("suspect", "verdict", "for", "because"),
        [
            (cause, f"**{decision}**", ", ".join(verdict.failure for verdict in found), found[0].because)
            for cause, decisions in by_cause(diagnosis.verdicts)
            for decision, found in decisions
        ],
    )
    if report.next_steps:
        yield "What to do, the cheapest first:"
        yield "\n".join(f"{number}. {escape(step)}" for number, step in enumerate(report.next_steps, 1))
    yield (
        "The evidence is what the outputs show. It supports or contradicts a suspect; it proves none, as nothing was "
        "trained or asked again for it."
    )


def _failures(diagnosis: Diagnosis) -> Iterator[str]:
    places = {source.row: source.position for source in diagnosis.sources}
    for failure in _by_weight(diagnosis):
        yield f"### Outputs that {escape(phrased(diagnosis.phrases, failure))} ({escape(failure)})"
        yield _rates([rate for rate in diagnosis.rates if rate.failure == failure])
        courses = [course for course in diagnosis.courses if course.failure == failure]
        if courses:
            yield fenced(
                f"{course.run}: {spark(course.shares, CURVE)}  {course_ends(course)}, "
                f"up to {100 * course.late_swing:.0f} points between neighbours in the later half"
                for course in courses
            )
        for run in diagnosis.runs:
            mine = [shown for shown in diagnosis.examples if (shown.run, shown.failure) == (run.name, failure)]
            if mine:
                yield f"Examples, {escape(run.name)}:"
                yield fenced(_example(shown, places) for shown in mine)


def _by_weight(diagnosis: Diagnosis) -> list[str]:
    """The failures that occur, those with verdicts first."""
    occurring = [rate.failure for rate in diagnosis.rates if rate.generated.count]
    return list(dict.fromkeys([*(verdict.failure for verdict in diagnosis.verdicts), *occurring]))


def _rates(rates: Sequence[Rate]) -> str:
    heads = ("run", "training answers", "generated", "95 %", "ratio", "not explained by the data", "same prompts, data")
    return table(
        heads,
        [
            (
                rate.run,
                counted(rate.training) if rate.training else "-",
                counted(rate.generated),
                rate_cell(rate.generated),
                times(rate.ratio),
                points_between(rate.gap) if rate.training else "-",
                counted(rate.reference) if rate.reference else "-",
            )
            for rate in rates
        ],
    )


def _example(shown: Shown, places: Mapping[str, int]) -> str:
    copied = f"  [copies training row {places[shown.copied]}]" if shown.copied in places else ""
    return f"{short(shown.prompt)} → {short(shown.answer)}{copied}"


def _comparisons(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.comparisons:
        yield "There is one run, so nothing to compare."
        return
    for first, second in dict.fromkeys((one.first, one.second) for one in diagnosis.comparisons):
        mine = [one for one in diagnosis.comparisons if (one.first, one.second) == (first, second)]
        left, right = mine[0].unpaired
        yield (
            f"{escape(first)} and {escape(second)} were asked {mine[0].pairs} equal prompts; {left} and {right} "
            "others differ and are left out. These are two runs, not two settings: prompts inside one run are no "
            "replicates of what it was trained with."
        )
        yield table(
            (
                "failure",
                f"only {first}",
                f"only {second}",
                "both",
                "difference",
                "McNemar",
                "after Holm",
                f"equivalent within {100 * mine[0].margin:.0f} points",
                "smallest effect it could see",
                "noise floor",
            ),
            map(_compared, mine),
        )


def _compared(one: Comparison) -> tuple[str, ...]:
    return (
        one.failure,
        str(one.only_first),
        str(one.only_second),
        str(one.both),
        points_between(one.difference),
        chance(one.p),
        chance(one.p_adjusted),
        f"{'yes' if one.p_equivalent < 0.05 else 'not shown'} ({chance(one.p_equivalent)})",
        f"{100 * one.detectable:.0f} points" if one.detectable is not None else "none",
        f"{100 * one.floor:.0f} points" if one.floor is not None else "unknown",
    )


def _copies(report: Report, diagnosis: Diagnosis) -> Iterator[str]:
    rows = {row["id"]: row for row in report.rows.to_pylist()}
    if not diagnosis.sources:
        yield "No output copies a training answer."
        return
    for run in diagnosis.runs:
        mine = [source for source in diagnosis.sources if source.run == run.name]
        if mine:
            more = f"; the first {ROWS} of them" if len(mine) > ROWS else ""
            yield f"{escape(run.name)} copies {len(mine)} different training rows{more}:"
            yield table(
                ("training row (from 0)", "line", "prompts", "unrelated prompts", "sink", "marks", "answer"),
                [_copied(source, rows) for source in mine[:ROWS]],
            )
    yield "What goes together (copied rows are counted once each, however often they are copied):"
    yield table(
        (
            "run",
            "of",
            "first mark",
            "second mark",
            "both",
            "only first",
            "only second",
            "neither",
            "odds ratio",
            "p, Holm",
        ),
        map(_linked, diagnosis.links),
    )


def _copied(source: CopiedRow, rows: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    return (
        str(source.position),
        str(source.line or "-"),
        str(source.prompts),
        str(source.unrelated),
        "yes" if source.sink else "",
        ", ".join(source.marks),
        short(rows[source.row]["answer"]) if source.row in rows else "",
    )


def _linked(link: Link) -> tuple[str, ...]:
    cells = (link.both, link.only_first, link.only_second, link.neither)
    p = chance(link.p_adjusted).removeprefix("p ").removeprefix("= ")
    return (link.run, link.unit, link.first, link.second, *map(str, cells), times(link.odds).removeprefix("x"), p)


def _recipe(diagnosis: Diagnosis) -> Iterator[str]:
    if not diagnosis.background.get("recipe"):
        yield "No recipe was given, so nothing is known of how the model was trained and served."
    elif not diagnosis.recipe:
        yield "No rule found a fault in the recipe."
    else:
        yield table(
            ("rule", "severity", "where", "what"),
            [(fault.rule, fault.severity, fault.place, fault.message) for fault in diagnosis.recipe],
        )


def _verdicts(verdicts: Sequence[Verdict]) -> Iterator[str]:
    yield table(
        ("suspect", "failure", "verdict", "because", "rests on", "what would settle it"),
        [
            (v.cause, v.failure, f"**{v.decision}**", v.because, "; ".join(v.evidence) or "-", v.settle)
            for v in verdicts
        ],
    )

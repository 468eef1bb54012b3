"""A diagnosis as a person writes it down: background, summary, each failure with examples of each run, conclusion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from audit.nouns.dialogue import AuditError
from audit.nouns.reports import Report
from audit.nouns.verdicts import Cause, Decision, Diagnosis, Rate
from audit.reporting.renderers.markdown.markup import Markdown, code, escape, fenced, listed, short, table
from audit.wording import counted, fraction, phrased, rate_cell, worst

EXAMPLES = 5  # outputs of each run and failure


@dataclass(frozen=True)
class Words:
    """The words of one language. Names that are in none of the tables stand as they are."""

    title: str
    background: str
    summary: str
    details: str
    conclusion: str
    data: str  # of a file and its rows
    heads: tuple[str, str, str, str]
    share: str  # of counts, percent and run
    example: str
    verdict: str
    answers: Mapping[str, str]  # of a report without a failure
    observed: str
    part: str
    failures: Mapping[str, str]
    causes: Mapping[Cause, str]
    decisions: Mapping[Decision, str]
    next: str


ENGLISH = Words(
    title="Findings: where the bad answers come from",
    background="Background",
    summary="Summary",
    details="Findings",
    conclusion="Conclusion",
    data="training set: {name}, {rows:,} rows",
    heads=("run", "settings", "outputs", "prompts"),
    share="{failure}: {percent} of the outputs of {run} ({count})",
    example="Examples ({run}):",
    verdict="{failure}: {told}",
    observed="This rests on outputs as they are; nothing was trained or asked again, so it is evidence and no proof.",
    part="in part",
    failures={},
    answers={},
    causes={},
    decisions={},
    next="What to do next",
)


def render(report: Report) -> str:
    """The findings in English; AuditError for a report that is no diagnosis."""
    return render_in(report, ENGLISH)


def render_in(report: Report, words: Words) -> str:
    """The findings in the words of a language, as Markdown; AuditError for a report that is no diagnosis."""
    diagnosis = report.diagnosis
    if diagnosis is None:
        raise AuditError(f"findings are written of audit diagnose; this is a run of audit {report.command}")
    failures = list(dict.fromkeys(verdict.failure for verdict in diagnosis.verdicts))
    parts = [
        f"# {words.title}",
        f"## 1. {words.background}",
        listed([words.data.format(name=report.data.name, rows=report.data.rows)]),
        table(words.heads, [_run(run.name, run.settings, run.outputs, run.prompts) for run in diagnosis.runs]),
        f"## 2. {words.summary}",
        listed(
            [*_summary(diagnosis, failures, words), *_besides(report)]
            or [words.answers.get(report.answer, report.summary)]
        ),
        f"## 3. {words.details}",
        *(part for number, failure in enumerate(failures, 1) for part in _detail(diagnosis, number, failure, words)),
        f"## 4. {words.conclusion}",
        listed([*_conclusion(diagnosis, failures, words), words.observed]),
        *([f"### {words.next}", listed(report.next_steps)] if report.next_steps else []),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _run(name: str, settings: Mapping[str, str], outputs: int, prompts: int) -> tuple[str, ...]:
    return name, ", ".join(f"{key} {value}" for key, value in settings.items()) or "-", f"{outputs:,}", f"{prompts:,}"


def _named(diagnosis: Diagnosis, failure: str, words: Words) -> str:
    return words.failures.get(failure, f"outputs that {phrased(diagnosis.phrases, failure)}")


def _of(diagnosis: Diagnosis, failure: str) -> list[Rate]:
    return [rate for rate in diagnosis.rates if rate.failure == failure and rate.generated.of]


def _summary(diagnosis: Diagnosis, failures: list[str], words: Words) -> Iterator[str]:
    first = worst(diagnosis)
    order = sorted(failures, key=lambda failure: first is None or failure != first.failure)
    for failure in order:
        top = max(_of(diagnosis, failure), key=lambda rate: fraction(rate.generated))
        yield words.share.format(
            failure=_named(diagnosis, failure, words),
            percent=rate_cell(top.generated),
            run=top.run,
            count=counted(top.generated),
        )


def _besides(report: Report) -> Iterator[str]:
    """What stands out, in the words of the report."""
    for fact in report.facts:
        yield from fact.sentence.split("\n")


def _detail(diagnosis: Diagnosis, number: int, failure: str, words: Words) -> Iterator[str]:
    name = _named(diagnosis, failure, words)
    yield f"### 3-{number}. {escape(name[:1].upper() + name[1:])}"
    yield listed(
        Markdown(f"{code(rate.run)}: {rate_cell(rate.generated)}, {counted(rate.generated)}")
        for rate in _of(diagnosis, failure)
    )
    for run in diagnosis.runs:
        mine = [shown for shown in diagnosis.examples if (shown.run, shown.failure) == (run.name, failure)][:EXAMPLES]
        if mine:
            yield escape(words.example.format(run=run.name))
            yield fenced(f"{short(shown.prompt)} → {short(shown.answer)}" for shown in mine)


def _conclusion(diagnosis: Diagnosis, failures: list[str], words: Words) -> Iterator[str]:
    for failure in failures:
        told = []
        for decision in get_args(Decision):
            mine = [v for v in diagnosis.verdicts if (v.failure, v.decision) == (failure, decision)]
            names = [words.causes.get(v.cause, v.cause) + (f" ({words.part})" if v.part else "") for v in mine]
            told += [f"{words.decisions.get(decision, decision)}: {', '.join(names)}"] if names else []
        yield words.verdict.format(failure=_named(diagnosis, failure, words), told="; ".join(told))

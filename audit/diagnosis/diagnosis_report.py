"""From generations, data and recipe to the Report of a diagnosis."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from audit.diagnosis.causes.conclusion import answer, next_steps, summary, weigh
from audit.diagnosis.causes.failures import shows
from audit.diagnosis.evidence.comparisons import comparisons
from audit.diagnosis.evidence.copied_rows import copied_rows, links, shown
from audit.diagnosis.evidence.lengths import piles
from audit.diagnosis.evidence.rates import courses, rates
from audit.diagnosis.evidence.runs import Run, plain, split_runs, up_to
from audit.diagnosis.evidence.standouts import Standout, as_fact, standouts
from audit.diagnosis.judge import as_generations, judge
from audit.engines.local import Engine
from audit.inspection.assembly import assemble
from audit.inspection.observation import Observed, inspect
from audit.likeness.copies import trained_on
from audit.likeness.signals import Signals
from audit.nouns.dialogue import Progress
from audit.nouns.reports import Report
from audit.nouns.verdicts import Diagnosis, Fault
from audit.recipes.lint import lint
from audit.recipes.recipe_file import Recipe
from audit.recipes.tokenizer import Tokenizer
from audit.rows.corpus import Corpus
from audit.rows.generations import Generations
from audit.rulebook.failures import failure_rules, failures
from audit.rulebook.pages import choose
from audit.texts.beginnings import tally

NAMED = re.compile(r"(?<![a-z])(rank|seed)[ _=-]?(\d+)(?!\d)")  # "generations_rank16.csv" is a run of rank 16


class Training(NamedTuple):
    """The rows that were trained on (positions in the corpus), judged as if a model had said their answers."""

    rows: list[int]
    judged: pa.Table
    marks: dict[str, set[int]]  # what is to be said of a row -> positions of the rows


def gather(
    generated: Generations,
    corpus: Corpus,
    recipe: Recipe | None,
    *,
    tokenizer: Tokenizer | None,
    engine: Engine,
    signals: Signals | None,
    tell: Progress,
    margin: float,
    at: int | None = None,
    options: Mapping[str, Any],
    sha256: str = "",
) -> Report:
    """Judge, measure, compare and weigh; `tell` is called with stage, done and total."""
    tell("judging outputs", 0, 0)
    judged = judge(generated, corpus, recipe=recipe, engine=engine, signals=signals)
    settings = {run: _settings(run, generated.settings.get(run, {})) for run in generated.runs}
    runs = up_to(split_runs(judged.table, settings, generated.files), at)
    tell("judging training answers", 0, 0)
    training = _training(corpus, engine, tell)
    reference = _reference(runs, corpus, training.rows, engine, signals)
    faults, notes = _faults(recipe, corpus, tokenizer)
    measured = measure(runs, corpus, training, reference, faults=faults, margin=margin)
    background = {**(asdict(recipe) if recipe else {}), "recipe": recipe.name if recipe else "", "margin": margin}
    background["data"] = options.get("data", "")
    diagnosis = replace(measured, axis=generated.axis or "epoch", background=background)
    diagnosis = replace(diagnosis, verdicts=weigh(diagnosis))
    notes = (*generated.notes, *judged.notes, *notes)
    begun = tally(
        [
            ("training answers", corpus.column("answer").take(pa.array(training.rows, pa.int64()))),
            *((run.name, run.last.table.column("said")) for run in runs),
        ]
    )
    shown: dict[str, list[str]] = {}
    for rate in diagnosis.rates:
        if shows(rate):
            shown.setdefault(rate.run, []).append(rate.failure)
    apart, looked = standouts(runs, corpus.take(training.rows), corpus, shown)
    report = _report(corpus, diagnosis, notes, options, sha256, apart=apart, looked=looked)
    return replace(report, tallies=(begun,))


def _settings(run: str, known: Mapping[str, str]) -> dict[str, str]:
    """What is known of a run, and else what its name says."""
    return {**dict(NAMED.findall(run.lower())), **known}


def measure(
    runs: Sequence[Run],
    corpus: Corpus,
    training: Training,
    reference: pa.Table | None,
    *,
    faults: tuple[Fault, ...] = (),
    margin: float = 0.1,
) -> Diagnosis:
    """Everything that is counted, before anything is concluded from it."""
    known = failures()
    measured = tuple(rates(runs, known, training.judged, reference, training.marks))
    seen = [
        name
        for name in (failure.name for failure in known)
        if any(rate.failure == name and rate.generated.count for rate in measured)
    ]
    drawn = tuple(courses(runs, seen))
    return Diagnosis(
        runs=tuple(run.summary() for run in runs),
        rates=measured,
        courses=drawn,
        comparisons=comparisons(runs, seen, measured, drawn, margin),
        sources=tuple(copied_rows(runs, corpus, training.rows, training.marks)),
        links=links(runs, known, training.rows, training.marks),
        examples=tuple(shown(runs, seen)),
        verdicts=(),
        recipe=faults,
        failures=known,
        piles=tuple(piles(runs, known, training.judged.column("said").to_pylist())),
    )


def _training(corpus: Corpus, engine: Engine, tell: Progress) -> Training:
    rows = trained_on(corpus)
    trained = corpus.take(rows)
    judged = judge(as_generations(trained), corpus.take([]), engine=engine).table  # nothing to copy from but itself
    marks = {
        failure.name: {row for row, mark in zip(rows, judged.column(failure.name).to_pylist(), strict=True) if mark}
        for failure in failures()
        if failure.compared
    }
    asked = failure_rules()
    rules = [rule for rule in choose() if rule.name not in asked and "signals" not in rule.inputs]
    found = inspect(trained, rules, engine, None, tell).table()
    for rule, position in zip(found.column("rule").to_pylist(), found.column("position").to_pylist(), strict=True):
        marks.setdefault(rule, set()).add(rows[position])
    return Training(rows, judged, {name: positions for name, positions in marks.items() if positions})


def _reference(
    runs: Sequence[Run], corpus: Corpus, trained: Sequence[int], engine: Engine, signals: Signals | None
) -> pa.Table | None:
    """What the data itself answers to the same prompts, outside training: how often the right answer has the mark."""
    prompts = {prompt for run in runs for prompt in run.last.prompts}
    seen = set(trained)
    rows = [at for at, text in enumerate(corpus.texts("question")) if at not in seen and plain(text) in prompts]
    if not rows:
        return None
    return judge(as_generations(corpus.take(rows)), corpus, engine=engine, signals=signals).table


def _faults(
    recipe: Recipe | None, corpus: Corpus, tokenizer: Tokenizer | None
) -> tuple[tuple[Fault, ...], tuple[str, ...]]:
    """What the rules about recipes find, and what they could not look at."""
    if recipe is None:
        return (), ()
    linted = lint(choose(subject="recipe"), [recipe], corpus, tokenizer)
    return tuple(linted.faults()), linted.notes


def _report(
    corpus: Corpus,
    diagnosis: Diagnosis,
    notes: Sequence[str],
    options: Mapping[str, Any],
    sha256: str,
    *,
    apart: Sequence[Standout],
    looked: int,
) -> Report:
    report = assemble(corpus, [], Observed(), notes=tuple(notes), options=options, sha256=sha256)
    copied = pa.array({source.row for source in diagnosis.sources}, pa.string())
    return replace(
        report,
        command="diagnose",
        answer=answer(diagnosis, standing_out=bool(apart)),
        summary=summary(diagnosis, apart[0].phrase if apart else "", looked),
        facts=(as_fact(apart),) if apart else (),
        next_steps=next_steps(diagnosis.verdicts),
        rows=corpus.table.filter(pc.is_in(corpus.column("id"), copied)).drop_columns(["trusted"]),
        diagnosis=diagnosis,
    )

"""Answers of trained models, judged: one row per model, prompt and question, one number per outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audit.diagnosis.judge import judge
from audit.laboratory.processes import Done
from audit.likeness.signals import Signals
from audit.nouns.trials import Outcome, SideBySide, Trial, is_probability
from audit.nouns.verdicts import Share
from audit.rows.corpus import Corpus
from audit.rows.generations import SCHEMA, Generations
from audit.rulebook.failures import beginnings, failure_rules, failures
from audit.statistics import wilson_interval

MOST_WORTHLESS = 0.5  # of its answers: such a model has learned nothing


def judged_answers(runs: Iterable[Done], corpus: Corpus, signals: Signals | None) -> tuple[pa.Table, tuple[str, ...]]:
    """All answers, with the columns trial, prompt, question, asked, said and one float per outcome; and notes.

    A trial is named by its key. Marks are 0 or 1, null where the judge cannot tell. All trials are held against the
    same corpus, so that a copy means the same in each.
    """
    tables, notes = [], list[str]()
    for done in runs:
        name = done.job.key
        if done.answers is None or not done.answers.num_rows:
            continue
        questions = pa.array(_questions(done), pa.string())
        for prompt in done.job.prompts:
            mine = done.answers.filter(pc.equal(done.answers.column("prompt"), prompt))
            asked = questions.take(mine.column("question").combine_chunks())
            judged = judge(_generations(name, asked, mine), corpus, recipe=None, signals=signals)
            notes += judged.notes
            marks = {rule: judged.table.column(rule).cast(pa.float64()) for rule in failure_rules()}
            told = {
                "trial": pa.array([name] * len(asked)),
                "prompt": mine.column("prompt"),
                "question": mine.column("question"),
            }
            numbers = {one: mine.column(one) for one in beginnings()}
            tables.append(pa.table({**told, "asked": asked, "said": judged.table.column("said"), **marks, **numbers}))
    return pa.concat_tables(tables), tuple(dict.fromkeys(note for note in notes if "marker" not in note))


def _questions(done: Done) -> list[str]:
    import pyarrow.parquet as pq

    texts: list[str] = pq.read_table(done.job.questions).column("question").to_pylist()
    return texts


def _generations(name: str, asked: pa.Array, answers: pa.Table) -> Generations:
    size = answers.num_rows
    columns: dict[str, Any] = {
        "run": pa.array([name] * size, pa.string()),
        "epoch": pa.nulls(size, pa.int32()),
        "prompt": asked,
        "answer": answers.column("answer"),
        "said": answers.column("answer"),
        "stopped": pa.nulls(size, pa.bool_()),
        "record": answers.column("question"),
        "line": pa.array([0] * size, pa.int64()),
    }
    return Generations(pa.table(columns, SCHEMA), {name: {}})


def seen_outcomes(answers: pa.Table, wanted: Sequence[str]) -> tuple[str, ...]:
    """The outcomes to weigh: those wanted, else every failure that one answer in a hundred shows, and probabilities."""
    if wanted:
        return tuple(wanted)
    least = max(0.01 * answers.num_rows, 1)
    found = [name for name in failure_rules() if (pc.sum(answers.column(name)).as_py() or 0) >= least]
    return (*found, *beginnings())


def measure(answers: pa.Table, outcomes: Iterable[str]) -> tuple[Outcome, ...]:
    """The rate or mean of each outcome, for each trial and prompt, in the order of the answers."""
    found = []
    keys = dict.fromkeys(zip(answers.column("trial").to_pylist(), answers.column("prompt").to_pylist(), strict=True))
    for trial, prompt in keys:
        mine = answers.filter(pc.and_(pc.equal(answers["trial"], trial), pc.equal(answers["prompt"], prompt)))
        for outcome in outcomes:
            values = mine.column(outcome).drop_null().to_pylist()
            count = int(sum(values)) if not is_probability(outcome) else 0
            share = Share(count, len(values), *wilson_interval(count, len(values)))
            mean = sum(values) / len(values) if values else 0.0
            found.append(Outcome(trial, prompt, outcome, mean, len(values), None if is_probability(outcome) else share))
    return tuple(found)


def trial_of(name: str, done: Done, levels: Mapping[str, str], untrained: Done | None, answers: pa.Table) -> Trial:
    """The trial as it is reported, with the reason why it is no evidence, where there is one."""
    made = done.made
    return Trial(
        key=done.job.key,
        name=name,
        levels=dict(levels),
        seed=None if done is untrained else done.job.seed,
        rows=made.get("rows", 0),
        cut=made.get("cut", 0),
        epochs=done.job.train.epochs,
        steps=made.get("steps", 0),
        tokens=made.get("tokens", 0),
        seconds=made.get("seconds", 0.0),
        peak_bytes=made.get("peak_bytes", 0),
        device=made.get("device", ""),
        losses=tuple(made.get("losses", ())),
        valid_loss=made.get("valid_loss"),
        fault=done.error or ("" if done is untrained else _fault(done, untrained, answers)),
        adapter=str(done.folder / "adapter") if (done.folder / "adapter").is_dir() else done.job.adapter,
    )


def _fault(done: Done, untrained: Done | None, answers: pa.Table) -> str:
    """A low rate of failures is no good news from a model that cannot answer."""
    before, after = untrained.made.get("valid_loss") if untrained else None, done.made.get("valid_loss")
    if before is not None and after is not None and not after <= before:  # a loss that is no number is worse, too
        return f"training made it worse: loss {after:.2f} on the right answers, {before:.2f} before any training"
    mine = answers.filter(pc.equal(answers.column("trial"), done.job.key))
    kinds = sorted((failure for failure in failures() if failure.worthless), key=lambda failure: failure.name)
    worthless = [any(marks) for marks in zip(*(mine.column(kind.name).to_pylist() for kind in kinds), strict=True)]
    if worthless and sum(worthless) > MOST_WORTHLESS * len(worthless):
        *first, last = (kind.phrase for kind in kinds)
        return f"{sum(worthless)} of its {len(worthless)} answers {', '.join(first)} or {last}"
    return ""


def side_by_side(
    answers: pa.Table, questions: pa.Table, columns: Sequence[tuple[str, str, str]], most: int
) -> tuple[SideBySide, ...]:
    """Some questions with several answers each, those that differ in their marks first.

    `columns`: what to call an answer, the key of its trial and its prompt.
    """
    told: dict[int, tuple[dict[str, str], dict[str, tuple[str, ...]]]] = {}
    for label, trial, prompt in columns:
        mine = answers.filter(pc.and_(pc.equal(answers["trial"], trial), pc.equal(answers["prompt"], prompt)))
        for row in mine.to_pylist():
            said, marks = told.setdefault(row["question"], ({}, {}))
            said[label] = row["said"]
            marks[label] = tuple(name for name in failure_rules() if row[name])
    expected = questions.column("answer").to_pylist() if "answer" in questions.column_names else None
    asked = questions.column("question").to_pylist()
    order = sorted(told, key=lambda place: (-len(set(told[place][1].values())), place))
    return tuple(SideBySide(asked[place], expected[place] if expected else "", *told[place]) for place in order[:most])

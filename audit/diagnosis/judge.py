"""What is wrong with each output of a model: the rules of scan on what it said, and copies of its training answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audit.diagnosis.end_markers import cut
from audit.engines.local import Engine, Local
from audit.likeness.signals import Signals
from audit.nouns.findings import Fact, Finding
from audit.recipes.recipe_file import Recipe
from audit.rows.corpus import Corpus, build
from audit.rows.generations import SCHEMA as GENERATED
from audit.rows.generations import Generations
from audit.rulebook.failures import failure_rules, failures
from audit.rulebook.pages import LEFT_OUT

FOUND = pa.schema(
    {
        "failure": pa.string(),
        "position": pa.int64(),  # row of Judged.table
        "message": pa.string(),
        "because": pa.string(),  # the short sign that decided
        "score": pa.float64(),
        "start": pa.int64(),  # span in `said`, code points; null where there is none
        "end": pa.int64(),
        "related": pa.list_(pa.int64()),  # positions in the corpus
    }
)


def judged_schema() -> pa.Schema:
    """The columns of judged outputs: those of generations, a boolean for each failure, and what was copied.

    A failure is null where it cannot be told.
    """
    return pa.schema(
        [
            *GENERATED,
            *(pa.field(name, pa.bool_()) for name in failure_rules()),
            pa.field("copy_of", pa.int64()),  # position in the corpus of the training row that was copied, else null
            pa.field("copy_id", pa.string()),  # its id
            pa.field("copy_similarity", pa.float64()),  # 0 to 1
            pa.field("copy_related", pa.bool_()),  # whether the question of that row is related to the prompt
            pa.field("because", pa.string()),  # the messages of all faults, "; " between them; "" where all is well
        ]
    )


@dataclass(frozen=True)
class Judged:
    """One row of `judged_schema` per output, in the order of the generations, and one of FOUND per finding.

    `stops`: for every run the end markers at which its outputs were cut. `notes`: what could not be judged, and why.
    """

    table: pa.Table
    findings: pa.Table
    stops: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()


def judge(
    generations: Generations,
    corpus: Corpus,
    *,
    recipe: Recipe | None = None,
    engine: Engine | None = None,
    signals: Signals | None = None,
) -> Judged:
    """Judge every output by the rules whose pages say a failure.

    Copies are looked for among the rows of `corpus` that were trained on. Outputs are cut at the recipe's stop texts;
    without a recipe, at the end markers that are known and usual. `signals` adds an encoder to the letters.
    """
    ended, stops = cut(generations, recipe.prompt.stop if recipe else ())
    outputs = build(
        {"question": prompt, "answer": said}
        for prompt, said in zip(ended.column("prompt").to_pylist(), ended.column("said").to_pylist(), strict=True)
    )
    inputs = {"generations": ended, "engine": engine or Local(), "signals": signals}
    found: list[tuple[str, Finding]] = []
    untold: dict[str, str] = {}
    for name, rule in failure_rules().items():
        about_outputs = "generations" in rule.inputs  # then the corpus is the training data, and a fact says what lacks
        alone = not about_outputs and "form" in rule.all_settings  # what every output has may be the very failure
        asked = rule.with_settings({"form": 0.0}, "diagnose") if alone else rule
        for seen in asked.observe(**inputs, corpus=corpus if about_outputs else outputs):
            if isinstance(seen, Finding):
                found.append((name, seen))
            elif isinstance(seen, Fact) and seen.name == LEFT_OUT:
                untold[name] = f"{name} {seen.sentence}"
            elif isinstance(seen, Fact) and about_outputs:
                untold[name] = seen.sentence
    notes = (*_endless(stops), *untold.values())
    return Judged(_table(ended, corpus, found, set(untold)), _findings(found), stops, notes)


def as_generations(corpus: Corpus, run: str = "training answers") -> Generations:
    """The answers of a corpus as if a model had said them: the base rates that generations are compared with."""
    columns = {
        "run": pa.array([run] * len(corpus), pa.string()),
        "epoch": pa.nulls(len(corpus), pa.int32()),
        "prompt": corpus.column("question"),
        "answer": corpus.column("answer"),
        "said": corpus.column("answer"),
        "stopped": pa.nulls(len(corpus), pa.bool_()),
        "record": corpus.column("record"),
        "line": corpus.column("line"),
    }
    return Generations(pa.table(columns, GENERATED), {run: {}})


def _table(ended: Generations, corpus: Corpus, found: list[tuple[str, Finding]], untold: set[str]) -> pa.Table:
    size = len(ended)
    known = {failure.name: failure for failure in failures()}
    marks: dict[str, list[Any]] = {name: [None if name in untold else False] * size for name in known}
    for name, rule in failure_rules().items():
        if "label" in rule.settings:
            marks[name] = list(ended.labels.get(name, [None] * size))
    messages: list[list[str]] = [[] for _ in range(size)]
    source: list[int | None] = [None] * size
    similarity: list[float | None] = [None] * size
    for name, seen in found:
        marks[name][seen.row] = True
        if known[name].fault and seen.message not in messages[seen.row]:
            messages[seen.row].append(seen.message)
        if name == "training-copy":
            source[seen.row], similarity[seen.row] = seen.related[0], seen.score
    stopped = ended.column("stopped").to_pylist()
    for failure in known.values():
        if failure.place == "ending" and not failure.compared:  # it is about how outputs end, where that is known
            told = zip(stopped, marks[failure.name], strict=True)
            marks[failure.name] = [None if end is None else mark for end, mark in told]
    ids = corpus.column("id").take(pa.array(source, pa.int64()))
    unrelated = pa.array(marks["unrelated-copy"], pa.bool_())
    return pa.table(
        {
            **{name: ended.column(name) for name in GENERATED.names},
            **marks,
            "copy_of": source,
            "copy_id": ids,
            "copy_similarity": similarity,
            "copy_related": pc.if_else(pa.array(marks["training-copy"]), pc.invert(unrelated), None),
            "because": ["; ".join(said) for said in messages],
        },
        judged_schema(),
    )


def _findings(found: list[tuple[str, Finding]]) -> pa.Table:
    spans = [seen.span or (None, None) for _, seen in found]
    columns = {
        "failure": [name for name, _ in found],
        "position": [seen.row for _, seen in found],
        "message": [seen.message for _, seen in found],
        "because": [seen.because for _, seen in found],
        "score": [None if seen.score is None else round(seen.score, 4) for _, seen in found],
        "start": [start for start, _ in spans],
        "end": [end for _, end in spans],
        "related": [list(seen.related) for _, seen in found],
    }
    return pa.table(columns, FOUND).sort_by([("position", "ascending"), ("failure", "ascending")])


def _endless(stops: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """One note on the runs whose outputs hold no end marker."""
    runs = [run for run, markers in stops.items() if not markers]
    if runs:
        yield f"no end marker in the outputs of {', '.join(runs)}: whether they come to an end cannot be told"

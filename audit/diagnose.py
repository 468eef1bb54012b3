"""`audit diagnose`: say where the bad answers of a model come from, as far as its outputs tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audit.nouns.dialogue import Progress, nobody_watches

if TYPE_CHECKING:
    from audit.nouns.reports import Report


def diagnose(
    generations: Sequence[Any],
    data: Any,
    *,
    recipe: Path | None = None,
    tokenizer: str | None = None,
    names: Sequence[str] | None = None,
    settings: Sequence[Mapping[str, str]] | None = None,
    margin: float = 0.1,
    failures: Mapping[str, str] | None = None,
    failure_columns: Sequence[str] = (),
    at: int | None = None,
    question: str | None = None,
    answer: str | None = None,
    split: str | None = None,
    encoder: str = "auto",
    encode_up_to: int | None = None,
    cache: Path | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Report:
    """Hold what models answered against the data that they were trained on, and weigh the suspects.

    `generations`: files or tables of prompts and outputs, one run each unless a column names runs. `names` and
    `settings`: one for each of them, such as "rank 16" and {"rank": "16", "seed": "1"}. `recipe` says how the model
    was trained and served; some of its rules need `tokenizer`, a folder. Two runs whose rates differ by less than
    `margin` count as equivalent. `failures`: patterns (of RE2) that outputs must not match, by the name that such a
    failure is to have; `failure_columns`: columns of the generations that say of each output whether it is one, such as
    "bad" or "score<3". `at`: the epoch or step to judge instead of the last one. The other options are those of scan.

    Raises AuditError where an input cannot be read or does not fit.
    """
    from audit.diagnosis.diagnosis_report import gather
    from audit.engines.choice import within_reach
    from audit.engines.local import Local
    from audit.likeness.signals import CachedSignals
    from audit.recipes.recipe_file import read_recipe
    from audit.recipes.tokenizer import read_tokenizer
    from audit.rows.corpus import Corpus, load
    from audit.rows.generations import load_generations
    from audit.rows.labels import parse_label
    from audit.rulebook.failures import own_failures
    from audit.workspace.runs import digest

    tell = progress or nobody_watches
    tell("reading", 0, 0)
    known = read_recipe(Path(recipe)) if recipe else None
    labels = [parse_label(option) for option in failure_columns]
    generated = load_generations(generations, names, settings, labels)
    corpus = data if isinstance(data, Corpus) else load(data, question=question, answer=answer, split=split)
    signals = CachedSignals(encoder, cache, encode_up_to, progress=partial(tell, "encoding"))
    options = {
        "generations": [str(file) if isinstance(file, str | Path) else "<rows>" for file in generations],
        "recipe": str(recipe) if recipe else None,
        "tokenizer": tokenizer,
        "names": list(names or ()),
        "settings": [dict(known) for known in settings or ()],
        "margin": margin,
        "failures": dict(failures or {}),
        "failure_columns": list(failure_columns),
        "at": at,
        "data": str(data) if isinstance(data, str | Path) else "",
        "question": question,
        "answer": answer,
        "split": split,
        "encoder": encoder,
        "encode_up_to": encode_up_to,
    }
    sha256 = digest(data) if isinstance(data, str | Path) else ""
    with own_failures(failures or {}, labels):
        report = gather(
            generated,
            corpus,
            known,
            tokenizer=read_tokenizer(tokenizer) if tokenizer else None,
            engine=Local(within_reach(workers)),
            signals=signals,
            tell=tell,
            margin=margin,
            at=at,
            options=options,
            sha256=sha256,
        )
    return replace(report, notes=(*report.notes, *signals.notes))

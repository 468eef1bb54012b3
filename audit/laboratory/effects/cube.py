"""The answers of all models as one block of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from audit.nouns.trials import Outcome, Trial, is_probability
from audit.nouns.verdicts import Share
from audit.statistics import wilson_interval

Floats = NDArray[np.float64]
ALONE = "served"  # what the prompt is called where the answers name none


@dataclass(frozen=True)
class Cube:
    """Every answer: `values` are models x prompts x questions x outcomes, nan where nothing can be told."""

    models: tuple[Trial, ...]
    prompts: tuple[str, ...]
    outcomes: tuple[str, ...]
    values: Floats

    @cached_property
    def counts(self) -> NDArray[np.int64]:
        """Questions that could be told: models x prompts x outcomes."""
        return np.asarray((~np.isnan(self.values)).sum(axis=2), dtype=np.int64)

    @cached_property
    def means(self) -> Floats:
        """Rate or mean probability: models x prompts x outcomes, nan without a question that could be told."""
        total = np.nansum(self.values, axis=2)
        return np.asarray(np.divide(total, self.counts, out=np.full(total.shape, np.nan), where=self.counts > 0))

    def marks(self, outcome: int) -> bool:
        """Whether the outcome is a failure, 0 or 1, and no probability."""
        return not is_probability(self.outcomes[outcome])

    def of(self, models: Sequence[Trial]) -> Cube:
        """The same for some of the models, in their order."""
        places = {model.key: at for at, model in enumerate(self.models)}
        return Cube(tuple(models), self.prompts, self.outcomes, self.values[[places[model.key] for model in models]])


def cube(
    trials: Sequence[Trial], answers: pa.Table, factors: Mapping[str, tuple[str, ...]], outcomes: Sequence[str]
) -> Cube:
    """Lay out the answers; models in the order of their keys, so that the order of trials and of rows is nothing.

    Prompts that are no level of the factor "prompt" are left out. ValueError for answers of an unknown trial, or
    two answers of one model to one question under one prompt.
    """
    models = tuple(sorted(trials, key=lambda trial: trial.key))
    if not answers.num_rows:
        prompts = factors.get("prompt") or (ALONE,)
        return Cube(models, prompts, tuple(outcomes), np.full((len(models), len(prompts), 0, len(outcomes)), np.nan))
    asked = answers["prompt"].to_pylist()
    prompts = factors.get("prompt") or tuple(sorted(set(asked)))
    keys = answers["trial"].to_pylist()
    if unknown := set(keys) - {model.key for model in models}:
        raise ValueError(f"answers of a trial that is not among the trials: {min(unknown)}")
    questions, at_question = np.unique(answers["question"].to_numpy(), return_inverse=True)
    wanted = np.array([prompt in prompts for prompt in asked])
    at_model = _places(keys, [model.key for model in models])[wanted]
    at_prompt = _places(asked, prompts)[wanted]
    at_question = at_question[wanted]
    if len(set(zip(at_model.tolist(), at_prompt.tolist(), at_question.tolist(), strict=True))) < len(at_model):
        raise ValueError("a model answered one question twice under one prompt")
    values = np.full((len(models), len(prompts), len(questions), len(outcomes)), np.nan)
    for at, outcome in enumerate(outcomes):
        told = np.array(answers[outcome].cast(pa.float64()).to_pylist(), dtype=np.float64)  # null becomes nan
        values[at_model, at_prompt, at_question, at] = told[wanted]
    return Cube(models, prompts, tuple(outcomes), values)


def _places(names: Sequence[str], known: Sequence[str]) -> NDArray[np.int64]:
    places = {name: at for at, name in enumerate(known)}
    return np.array([places.get(name, -1) for name in names], dtype=np.int64)


def measured(everything: Cube) -> tuple[Outcome, ...]:
    """What every model showed under every prompt, the faulty and untrained ones too; unknown figures are left out."""
    found = []
    for m, model in enumerate(everything.models):
        for p, prompt in enumerate(everything.prompts):
            for o, outcome in enumerate(everything.outcomes):
                n = int(everything.counts[m, p, o])
                if n:
                    mean = float(everything.means[m, p, o])
                    share = _share(round(mean * n), n) if everything.marks(o) else None
                    found.append(Outcome(model.key, prompt, outcome, mean, n, share))
    return tuple(found)


def _share(count: int, n: int) -> Share:
    return Share(count, n, *wilson_interval(count, n))

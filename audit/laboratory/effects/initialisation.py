"""Questions as replicates: whether models differ whose settings differ in nothing but the seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from audit.laboratory.effects.contrasts import PROMPT, Factors, settings
from audit.laboratory.effects.cube import Cube
from audit.laboratory.effects.intervals import estimate
from audit.laboratory.effects.one_adapter import THIS, corrected, paired_t
from audit.laboratory.effects.permutations import null_of
from audit.laboratory.effects.power import LEVEL
from audit.nouns.trials import Effect
from audit.statistics import Interval, Pairs, paired_difference

Floats = NDArray[np.float64]
INITIALISATION = "initialisation"
DRAWS = 1_999
CELLS = 2_000_000  # relabelled answers held at a time


@dataclass(frozen=True)
class Arm:
    """The models of one setting: `values` are their answers under the base prompt, questions x models x outcomes."""

    names: tuple[str, ...]
    within: str
    values: Floats

    def told(self, outcome: int) -> Floats:
        """Answers to the questions that every model tells: questions x models."""
        answers = self.values[:, :, outcome]
        return np.asarray(answers[~np.isnan(answers).any(axis=1)])


def initialisation(cube: Cube, factors: Factors, margin: float, seed: int) -> list[Effect]:
    """Whether the models of each setting differ under the base prompt, one effect for arm and outcome.

    Permutation of models within questions, with the variance of the models' totals as statistic: for 0/1 outcomes it
    orders relabellings as Cochran's (1950) Q does. p corrected by Westfall and Young over the outcomes of an arm, by
    Bonferroni over arms. The difference is that of the lowest and the highest model, with an interval that allows for
    the choice among all pairs; `bounds` hold the 90 % intervals of every pair.
    """
    several = list(_arms(cube, factors))
    return [effect for arm in several for effect in _compared(cube, arm, margin, seed, len(several))]


def _arms(cube: Cube, factors: Factors) -> Iterator[Arm]:
    found: dict[tuple[str, ...], list[int]] = {}
    for place, model in enumerate(cube.models):
        if cube.counts[place, 0].any():
            found.setdefault(settings(model, factors), []).append(place)
    training = [name for name in factors if name != PROMPT]
    for setting, places in sorted(found.items()):
        named = (f"{name} {level}" for name, level in zip(training, setting, strict=True))
        if len(places) > 1:
            yield Arm(
                tuple(cube.models[place].name for place in places),
                ", ".join([f"prompt {cube.prompts[0]}", *named]),
                cube.values[places, 0].transpose(1, 0, 2),
            )


def _compared(cube: Cube, arm: Arm, margin: float, seed: int, arms: int) -> list[Effect]:
    told = {at: answers for at in range(len(cube.outcomes)) if len(answers := arm.told(at))}
    if not told:
        return []
    whole: Floats = np.where(np.isnan(arm.values).any(axis=1, keepdims=True), 0.0, arm.values)
    distribution = null_of(_spreads(whole[:, :, list(told)], seed))
    p = distribution.chances[0]
    found = [_seeds_apart(cube, arm, outcome, float(p[at]), margin) for at, outcome in enumerate(told)]
    return corrected(found, np.minimum(distribution.adjusted(p) * arms, 1.0))


def _spreads(values: Floats, seed: int) -> Floats:
    """Variance of the models' totals, as labelled (first row) and after DRAWS permutations within questions."""
    questions, models, outcomes = values.shape
    rng = np.random.default_rng(seed)
    spreads = [values.sum(axis=0).var(axis=0)[None]]
    step = max(1, CELLS // (questions * models * outcomes))
    for start in range(0, DRAWS, step):
        size = min(step, DRAWS - start)
        order = rng.random((size, questions, models)).argsort(axis=2)
        totals = np.take_along_axis(values[None], order[..., None], axis=2).sum(axis=1)
        spreads.append(totals.var(axis=1))
    return np.vstack(spreads)


def _seeds_apart(cube: Cube, arm: Arm, outcome: int, p: float, margin: float) -> Effect:
    values, models = arm.told(outcome), len(arm.names)
    means, marks = values.mean(axis=0), cube.marks(outcome)
    low, high = int(means.argmin()), int(models - 1 - means[::-1].argmax())
    pairs = list(combinations(range(models), 2))
    interval = _pair(values[:, low], values[:, high], marks, 1 - LEVEL / len(pairs))
    every = [_pair(values[:, a], values[:, b], marks, 0.9) for a, b in pairs]
    widest = min(max(max(-bounds[0], bounds[1]) for bounds in every), 1.0)
    return Effect(
        INITIALISATION,
        arm.names[low],
        arm.names[high],
        cube.outcomes[outcome],
        THIS,
        arm.within,
        (models, models),
        len(values),
        (float(means[low]), float(means[high])),
        estimate(float(means[high] - means[low]), interval),
        p,
        p,
        margin,
        (-widest, widest),
        None,
        "cannot tell",
        f"{DRAWS:,} random permutations of {models} models within questions; interval for all {len(pairs)} pairs",
    )


def _pair(first: Floats, second: Floats, marks: bool, level: float) -> Interval:
    if marks:
        return paired_difference(Pairs.of((first > 0.5).tolist(), (second > 0.5).tolist()), level)
    return paired_t(second - first, (level, level))[1]

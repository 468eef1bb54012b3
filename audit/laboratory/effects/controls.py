"""What must come out as known: the untrained model, models left out, and labels shuffled at random."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from audit.laboratory.effects.contrasts import Family
from audit.laboratory.effects.cube import Cube
from audit.laboratory.effects.families import any_proven
from audit.laboratory.effects.outcomes import groups
from audit.laboratory.effects.permutations import drawn, null
from audit.laboratory.effects.power import LEVEL
from audit.nouns.trials import Control, Trial
from audit.wording import percent

SHUFFLES = 200


def untrained(everything: Cube, trials: Sequence[Trial]) -> Control:
    """The rates of the untrained model under each prompt: what training and prompt start from."""
    models = [trial for trial in trials if trial.seed is None and not trial.fault]
    if not models:
        return Control("untrained model", "no untrained model was asked")
    cube = everything.of(models[:1])
    told = {
        (prompt, outcome): float(cube.means[0, p, o])
        for p, prompt in enumerate(cube.prompts)
        for o, outcome in enumerate(cube.outcomes)
        if cube.counts[0, p, o]
    }
    main = cube.outcomes[0]
    shown = ", ".join(
        f"{percent(mean)} with the prompt {prompt}" for (prompt, outcome), mean in told.items() if outcome == main
    )
    return Control(
        "untrained model",
        f"before any training, {main}: {shown}" if shown else "the untrained model gave no answer that could be told",
        value={f"{prompt}: {outcome}": mean for (prompt, outcome), mean in told.items()},
    )


def left_out(trials: Sequence[Trial]) -> Control | None:
    """The models that are no evidence, by name; None where all are."""
    faulty = [trial for trial in trials if trial.fault]
    trained = sum(trial.seed is not None for trial in trials)
    if not faulty:
        return None
    named = "; ".join(f"{trial.name}: {trial.fault}" for trial in faulty)
    return Control(
        "models left out",
        f"{len(faulty)} of {trained} trained models are in no effect: {named}",
        value={"left out": float(len(faulty)), "trained": float(trained)},
    )


def shuffled(families: Sequence[Family], seed: int) -> Control:
    """Analyse the same numbers with labels shuffled within blocks (signs flipped for prompts), SHUFFLES times.

    Passed if in no family anything is "proven" significantly more often than in one shuffle of twenty (exact binomial,
    Bonferroni over families).
    """
    from scipy.stats import binomtest

    named = {name(family): false_alarms(family, seed, SHUFFLES) for family in families if groups(family, seed)}
    if not named:
        return Control("shuffled labels", "there is nothing to shuffle")
    worst = min(binomtest(k, SHUFFLES, LEVEL, alternative="greater").pvalue for k in named.values())
    highest = max(named.values())
    return Control(
        "shuffled labels",
        f"with labels shuffled {SHUFFLES} times, something was called proven in at most {percent(highest / SHUFFLES)} "
        f"of the shuffles for any of {len(named)} families of effects (chance alone allows {percent(LEVEL)})",
        bool(worst * len(named) >= LEVEL),
        {key: k / SHUFFLES for key, k in named.items()},
    )


def name(family: Family) -> str:
    """Such as "data, prompt served"."""
    sample = family[0]
    return f"{sample.factor}, {sample.within}" if sample.within else sample.factor


def false_alarms(family: Family, seed: int, shuffles: int) -> int:
    """In how many shuffles anything of a family would be called proven."""
    parts = groups(family, seed)
    rng = np.random.default_rng([seed, 1])
    alarms = np.zeros(shuffles, dtype=np.bool_)
    for group in parts:
        column = group.columns[0]
        fresh = drawn(column.labels, column.blocks, len(column.ids), shuffles, rng)
        alarms |= any_proven(null(group.relabellings, group.values), fresh @ group.values, len(parts))
    return int(alarms.sum())

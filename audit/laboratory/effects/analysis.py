"""Trials and their answers -> what the experiment proves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from audit.laboratory.effects import controls, one_adapter
from audit.laboratory.effects.contrasts import families
from audit.laboratory.effects.cube import cube, measured
from audit.laboratory.effects.families import effects
from audit.laboratory.effects.initialisation import initialisation
from audit.laboratory.effects.proofs import Findings, proofs
from audit.laboratory.effects.seeds import seed_shares
from audit.nouns.trials import Control, Effect, Outcome, Proof, SeedShare, Trial


@dataclass(frozen=True)
class Analysis:
    """What trials and answers prove; proofs name places in `effects`."""

    measured: tuple[Outcome, ...]
    effects: tuple[Effect, ...]
    seeds: tuple[SeedShare, ...]
    proofs: tuple[Proof, ...]
    controls: tuple[Control, ...]


def analyse(
    trials: Sequence[Trial],
    answers: pa.Table,
    factors: Mapping[str, tuple[str, ...]],
    outcomes: Sequence[str],
    *,
    margin: float = 0.1,
    seed: int = 0,
) -> Analysis:
    """Effects, proofs and controls of an experiment; the same for the same input, in whatever order its rows come.

    `trials`: the untrained model among them (seed None); those with a `fault` are measured, named, and in no effect.
    `answers`: one row per (trial: key of a trial, prompt, question: number), and one column per outcome with 0/1
    marks of failures or probabilities, null where it cannot be told. `factors`: factor -> levels, the base first;
    "prompt" varies within models, all others between them. `outcomes`: the primary one first. `margin`: what counts as
    no difference, as a fraction.
    """
    everything = cube(trials, answers, factors, outcomes)
    sound = everything.of([trial for trial in everything.models if trial.seed is not None and not trial.fault])
    tested = [family for family in families(sound, factors) if family]
    found = (
        *(effect for family in tested for effect in effects(sound, family, margin, seed)),
        *one_adapter.prompts(sound, margin),
        *initialisation(sound, factors, margin, seed),
    )
    seeds = tuple(seed_shares(sound, factors))
    left_out = controls.left_out(trials)
    return Analysis(
        measured(everything),
        found,
        seeds,
        tuple(proofs(Findings(sound, factors, found, seeds, margin))),
        (
            controls.untrained(everything, trials),
            *([left_out] if left_out else []),
            controls.shuffled(tested, seed),
        ),
    )

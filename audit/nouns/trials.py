"""The nouns of retrain and experiment: what was trained, what it answered, and what that proves.

An outcome is a failure that the judge knows (digit-start …) or the probability of a beginning, computed without
sampling, such as `p-digit`, that an answer begins with a digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from audit.nouns.verdicts import Estimate, Share

Ruling = Literal["proven", "ruled out", "cannot tell", "not tested"]
Claim = Literal["for this setting", "for this adapter"]
CHANCE_OF = "p-"  # what the names of probabilities begin with


def is_probability(outcome: str) -> bool:
    """Whether an outcome is the probability of a beginning, and no failure, which an answer shows or not."""
    return outcome.startswith(CHANCE_OF)


@dataclass(frozen=True, slots=True)
class Trial:
    """One trained model, or the untrained one (`seed` None, no levels): how training went.

    `levels`: factor -> level, of the factors that cost training ({"data": "raw", "rank": "16", "text": "recipe"}).
    `losses`: mean training loss of each logged stretch; `valid_loss`: mean loss in nats per token of the right answers
    to the questions, after the prompt of training. `seconds` are of training, `tokens` those that carried loss.
    `fault`: why the model is no evidence (it went wrong in training), "" where it is sound. `adapter`: its folder.
    """

    key: str
    name: str
    levels: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = None
    rows: int = 0
    cut: int = 0
    epochs: float = 0.0
    steps: int = 0
    tokens: int = 0
    seconds: float = 0.0
    peak_bytes: int = 0
    device: str = ""
    losses: tuple[float, ...] = ()
    valid_loss: float | None = None
    fault: str = ""
    adapter: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often one model showed one failure under one prompt, or the mean of a probability over its questions.

    `trial` is the key of a trial. `share` counts answers (failures only). `mean` is the rate or the mean probability,
    over `n` questions.
    """

    trial: str
    prompt: str
    outcome: str
    mean: float
    n: int
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What changing one factor from `first` to `second` does to one outcome: second less first, as a fraction.

    `claim`: "for this setting" counts models (each with its own seed) as replicates, "for this adapter" the questions
    put to one model. `factor` "data x prompt" is an interaction: how much the effect of prompt changes with data.
    `within` says what was held fixed. `models` and `questions`: of each level. `difference` has a 95 % interval; `p` is
    exact, or by `permutations` relabellings; `p_adjusted` is corrected over the outcomes of this factor. `bounds`: the
    90 % interval, inside +-`margin` where the effect is ruled out. `detectable`: the smallest effect that this design
    would have shown four times in five.
    """

    factor: str
    first: str
    second: str
    outcome: str
    claim: Claim
    within: str
    models: tuple[int, int]
    questions: int
    means: tuple[float, float]
    difference: Estimate
    p: float
    p_adjusted: float
    margin: float
    bounds: tuple[float, float]
    detectable: float | None
    decision: Ruling
    method: str = ""


@dataclass(frozen=True, slots=True)
class SeedShare:
    """Which part of the spread of an outcome between models is that between seeds of one setting.

    `spread`: standard deviation between seeds of one setting, pooled, as a fraction. `lowest`, `highest`: of any model.
    """

    outcome: str
    prompt: str
    models: int
    share: Estimate
    spread: float
    lowest: float
    highest: float


@dataclass(frozen=True, slots=True)
class Proof:
    """The verdict on one cause of one outcome, as a sentence that a person can repeat.

    `effects` are places in Experiment.effects.
    """

    cause: str
    outcome: str
    decision: Ruling
    sentence: str
    effects: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Control:
    """Something that must come out as known: the untrained model, and labels shuffled at random."""

    name: str
    sentence: str
    passed: bool | None = None
    value: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One question with the answers of several models or prompts, for a person to read; `answers`: name -> text."""

    question: str
    expected: str
    answers: Mapping[str, str]
    marks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Experiment:
    """Everything that `audit experiment` found out.

    `factors`: factor -> its levels, the base first. `prompts`: name of a served prompt -> its text. `failures` are
    those that were weighed, the first first. `plan`: sentences on cost, and on what each claim needs. `phrases`: what
    each outcome means.
    """

    factors: Mapping[str, tuple[str, ...]]
    prompts: Mapping[str, str]
    outcomes: tuple[str, ...]
    trials: tuple[Trial, ...]
    measured: tuple[Outcome, ...]
    effects: tuple[Effect, ...]
    seeds: tuple[SeedShare, ...]
    proofs: tuple[Proof, ...]
    controls: tuple[Control, ...]
    examples: tuple[SideBySide, ...] = ()
    plan: tuple[str, ...] = ()
    margin: float = 0.1
    background: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """One outcome of the new model beside the reference, on the same questions under the same prompt.

    Failures: `difference` is new less reference with Tango's interval, `p` McNemar's exact, `p_adjusted` Holm's over
    all changes. Probabilities: the mean difference with a t interval over questions.
    """

    outcome: str
    prompt: str
    new: Outcome
    reference: Outcome | None = None
    difference: Estimate = field(default_factory=Estimate)
    p: float | None = None
    p_adjusted: float | None = None


@dataclass(frozen=True)
class Retraining:
    """Everything that `audit retrain` found out: the new model, what it is held against, and what changed.

    `measured`: every outcome of the new model, the reference and the untrained one; `changes`: new beside reference.
    `phrases`: what each outcome means.
    """

    trial: Trial
    reference: Trial | None
    untrained: Trial | None
    prompts: Mapping[str, str]
    measured: tuple[Outcome, ...]
    changes: tuple[Change, ...]
    examples: tuple[SideBySide, ...] = ()
    background: Mapping[str, str] = field(default_factory=dict)
    phrases: Mapping[str, str] = field(default_factory=dict)

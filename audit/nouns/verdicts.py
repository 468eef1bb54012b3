"""The nouns of a diagnosis: what audit.diagnosis.evidence measures and concludes. Imports nothing of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Cause = Literal[
    "prompt",
    "data",
    "training length",
    "base model",
    "learning rate",
    "scale",
    "rank",
    "initialisation",
    "decoding",
    "memorisation",
    "setting",
]
Decision = Literal["supported", "contradicted", "cannot tell", "not tested"]
Place = Literal["beginning", "copy", "ending", "whole"]


@dataclass(frozen=True, slots=True)
class Failure:
    """What an output of a model may show, as its page says it.

    `phrase`: what outputs that show it do ("begin with a digit"). `place`: which part of the output it is about; "copy"
    is the whole of one that stands in the training data. `fault`: whether it is bad in itself; else it is a fact.
    `compared`: whether an answer of a person can show it, too. `worthless`: an output that shows it is no answer.
    """

    name: str
    phrase: str
    place: Place = "whole"
    fault: bool = True
    compared: bool = True
    worthless: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many, with the bounds of a 95 % Wilson interval (fractions of 1).

    `design_effect`: how many of them say as much as one independent one; above 1 where prompts have several answers.
    """

    count: int
    of: int
    low: float
    high: float
    design_effect: float = 1.0

    @property
    def independent(self) -> tuple[int, int]:
        """As many of as many independent ones, which say as much."""
        of = max(round(self.of / self.design_effect), 1) if self.of else 0
        return round(of * self.count / self.of) if self.of else 0, of


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with the bounds of its 95 % interval; None where it is undefined or has no bound."""

    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One file or part of a file of generations. `epochs` are all checkpoints; rates are those of the last one."""

    name: str
    files: tuple[str, ...]
    settings: Mapping[str, str]
    outputs: int
    prompts: int
    epochs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """How often one run shows a failure at its last checkpoint, and how much of that its training data can explain.

    `training` is the share of training answers with the same mark, the rate to expect from a model that repeats its
    data; None where training answers cannot have it. `reference` is that of the data's own answers to the same
    prompts outside training, `copied` how many of the outputs that show it copy a training row with the same mark.
    `ratio` is generated over training, `gap` the difference, `explained` training over
    generated (the part of the rate that the data accounts for), `p` that of the gap (Fisher).
    """

    run: str
    failure: str
    generated: Share
    training: Share | None = None
    reference: Share | None = None
    copied: Share | None = None
    ratio: Estimate = Estimate()
    gap: Estimate = Estimate()
    explained: Estimate = Estimate()
    p: float | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """How a failure went from checkpoint to checkpoint in one run.

    `swing` is the largest change between neighbours, `late_swing` that of the later half: the noise floor.
    """

    run: str
    failure: str
    epochs: tuple[int, ...]
    shares: tuple[Share, ...]
    swing: float
    late_swing: float


@dataclass(frozen=True, slots=True)
class Pile:
    """The lengths (characters) of `count` outputs of a run without an end: the tenth, the half and nine tenths of them.

    `longer`: the share of the training answers that are longer than the half of these outputs.
    """

    run: str
    failure: str
    count: int
    low: float
    middle: float
    high: float
    longer: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs on their equal prompts, at their last checkpoints; `difference` is second less first.

    `unpaired` counts the prompts of the first and of the second that the other was not asked. `p` is McNemar's,
    `p_adjusted` Holm's over all comparisons, `p_equivalent` that of a difference of `margin` or more. `detectable` is
    the smallest difference that so many pairs could have shown four times in five. `floor` is what one setting varies
    by itself.
    """

    first: str
    second: str
    failure: str
    pairs: int
    unpaired: tuple[int, int]
    both: int
    only_first: int
    only_second: int
    difference: Estimate
    p: float
    p_adjusted: float
    margin: float
    p_equivalent: float
    detectable: float | None
    floor: float | None
    differ: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CopiedRow:
    """A training row that outputs of one run copy. `position` counts training rows from 0; a sink is copied widely."""

    run: str
    row: str
    position: int
    line: int
    prompts: int
    unrelated: int
    sink: bool
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """Whether two marks go together (Fisher), among `unit`: the outputs of a run, or its training rows."""

    run: str
    unit: Literal["outputs", "training rows"]
    first: str
    second: str
    both: int
    only_first: int
    only_second: int
    neither: int
    odds: Estimate
    p: float
    p_adjusted: float


@dataclass(frozen=True, slots=True)
class Shown:
    """An output that shows a failure, for a person to read; `copied` is the id of the training row it copies."""

    run: str
    failure: str
    prompt: str
    answer: str
    epoch: int | None = None
    line: int = 0
    copied: str = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule found in the recipe, and the sentence that says how to mend it, where the rule knows one."""

    rule: str
    message: str
    place: str = ""
    because: str = ""
    severity: str = "warning"
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the evidence says of one cause of one failure.

    `effect` with its interval is named in `because`; `n` is what it rests on. `evidence` names the rows of the
    diagnosis behind it ("rates: run, failure", "recipe: rule"). `part`: whether a supported cause
    accounts for less than half of the failure. `settle` says what would decide it, `next_step` the cheapest thing to do
    now and `cost` its price: 0 nothing is trained, 1 outputs are made again, 2 one training, 3 several.
    """

    failure: str
    cause: Cause
    decision: Decision
    because: str
    effect: Estimate = Estimate()
    p: float | None = None
    n: int = 0
    evidence: tuple[str, ...] = ()
    settle: str = ""
    next_step: str = ""
    cost: int = 0
    part: bool = False


@dataclass(frozen=True)
class Diagnosis:
    """Everything that `audit diagnose` found out; rates and links are those of each run's last checkpoint.

    `failures` is what was looked for.
    """

    runs: tuple[RunSummary, ...]
    rates: tuple[Rate, ...]
    courses: tuple[Course, ...]
    comparisons: tuple[Comparison, ...]
    sources: tuple[CopiedRow, ...]
    links: tuple[Link, ...]
    examples: tuple[Shown, ...]
    verdicts: tuple[Verdict, ...]
    recipe: tuple[Fault, ...] = ()
    background: Mapping[str, Any] = field(default_factory=dict)
    axis: str = "epoch"
    failures: tuple[Failure, ...] = ()
    piles: tuple[Pile, ...] = ()

    @property
    def phrases(self) -> dict[str, str]:
        """What outputs that show each failure do."""
        return {failure.name: failure.phrase for failure in self.failures}

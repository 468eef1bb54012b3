"""The suspects that are settings of a run: the rank, the seed, decoding, the served prompt.

Prompts inside one run are no replicates of its rank or seed: only several runs of each setting can show an effect of
training. What is set when answers are made is another matter: on the same weights, prompts are replicates.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

from audit.diagnosis.causes.failures import LEVEL, failures
from audit.diagnosis.causes.limits import by_lengths
from audit.diagnosis.causes.setting_names import (
    ALPHA,
    DECODING,
    LEARNING_RATE,
    LENGTH,
    MODEL,
    RANK,
    SEED,
    SERVING,
    WEIGHTS,
)
from audit.diagnosis.causes.settings_said import confounded_said, pairs_said, same_said, swing_said
from audit.nouns.verdicts import Cause, Comparison, Decision, Diagnosis, Estimate, RunSummary, Verdict
from audit.statistics import holm, welch_difference
from audit.wording import chance, fraction, percent, points_between

# Of runs against runs: seeds spread in two heaps rather than around a mean, where Welch's test is wrong more often than
# it says (`make calibrate`: 2 to 10 in 100 at .05).
LEVEL_OF_RUNS = 0.01

SETTLE: dict[Cause, tuple[str, int]] = {
    "rank": ("train five seeds at each rank with alpha / rank kept equal: audit experiment --rank R1 --rank R2", 3),
    "initialisation": ("train the same setting with more seeds: audit experiment --seeds 5 tells their spread", 3),
    "decoding": ("answer the same prompts with the same weights at temperature 0, then audit diagnose both", 1),
    "prompt": ("answer the same prompts with the same weights and the other prompt, then audit diagnose both", 1),
    "training length": ("answer the same prompts at several checkpoints of one training, then audit diagnose them", 1),
    "base model": ("train both base models with three seeds each and everything else equal, then audit diagnose", 3),
    "learning rate": ("train three seeds at each learning rate with everything else equal, then audit diagnose", 3),
    "scale": ("train three seeds at each alpha with everything else equal, then audit diagnose", 3),
    "setting": ("train three seeds at each value of it with everything else equal, then audit diagnose", 3),
}
KNOWN: dict[Cause, tuple[str, ...]] = {
    "training length": LENGTH,
    "base model": MODEL,
    "learning rate": LEARNING_RATE,
    "scale": ALPHA,
}
# Of which other suspects speak, or which say nothing of how a run was trained.
OTHERS = {*RANK, *SEED, *DECODING, *SERVING, *WEIGHTS}


def rank(diagnosis: Diagnosis) -> Iterator[Verdict]:
    """Whether the LoRA rank moves each failure."""
    for failure in failures(diagnosis):
        yield by_setting(diagnosis, failure.name, "rank", RANK)


def initialisation(diagnosis: Diagnosis) -> Iterator[Verdict]:
    """Whether runs that differ in their seed only differ in each failure."""
    for failure in failures(diagnosis):
        yield _by_seed(diagnosis, failure.name)


def decoding(diagnosis: Diagnosis) -> Iterator[Verdict]:
    """Whether the way of choosing tokens moves each failure."""
    greedy = diagnosis.background.get("generate", {}).get("temperature") == 0
    for failure in failures(diagnosis):
        found = by_setting(diagnosis, failure.name, "decoding", DECODING)
        if found.decision == "not tested" and (cut := by_lengths(diagnosis, failure)):
            yield cut
            continue
        if greedy and found.decision == "not tested":  # nothing colder is to be tried
            found = replace(found, because=f"{found.because}; the temperature is 0 already", next_step="")
        yield found


def other_settings(diagnosis: Diagnosis) -> Iterator[Verdict]:
    """Whether what else the runs differ in moves each failure: no setting is without a verdict."""
    names = {name for run in diagnosis.runs for name in run.settings} - OTHERS
    causes: list[tuple[Cause, tuple[str, ...]]] = [(cause, known) for cause, known in KNOWN.items() if names & {*known}]
    causes += [("setting", (name,)) for name in sorted(names.difference(*KNOWN.values()))]
    for failure in failures(diagnosis):
        for cause, known in causes:
            if any(_groups(diagnosis.runs, name) for name in known):
                yield by_setting(diagnosis, failure.name, cause, known)


class Groups(NamedTuple):
    """Runs that differ in one setting, by two of its values: the lowest and the highest, where nothing else is said."""

    name: str
    low: str
    high: str
    first: list[RunSummary]
    second: list[RunSummary]


def by_setting(diagnosis: Diagnosis, failure: str, cause: Cause, names: tuple[str, ...]) -> Verdict:
    """What runs with different values of a setting say of it; not tested where all have the same."""
    groups = next(filter(None, (_groups(diagnosis.runs, name) for name in names)), None)
    if groups is None:
        return _verdict(failure, cause, "not tested", same_said(diagnosis, cause, names))
    if cause != "rank" and len(groups.first) == len(groups.second) == 1 and _same_weights(groups):
        return _asked_twice(diagnosis, failure, cause, groups)
    if min(len(groups.first), len(groups.second)) < 2:
        return _one_run_each(diagnosis, failure, cause, groups)
    return _many_runs(diagnosis, failure, cause, groups)


def _groups(runs: tuple[RunSummary, ...], name: str) -> Groups | None:
    values = sorted({run.settings[name] for run in runs if name in run.settings}, key=_order)
    if len(values) < 2:
        return None
    first, second = ([run for run in runs if run.settings.get(name) == value] for value in (values[0], values[-1]))
    return Groups(name, values[0], values[-1], first, second)


def _order(value: str) -> tuple[float, str]:
    try:
        return float(value), value
    except ValueError:
        return 0.0, value


def _same_weights(groups: Groups) -> bool:
    one, other = groups.first[0].settings, groups.second[0].settings
    return any(name in one and one[name] == other.get(name) for name in WEIGHTS)


def _asked_twice(diagnosis: Diagnosis, failure: str, cause: Cause, groups: Groups) -> Verdict:
    """The same weights under two ways of asking: equal prompts are the replicates."""
    found = _comparison(diagnosis, groups.first[0], groups.second[0], failure)
    if found is None:
        return _verdict(failure, cause, "cannot tell", "no output of either run shows it")
    decision: Decision = "cannot tell"
    if found.p_adjusted < LEVEL:
        decision = "supported"
    elif found.p_equivalent < LEVEL:
        decision = "contradicted"
    because = f"the same weights under {groups.name} {groups.low} and {groups.high}: {pairs_said(found)}"
    return _verdict(failure, cause, decision, because, found)


def _one_run_each(diagnosis: Diagnosis, failure: str, cause: Cause, groups: Groups) -> Verdict:
    """Two runs are two runs, not two settings."""
    found = _comparison(diagnosis, groups.first[0], groups.second[0], failure)
    if found is None:
        return _verdict(failure, cause, "cannot tell", "no output of these runs shows it")
    few = "one run" if len(groups.first) == len(groups.second) == 1 else "fewer than two runs"
    parts = [pairs_said(found), f"{few} for a {groups.name}, so chance between runs cannot be told from it"]
    swing = swing_said(diagnosis, found)
    if swing:
        parts.append(swing)
    confounded = confounded_said(groups.name, found, has_alpha=any(name in groups.first[0].settings for name in ALPHA))
    if confounded:
        parts.append(confounded)
    return _verdict(failure, cause, "cannot tell", "; ".join(parts), found)


def _many_runs(diagnosis: Diagnosis, failure: str, cause: Cause, groups: Groups) -> Verdict:
    """Runs are the replicates: Welch's interval for the difference of their mean rates."""
    pairs = _pairs_of_levels(diagnosis.runs, groups.name)
    groups = max(pairs, key=lambda pair: abs(_difference(diagnosis, pair, failure)), default=groups)
    first, second = (_rates(diagnosis, runs, failure) for runs in (groups.first, groups.second))
    tested = [failure.name for failure in failures(diagnosis)]
    tests = [
        welch_difference(_rates(diagnosis, groups.first, other), _rates(diagnosis, groups.second, other))
        for other in tested
    ]
    p = min(1.0, max(len(pairs), 1) * float(holm([test[0] for test in tests])[tested.index(failure)]))
    _, low, high = tests[tested.index(failure)]
    difference = sum(second) / len(second) - sum(first) / len(first)
    margin = diagnosis.background.get("margin", 0.1)
    floor = _floor(diagnosis, failure)
    decision: Decision = "cannot tell"
    if p < LEVEL_OF_RUNS:  # a swing between epochs is no veto over runs against runs: it is in their spread
        decision = "supported"
    elif -margin < low and high < margin:
        decision = "contradicted"
    because = (
        f"{len(first)} runs at {groups.name} {groups.low} and {len(second)} at {groups.high}: "
        f"{points_between(Estimate(difference, low, high))}, {chance(p)} after Holm; "
        f"within one run it moves by up to {percent(floor)} from one epoch to the next"
    )
    if moved := _moves_with(diagnosis.runs, groups):
        because = (
            f"{because}; but {', '.join(moved)} {'moves' if len(moved) == 1 else 'move'} with it, so neither is shown"
        )
        decision = "cannot tell" if decision == "supported" else decision
    return Verdict(
        failure,
        cause,
        decision,
        because,
        Estimate(difference, low, high),
        p,
        len(first) + len(second),
        tuple(f"rates: {run.name}, {failure}" for run in (*groups.first, *groups.second)),
        *_settle(cause, decision),
    )


def _pairs_of_levels(runs: tuple[RunSummary, ...], name: str) -> list[Groups]:
    """Every two values of a setting that two runs have each."""
    values = sorted({run.settings[name] for run in runs if name in run.settings}, key=_order)
    of = {value: [run for run in runs if run.settings.get(name) == value] for value in values}
    several = [value for value in values if len(of[value]) > 1]
    return [Groups(name, low, high, of[low], of[high]) for low, high in combinations(several, 2)]


def _difference(diagnosis: Diagnosis, groups: Groups, failure: str) -> float:
    first, second = (_rates(diagnosis, runs, failure) for runs in (groups.first, groups.second))
    return sum(second) / len(second) - sum(first) / len(first)


def _moves_with(runs: tuple[RunSummary, ...], groups: Groups) -> list[str]:
    """Other settings that no run of the one group shares with a run of the other."""
    names = {name for run in runs for name in run.settings} - {groups.name, *SEED, *WEIGHTS}
    found = []
    for name in sorted(names):
        first, second = ({run.settings.get(name) for run in part} for part in (groups.first, groups.second))
        if not first & second:
            found.append(name)
    return found


def _by_seed(diagnosis: Diagnosis, failure: str) -> Verdict:
    alike = [
        found
        for one, other in combinations(diagnosis.runs, 2)
        if (found := _comparison(diagnosis, one, other, failure)) and found.differ == SEED
    ]
    if not alike:
        return _verdict(failure, "initialisation", "not tested", "there is one run per setting")
    widest = max(alike, key=lambda found: abs(found.difference.value or 0.0))
    swing = max((c.late_swing for c in diagnosis.courses if c.failure == failure), default=0.0)
    decision: Decision = "cannot tell"
    if any(found.p_adjusted < LEVEL and abs(found.difference.value or 0.0) > swing for found in alike):
        decision = "supported"
    elif all(found.p_equivalent < LEVEL for found in alike):
        decision = "contradicted"
    because = f"runs that differ in their seed only: {pairs_said(widest)}"
    return _verdict(failure, "initialisation", decision, because, widest)


def _comparison(diagnosis: Diagnosis, one: RunSummary, other: RunSummary, failure: str) -> Comparison | None:
    names = {one.name, other.name}
    return next((c for c in diagnosis.comparisons if c.failure == failure and {c.first, c.second} == names), None)


def _rates(diagnosis: Diagnosis, runs: list[RunSummary], failure: str) -> list[float]:
    rates = {rate.run: fraction(rate.generated) for rate in diagnosis.rates if rate.failure == failure}
    return [rates.get(run.name, 0.0) for run in runs]


def _floor(diagnosis: Diagnosis, failure: str) -> float:
    return max((course.late_swing for course in diagnosis.courses if course.failure == failure), default=0.0)


def _verdict(failure: str, cause: Cause, decision: Decision, because: str, found: Comparison | None = None) -> Verdict:
    return Verdict(
        failure,
        cause,
        decision,
        because,
        effect=found.difference if found else Estimate(),
        p=found.p_adjusted if found else None,
        n=found.pairs if found else 0,
        evidence=(f"comparisons: {found.first}, {found.second}, {failure}",) if found else (),
        settle=SETTLE[cause][0],
        next_step=SETTLE[cause][0] if decision in ("cannot tell", "not tested") else "",
        cost=SETTLE[cause][1],
    )


def _settle(cause: Cause, decision: Decision) -> tuple[str, str, int]:
    told, cost = SETTLE[cause]
    return told, told if decision == "cannot tell" else "", cost

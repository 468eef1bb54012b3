"""Effects in words: what was compared, what came out, and what could have been seen."""

from __future__ import annotations

from audit.laboratory.effects.power import Kind, models_needed
from audit.nouns.trials import Effect, is_probability
from audit.nouns.verdicts import Estimate
from audit.rulebook.failures import phrases
from audit.wording import chance, percent, points

CAUSES = {"data": "data", "rank": "rank", "text": "training text", "prompt": "prompt"}


def cause_of(factor: str) -> str:
    """What a person calls a factor."""
    return CAUSES.get(factor, factor)


def what(outcome: str) -> str:
    """What an outcome is: "answers that begin with a digit", "the probability that an answer begins with a digit"."""
    phrase = phrases()[outcome]
    return f"the probability that {phrase}" if is_probability(outcome) else f"answers that {phrase}"


def at(factor: str, level: str) -> str:
    """A level where a rate is told: "at rank 16", "as served"."""
    if factor == "prompt":
        known = {"served": "as served", "train": "with the prompt of training"}
        return known.get(level, f"with the prompt {level}")
    return f"at rank {level}" if factor == "rank" else f"with {cause_of(factor)} {level}"


def counted(n: int, noun: str) -> str:
    """Such as "1 model" and "8 models"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def replicates(effect: Effect) -> str:
    """Such as "8 models" or "4 models against 4"."""
    one, other = effect.models
    asked_twice = effect.factor in ("prompt", "initialisation")
    return counted(one, "model") if asked_twice else f"{counted(one, 'model')} against {other}"


def between(estimate: Estimate) -> str:
    """Such as "-33 points, 95 % interval -45 to -21"."""
    if estimate.value is None:
        return "difference unknown"
    if estimate.low is None or estimate.high is None:
        return f"{points(estimate.value)}, no interval"
    return f"{points(estimate.value)}, 95 % interval {100 * estimate.low:+.0f} to {100 * estimate.high:+.0f}"


def shown(effect: Effect) -> str:
    """Both rates, the difference with its interval, p, what it rests on, and the claim."""
    first, second = effect.means
    return (
        f"{percent(first)} {at(effect.factor, effect.first)}, {percent(second)} {at(effect.factor, effect.second)} "
        f"({between(effect.difference)}, {chance(effect.p_adjusted)} after correction, {replicates(effect)}, "
        f"{counted(effect.questions, 'question')}, {effect.claim})"
    )


def visible(effect: Effect, tests: int) -> str:
    """What the plan could have seen, or how many models it takes to see anything; `tests` are corrected together."""
    if effect.detectable is not None:
        seen = f"{100 * effect.detectable:.0f} points or more"
        return f"this plan could have seen {seen}" if effect.detectable <= 1 else "this plan could not have seen any"
    if effect.claim == "for this adapter":
        return f"{counted(effect.questions, 'question')} could not have shown any difference"
    kind: Kind = "prompt" if effect.factor == "prompt" else "training"
    fewest, safe = models_needed(kind), models_needed(kind, outcomes=tests)
    told = f"no difference can be proven with {replicates(effect)}"
    if min(effect.models) < fewest:
        corrected = f" ({_against(kind, safe)} for {tests} unrelated tests)" if safe > fewest else ""
        return f"{told}: it takes {_against(kind, fewest)}{corrected}"
    if min(effect.models) < safe:
        return f"{told} and {tests} tests: it takes {_against(kind, safe)}"
    return told


def _against(kind: Kind, n: int) -> str:
    return counted(n, "model") if kind == "prompt" else f"{counted(n, 'model')} against {n}"

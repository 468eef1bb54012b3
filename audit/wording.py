"""The numbers and names of a diagnosis as words: for the reasons of verdicts, and for every view of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

from audit.nouns.verdicts import Cause, Course, Decision, Diagnosis, Estimate, Rate, Share, Verdict


def phrased(phrases: Mapping[str, str], outcome: str) -> str:
    """What an outcome means; reports of old versions did not say it."""
    return phrases.get(outcome, f"are marked {outcome}")


def fraction(share: Share) -> float:
    """The share as a fraction; 0 of nothing."""
    return share.count / share.of if share.of else 0.0


def percent(value: float) -> str:
    """Such as "3.3 %" or "54 %": one decimal below ten."""
    return f"{100 * value:.1f} %" if 0 < abs(value) < 0.0995 else f"{100 * value:.0f} %"


def points(value: float) -> str:
    """A difference of rates, such as "+11 points"."""
    return f"{100 * value:+.0f} points"


def points_between(estimate: Estimate) -> str:
    """A difference with its interval."""
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return "unknown"
    return f"{points(estimate.value)} (95 % interval {100 * estimate.low:+.0f} to {100 * estimate.high:+.0f})"


def counted(share: Share) -> str:
    """Such as "25 of 90"."""
    return f"{share.count:,} of {share.of:,}"


def chance(p: float) -> str:
    """Such as "p = .25" or "p < .001"."""
    return "p < .001" if p < 0.001 else f"p = {p:.3f}".replace("0.", ".").rstrip("0").rstrip(".")


def worst(diagnosis: Diagnosis) -> Rate | None:
    """The failure that hurts most, where it is most frequent: what is no answer at all counts twice."""
    asked = {verdict.failure for verdict in diagnosis.verdicts}
    weight = {failure.name: 2 if failure.worthless else 1 for failure in diagnosis.failures}
    rates = [rate for rate in diagnosis.rates if rate.failure in asked and rate.generated.of]
    faults = {failure.name for failure in diagnosis.failures if failure.fault}
    rates = [rate for rate in rates if rate.failure in faults] or rates
    return max(rates, key=lambda rate: weight.get(rate.failure, 1) * fraction(rate.generated), default=None)


def causes_of(diagnosis: Diagnosis, failure: str, decision: Decision) -> tuple[Cause, ...]:
    """The causes of a failure of which this is decided."""
    return tuple(v.cause for v in diagnosis.verdicts if (v.failure, v.decision) == (failure, decision))


def in_one_sentence(diagnosis: Diagnosis) -> str:
    """The failure that hurts most and its likeliest cause; "" where no failure asks for a cause."""
    rate = worst(diagnosis)
    if rate is None:
        return ""
    phrase = phrased(diagnosis.phrases, rate.failure)
    said = f"{counted(rate.generated)} outputs of {rate.run} {phrase} ({percent(fraction(rate.generated))})"
    mine = [v for v in diagnosis.verdicts if (v.failure, v.decision) == (rate.failure, "supported")]
    whole, parts = (listing([f"the {v.cause}" for v in mine if v.part is part]) for part in (False, True))
    if whole:
        several = sum(not v.part for v in mine) > 1
        also = f"; a part comes from {parts}" if parts else ""
        return f"{said}, and the likeliest {'causes are' if several else 'cause is'} {whole}{also}"
    if parts:
        return f"{said}; a part comes from {parts}, and what causes the rest cannot be told from these files"
    return f"{said}, and what causes it cannot be told from these files"


def listing(names: Sequence[str]) -> str:
    """Such as "a, b and c"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def by_cause(verdicts: Sequence[Verdict]) -> Iterator[tuple[Cause, list[tuple[Decision, list[Verdict]]]]]:
    """For each cause its decisions, strongest first, each with its verdicts: one line per cause on the screen."""
    for cause in get_args(Cause):
        mine = [verdict for verdict in verdicts if verdict.cause == cause]
        grouped = [(decision, [v for v in mine if v.decision == decision]) for decision in get_args(Decision)]
        if mine:
            yield cause, [(decision, found) for decision, found in grouped if found]


def rate_cell(share: Share) -> str:
    """Such as "28 % (20-38)": a rate with its interval."""
    return f"{percent(fraction(share))} ({100 * share.low:.0f}-{100 * share.high:.0f})" if share.of else "-"


def times(estimate: Estimate) -> str:
    """Such as "x16 (10-26)": a ratio with its interval; "-" where it is undefined."""
    if estimate.value is None and not estimate.low:
        return "-"
    value = f"x{_round(estimate.value)} " if estimate.value is not None else ""
    high = _round(estimate.high) if estimate.high is not None else "∞"
    return f"{value}({_round(estimate.low or 0.0)}-{high})"


def _round(value: float) -> str:
    return f"{value:.1f}" if value < 9.95 else f"{value:,.0f}"


def spark(shares: Sequence[Share], width: int) -> str:
    """Rates as a row of blocks, from 0 (▁) to all (█), at most `width` of them: neighbours are put together."""
    if not shares:
        return ""
    blocks = "▁▂▃▄▅▆▇█"
    size = -(-len(shares) // width)
    groups = (shares[start : start + size] for start in range(0, len(shares), size))
    means = (sum(map(fraction, group)) / len(group) for group in groups)
    return "".join(blocks[min(int(mean * len(blocks)), len(blocks) - 1)] for mean in means)


def course_ends(course: Course) -> str:
    """Such as "83 % → 4.4 % → 60 %": the first checkpoint, the one furthest from both ends between them, the last."""
    rates = [fraction(share) for share in course.shares]
    inner = rates[1:-1]
    turn = max(inner, key=lambda rate: abs(rate - (rates[0] + rates[-1]) / 2), default=None)
    return " → ".join(percent(rate) for rate in (rates[0], turn, rates[-1]) if rate is not None)

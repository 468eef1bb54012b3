"""What all suspects need of a diagnosis: the failures worth explaining, and numbers as words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from audit.diagnosis import Decision, Diagnosis, Estimate, Rate, Share

STARTS = ("digit-start", "enumerator-start", "needless-number")
COPIES = ("training-copy", "unrelated-copy")
WORTH, WORTH_OUTPUTS = 0.05, 3  # one answer in twenty, and more than chance slips, make a person look for a cause

WORDS = {
    "digit-start": "begin with a digit",
    "enumerator-start": "begin with an enumerator",
    "needless-number": "begin with a number nobody asked for",
    "training-copy": "copy a training answer",
    "unrelated-copy": "copy the answer of an unrelated question",
    "no-stop": "do not stop",
    "looping": "repeat themselves",
    "empty": "are empty",
    "wrong-language": "are in the wrong language",
    "leftover-marker": "hold markers of the template",
}


def failures(diagnosis: Diagnosis) -> list[str]:
    """The failures that some run shows often enough to ask for a cause, the most frequent first."""
    most: dict[str, float] = {}
    for rate in diagnosis.rates:
        if shows(rate):
            most[rate.failure] = max(most.get(rate.failure, 0.0), fraction(rate.generated))
    return sorted(most, key=lambda failure: -most[failure])


def shows(rate: Rate) -> bool:
    """Whether a run shows a failure often enough."""
    return fraction(rate.generated) >= WORTH and rate.generated.count >= WORTH_OUTPUTS


def showing(diagnosis: Diagnosis, failure: str) -> list[Rate]:
    """The rates of the runs that show a failure, the highest first."""
    found = [rate for rate in diagnosis.rates if rate.failure == failure and shows(rate)]
    return sorted(found, key=lambda rate: -fraction(rate.generated))


def agree(decisions: Iterable[Decision]) -> Decision:
    """What several runs say together: those that cannot tell do not count, those that disagree cannot tell."""
    told = {decision for decision in decisions if decision not in ("cannot tell", "not tested")}
    return told.pop() if len(told) == 1 else "cannot tell"


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


def rows_of(table: str, rates: Sequence[Rate]) -> tuple[str, ...]:
    """The names of the rows of the diagnosis that a verdict rests on."""
    return tuple(f"{table}: {rate.run}, {rate.failure}" for rate in rates)

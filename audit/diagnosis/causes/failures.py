"""What all suspects need of a diagnosis: the failures worth explaining, and the runs that show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from audit.nouns.verdicts import Decision, Diagnosis, Failure, Link, Rate
from audit.wording import fraction

LEVEL = 0.05
FEWEST = 10  # outputs of a run below which nothing can be told
LEAST = 3  # units with both marks, before they are said to come together: one row proves nothing
WORTH, WORTH_OUTPUTS = 0.05, 3  # one answer in twenty, and more than chance slips, make a person look for a cause


def failures(diagnosis: Diagnosis) -> list[Failure]:
    """The failures that some run shows often enough to ask for a cause, the most frequent first.

    To say a training answer is none: a right answer may be a copy.
    """
    most: dict[str, float] = {}
    for rate in diagnosis.rates:
        if shows(rate):
            most[rate.failure] = max(most.get(rate.failure, 0.0), fraction(rate.generated))
    shown = [one for one in diagnosis.failures if one.name in most and (one.fault or one.place != "copy")]
    return sorted(shown, key=lambda failure: -most[failure.name])


def shows(rate: Rate) -> bool:
    """Whether a run shows a failure often enough."""
    seen = rate.generated
    return seen.of >= FEWEST and fraction(seen) >= WORTH and seen.count >= WORTH_OUTPUTS


def showing(diagnosis: Diagnosis, failure: str) -> list[Rate]:
    """The rates of the runs that show a failure, the highest first."""
    found = [rate for rate in diagnosis.rates if rate.failure == failure and shows(rate)]
    return sorted(found, key=lambda rate: -fraction(rate.generated))


def agree(decisions: Iterable[Decision]) -> Decision:
    """What several runs say together: one run may support a cause, but to contradict it takes all of them."""
    told = set(decisions)
    if told == {"contradicted"}:
        return "contradicted"
    return "supported" if "supported" in told and "contradicted" not in told else "cannot tell"


def together(link: Link) -> bool:
    """Whether two marks are shown to come together, and not by chance or apart."""
    return link.both >= LEAST and link.p_adjusted < LEVEL and (link.odds.low or 0.0) > 1


def rows_of(table: str, rates: Sequence[Rate]) -> tuple[str, ...]:
    """The names of the rows of the diagnosis that a verdict rests on."""
    return tuple(f"{table}: {rate.run}, {rate.failure}" for rate in rates)

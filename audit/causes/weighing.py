"""All suspects together: the verdicts, the answer in one sentence, and what to do, cheapest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from audit.causes.data import data
from audit.causes.memorisation import memorisation
from audit.causes.prompt import prompt
from audit.causes.settings import decoding, initialisation, rank
from audit.diagnosis import Cause, Decision, Diagnosis, Verdict


def weigh(diagnosis: Diagnosis) -> tuple[Verdict, ...]:
    """Every verdict, by cause in the order of Cause, the most frequent failure first."""
    of_data = tuple(data(diagnosis))
    decided = {verdict.failure: verdict.decision for verdict in of_data}
    found = (
        *prompt(diagnosis, decided),
        *of_data,
        *rank(diagnosis),
        *initialisation(diagnosis),
        *decoding(diagnosis),
        *memorisation(diagnosis),
    )
    order = {cause: at for at, cause in enumerate(get_args(Cause))}
    return tuple(sorted(found, key=lambda verdict: order[verdict.cause]))


def lines(verdicts: Sequence[Verdict]) -> Iterator[tuple[Cause, list[tuple[Decision, list[Verdict]]]]]:
    """For each cause its decisions, strongest first, each with its verdicts: one line per cause on the screen."""
    for cause in get_args(Cause):
        mine = [verdict for verdict in verdicts if verdict.cause == cause]
        grouped = [(decision, [v for v in mine if v.decision == decision]) for decision in get_args(Decision)]
        if mine:
            yield cause, [(decision, found) for decision, found in grouped if found]


def answer(verdicts: Sequence[Verdict]) -> str:
    """The causes that the evidence supports, or "cannot tell", or "nothing to explain"."""
    if not verdicts:
        return "nothing to explain"
    supported = dict.fromkeys(verdict.cause for verdict in verdicts if verdict.decision == "supported")
    return ", ".join(supported) or "cannot tell"


def summary(verdicts: Sequence[Verdict]) -> str:
    """One sentence: what is supported, what is contradicted, and what nobody can tell from these files."""
    if not verdicts:
        return "no failure is frequent enough in these outputs to ask for a cause"
    return "; ".join(
        f"{cause}: " + ", ".join(f"{decision} for {_names(found)}" for decision, found in decisions)
        if len({decision for decision, _ in decisions}) > 1 or decisions[0][0] in ("supported", "contradicted")
        else f"{cause}: {decisions[0][0]}"
        for cause, decisions in lines(verdicts)
    )


def _names(verdicts: Sequence[Verdict]) -> str:
    return " and ".join(verdict.failure for verdict in verdicts)


def next_steps(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """What to do now, the cheapest first; a step against a supported cause before one that only tells more."""
    steps = sorted(verdicts, key=lambda verdict: (verdict.cost, verdict.decision != "supported"))
    return tuple(dict.fromkeys(verdict.next_step for verdict in steps if verdict.next_step))

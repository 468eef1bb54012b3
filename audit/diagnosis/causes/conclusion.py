"""All suspects together: the verdicts, the answer in one sentence, and what to do, cheapest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from audit.diagnosis.causes.data import data
from audit.diagnosis.causes.failures import FEWEST
from audit.diagnosis.causes.memorisation import memorisation
from audit.diagnosis.causes.prompt import prompt
from audit.diagnosis.causes.run_settings import decoding, initialisation, other_settings, rank
from audit.diagnosis.causes.training_length import training_length
from audit.nouns.verdicts import Cause, Decision, Diagnosis, Verdict
from audit.wording import by_cause


def weigh(diagnosis: Diagnosis) -> tuple[Verdict, ...]:
    """Every verdict, by cause in the order of Cause, the most frequent failure first."""
    of_data = tuple(data(diagnosis))
    decided: dict[str, Decision] = {
        verdict.failure: "contradicted" if verdict.part else verdict.decision for verdict in of_data
    }
    found = (
        *prompt(diagnosis, decided),
        *of_data,
        *training_length(diagnosis),
        *other_settings(diagnosis),
        *rank(diagnosis),
        *initialisation(diagnosis),
        *decoding(diagnosis),
        *memorisation(diagnosis),
    )
    order = {cause: at for at, cause in enumerate(get_args(Cause))}
    return tuple(sorted(found, key=lambda verdict: order[verdict.cause]))


def answer(diagnosis: Diagnosis, *, standing_out: bool = False) -> str:
    """The causes that the evidence supports; "too few to tell", "cannot tell" or "nothing to explain"."""
    verdicts = diagnosis.verdicts
    if not verdicts:
        if _too_few(diagnosis):
            return "too few to tell"
        return "cannot tell" if standing_out else "nothing to explain"
    supported = [verdict for verdict in verdicts if verdict.decision == "supported"]
    whole = {verdict.cause for verdict in supported if not verdict.part}
    causes = dict.fromkeys(verdict.cause for verdict in supported)
    return ", ".join(cause if cause in whole else f"{cause} in part" for cause in causes) or "cannot tell"


def summary(diagnosis: Diagnosis, apart: str = "", looked: int = 0) -> str:
    """One sentence: what is supported, what is contradicted, and what nobody can tell from these files.

    `apart`: what the outputs do that training answers do not, and `looked`: at how many such things one looked.
    """
    verdicts = diagnosis.verdicts
    if not verdicts:
        if _too_few(diagnosis):
            most = max((run.outputs for run in diagnosis.runs), default=0)
            return f"no run has more than {most} outputs, and nothing can be told of fewer than {FEWEST}"
        if apart:
            return f"no failure that is known is frequent enough to ask for a cause, but many outputs {apart}"
        unseen = f", and nothing stands out among {looked} other things that were looked at" if looked else ""
        return f"no failure is frequent enough in these outputs to ask for a cause{unseen}"
    told = []
    for decision, word in (("supported", "supports"), ("contradicted", "contradicts")):
        causes = [
            f"{cause} ({_names(found)})"
            for cause, decisions in by_cause(verdicts)
            for which, found in decisions
            if which == decision
        ]
        told += [f"the evidence {word} {', '.join(causes)}"] if causes else []
    for decision, word in (("cannot tell", "it cannot tell"), ("not tested", "nothing here tests")):
        causes = [cause for cause, decisions in by_cause(verdicts) if [which for which, _ in decisions] == [decision]]
        told += [f"{word} {', '.join(causes)}"] if causes else []
    return "; ".join(told)


def _too_few(diagnosis: Diagnosis) -> bool:
    return all(run.outputs < FEWEST for run in diagnosis.runs)


def _names(verdicts: Sequence[Verdict]) -> str:
    return ", ".join(verdict.failure for verdict in verdicts)


def next_steps(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """What to do now, the cheapest first; a step against a supported cause before one that only tells more."""
    steps = sorted(verdicts, key=lambda verdict: (verdict.cost, verdict.decision != "supported"))
    return tuple(dict.fromkeys(verdict.next_step for verdict in steps if verdict.next_step))

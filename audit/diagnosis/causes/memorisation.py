"""The suspect "memorisation": does the model give back training answers by heart."""

from __future__ import annotations

from collections.abc import Iterator

from audit.diagnosis.causes.failures import WORTH, agree, failures, rows_of, showing
from audit.nouns.verdicts import Course, Decision, Diagnosis, Failure, Rate, Verdict
from audit.statistics import newcombe_difference
from audit.wording import counted, fraction, percent

RISK = "risky-memorisation"
FEWER = "once the cheaper steps are done, train for fewer epochs"
MAIN = 0.5  # as for the data: the main cause accounts for half


def memorisation(diagnosis: Diagnosis) -> Iterator[Verdict]:
    """Copies are memorised where they are more than the data's own answers hold, and came with training.

    Wrong beginnings are memorised where the outputs that show them copy training rows that begin in that way.
    """
    for failure in failures(diagnosis):
        if failure.place == "copy":
            yield _of_copies(diagnosis, failure)
        elif failure.place == "beginning":
            yield _of_starts(failure, showing(diagnosis, failure.name))


def _of_copies(diagnosis: Diagnosis, failure: Failure) -> Verdict:
    rates = showing(diagnosis, failure.name)
    courses = {course.run: course for course in diagnosis.courses if course.failure == failure.name}
    risk = [fault for fault in diagnosis.recipe if fault.rule == RISK]
    decision = agree(_copied(rate, courses.get(rate.run), bool(risk)) for rate in rates)
    told = "; ".join(_story(rate, failure, courses.get(rate.run)) for rate in rates)
    return Verdict(
        failure.name,
        "memorisation",
        decision,
        told + (f"; {risk[0].message}" if risk else ""),
        n=sum(rate.generated.of for rate in rates),
        evidence=(*rows_of("rates", rates), *rows_of("courses", rates), *(f"recipe: {RISK}" for _ in risk)),
        settle="training for fewer epochs, with everything else equal",
        next_step=FEWER if decision == "supported" else "",
        cost=2,
    )


def _copied(rate: Rate, course: Course | None, risky: bool) -> Decision:
    usual = rate.reference
    more = (
        newcombe_difference(*usual.independent, *rate.generated.independent)[0] > 0
        if usual
        else rate.generated.low > WORTH
    )
    if not more:
        return "cannot tell"
    if course is None:
        return "supported" if risky else "cannot tell"
    first, last = course.shares[0], course.shares[-1]
    low, high = newcombe_difference(*first.independent, *last.independent)
    return "supported" if low > 0 else "contradicted" if high < 0 else "cannot tell"


def _story(rate: Rate, failure: Failure, course: Course | None) -> str:
    beside = [f"{percent(fraction(course.shares[0]))} at the first checkpoint"] if course else []
    beside += [f"{counted(rate.reference)} of the data's own answers to such prompts"] if rate.reference else []
    told = f"{percent(fraction(rate.generated))} of the outputs of {rate.run} {failure.phrase}"
    return told + (f" ({', '.join(beside)})" if beside else "")


def _of_starts(failure: Failure, rates: list[Rate]) -> Verdict:
    told = [(rate, rate.copied) for rate in rates if rate.copied and rate.copied.of]
    counts = " and ".join(f"{counted(copied)} at {rate.run}" for rate, copied in told)
    return Verdict(
        failure.name,
        "memorisation",
        agree("contradicted" if c.high < MAIN else "supported" if c.low >= MAIN else "cannot tell" for _, c in told),
        f"of the outputs that {failure.phrase}, {counts} copy a training answer that does so too",
        n=sum(copied.of for _, copied in told),
        evidence=rows_of("rates", rates),
        settle="training for fewer epochs, with everything else equal",
        cost=2,
    )

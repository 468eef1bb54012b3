"""The suspect "training length": does a failure come, or grow, from checkpoint to checkpoint."""

from __future__ import annotations

from collections.abc import Iterator

from audit.diagnosis.causes.failures import LEVEL, failures
from audit.diagnosis.causes.setting_names import LENGTH
from audit.nouns.verdicts import Course, Decision, Diagnosis, Estimate, Verdict
from audit.statistics import newcombe_difference
from audit.wording import fraction, percent, points_between

LEAST = 4  # checkpoints of a run, before a trend is one
TREND = 0.6  # Kendall's tau between checkpoint and rate
SETTLE = "train anew for fewer epochs, with everything else equal, and audit diagnose both"


def training_length(diagnosis: Diagnosis) -> Iterator[Verdict]:
    """A failure that grows with training within the runs is one of its length; each run is one witness.

    Runs that differ in their number of epochs are compared like those of any other setting.
    """
    if any(name in run.settings for run in diagnosis.runs for name in LENGTH):
        return
    for failure in failures(diagnosis):
        courses = [one for one in diagnosis.courses if one.failure == failure.name and len(one.epochs) >= LEAST]
        if courses:
            yield _verdict(diagnosis, failure.name, courses)


def _verdict(diagnosis: Diagnosis, failure: str, courses: list[Course]) -> Verdict:
    grows = [_grows(course) for course in courses]
    decision: Decision = "cannot tell"
    if all(grows):
        decision = "supported"
    elif all(_flat(course, diagnosis.background.get("margin", 0.1)) for course in courses):
        decision = "contradicted"
    best = {course.run: best_checkpoint(course) for course in courses}
    told = "; ".join(
        f"{course.run}: {percent(fraction(course.shares[0]))} at {diagnosis.axis} {course.epochs[0]}, "
        f"{percent(fraction(course.shares[-1]))} at {course.epochs[-1]} "
        f"({points_between(Estimate(*_change(course)))}), lowest up to {diagnosis.axis} {best[course.run]}"
        for course in courses
    )
    least = ", ".join(dict.fromkeys(map(str, best.values())))
    step = f"train for fewer {diagnosis.axis}s: to {least} of {courses[0].epochs[-1]}"
    return Verdict(
        failure,
        "training length",
        decision,
        told,
        n=len(courses),
        evidence=tuple(f"courses: {course.run}, {failure}" for course in courses),
        settle=SETTLE,
        next_step=step if decision == "supported" else "",
        cost=2,
    )


def best_checkpoint(course: Course) -> int:
    """The last checkpoint from the lowest one on that is not shown to be above it: chance gives no training away."""
    at = min(range(len(course.shares)), key=lambda place: fraction(course.shares[place]))
    low = course.shares[at]
    best = at
    for place in range(at + 1, len(course.shares)):
        share = course.shares[place]
        if newcombe_difference(*low.independent, *share.independent)[0] > 0:
            break
        best = place
    return course.epochs[best]


def _grows(course: Course) -> bool:
    """Whether the rate rises with the checkpoints, and is higher at the end than at the beginning."""
    from scipy.stats import kendalltau  # takes long to import

    tau, p = kendalltau(course.epochs, [fraction(share) for share in course.shares])
    return bool(tau >= TREND and p < LEVEL) and _change(course)[1] > 0


def _flat(course: Course, margin: float) -> bool:
    """Whether the end is shown not to be higher than the beginning by `margin`."""
    return _change(course)[2] < margin


def _change(course: Course) -> tuple[float, float, float]:
    first, last = course.shares[0], course.shares[-1]
    return (fraction(last) - fraction(first), *newcombe_difference(*first.independent, *last.independent))

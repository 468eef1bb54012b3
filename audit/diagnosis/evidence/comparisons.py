"""Two runs side by side, on the prompts that both were asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from audit.diagnosis.evidence.rates import estimate
from audit.diagnosis.evidence.runs import Run
from audit.nouns.verdicts import Comparison, Course, Rate
from audit.statistics import Pairs, holm, mcnemar_exact, paired_difference, smallest_detectable_effect, tost_paired


def comparisons(
    runs: Sequence[Run], failures: Sequence[str], measured: Sequence[Rate], courses: Sequence[Course], margin: float
) -> tuple[Comparison, ...]:
    """Every two runs on every failure that either shows, with p-values corrected over all of them (Holm)."""
    found = []
    for first, second in combinations(runs, 2):
        for failure in failures:
            if any(rate.generated.count for rate in measured if _is(rate, failure, first, second)):
                moves = [m for run in (first, second) for m in _floor(run, failure, runs, measured, courses)]
                found.append(_compare(first, second, failure, margin, max(moves, default=None)))
    adjusted = holm([comparison.p for comparison in found])
    return tuple(replace(one, p_adjusted=float(p)) for one, p in zip(found, adjusted, strict=True))


def _is(rate: Rate, failure: str, *runs: Run) -> bool:
    return rate.failure == failure and rate.run in {run.name for run in runs}


def _compare(first: Run, second: Run, failure: str, margin: float, floor: float | None) -> Comparison:
    one, other = (run.last.by_prompt(failure) for run in (first, second))
    shared = [prompt for prompt in one if prompt in other]
    pairs = Pairs.of([one[prompt] for prompt in shared], [other[prompt] for prompt in shared])
    discordant = (pairs.only_first + pairs.only_second) / pairs.n if pairs.n else 0.0
    return Comparison(
        first.name,
        second.name,
        failure,
        pairs=pairs.n,
        unpaired=(len(one.keys() - other.keys()), len(other.keys() - one.keys())),
        both=pairs.both,
        only_first=pairs.only_first,
        only_second=pairs.only_second,
        difference=estimate(pairs.difference if pairs.n else None, paired_difference(pairs)),
        p=mcnemar_exact(pairs.only_first, pairs.only_second),
        p_adjusted=1.0,
        margin=margin,
        p_equivalent=tost_paired(pairs, margin),
        detectable=smallest_detectable_effect(pairs.n, discordant),
        floor=floor,
        differ=differing(first.settings, second.settings),
    )


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> tuple[str, ...]:
    """The names of settings that two runs do not share."""
    return tuple(name for name in sorted({*one, *other}) if one.get(name) != other.get(name))


def _floor(
    run: Run, failure: str, runs: Sequence[Run], measured: Sequence[Rate], courses: Sequence[Course]
) -> list[float]:
    """What the rate of a run moves by without any change of setting; empty where nothing tells.

    The late swing between its epochs, and the spread of the runs that differ from it in their seed at most.
    """
    moves = [course.late_swing for course in courses if course.failure == failure and course.run == run.name]
    alike = {other.name for other in runs if set(differing(run.settings, other.settings)) <= {"seed"}}
    same = [
        rate.generated.count / rate.generated.of for rate in measured if rate.failure == failure and rate.run in alike
    ]
    return [*moves, max(same) - min(same)] if len(same) > 1 and run.settings else moves

"""What comparisons of runs say, in words."""

from __future__ import annotations

from audit.diagnosis.causes.setting_names import RANK, SEED
from audit.nouns.verdicts import Cause, Comparison, Diagnosis
from audit.wording import chance, points_between


def pairs_said(found: Comparison) -> str:
    """What two runs show on equal prompts."""
    left, right = found.unpaired
    unpaired = f" ({left} others of {found.first} and {right} of {found.second} differ)" if left or right else ""
    seen = (
        "could not have seen any"
        if found.detectable is None
        else (f"could have seen {100 * found.detectable:.0f} points or more")
    )
    return (
        f"on {found.pairs} equal prompts{unpaired}, {found.only_first} show it at {found.first} only, "
        f"{found.only_second} at {found.second} only, {found.both} at both: {points_between(found.difference)}, "
        f"McNemar {chance(found.p)}, {chance(found.p_adjusted)} after Holm, where such a comparison {seen}"
    )


def swing_said(diagnosis: Diagnosis, found: Comparison) -> str:
    """How much one of them moves by itself."""
    courses = [c for c in diagnosis.courses if c.failure == found.failure and c.run in (found.first, found.second)]
    if not courses:
        return ""
    most = max(courses, key=lambda course: course.late_swing)
    larger = most.late_swing > abs(found.difference.value or 0.0)
    return (
        f"within {most.run} alone the rate moves by up to {100 * most.late_swing:.0f} points from one "
        f"{diagnosis.axis} to the next in the later half of training"
        + (", more than the runs differ" if larger else "")
    )


def confounded_said(varied: str, found: Comparison, *, has_alpha: bool) -> str:
    """What moves with a setting in the same two runs."""
    others = [name for name in found.differ if name not in (varied, *SEED)]
    if others:
        return f"the runs differ in {', '.join(others)} too"
    if varied in RANK and not has_alpha:
        return "if alpha stayed the same, LoRA's scale alpha / rank changed with the rank"
    if varied in RANK:
        return "alpha stayed the same, so LoRA's scale alpha / rank changed with the rank"
    return ""


def same_said(diagnosis: Diagnosis, cause: Cause, names: tuple[str, ...]) -> str:
    """Why a setting is not tested."""
    known = {f"{name} {run.settings[name]}" for run in diagnosis.runs for name in names if name in run.settings}
    if known:
        return f"every run that says it has {min(known)}"
    wanted = {"rank": "rank", "decoding": "temperature", "prompt": "served"}.get(cause, names[0])
    return f"no two runs are known to differ in it (say so with --setting {wanted}=… for each file)"

"""The suspect "prompt": did it, or what the loss covered, leave the model where it was never trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from audit.causes.reading import COPIES, STARTS, WORDS, failures, rows_of, showing
from audit.causes.settings import SERVING, by_setting
from audit.diagnosis import Decision, Diagnosis, Estimate, Fault, Verdict

BEGINNINGS = (*STARTS, "empty", "wrong-language")
ENDINGS = ("no-stop", "looping", "leftover-marker")
EXPLAINS: Mapping[str, tuple[str, ...]] = {  # rule of the recipe -> failures that it leads to (see its page)
    "untrained-first-token": BEGINNINGS,
    "bare-space-slot": STARTS,
    "prompt-not-prefix": BEGINNINGS,
    "double-bos": BEGINNINGS,
    "missing-bos": BEGINNINGS,
    "marker-not-found": (*BEGINNINGS, *ENDINGS),
    "unlearned-stop": ENDINGS,
    "packing-without-boundary": (*ENDINGS, *COPIES),
    "answer-cut": ("no-stop",),
}
COST = {"untrained-first-token": 0, "double-bos": 0, "missing-bos": 0}  # mended where the prompt is made; 2 else


def prompt(diagnosis: Diagnosis, data: Mapping[str, Decision]) -> Iterator[Verdict]:
    """One verdict for each failure that a fault of the recipe could lead to.

    `data`: what was decided of the data for each failure. What the data explains needs no other cause.
    """
    for failure in failures(diagnosis):
        if not any(failure in explained for explained in EXPLAINS.values()):
            continue
        tried = by_setting(diagnosis, failure, "prompt", SERVING)
        yield tried if tried.decision != "not tested" else _by_recipe(diagnosis, failure, data.get(failure))


def _by_recipe(diagnosis: Diagnosis, failure: str, data: Decision | None) -> Verdict:
    faults = [fault for fault in diagnosis.recipe if failure in EXPLAINS.get(fault.rule, ())]
    rates = showing(diagnosis, failure)
    decision, because = _decide(diagnosis, failure, faults, data)
    mend = min(faults, key=lambda fault: COST.get(fault.rule, 2), default=None)
    supported = decision == "supported"
    return Verdict(
        failure,
        "prompt",
        decision,
        because,
        effect=rates[0].gap if supported else Estimate(),
        p=rates[0].p if supported else None,
        n=sum(rate.generated.of for rate in rates),
        evidence=(*(f"recipe: {fault.rule}" for fault in faults), *rows_of("rates", rates)),
        settle=_settle(mend) if diagnosis.background.get("recipe") else "say how it was trained and served: --recipe",
        next_step=(mend.fix or f"mend {mend.rule}: {mend.message}") if mend and supported else "",
        cost=COST.get(mend.rule, 2) if mend else 0,
    )


def _decide(diagnosis: Diagnosis, failure: str, faults: list[Fault], data: Decision | None) -> tuple[Decision, str]:
    rules = " and ".join(dict.fromkeys(fault.rule for fault in faults))
    if not diagnosis.background.get("recipe"):
        return "not tested", "nothing is known of how the model was trained and served"
    if not faults:
        return "contradicted", (
            f"no rule of the recipe that could make outputs {WORDS[failure].replace('are ', 'be ', 1)} found a fault"
        )
    if data == "supported":
        return "cannot tell", f"the recipe has {rules}, but the data accounts for the rate without it"
    told = "; ".join(fault.message for fault in faults[:2])
    rest = "and the data leaves the rate unexplained" if data == "contradicted" else "and nothing rules it out"
    return "supported", f"the recipe has {rules} ({told}), {rest}"


def _settle(mend: Fault | None) -> str:
    if mend and COST.get(mend.rule, 2) == 0:
        return "ask the same weights with the mended prompt, then audit diagnose OLD NEW --setting served=… for each"
    return "audit retrain with the mended recipe, then audit diagnose both"

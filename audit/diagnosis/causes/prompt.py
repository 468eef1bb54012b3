"""The suspect "prompt": did it, or what the loss covered, leave the model where it was never trained."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from shlex import quote

from audit.diagnosis.causes.failures import FEWEST, LEVEL, failures, rows_of, showing, together
from audit.diagnosis.causes.run_settings import by_setting
from audit.diagnosis.causes.setting_names import SERVING
from audit.nouns.verdicts import Decision, Diagnosis, Estimate, Failure, Fault, Rate, Verdict
from audit.rulebook.failures import explains
from audit.statistics import apart_p
from audit.wording import chance, fraction, percent

TELL = "say how the model was trained and served: --recipe recipe.toml (audit recipe init writes one)"
COST = {"untrained-first-token": 0, "double-bos": 0, "missing-bos": 0}  # mended where the prompt is made; 2 else


def prompt(diagnosis: Diagnosis, data: Mapping[str, Decision]) -> Iterator[Verdict]:
    """One verdict for each failure that a fault of the recipe could lead to, and for copies.

    `data`: what was decided of the data for each failure. What the data explains needs no other cause.
    """
    for failure in failures(diagnosis):
        tried = by_setting(diagnosis, failure.name, "prompt", SERVING)
        leading = [rule for rule, led in explains().items() if failure.name in led]
        faults = [fault for rule in leading for fault in diagnosis.recipe if fault.rule == rule]
        if tried.decision != "not tested":
            yield tried
        elif failure.place == "copy" and not faults:
            yield _of_copies(diagnosis, failure)
        elif leading:
            yield _by_recipe(diagnosis, failure, faults, data.get(failure.name))


def _by_recipe(diagnosis: Diagnosis, failure: Failure, faults: list[Fault], data: Decision | None) -> Verdict:
    rates = showing(diagnosis, failure.name)
    decision, because = _decide(diagnosis, failure, faults, data)
    mend = min(faults, key=_cost, default=None)
    supported = decision == "supported"
    recipe = diagnosis.background.get("recipe")
    return Verdict(
        failure.name,
        "prompt",
        decision,
        because,
        effect=rates[0].gap if supported else Estimate(),
        p=rates[0].p if supported else None,
        n=sum(rate.generated.of for rate in rates),
        evidence=(*(f"recipe: {fault.rule}" for fault in faults), *rows_of("rates", rates)),
        settle=_settle(mend, str(recipe)) if recipe else TELL,
        next_step=_mend(mend, str(recipe)) if mend and supported else "" if recipe else TELL,
        cost=_cost(mend) if mend else 0,
    )


def _decide(diagnosis: Diagnosis, failure: Failure, faults: list[Fault], data: Decision | None) -> tuple[Decision, str]:
    if not diagnosis.background.get("recipe"):
        return "not tested", "nothing is known of how the model was trained and served"
    if not faults:
        return "contradicted", f"no rule of the recipe that leads to outputs that {failure.phrase} found a fault"
    rules = " and ".join(dict.fromkeys(fault.rule for fault in faults))
    if data == "supported":
        return "cannot tell", f"the recipe has {rules}, but the data accounts for the rate without it"
    rates = showing(diagnosis, failure.name)
    if any(rate.training and (rate.gap.low or 0.0) <= 0 for rate in rates):
        return "cannot tell", f"the recipe has {rules}, but the rate is too near to that of the training answers"
    if apart := _apart(diagnosis, failure.name):
        low, high = apart
        return "cannot tell", (
            f"the recipe has {rules}, but under the same recipe {percent(fraction(low.generated))} of the outputs of "
            f"{low.run} show it and {percent(fraction(high.generated))} of those of {high.run}: something else decides"
        )
    rest = "the data leaves most of the rate unexplained" if data == "contradicted" else "the data does not explain it"
    return "supported", f"the recipe has {rules}, and {rest}; {faults[0].rule}: {faults[0].message}"


def _apart(diagnosis: Diagnosis, failure: str) -> tuple[Rate, Rate] | None:
    """The runs that show a failure least and most, where one prompt is not why: twice as often, not by chance."""
    rates = [rate for rate in diagnosis.rates if rate.failure == failure and rate.generated.of >= FEWEST]
    rates.sort(key=lambda rate: fraction(rate.generated))
    if len(rates) < 2:
        return None
    low, high = rates[0], rates[-1]
    p = apart_p([rate.generated.independent for rate in rates])
    return (low, high) if p < LEVEL and 2 * fraction(low.generated) < fraction(high.generated) else None


def _of_copies(diagnosis: Diagnosis, failure: Failure) -> Verdict:
    """No fault of a prompt is known to make copies; but copies may hang on a wrong beginning, which has one."""
    hang = [
        link for link in diagnosis.links if link.unit == "outputs" and link.first == failure.name and together(link)
    ]
    because = "no fault of a prompt is known to lead to copies"
    if hang:
        link = hang[0]
        first, others = link.both + link.only_first, link.only_second + link.neither
        because += (
            f"; but of the outputs of {link.run} that {failure.phrase}, {link.both} of {first} "
            f"also {diagnosis.phrases[link.second]}, of the others {link.only_second} of {others} "
            f"({chance(link.p_adjusted)} after Holm): what mends the beginnings may mend them"
        )
    return Verdict(
        failure.name,
        "prompt",
        "cannot tell",
        because,
        effect=hang[0].odds if hang else Estimate(),
        p=hang[0].p_adjusted if hang else None,
        n=sum(rate.generated.of for rate in showing(diagnosis, failure.name)),
        evidence=tuple(f"links: {link.run}, {link.first}, {link.second}" for link in hang),
        settle="ask the same weights with the mended prompt, then audit diagnose both",
        cost=1,
    )


def _cost(fault: Fault) -> int:
    return COST.get(fault.rule, 2)


def _mend(fault: Fault, recipe: str) -> str:
    step = fault.fix or f"mend {fault.rule}: {fault.message}"
    return step if _cost(fault) else f"{step}; to prove it first, on your own model: {_command(recipe)}"


def _settle(mend: Fault | None, recipe: str) -> str:
    if mend and _cost(mend) == 0:
        return f"ask the same weights with the mended prompt: {_command(recipe)}"
    return f"train with the mended recipe, with five seeds each: audit experiment --recipe {quote(recipe)}"


def _command(recipe: str) -> str:
    return f"audit experiment --adapter FOLDER --recipe {quote(recipe)}"

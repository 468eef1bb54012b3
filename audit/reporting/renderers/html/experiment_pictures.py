"""Pictures of an experiment: what each cause does, with what certainty, and how much is chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from audit.nouns.trials import Effect, Experiment, is_probability
from audit.reporting.renderers.html import marks
from audit.reporting.renderers.html.diagnosis_pictures import SIGNS
from audit.reporting.renderers.html.drawing import Key, Picture, Table
from audit.reporting.renderers.html.model_pictures import (
    Part,
    first_token,
    models_table,
    prompt_lines,
    share,
    side_by_side,
    some,
)
from audit.reporting.renderers.html.scan_pictures import keys
from audit.wording import chance, percent, phrased, points, points_between

RULINGS = (
    Key("proven", "vermilion", "square"),
    Key("ruled out", "green", "circle"),
    Key("cannot tell", "soft", "diamond"),
    Key("not tested", "faint", "triangle-up"),
)


def sections(found: Experiment) -> Iterator[Part]:
    """Key, title, pictures, tables and lines of each section."""
    pictures = [picture for outcome in found.outcomes for picture in forests(found, outcome)]
    yield "effects", "What each cause does", tuple(pictures), (), ()
    proofs = Table(
        ("suspect", "outcome", "verdict", "in a sentence"),
        [(proof.cause, proof.outcome, SIGNS[proof.decision], proof.sentence) for proof in found.proofs],
    )
    yield "proofs", "Suspects", (), (proofs,) if found.proofs else (), ()
    yield (
        "every-model",
        "Every model",
        some(models(found)),
        (models_table(found.trials),),
        tuple(prompt_lines(found.prompts)),
    )
    named = {trial.key: trial.name for trial in found.trials}
    yield "first-token", "The first token", some(first_token(found.measured, named, found.phrases)), (), ()
    yield "seeds", "Chance between seeds", some(seeds(found)), (), ()
    controls = Table(
        ("control", "came out as known", "what it says"),
        [(one.name, {True: "yes", False: "no", None: "-"}[one.passed], one.sentence) for one in found.controls],
    )
    yield "controls", "Controls", (), (controls,) if found.controls else (), ()
    yield "answers", "Answers side by side", (), side_by_side(found.examples), ()
    yield "plan", "The plan", (), (), found.plan


def forests(found: Experiment, outcome: str) -> Iterator[Picture]:
    """The effects on one outcome: those that count models, then those that count questions put to one model."""
    for claim in ("for this setting", "for this adapter"):
        mine = [effect for effect in found.effects if effect.outcome == outcome and effect.claim == claim]
        if mine:
            yield _forest(mine, outcome, claim, found)


def _forest(effects: Sequence[Effect], outcome: str, claim: str, found: Experiment) -> Picture:
    present = {effect.decision for effect in effects}
    legend = tuple(key for key in RULINGS if key.name in present)
    values = [
        {"label": label, "series": effect.decision, "value": effect.difference.value}
        | {"low": effect.difference.low, "high": effect.difference.high}
        | {"say": f"{label}, {effect.decision}: {points_between(effect.difference)}; {effect.within}"}
        for label, effect in zip(_labels(effects), effects, strict=True)
        if effect.difference.value is not None
    ]
    replicates = "models, each with a seed of its own" if claim == "for this setting" else "questions put to one model"
    most = max((effect.questions for effect in effects), default=0)
    return Picture(
        f"forest-{outcome}-{claim.rpartition(' ')[2]}",
        _forest_title(effects, outcome, phrased(found.phrases, outcome)),
        f"Second level less first, in points, with 95 % intervals; the replicates are {replicates}. Squares are "
        f"proven; circles are ruled out: their 90 % interval lies within {100 * found.margin:.0f} points of nothing "
        "(the shaded band); of the others the design cannot tell, and the numbers say from which size on it could "
        "have.",
        f"n = {_models_range(effects)} models a level, {most:,} questions",
        partial(marks.forest, values, legend, title="difference in points", margin=found.margin),
        Table(
            ("factor", "from", "to", "within", "means", "difference (95 %)", "p, corrected", "could see", "verdict"),
            [_effect_row(effect) for effect in effects],
        ),
        legend,
    )


def _forest_title(effects: Sequence[Effect], outcome: str, phrase: str) -> str:
    likely = f"the probability that {phrase}"
    often, many = (
        (likely, likely) if is_probability(outcome) else (f"how often answers {phrase}", f"answers that {phrase}")
    )
    proven = [effect for effect in effects if effect.decision == "proven"]
    if not proven:
        return f"Of what was tried, nothing is proven to change {often}"
    first = max(proven, key=lambda effect: abs(effect.difference.value or 0.0))
    change = points(first.difference.value or 0.0)
    return f"{first.factor.capitalize()}, {first.first} to {first.second}: {change} of {many}"


def _labels(effects: Sequence[Effect]) -> list[str]:
    """Each effect by its levels, and by what was held fixed otherwise where two are alike."""
    alike: dict[str, list[set[str]]] = {}
    for effect in effects:
        alike.setdefault(_levels(effect), []).append(set(effect.within.split(", ")))
    labels = []
    for effect in effects:
        shared = set.intersection(*alike[_levels(effect)])
        own = [part for part in effect.within.split(", ") if part and part not in shared]
        labels.append(f"{_levels(effect)} ({', '.join(own)})" if own else _levels(effect))
    return labels


def _levels(effect: Effect) -> str:
    return f"{effect.factor}: {effect.first} → {effect.second}"


def _models_range(effects: Sequence[Effect]) -> str:
    counts = [count for effect in effects for count in effect.models]
    low, high = min(counts, default=0), max(counts, default=0)
    return str(low) if low == high else f"{low} to {high}"


def _effect_row(effect: Effect) -> tuple[str, ...]:
    means = " → ".join(map(percent, effect.means))
    sees = f"{100 * effect.detectable:.0f} points" if effect.detectable is not None else "-"
    told = (means, points_between(effect.difference), chance(effect.p_adjusted), sees, SIGNS[effect.decision])
    return effect.factor, effect.first, effect.second, effect.within, *told


def models(found: Experiment) -> Picture | None:
    """The rate of the main outcome in every model under every prompt."""
    main = next(iter(found.outcomes), "")
    told = [one for one in found.measured if one.outcome == main]
    if not told:
        return None
    names = {trial.key: trial.name for trial in found.trials}
    legend = keys(list(dict.fromkeys(one.prompt for one in told)))
    values = [
        {"label": names.get(one.trial, one.trial), "series": one.prompt, "value": one.mean}
        | {"low": one.share.low if one.share else one.mean, "high": one.share.high if one.share else one.mean}
        | {"say": f"{names.get(one.trial, one.trial)}, prompt {one.prompt}: {share(one)}"}
        for one in told
    ]
    lowest, highest = (percent(pick(one.mean for one in told)) for pick in (min, max))
    phrase = phrased(found.phrases, main)
    return Picture(
        "every-model-rate",
        f"The probability that {phrase} is between {lowest} and {highest}"
        if is_probability(main)
        else f"Between {lowest} and {highest} of the answers {phrase}",
        "Every model under every prompt, with the 95 % interval (Wilson) over the questions. Models of one setting "
        "differ in their seed alone: how far they lie apart is what chance does.",
        f"n = {told[0].n:,} questions for each mark",
        partial(marks.dots, values, legend, title="share of the answers"),
        Table(
            ("model", "prompt", "outcome", "rate or mean", "questions"),
            [
                (names.get(one.trial, one.trial), one.prompt, one.outcome, percent(one.mean), f"{one.n:,}")
                for one in found.measured
            ],
        ),
        legend,
    )


def seeds(found: Experiment) -> Picture | None:
    """The seeds' share of the spread between models."""
    told = [one for one in found.seeds if one.share.value is not None]
    if not told:
        return None
    legend = (Key("seeds", "purple", "circle"),)
    values = [
        {"label": f"{one.outcome}, {one.prompt}", "series": "seeds", "value": one.share.value}
        | {
            "low": one.share.low,
            "high": one.share.high,
            "say": f"{one.outcome}, {one.prompt}: {percent(one.share.value or 0)}",
        }
        for one in told
    ]
    first = told[0]
    return Picture(
        "seed-shares",
        f"{percent(first.share.value or 0.0)} of the spread of {first.outcome} is that between seeds of one setting",
        "Which part of the differences between models comes from the seed alone, with its 95 % interval. Near 100 % "
        "the settings hardly matter, and a comparison of two single runs says nothing.",
        f"n = {first.models} models",
        partial(marks.dots, values, legend, title="seeds' share of the spread"),
        Table(
            ("outcome", "prompt", "models", "seeds' share", "spread between seeds", "lowest", "highest"),
            [
                (
                    *(one.outcome, one.prompt, str(one.models), percent(one.share.value or 0.0)),
                    *(f"{100 * one.spread:.1f} points", percent(one.lowest), percent(one.highest)),
                )
                for one in told
            ],
        ),
        legend,
    )

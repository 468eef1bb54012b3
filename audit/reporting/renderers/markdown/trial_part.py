"""What was trained, as Markdown: a retraining beside its reference, an experiment by its suspects and effects."""

from __future__ import annotations

from collections.abc import Iterator

from audit.nouns.reports import Report
from audit.nouns.trials import Change, Effect, Experiment, Outcome, Retraining
from audit.reporting.renderers.markdown.markup import table
from audit.wording import chance, counted, percent, points_between


def parts(report: Report) -> Iterator[str]:
    """The tables of a report that has a retraining or an experiment."""
    if report.retraining:
        yield from _retraining(report.retraining)
    if report.experiment:
        yield from _experiment(report.experiment)


def _retraining(found: Retraining) -> Iterator[str]:
    heads = ("outcome", "prompt", "reference", "this run", "difference (95 %)", "p, Holm")
    yield table(heads, [_change(change) for change in found.changes])


def _change(change: Change) -> tuple[str, ...]:
    before = _rate(change.reference) if change.reference else "-"
    difference = points_between(change.difference) if change.difference.value is not None else "-"
    p = chance(change.p_adjusted) if change.p_adjusted is not None else "-"
    return change.outcome, change.prompt, before, _rate(change.new), difference, p


def _rate(one: Outcome) -> str:
    return f"{counted(one.share)} ({percent(one.mean)})" if one.share else percent(one.mean)


def _experiment(found: Experiment) -> Iterator[str]:
    proofs = [(proof.cause, proof.outcome, f"**{proof.decision}**", proof.sentence) for proof in found.proofs]
    yield table(("suspect", "outcome", "verdict", "in a sentence"), proofs)
    heads = ("outcome", "factor", "from", "to", "claim", "difference (95 %)", "p, corrected", "could see", "verdict")
    yield table(heads, [_effect(effect) for effect in found.effects])


def _effect(effect: Effect) -> tuple[str, ...]:
    levels = (effect.outcome, effect.factor, effect.first, effect.second, effect.claim)
    sees = f"{100 * effect.detectable:.0f} points" if effect.detectable is not None else "-"
    return *levels, points_between(effect.difference), chance(effect.p_adjusted), sees, effect.decision

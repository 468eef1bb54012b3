"""One verdict for each cause of each outcome, as a sentence that a person can repeat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.laboratory.effects.contrasts import PROMPT, TEXT, Factors, level_of
from audit.laboratory.effects.cube import Cube
from audit.laboratory.effects.initialisation import INITIALISATION
from audit.laboratory.effects.one_adapter import THIS
from audit.laboratory.effects.sentences import at, between, cause_of, counted, shown, visible, what
from audit.nouns.trials import Effect, Proof, Ruling, SeedShare, is_probability
from audit.wording import chance, percent

KNOWN = ("data", "rank", TEXT)
MOST = 4  # other levels that a sentence names


@dataclass(frozen=True)
class Findings:
    """What proofs rest on: the sound models, the plan, and every effect in its place."""

    cube: Cube
    factors: Factors
    effects: tuple[Effect, ...]
    seeds: tuple[SeedShare, ...]
    margin: float

    def of(self, factor: str, outcome: str) -> list[int]:
        """Places of all effects of a factor on an outcome, interactions among them."""
        return [
            place
            for place, effect in enumerate(self.effects)
            if effect.outcome == outcome and factor in effect.factor.split(" x ")
        ]

    def main(self, factor: str, outcome: str) -> list[Effect]:
        """Its effects on models, one for each level: training factors under the base prompt."""
        base = f"prompt {self.cube.prompts[0]}"
        return [
            effect
            for effect in map(self.effects.__getitem__, self.of(factor, outcome))
            if effect.factor == factor
            and effect.claim != THIS
            and (factor == PROMPT or effect.within == base or effect.within.startswith(f"{base}, "))
        ]


def proofs(findings: Findings) -> Iterator[Proof]:
    """Every cause for every outcome: data, rank, training text, other factors of training, prompt, initialisation."""
    others = tuple(name for name in findings.factors if name not in (*KNOWN, PROMPT))
    for outcome in findings.cube.outcomes:
        for factor in (*KNOWN, *others):
            yield _of_training(findings, factor, outcome)
        yield _of_prompt(findings, outcome)
        yield _of_initialisation(findings, outcome)


def _of_training(findings: Findings, factor: str, outcome: str) -> Proof:
    levels = findings.factors.get(factor, ())
    if len(levels) < 2:
        return _untested(factor, outcome, f"this plan has one {cause_of(factor)} only")
    found = findings.main(factor, outcome)
    if not found:
        return _untested(factor, outcome, _missing(findings, factor, outcome))
    return _decided(findings, factor, outcome, found, len(levels) - 1)


def _of_prompt(findings: Findings, outcome: str) -> Proof:
    levels = findings.cube.prompts
    if len(levels) < 2:
        return _untested(PROMPT, outcome, "the models were asked with one prompt only")
    found = findings.main(PROMPT, outcome)
    if not found:
        return _untested(PROMPT, outcome, _missing(findings, PROMPT, outcome))
    alone = _alone(findings, outcome)
    if alone and found[0].models[0] == 1:
        return _decided(findings, PROMPT, outcome, alone, len(levels) - 1)
    proof = _decided(findings, PROMPT, outcome, found, len(levels) - 1)
    if proof.decision != "cannot tell" or not alone:
        return proof
    proven = sum(effect.decision == "proven" for effect in alone)
    sentence = (
        f"{proof.sentence}; each adapter for itself: proven for {proven} of {len(alone)} (questions as replicates)"
    )
    return Proof(proof.cause, outcome, proof.decision, sentence, proof.effects)


def _alone(findings: Findings, outcome: str) -> list[Effect]:
    """Effects of the prompt within single adapters, of those whose training text is the base."""
    factors = findings.factors
    fit = {
        m.name for m in findings.cube.models if TEXT not in factors or level_of(m, TEXT, factors) == factors[TEXT][0]
    }
    return [
        effect
        for effect in map(findings.effects.__getitem__, findings.of(PROMPT, outcome))
        if effect.factor == PROMPT and effect.claim == THIS and effect.within in fit
    ]


def _decided(findings: Findings, factor: str, outcome: str, found: Sequence[Effect], levels: int) -> Proof:
    """`found` has one effect for each level but the base, of the `levels` that the plan has."""
    decision = together([effect.decision for effect in found], levels)
    lead = _lead(decision, found)
    rest = [effect for effect in found if effect is not lead]
    sentence = "; ".join(
        (
            _sentence(findings, cause_of(factor), decision, lead),
            *(
                f"{at(factor, effect.second)}: {effect.decision} ({between(effect.difference)})"
                for effect in rest[:MOST]
            ),
            *_changes(findings, factor, outcome),
        )
    )
    return Proof(cause_of(factor), outcome, decision, sentence, tuple(findings.of(factor, outcome)))


def together(decisions: Sequence[Ruling], levels: int) -> Ruling:
    """One level that is proven proves the cause; to rule it out takes every level of the plan."""
    if "proven" in decisions:
        return "proven"
    ruled_out = len(decisions) >= levels and set(decisions) == {"ruled out"}
    return "ruled out" if ruled_out else "cannot tell"


def _lead(decision: Ruling, found: Sequence[Effect]) -> Effect:
    """The effect to tell: the surest proof, or what came closest to contradict "ruled out"."""
    telling = [effect for effect in found if effect.decision == decision] or list(found)
    if decision == "ruled out":
        return max(telling, key=lambda effect: max(-effect.bounds[0], effect.bounds[1]))
    return min(telling, key=lambda effect: (effect.p_adjusted, -abs(effect.difference.value or 0.0)))


def _sentence(findings: Findings, cause: str, decision: Ruling, effect: Effect) -> str:
    subject, told = what(effect.outcome), shown(effect)
    if decision == "proven":
        verb = "moves" if is_probability(effect.outcome) else "causes" if _worse(effect) else "changes"
        return f"the {cause} {verb} {subject}: {told}"
    if decision == "ruled out":
        margin = f"within ±{100 * findings.margin:g} points"
        low, high = (f"{100 * bound:+.0f}" for bound in effect.bounds)
        return f"the {cause} is ruled out {margin} for {subject}: {told}, 90 % interval {low} to {high}"
    levels = len(findings.cube.prompts if effect.factor == PROMPT else findings.factors[effect.factor]) - 1
    outcomes = len({other.outcome for other in findings.effects}) * levels
    return f"cannot tell whether the {cause} matters for {subject}: {told}; {visible(effect, outcomes)}"


def _worse(effect: Effect) -> bool:
    """Whether there is a failure to cause at one of the levels."""
    return max(effect.means) > 0


def _changes(findings: Findings, factor: str, outcome: str) -> Iterator[str]:
    """Interactions that are proven."""
    for place in findings.of(factor, outcome):
        effect = findings.effects[place]
        if " x " in effect.factor and effect.decision == "proven":
            one, other = effect.factor.split(" x ")
            yield (
                f"the effect of the {cause_of(other)} depends on the {cause_of(one)}: it differs by "
                f"{between(effect.difference)} between {effect.first} and {effect.second} "
                f"({chance(effect.p_adjusted)} after correction)"
            )


def _untested(factor: str, outcome: str, reason: str) -> Proof:
    cause = cause_of(factor)
    return Proof(cause, outcome, "not tested", f"nothing here tests the {cause} for {what(outcome)}: {reason}")


def _missing(findings: Findings, factor: str, outcome: str) -> str:
    """Why there is no effect of a factor that has several levels."""
    cube = findings.cube
    if not cube.models:
        return "no sound model was trained"
    if not cube.counts[:, :, cube.outcomes.index(outcome)].any():
        return "it could not be told for any answer of a sound model"
    if factor == PROMPT:
        return "no model that was trained on the base text answered with two prompts"
    levels = {level_of(model, factor, findings.factors) for model in cube.models}
    if lacking := [level for level in findings.factors[factor] if level not in levels]:
        return f"no sound model {at(factor, lacking[0])}"
    return f"no two settings differ in the {cause_of(factor)} alone"


def _of_initialisation(findings: Findings, outcome: str) -> Proof:
    places = [at for at in findings.of(INITIALISATION, outcome) if findings.effects[at].factor == INITIALISATION]
    if not places:
        lacking = "it could not be told" if len(findings.cube.models) > 1 else "there is one model"
        reason = f"no setting has two sound models for which it is known ({lacking})"
        return _untested(INITIALISATION, outcome, reason if findings.cube.models else "no sound model was trained")
    found = [findings.effects[at] for at in places]
    decision = together([effect.decision for effect in found], len(found))
    lead = _lead(decision, found)
    share = next((s for s in findings.seeds if s.outcome == outcome and s.prompt == findings.cube.prompts[0]), None)
    sentence = _of_seeds(findings, decision, lead)
    if share is not None and share.share.value is not None:
        sentence += f"; seeds make up {percent(share.share.value)} of the spread between {share.models} models"
    return Proof(INITIALISATION, outcome, decision, sentence, tuple(places))


def _of_seeds(findings: Findings, decision: Ruling, effect: Effect) -> str:
    """A statement on these adapters: the seeds of one setting, with the same data and the same questions."""
    low, high = effect.means
    told = (
        f"{percent(low)} to {percent(high)} over {counted(effect.models[0], 'model')} of one setting ({effect.within}; "
        f"{between(effect.difference)}, {chance(effect.p_adjusted)} after correction, "
        f"{counted(effect.questions, 'question')}, for these adapters)"
    )
    subject = what(effect.outcome)
    if decision == "proven":
        return f"the initialisation alone changes {subject}: {told}"
    if decision == "ruled out":
        return f"the initialisation is ruled out within ±{100 * findings.margin:g} points for {subject}: {told}"
    return f"cannot tell whether the initialisation matters for {subject}: {told}"

"""From a plan to trained models, judged answers, effects and verdicts: the Report of an experiment."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from audit.inspection.assembly import assemble
from audit.inspection.observation import Observed
from audit.laboratory.answers import judged_answers, seen_outcomes, side_by_side, trial_of
from audit.laboratory.effects.analysis import analyse
from audit.laboratory.effects.power import detectable_before, models_needed
from audit.laboratory.plan import TRAINED, Levels, Plan, job_of, seed_of, untrained_job
from audit.laboratory.processes import Done, Watch, estimate, finished
from audit.laboratory.sets import Sets, write_sets
from audit.laboratory.training.job import Job
from audit.likeness.signals import Signals
from audit.nouns.dialogue import AuditError
from audit.nouns.reports import Report
from audit.nouns.trials import Experiment, Proof, Trial
from audit.rulebook.failures import phrases
from audit.statistics import smallest_detectable_effect
from audit.workspace.runs import digest

UNTRAINED = "untrained"
EXAMPLES = 12
OUTCOMES = 4  # that answers usually show, where a plan names none
DISCORDANT = 0.3  # share of questions whose answers differ between prompts, in a first look at the case
SPREAD = 0.1  # standard deviation between seeds that a plan is judged by before any is known


@dataclass(frozen=True)
class Design:
    """Every model of an experiment by its name, in the order of training: its arm and its job."""

    levels: Mapping[str, Levels]
    jobs: Mapping[str, Job]
    sentences: tuple[str, ...]

    @property
    def trained(self) -> list[str]:
        """Names of the models that cost a training."""
        return [name for name, job in self.jobs.items() if not (job.untrained or job.adapter)]


def lay_out(plan: Plan, sets: Sets, root: Path, *, at_once: int, budget: float | None, watch: Watch) -> Design:
    """The jobs, what they will cost and can show; a budget (seconds) leaves out whole arms from the end."""
    paths, prints = write_sets(sets, root / "sets")
    arms = plan.arms()
    first = job_of(plan, arms[0], seed_of(arms[0], 1), paths, prints)
    timing = estimate(first, root, watch)
    cost = timing["open"] + timing["train"] + timing["ask"]
    arms, left_out = _within(arms, plan, budget, cost, at_once)
    levels: dict[str, Levels] = {UNTRAINED: {}}
    jobs = {UNTRAINED: untrained_job(first)}
    for arm in arms:
        for number in range(1, plan.seeds + 1):
            name = f"{_label(plan, arm)} #{number}"
            levels[name] = arm
            jobs[name] = job_of(plan, arm, seed_of(arm, number), paths, prints)
    done = sum(finished(job, root) is not None for name, job in jobs.items() if name != UNTRAINED)
    prices = _price(timing, len(jobs) - 1, done, at_once)
    said = (_models(plan, arms, done), _asked(plan, sets), prices, _needs(plan, sets))
    return Design(levels, jobs, (*said, *left_out))


def lay_out_adapter(plan: Plan, sets: Sets, root: Path, adapter: Path) -> Design:
    """One model that exists already: the prompt is the only factor, and nothing is trained.

    `adapter`: a folder of peft, or of a whole (merged) model. AuditError where it is neither.
    """
    if not any((adapter / name).is_file() for name in ("adapter_config.json", "config.json")):
        raise AuditError(f"--adapter {adapter}: no adapter_config.json and no config.json in it; name a folder of peft")
    paths, prints = write_sets(sets, root / "sets")
    arm = plan.arms()[0]
    first = job_of(plan, arm, 0, paths, prints)
    whole = not (adapter / "adapter_config.json").is_file()
    prints = {**{name: text for name, text in first.fingerprints.items() if name != "data"}, "adapter": digest(adapter)}
    asked = replace(first, adapter="" if whole else str(adapter), data="", fingerprints=prints)
    asked = replace(asked, model=str(adapter), untrained=True) if whole else asked
    base = {} if whole else {UNTRAINED: untrained_job(first)}
    questions = sets.questions.num_rows
    seen = _points(smallest_detectable_effect(questions, DISCORDANT))
    sentence = (
        f"no training: {adapter} answers {questions} questions under {len(plan.prompts)} prompts; what is found holds "
        f"for this adapter, and a difference of {seen} or more would show"
    )
    return Design({**{name: {} for name in base}, adapter.name: arm}, {**base, adapter.name: asked}, (sentence,))


def planned(plan: Plan, sets: Sets, design: Design) -> Report:
    """The Report of an experiment that was only planned."""
    factors = {**{name: plan.factors[name] for name in TRAINED}, "prompt": tuple(plan.prompts)}
    empty = Experiment(factors, plan.prompts, (), (), (), (), (), (), (), plan=design.sentences, margin=plan.margin)
    report = assemble(sets.corpus, [], Observed(), notes=(*sets.notes, *plan.notes))
    said = "; ".join(design.sentences)
    return replace(report, command="experiment", answer="planned", summary=said, next_steps=(), experiment=empty)


def _within(
    arms: list[dict[str, str]], plan: Plan, budget: float | None, cost: float, at_once: int
) -> tuple[list[dict[str, str]], list[str]]:
    """As many arms, with all their seeds, as the budget pays for; half an arm would prove nothing."""
    if budget is None:
        return arms, []
    fits = int(budget * at_once / cost) // plan.seeds
    if fits < 1:
        raise AuditError(
            f"--budget: one arm of {plan.seeds} models takes {_minutes(plan.seeds * cost / at_once)}; give it that "
            "much, fewer --seeds, or fewer --epochs"
        )
    left = [_label(plan, arm) for arm in arms[fits:]]
    return arms[:fits], [f"left out, as the budget pays for {fits} arms: {', '.join(left)}"] if left else []


def _label(plan: Plan, arm: Levels) -> str:
    """What an arm has that the base has not."""
    changed = [f"{name} {arm[name]}" for name in TRAINED if arm[name] != plan.factors[name][0]]
    return ", ".join(changed) or "base"


def _models(plan: Plan, arms: Sequence[Levels], done: int) -> str:
    kept = f", {done} of them made before" if done else ""
    base = ", ".join(f"{name} {arms[0][name]}" for name in TRAINED)
    return (
        f"{len(arms) * plan.seeds} models{kept}: {len(arms)} arms of {plan.seeds}, each with a seed of its own, and "
        f"the untrained one; base: {base}; arms: {'; '.join(_label(plan, arm) for arm in arms)}"
    )


def _asked(plan: Plan, sets: Sets) -> str:
    return f"{sets.questions.num_rows} questions under {len(plan.prompts)} prompts ({', '.join(plan.prompts)})"


def _price(timing: Mapping[str, float], models: int, done: int, at_once: int) -> str:
    each = sum(timing.values())
    parts = ", ".join(f"{timing[name]:.0f} to {name}" for name in ("open", "train", "ask"))
    whole = _minutes(math.ceil((models - done) / at_once) * each)
    return f"about {whole}: {each:.0f} s a model ({parts}), {at_once} at once, timed on the first steps"


def _needs(plan: Plan, sets: Sets) -> str:
    tests = len(plan.outcomes) or OUTCOMES
    between, apart, within = (
        models_needed("training"),
        models_needed("training", outcomes=tests),
        models_needed("prompt"),
    )
    seen = _points(detectable_before(plan.seeds, sets.questions.num_rows, SPREAD))
    return (
        f"a claim about data, rank or text needs {between} models at each level ({apart} where its {tests} outcomes do "
        f"not move together), one about the prompt {within} models in all; with {plan.seeds} an arm, if rates vary by "
        f"{100 * SPREAD:.0f} points between seeds, effects of {seen} or more would show"
    )


def _points(value: float | None) -> str:
    return "no size" if value is None else f"{100 * value:.0f} points"


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def conclude(
    plan: Plan, sets: Sets, design: Design, runs: Sequence[Done], *, signals: Signals | None, watch: Watch
) -> Report:
    """Judge the answers of every model of the design, analyse them, and say what is proven."""
    named = dict(zip(design.jobs, runs, strict=True))
    trained = [done for name, done in named.items() if name != UNTRAINED]
    if all(done.error for done in trained):
        raise AuditError(trained[0].error)
    watch.tell("answers", "judging")
    answers, notes = judged_answers(runs, sets.corpus, signals)
    trials = _trials(design, named, answers)
    outcomes = seen_outcomes(answers, plan.outcomes)
    factors = {**{name: plan.factors[name] for name in TRAINED}, "prompt": tuple(plan.prompts)}
    found = analyse(trials, answers, factors, outcomes, margin=plan.margin)
    first = next(name for name in design.jobs if name != UNTRAINED)
    columns = [(prompt, design.jobs[first].key, prompt) for prompt in plan.prompts]
    experiment = Experiment(
        factors=factors,
        prompts=plan.prompts,
        outcomes=outcomes,
        trials=trials,
        measured=found.measured,
        effects=found.effects,
        seeds=found.seeds,
        proofs=found.proofs,
        controls=found.controls,
        examples=side_by_side(answers, sets.questions, columns, EXAMPLES),
        plan=design.sentences,
        margin=plan.margin,
        background=_background(plan, sets, runs),
        phrases=phrases(),
    )
    return _report(sets, experiment, (*sets.notes, *plan.notes, *notes))


def _trials(design: Design, named: Mapping[str, Done], answers: pa.Table) -> tuple[Trial, ...]:
    untrained = named.get(UNTRAINED)
    return tuple(trial_of(name, done, design.levels[name], untrained, answers) for name, done in named.items())


def _background(plan: Plan, sets: Sets, runs: Sequence[Done]) -> dict[str, str]:
    made = next((done.made for done in runs if done.made), {})
    return {
        "recipe": plan.recipe.name,
        "model": runs[-1].job.model,
        "device": str(made.get("device", "")),
        "data": sets.corpus.fingerprint,
        "rows": str(next(iter(sets.training.values())).num_rows),
        "questions": str(sets.questions.num_rows),
        "fixed with the rank": plan.fix,
        "design": plan.design,
    }


def _report(sets: Sets, experiment: Experiment, notes: Sequence[str]) -> Report:
    report = assemble(sets.corpus, [], Observed(), notes=tuple(notes), options={"margin": experiment.margin})
    main = experiment.outcomes[0]
    return replace(
        report,
        command="experiment",
        answer=_answer(experiment.proofs, main),
        summary=_summary(experiment.proofs, main),
        next_steps=tuple(_next_steps(experiment, main)),
        experiment=experiment,
    )


def _answer(proofs: Sequence[Proof], outcome: str) -> str:
    """The causes that are proven for the main outcome, or what else can be said of it.

    That seeds differ is named only where it is all there is: nobody chooses a seed.
    """
    mine = [proof for proof in proofs if proof.outcome == outcome]
    proven = [proof.cause for proof in mine if proof.decision == "proven"]
    chosen = [cause for cause in proven if cause != "initialisation"]
    if proven:
        return ", ".join(chosen or proven)
    tested = [proof for proof in mine if proof.decision != "not tested"]
    return "nothing that was tried" if tested and all(p.decision == "ruled out" for p in tested) else "cannot tell"


def _summary(proofs: Sequence[Proof], outcome: str) -> str:
    """What is proven of the main outcome, in its sentences, and in one more what is not."""
    mine = [proof for proof in proofs if proof.outcome == outcome]
    told = [proof.sentence for proof in mine if proof.decision == "proven"]
    for decision in ("ruled out", "cannot tell", "not tested"):
        causes = [proof.cause for proof in mine if proof.decision == decision]
        told += [f"{decision}: {', '.join(causes)}"] if causes else []
    return "; ".join(told)


def _next_steps(experiment: Experiment, outcome: str) -> Iterator[str]:
    """What to do about each cause that is proven: the level with the lower rate, whichever that is."""
    mine = [proof for proof in experiment.proofs if proof.outcome == outcome]
    for proof in mine:
        if proof.decision == "proven" and proof.cause != "initialisation" and proof.effects:
            effect = experiment.effects[proof.effects[0]]
            lower = effect.second if (effect.difference.value or 0.0) < 0 else effect.first
            yield STEPS.get((proof.cause, lower), f"keep to {proof.cause} {lower}, where {outcome} is rarer")
    if unsure := [proof.cause for proof in mine if proof.decision == "cannot tell"]:
        yield f"more --seeds would tell more about {', '.join(unsure)}; finished models are not trained again"


STEPS = {
    ("prompt", "train"): "serve the prompt of training; audit recipe check names the text that is missing",
    ("data", "clean"): "train on the cleaned data: audit clean, then audit retrain --data clean",
    ("training text", "repaired"): "mend the training text: audit recipe check says how",
}

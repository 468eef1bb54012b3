"""One model trained anew, beside the same recipe on the raw data: the Report of audit retrain."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from audit.inspection.assembly import assemble
from audit.inspection.observation import Observed
from audit.laboratory.answers import judged_answers, measure, seen_outcomes, side_by_side, trial_of
from audit.laboratory.processes import Done
from audit.laboratory.sets import Sets
from audit.likeness.signals import Signals
from audit.nouns.reports import Report
from audit.nouns.trials import Change, Outcome, Retraining, Trial, is_probability
from audit.nouns.verdicts import Estimate
from audit.rulebook.failures import phrases
from audit.statistics import Pairs, holm, mcnemar_exact, mean_difference, paired_difference
from audit.wording import percent, points_between

NEW, REFERENCE, UNTRAINED = "retrained", "reference", "untrained"
EXAMPLES = 12
CARD = "tags: [lora, audit]"  # the line of a card by which audit retrain knows a folder that it made


@dataclass(frozen=True)
class Trials:
    """The models that a retraining compares; without `reference` there is nothing to hold the new one against."""

    new: Done
    untrained: Done
    reference: Done | None = None


def compare(
    trials: Trials, sets: Sets, *, level: str, recipe: str, signals: Signals | None, notes: Sequence[str]
) -> Report:
    """Judge what the models answered and say what changed, in one Report.

    `level`: the data of the new one. `recipe`: the name of how both were trained.
    """
    named = {NEW: trials.new, REFERENCE: trials.reference, UNTRAINED: trials.untrained}
    done = {name: one for name, one in named.items() if one}
    answers, untold = judged_answers(done.values(), sets.corpus, signals)
    outcomes = seen_outcomes(answers, ())
    measured = measure(answers, outcomes)
    lora = trials.new.job.lora
    levels = {"data": level, "rank": str(lora.rank), "alpha": f"{lora.alpha:g}"}
    made = {
        name: trial_of(name, one, {**levels, "data": "raw"} if name == REFERENCE else levels, trials.untrained, answers)
        for name, one in done.items()
    }
    prompts = dict(trials.new.job.prompts)
    first = next(iter(prompts))
    columns = [(name, one.job.key, first) for name, one in done.items() if name != UNTRAINED]
    columns += [(f"{NEW}, prompt {prompt}", trials.new.job.key, prompt) for prompt in list(prompts)[1:]]
    found = Retraining(
        trial=made[NEW],
        reference=made.get(REFERENCE),
        untrained=made[UNTRAINED],
        prompts=prompts,
        measured=measured,
        changes=tuple(_changes(answers, measured, trials, outcomes)),
        examples=side_by_side(answers, sets.questions, columns, EXAMPLES),
        background={
            "model": trials.new.job.model,
            "recipe": recipe,
            "device": made[NEW].device,
            "data": sets.corpus.fingerprint,
            "rows": str(made[NEW].rows),
            "questions": str(sets.questions.num_rows),
        },
        phrases=phrases(),
    )
    return _report(sets, found, (*sets.notes, *notes, *untold))


def _changes(
    answers: pa.Table, measured: Sequence[Outcome], trials: Trials, outcomes: Sequence[str]
) -> Iterator[Change]:
    """Every outcome under every prompt, new beside reference; p-values corrected over all of them (Holm)."""
    by_key = {(one.trial, one.prompt, one.outcome): one for one in measured}
    before = trials.reference.job.key if trials.reference else ""
    found = []
    for prompt in trials.new.job.prompts:
        for outcome in outcomes:
            reference = by_key.get((before, prompt, outcome))
            change = Change(outcome, prompt, by_key[trials.new.job.key, prompt, outcome], reference)
            found.append(_compared(change, answers) if reference else change)
    tested = [place for place, change in enumerate(found) if change.p is not None]
    adjusted = holm([found[place].p or 0.0 for place in tested])
    for place, p in zip(tested, adjusted, strict=True):
        found[place] = replace(found[place], p_adjusted=float(p))
    yield from found


def _compared(change: Change, answers: pa.Table) -> Change:
    if change.reference is None:
        return change
    first, second = (_values(answers, one.trial, change) for one in (change.reference, change.new))
    both = [place for place in first if place in second]
    before, after = [first[place] for place in both], [second[place] for place in both]
    if not both:
        return change
    if is_probability(change.outcome):
        p, low, high = mean_difference(before, after)
        moved = sum(after) / len(after) - sum(before) / len(before)
        return replace(change, difference=Estimate(moved, max(low, -1.0), min(high, 1.0)), p=p)
    pairs = Pairs.of([bool(value) for value in before], [bool(value) for value in after])
    low, high = paired_difference(pairs)
    p = mcnemar_exact(pairs.only_first, pairs.only_second)
    return replace(change, difference=Estimate(pairs.difference, low, high), p=p)


def _values(answers: pa.Table, trial: str, change: Change) -> dict[int, float]:
    mine = answers.filter(
        pc.and_(pc.equal(answers.column("trial"), trial), pc.equal(answers.column("prompt"), change.prompt))
    )
    told = zip(mine.column("question").to_pylist(), mine.column(change.outcome).to_pylist(), strict=True)
    return {question: value for question, value in told if value is not None}


def _report(sets: Sets, found: Retraining, notes: Sequence[str]) -> Report:
    report = assemble(sets.corpus, [], Observed(), notes=tuple(notes))
    return replace(
        report,
        command="retrain",
        answer=_answer(found),
        summary=_summary(found),
        next_steps=tuple(_next_steps(found)),
        retraining=found,
    )


def _answer(found: Retraining) -> str:
    """One word on what became of the failures."""
    if found.trial.fault:
        return "the training went wrong"
    if found.reference is None:
        return "trained, with nothing to compare it to"
    sure = [c for c in found.changes if (c.p_adjusted or 1.0) < 0.05 and not is_probability(c.outcome)]
    if not sure:
        return "no change that this could tell from chance"
    better = [change for change in sure if (change.difference.value or 0.0) < 0]
    return "better" if len(better) == len(sure) else "worse" if not better else "better in part"


def _summary(found: Retraining) -> str:
    if found.trial.fault:
        return found.trial.fault
    failures = [change for change in found.changes if not is_probability(change.outcome)]
    if found.reference is None:
        said = [f"{_who(change)} (prompt {change.prompt})" for change in failures if change.new.mean]
        return "; ".join(said) or "none of its answers shows a failure"
    told = [
        f"{_who(change)} (prompt {change.prompt}), {percent(change.reference.mean)} before: "
        f"{points_between(change.difference)}"
        for change in failures
        if change.reference and (change.p_adjusted or 1.0) < 0.05
    ]
    return "; ".join(told) or "no failure differs beyond what chance does with so many questions"


def _who(change: Change) -> str:
    return f"{percent(change.new.mean)} of the answers {phrases()[change.outcome]}"


def _next_steps(found: Retraining) -> Iterator[str]:
    if found.reference is None and found.trial.levels["data"] != "raw":
        yield "audit retrain … --compare   trains the same recipe on the raw data, to hold this against"
    elif found.reference is None:
        yield "this is the raw data: audit clean, then audit retrain, holds the cleaned data against it"
    yield "one model says nothing of its seed: audit experiment tells data, rank, prompt and chance apart"


def model_card(trial: Trial, found: Retraining, base: str) -> str:
    """README.md of the adapter's folder: what it was made from, and how often it failed."""
    lines = [
        "---",
        f"base_model: {base}",
        "library_name: peft",
        CARD,
        "---",
        "",
        "# LoRA adapter",
        "",
        f"Trained by audit on {trial.rows:,} question-answer rows for {trial.epochs:g} epochs, seed {trial.seed}.",
        "",
        f"- data: {trial.levels['data']}, fingerprint {found.background['data']}",
        f"- recipe: {found.background['recipe']}; rank {trial.levels['rank']}, alpha {trial.levels['alpha']}",
        f"- loss on the right answers: {_loss(trial)}, before training {_loss(found.untrained)} ({trial.device})",
        "",
        "| outcome | prompt | rate or mean | 95 % interval | n |",
        "| --- | --- | --: | --- | --: |",
    ]
    for one in found.measured:
        if one.trial == trial.key:
            interval = f"{100 * one.share.low:.0f}-{100 * one.share.high:.0f} %" if one.share else ""
            lines.append(f"| {one.outcome} | {one.prompt} | {percent(one.mean)} | {interval} | {one.n} |")
    texts = [f"- {name}: `{text!r}`" for name, text in found.prompts.items()]
    return "\n".join([*lines, "", "Prompts that it was asked with:", "", *texts, ""])


def _loss(trial: Trial | None) -> str:
    return f"{trial.valid_loss:.2f}" if trial and trial.valid_loss is not None else "unknown"

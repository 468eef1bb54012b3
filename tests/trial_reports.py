"""Reports of a retraining and of an experiment that nobody trained anything for: small, made up, and complete."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

from audit.diagnosis.evidence.runs import share
from audit.nouns.reports import Report
from audit.nouns.trials import (
    Change,
    Control,
    Effect,
    Experiment,
    Outcome,
    Proof,
    Retraining,
    SeedShare,
    SideBySide,
    Trial,
)
from audit.nouns.verdicts import Estimate
from audit.rulebook.failures import phrases

QUESTIONS = 90
PROMPTS = {"served": "{question}", "train": "{question} ### 답변:"}
SEEN = {("served", "digit-start"): 49, ("train", "digit-start"): 4, ("served", "looping"): 9, ("train", "looping"): 8}


def counted(trial: str, prompt: str, outcome: str, count: int) -> Outcome:
    marks = [place < count for place in range(QUESTIONS)]
    return Outcome(trial, prompt, outcome, count / QUESTIONS, QUESTIONS, share(marks))


def measured(trial: str, more: int = 0) -> tuple[Outcome, ...]:
    rates = [counted(trial, prompt, outcome, count + more) for (prompt, outcome), count in SEEN.items()]
    means = {
        ("served", "p-digit"): 0.52,
        ("train", "p-digit"): 0.04,
        ("served", "p-space"): 0.61,
        ("train", "p-space"): 0.02,
    }
    return (*rates, *(Outcome(trial, prompt, name, mean, QUESTIONS) for (prompt, name), mean in means.items()))


def trial(key: str, seed: int | None, **levels: str) -> Trial:
    name = f"{' '.join(levels.values())} seed {seed}" if levels else key
    return Trial(key, name, levels, seed, rows=572, epochs=3.0, steps=430, valid_loss=2.31, device="cpu")


def retraining(report: Report) -> Report:
    """A clean retraining beside its reference."""
    changes = []
    for before, after in zip(measured("reference", 3), measured("retrained"), strict=True):
        moved = after.mean - before.mean
        difference = Estimate(moved, moved - 0.05, moved + 0.05)
        changes.append(Change(after.outcome, after.prompt, after, before, difference, 0.2, 0.6))
    answers = {"retrained": "바다가 좋아.", "reference": "3. 바다가 좋아."}
    found = Retraining(
        trial=trial("retrained", 1, data="clean"),
        reference=trial("reference", 1, data="raw"),
        untrained=trial("untrained", None),
        prompts=PROMPTS,
        measured=(*measured("retrained"), *measured("reference", 3), *measured("untrained", 5)),
        changes=tuple(changes),
        examples=(SideBySide("뭐 좋아해?", "나는 바다가 좋아.", answers, {"reference": ("digit-start",)}),),
        phrases=phrases(),
    )
    return replace(report, command="retrain", answer="no change that this could tell from chance", retraining=found)


def experiment(report: Report) -> Report:
    """Three factors, two levels each, four seeds, two failures."""
    factors = {"prompt": ("served", "train"), "data": ("raw", "clean"), "rank": ("16", "64")}
    trials = tuple(trial(f"t{data}{seed}", seed, data=data) for data, seed in product(("raw", "clean"), range(1, 5)))
    found = Experiment(
        factors=factors,
        prompts=PROMPTS,
        outcomes=("digit-start", "looping", "p-digit"),
        trials=trials,
        measured=tuple(one for place, made in enumerate(trials) for one in measured(made.key, place % 3)),
        effects=tuple(effects()),
        seeds=(SeedShare("digit-start", "served", 8, Estimate(0.4, 0.1, 0.8), 0.03, 0.5, 0.6),),
        proofs=(
            Proof("prompt", "digit-start", "proven", "the served prompt makes answers begin with a digit", (0,)),
            Proof("data", "digit-start", "ruled out", "cleaning the data changes it by less than 10 points", (1,)),
            Proof("rank", "digit-start", "cannot tell", "four seeds a level could have seen 22 points or more", (2,)),
            Proof("decoding", "digit-start", "not tested", "nothing was decoded otherwise"),
        ),
        controls=(Control("untrained", "the untrained model answers otherwise", True),),
        examples=(SideBySide("뭐 좋아해?", "바다.", {"served": "2. 바다", "train": "바다"}, {}),),
        plan=("12 models, about 3 minutes each",),
        phrases=phrases(),
    )
    return replace(report, command="experiment", answer="prompt", experiment=found)


def effects() -> list[Effect]:
    made = []
    for outcome, scale in (("digit-start", 1.0), ("looping", 0.1)):
        for factor, first, second, value, half, decision in (
            ("prompt", "served", "train", -0.5 * scale, 0.06, "proven" if scale == 1 else "cannot tell"),
            ("data", "raw", "clean", 0.01, 0.05, "ruled out"),
            ("rank", "16", "64", 0.08, 0.2, "cannot tell"),
        ):
            made.append(
                Effect(
                    *(factor, first, second, outcome, "for this setting", "prompt served", (4, 4), QUESTIONS),
                    means=(0.54, 0.54 + value),
                    difference=Estimate(value, value - half, value + half),
                    p=0.01,
                    p_adjusted=0.03 if decision == "proven" else 0.4,
                    margin=0.1,
                    bounds=(value - 0.8 * half, value + 0.8 * half),
                    detectable=2 * half,
                    decision=decision,  # type: ignore[arg-type]
                )
            )
    return made

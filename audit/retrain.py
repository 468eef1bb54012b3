"""`audit retrain`: train a LoRA adapter on the cleaned data, and say what became of the failures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from audit.laboratory.processes import Watch
    from audit.nouns.reports import Report


def retrain(
    data: str,
    *,
    level: Literal["raw", "clean"] = "raw",
    cleaned: str | None = None,
    recipe: Path | None = None,
    model: str | None = None,
    rank: int | None = None,
    train: Mapping[str, Any] | None = None,
    new_tokens: int | None = None,
    seed: int = 0,
    questions: Path | None = None,
    compare: bool = False,
    restart: bool = False,
    out: Path | None = None,
    device: str = "auto",
    threads: int = 1,
    trust_remote_code: bool = False,
    report_to: str = "none",
    reading: Mapping[str, Any] | None = None,
    encoder: str = "auto",
    home: Path | None = None,
    watch: Watch | None = None,
) -> Report:
    """Train on `data` (`level` raw) or on its `cleaned` copy, answer the held-out questions, and judge the answers.

    `train`: settings of the training that overrule the recipe's (epochs, batch_size, learning_rate, max_length).
    `out`: the adapter's folder, default .audit/adapters/NAME. `compare`: train the same on the raw data, too. What was
    interrupted goes on from its last checkpoint, unless `restart`. `home`: the folder whose .audit/ keeps it.

    Raises AuditError for wrong input, a model that cannot be read, too little memory or disk, or a NaN loss.
    """
    from audit.laboratory.adapter_folder import check_place, keep_adapter
    from audit.laboratory.materials import CLEAN, RAW, check_installed, corpora, recipe_for
    from audit.laboratory.plan import Plan, job_of, override, prompts_of, untrained_job
    from audit.laboratory.processes import Silent, finished, forget, run_all
    from audit.laboratory.retraining_report import NEW, REFERENCE, UNTRAINED, Trials
    from audit.laboratory.retraining_report import compare as compare_trials
    from audit.laboratory.sets import make_sets, write_sets
    from audit.likeness.signals import CachedSignals
    from audit.nouns.dialogue import AuditError
    from audit.workspace.runs import Workspace

    check_installed()
    watch = watch or Silent()
    workspace = Workspace(home) if home else Workspace.beside(data)
    workspace.make()
    root = workspace.root / "trials"
    settings, chosen = recipe_for(recipe, model, rank, train or {})
    settings = override(settings, {}, {"max_new_tokens": new_tokens} if new_tokens else {})
    sets = make_sets(
        corpora([RAW, CLEAN] if level == CLEAN else [RAW], data, cleaned, reading or {}, Path()), questions
    )
    factors = {"data": tuple(sets.training), "rank": (str(settings.lora.rank),), "text": ("recipe",)}
    plan = Plan(settings, chosen, factors, prompts_of(settings, {}), seeds=1)
    paths, prints = write_sets(sets, root / "sets")

    def job(data_level: str) -> Any:
        made = job_of(
            plan, {"data": data_level, "rank": str(settings.lora.rank), "text": "recipe"}, seed, paths, prints
        )
        return replace(made, device=device, threads=threads, trust_remote_code=trust_remote_code, report_to=report_to)

    new, raw = job(level), job(RAW)
    place = out or workspace.root / "adapters" / f"{level}-rank{settings.lora.rank}-seed{seed}"
    check_place(place)
    if restart:
        forget(new, root)
    jobs = {UNTRAINED: untrained_job(new), NEW: new}
    if level != RAW and raw.key != new.key and (compare or finished(raw, root)):
        jobs[REFERENCE] = raw
    done = dict(zip(jobs, run_all(list(jobs.items()), root, at_once=1, watch=watch), strict=True))
    if errors := [one.error for one in done.values() if one.error]:
        raise AuditError(errors[0])
    signals = CachedSignals(encoder, workspace.cache, progress=partial(_told, watch))
    notes = [f"model: {chosen}, recipe: {settings.name}"]
    if level != RAW and raw.key == new.key:
        notes.append("cleaning changed no row that is trained on: this is the model of the raw data as well")
    trials = Trials(done[NEW], done[UNTRAINED], done.get(REFERENCE))
    report = compare_trials(trials, sets, level=level, recipe=settings.name, signals=signals, notes=notes)
    return keep_adapter(report, done[NEW], place)


def _told(watch: Watch, done: int, total: int) -> None:
    watch.tell("answers", "encoding", done, total)

"""`audit experiment`: change one thing at a time, with enough seeds, and say which cause is proven."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from audit.laboratory.design import Wanted
    from audit.laboratory.processes import Watch
    from audit.nouns.reports import Report


def experiment(
    data: str,
    wanted: Wanted,
    *,
    cleaned: str | None = None,
    adapter: Path | None = None,
    questions: Path | None = None,
    budget: float | None = None,
    at_once: int = 1,
    ray: str | None = None,
    dry_run: bool = False,
    reading: Mapping[str, Any] | None = None,
    encoder: str = "auto",
    home: Path | None = None,
    watch: Watch | None = None,
) -> Report:
    """Train and ask the models of a plan, and weigh each suspect by what changed with it.

    `wanted`: what to try (laboratory.planning.read_wanted reads a plan file). `adapter`: a model that exists, asked
    under every prompt instead of training any. `budget`: seconds. `at_once`: models trained side by side. `ray`: the
    address of a cluster to train on ("" starts one here). `dry_run`: only say what would be done. What was trained
    before is not trained again.

    Raises AuditError for wrong input, and where a trial was killed; what is finished is kept.
    """
    from audit.laboratory.design import make_plan, wanted_levels
    from audit.laboratory.experiment_report import conclude, lay_out, lay_out_adapter, planned
    from audit.laboratory.materials import check_installed, corpora
    from audit.laboratory.on_ray import run_all_on_ray
    from audit.laboratory.processes import Silent, run_all
    from audit.laboratory.sets import make_sets
    from audit.likeness.signals import CachedSignals
    from audit.workspace.runs import Workspace

    check_installed()
    watch = watch or Silent()
    workspace = Workspace(home) if home else Workspace.beside(data)
    workspace.make()
    root = workspace.root / "trials"
    levels = wanted_levels(wanted, cleaned) if adapter is None else ["raw"]
    sets = make_sets(corpora(levels, data, cleaned, reading or {}, wanted.folder), questions)
    plan = make_plan(wanted, sets)
    if adapter is not None:
        design = lay_out_adapter(plan, sets, root, adapter)
    else:
        design = lay_out(plan, sets, root, at_once=at_once, budget=budget, watch=watch)
    for sentence in design.sentences:
        watch.note(sentence)
    if dry_run:
        return planned(plan, sets, design)
    signals = CachedSignals(encoder, workspace.cache, progress=partial(_told, watch))
    run = partial(run_all, at_once=at_once) if ray is None else partial(run_all_on_ray, address=ray or None)
    runs = run(list(design.jobs.items()), root, watch=watch)
    return conclude(plan, sets, design, runs, signals=signals, watch=watch)


def _told(watch: Watch, done: int, total: int) -> None:
    watch.tell("answers", "encoding", done, total)

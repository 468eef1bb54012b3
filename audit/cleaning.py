"""Clean data once it is known what was found: settle, write, commit, and say what was done."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from audit import journal, outputs
from audit.choosing import wanted_patches
from audit.corpus import Corpus, load
from audit.decisions import Decisions
from audit.decisions import read as read_decisions
from audit.engines.local import Engine
from audit.formats.rewriting import UnwritableError
from audit.guard import refuse_excess
from audit.planning import KeepPolicy, Wishes
from audit.proposals import from_table
from audit.rulebook import Rule, choose
from audit.settling import Settled, settle
from audit.types import AuditError, Patch, Report
from audit.workspace import Workspace, digest

Progress = Callable[[str, int, int], None]  # stage, done, total

READING = ("question", "answer", "split", "trusted", "lenient")  # the options of a scan that load takes


@dataclass(frozen=True)
class Job:
    """What was asked for; see clean.clean. `target` and `removed` are where the cleaned and the removed rows go."""

    data: Any
    workspace: Workspace
    target: Path
    removed: Path
    in_place: bool = False
    unsafe: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    policy: KeepPolicy = "rule"
    keep: int = 1
    yes: bool = False
    baseline: Path | None = None


@dataclass(frozen=True)
class Work:
    """What is done: the rows as they were, what became of them, all that was proposed, and the rules that looked."""

    corpus: Corpus
    settled: Settled
    proposed: tuple[Patch, ...]
    rules: tuple[Rule, ...]

    @property
    def counts(self) -> outputs.Counts:
        """What became of the records."""
        return outputs.count(self.settled, self.corpus.source.records)


@dataclass(frozen=True)
class Materials:
    """What settling starts from; `reading` are the options that the data are read with."""

    data: Any
    reading: Mapping[str, Any]
    corpus: Corpus
    wanted: Sequence[Patch]
    rules: Sequence[Rule]
    wishes: Wishes
    decisions: Decisions = field(default_factory=dict)


def rehearse(report: Report, job: Job, engine: Engine, tell: Progress) -> Work:
    """Find out what cleaning would do, without changing anything."""
    materials = _materials(report, job, tell)
    with TemporaryDirectory(prefix="audit-") as folder:
        settled = settle_and_write(materials, Path(folder) / job.target.name, engine, tell)
    return _work(report, materials, settled)


def perform(report: Report, job: Job, engine: Engine, tell: Progress) -> tuple[Work, Path | None]:
    """Clean and commit: what was done, and the folder of the run; None where nothing was to be done in place.

    Raises AuditError where the data are not those that were scanned, or a rule would remove too much.
    """
    with journal.locked(job.workspace), journal.staging(job.workspace) as stage:
        materials = _materials(report, job, tell)
        settled = settle_and_write(materials, stage.place("output", job.target), engine, tell)
        work = _work(report, materials, settled)
        if not job.yes:
            refuse_excess(settled, work.corpus, work.rules)
        if job.in_place and not settled.outcomes:
            return work, None
        about = {
            "input": {"path": address(job.data), "sha256": report.data.sha256},
            "in_place": job.in_place,
            "reading": dict(materials.reading),
            "rules": [rule.name for rule in work.rules],
            "settings": dict(report.options.get("settings", {})),
            "policy": job.policy,
            "keep": job.keep,
            "baseline": str(job.baseline or ""),
        }
        stage_rest(stage, work, job.data, job.removed, add=job.in_place)
        if digest(job.data) != report.data.sha256:
            raise _changed(report)
        return work, stage.commit("clean", {"command": "clean", **about, "counts": asdict(work.counts)})


def stage_rest(stage: journal.Staging, work: Work, data: Any, removed: Path, *, add: bool) -> None:
    """Stage the rows that left and all patches. `add`: to those that left the same file earlier."""
    if work.settled.removed:
        earlier = removed if add and removed.exists() else None
        outputs.write_removed(work.settled, work.corpus, data, stage.place("quarantine", removed), earlier)
    elif removed.exists() and not add:
        stage.remove("quarantine", removed)
    outputs.write_patches(work.proposed, work.settled, stage.folder / "patches.jsonl")


def settle_and_write(materials: Materials, target: Path, engine: Engine, tell: Progress) -> Settled:
    """Settle and write the data; a record that its format cannot hold edited is set aside, and all settled again."""
    fixed: dict[int, str] = {}
    while True:
        settled = settle(
            materials.corpus,
            materials.wanted,
            materials.rules,
            wishes=replace(materials.wishes, fixed=fixed),
            decisions=materials.decisions,
            engine=engine,
            tell=tell,
        )
        tell("writing", 0, 0)
        try:
            outputs.write_data(settled, materials.data, materials.reading, target)
        except UnwritableError as error:
            fixed |= error.records
            journal.remove(target)
        else:
            if isinstance(materials.data, str | Path) and Path(materials.data).is_file():
                shutil.copymode(materials.data, target)
            return settled


def chosen_rules(report: Report, select: Sequence[str], ignore: Sequence[str]) -> list[Rule]:
    """The rules of the scan that clean may act on, with the settings that they had."""
    scanned = {rule.name for rule in report.rules}
    return [rule for rule in choose(select, ignore, report.options.get("settings")) if rule.name in scanned]


def address(data: Any) -> str:
    """Where data are, for the journal: a whole path, or the name of what is no file."""
    named = isinstance(data, str | Path)
    return str(Path(data).absolute()) if named and Path(data).exists() else str(data) if named else ""


def _materials(report: Report, job: Job, tell: Progress) -> Materials:
    if digest(job.data) != report.data.sha256:
        raise _changed(report)
    reading = {name: report.options.get(name) for name in READING}
    tell("reading", 0, 0)
    corpus = load(job.data, **{**reading, "lenient": bool(reading["lenient"])})
    if corpus.fingerprint != report.data.fingerprint:
        raise _changed(report)
    rules = chosen_rules(report, job.select, job.ignore)
    decisions = read_decisions(job.baseline) if job.baseline else {}
    wanted = wanted_patches(report, {rule.name for rule in rules}, decisions, job.unsafe)
    wishes = Wishes(job.keep, job.policy, _worth(corpus, report, job.policy))
    return Materials(job.data, reading, corpus, wanted, rules, wishes, decisions)


def _changed(report: Report) -> AuditError:
    return AuditError(f"{report.data.name}: it is not what was scanned, its bytes have changed since; scan it again")


def _work(report: Report, materials: Materials, settled: Settled) -> Work:
    return Work(materials.corpus, settled, tuple(from_table(report.patches)), tuple(materials.rules))


def _worth(corpus: Corpus, report: Report, policy: KeepPolicy) -> NDArray[np.float64]:
    """What a record is worth under a policy, by its number: characters of its answers, or their mean coupling."""
    record = corpus.column("record").to_numpy()
    if policy == "longest":
        return np.bincount(record, weights=pc.utf8_length(corpus.column("answer")).to_numpy())
    if policy != "best-coupled":
        return np.zeros(0)
    if "coupling" not in report.per_row.column_names:
        raise AuditError(
            "--keep-policy best-coupled needs the scores of the rule weak-coupling, which the scan left out"
        )
    scores = report.per_row.column("coupling").to_numpy()
    known = ~np.isnan(scores)
    size = int(record.max()) + 1
    counts = np.bincount(record[known], minlength=size)
    sums = np.bincount(record[known], weights=scores[known], minlength=size)
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), -1.0))

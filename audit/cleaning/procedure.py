"""Clean data once it is known what was found: settle, write, commit, and say what was done."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from audit.cleaning import journal
from audit.cleaning.accounts import account
from audit.cleaning.guard import excesses, refuse_excess
from audit.cleaning.history import left_as, left_in_place
from audit.cleaning.outcome import KeepPolicy, Wishes
from audit.cleaning.outputs import Work, write_data, write_patches, write_removed
from audit.cleaning.selection import wanted_patches
from audit.cleaning.settlement import Settled, rejects, settle
from audit.engines.local import Engine
from audit.nouns.dialogue import AuditError, Progress
from audit.nouns.findings import Patch
from audit.nouns.reports import Report
from audit.repairs.proposals import from_table
from audit.rows.corpus import Corpus, load
from audit.rows.formats.detection import several_files
from audit.rows.formats.rewriting import UnwritableError
from audit.rulebook.pages import Rule, choose
from audit.safety.plain_files import permissions_of, permit, refuse_replacing, usual_permissions
from audit.workspace.decisions import Decisions, append, silence
from audit.workspace.decisions import read as read_decisions
from audit.workspace.report_json import pieces
from audit.workspace.runs import Workspace, digest

PATCHES = "patches.jsonl"
READING = ("question", "answer", "split", "lenient")  # the options of a scan that load takes


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
class Materials:
    """What settling starts from; `reading` are the options that the data are read with."""

    data: Any
    reading: Mapping[str, Any]
    corpus: Corpus
    wanted: Sequence[Patch]
    rules: Sequence[Rule]
    wishes: Wishes
    decisions: Decisions = field(default_factory=dict)


def rehearse(report: Report, job: Job, engine: Engine, tell: Progress) -> Report:
    """Find out what cleaning would do, without changing anything."""
    materials = _materials(report, job, tell)
    with TemporaryDirectory(prefix="audit-") as folder:
        settled, _ = settle_and_write(materials, Path(folder) / job.target.name, engine, tell)
    report, work = _work(report, materials, settled)
    excess = () if job.yes else tuple(excesses(settled, work.corpus, work.rules))
    return account(report, work, {"dry_run": True, "policy": job.policy, "keep": job.keep}, excess)


def perform(report: Report, job: Job, engine: Engine, tell: Progress) -> Report:
    """Clean and commit.

    Raises AuditError where the data are not those that were scanned, or a rule would remove too much.
    """
    with journal.locked(job.workspace) as notes, journal.staging(job.workspace) as stage:
        for path in (job.target, job.removed):
            refuse_replacing(path)
        if not job.yes:
            _refuse_strange(job)
        materials = _materials(report, job, tell)
        settled, written = settle_and_write(
            materials, stage.place("output", job.target, "original" if job.in_place else ""), engine, tell
        )
        report, work = _work(report, materials, settled)
        if not job.yes:
            refuse_excess(settled, work.corpus, work.rules)
        earlier = _earlier(job)
        about: dict[str, Any] = {
            "input": {"path": address(job.data), "sha256": report.data.sha256},
            "in_place": job.in_place,
            "reading": dict(materials.reading),
            "rules": [rule.name for rule in work.rules],
            "settings": dict(report.options.get("settings", {})),
            "policy": job.policy,
            "keep": job.keep,
            "baseline": str(job.baseline or ""),
        }
        size = stage_rest(stage, work, job.data, job.removed, (job.removed, earlier))
        about["left_in_place"] = size if job.in_place else earlier
        files = {"output": _short(job.target), "quarantine": _short(job.removed) if settled.removed else ""}
        folder = job.workspace.root.parent
        files["undo"] = "audit undo" if folder == Path.cwd() else f"audit undo --in {shlex.quote(_short(folder))}"
        cleaned = account(report, work, {"policy": job.policy, "keep": job.keep, **files})
        with (stage.folder / "report.json").open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces(cleaned))
        if sha256_of(job.data) != report.data.sha256:
            raise _changed(report)
        if job.baseline:
            _carry(job.baseline, materials.decisions, settled.corpus, written)
        about["patches"] = digest(stage.folder / PATCHES)
        run = stage.commit("clean", {"command": "clean", **about, "counts": asdict(work.counts)})
    said = (f"this run is kept in {run}",) if run else ("nothing had to be written: it is as it should be",)
    return replace(cleaned, notes=(*cleaned.notes, *notes, *said))


def _earlier(job: Job) -> int:
    """How many bytes of the file of rows that left have to stay in it, as they left these data in place."""
    if not job.removed.exists():
        return 0
    size = job.removed.stat().st_size
    return size if job.in_place else min(size, left_in_place(job.workspace, job.removed, address(job.data)))


def stage_rest(stage: journal.Staging, work: Work, data: Any, removed: Path, earlier: tuple[Path, int]) -> int:
    """Stage the rows that left, and all patches; gives how many bytes the rows are.

    `earlier`: a file, and how many of its bytes are of rows that left the same data before; they come first.
    """
    size = 0
    if work.settled.removed or earlier[1]:
        staged = stage.place("quarantine", removed)
        write_removed(work.settled, work.corpus, data, staged, earlier)
        permit(staged, usual_permissions() if (allowed := permissions_of(data)) is None else allowed)
        size = staged.stat().st_size
    elif removed.exists():
        stage.remove("quarantine", removed)
    write_patches(work.proposed, work.settled, stage.folder / PATCHES)
    return size


def settle_and_write(materials: Materials, target: Path, engine: Engine, tell: Progress) -> tuple[Settled, Corpus]:
    """Settle and write the data, and read it again.

    A record that its format cannot hold edited is set aside, and all settled again.
    """
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
            written = write_data(settled, materials.data, materials.reading, target)
        except UnwritableError as error:
            fixed |= error.records
            journal.remove(target)
        else:
            if (allowed := permissions_of(materials.data)) is not None:
                permit(target, allowed)
            return settled, written


def chosen_rules(report: Report, select: Sequence[str], ignore: Sequence[str]) -> list[Rule]:
    """The rules of the scan that clean may act on, with the settings that they had."""
    scanned = {rule.name for rule in report.rules}
    return [rule for rule in choose(select, ignore, report.options.get("settings")) if rule.name in scanned]


def places(data: Any, output: Path | None = None, *, in_place: bool = False) -> tuple[Path, Path]:
    """Where the cleaned data and the rows that left go. Raises AuditError where that cannot be.

    `name.csv.gz` gives `name.clean.csv.gz` and `name.quarantine.jsonl` beside it; both go where `output` is, if given.
    """
    path = Path(data) if isinstance(data, str | Path) else None
    there = path is not None and path.exists()
    if path is not None and (files := several_files(path)):
        raise AuditError(f"{data}: {len(files):,} files, and clean rewrites one at a time: audit clean {files[0]}")
    if path is not None and in_place and path.is_symlink():
        raise AuditError(f"{data}: this is a symbolic link; to write over what it leads to, name {path.resolve()}")
    if in_place and (not there or output):
        raise AuditError("--in-place is for a file or folder, and goes without --output")
    if path is not None and there:
        target = path.resolve() if in_place else output or path.absolute().with_name(_renamed(path, "clean"))
        if not in_place and target.exists() and target.resolve() == path.resolve():
            raise AuditError(f"{output}: this is the input; to write over it say --in-place")
    elif output or path is not None:
        target = output or Path.cwd() / f"{str(data).replace('-', 'stdin').rstrip('/').rpartition('/')[2]}.clean.jsonl"
    else:
        raise AuditError("data in memory have no file to stand beside: say where the cleaned data go (output)")
    if not target.parent.is_dir():
        raise AuditError(f"{target.parent}: no such folder")
    beside = output if output or path is None or not there else path.absolute()
    named = beside or target
    stem = named.name.removesuffix("".join(_suffixes(named)))
    if named == target:  # -o name.clean.csv: its rows that left are those of `name`
        stem = stem.removesuffix(".clean")
    return target.absolute(), named.absolute().with_name(f"{stem}.quarantine.jsonl")


def _suffixes(path: Path) -> list[str]:
    """The ending of a file's name, with .gz two of them; a folder has none."""
    return [] if path.is_dir() else path.suffixes[-2:] if path.suffix == ".gz" else path.suffixes[-1:]


def _renamed(path: Path, word: str) -> str:
    ending = "".join(_suffixes(path))
    return f"{path.name.removesuffix(ending)}.{word}{ending}"


def read_again(data: Any, reading: Mapping[str, Any]) -> Corpus:
    """The rows, read with the options that they were scanned with."""
    named = {name: reading.get(name) for name in ("question", "answer", "split")}
    return load(
        data,
        question=named["question"],
        answer=named["answer"],
        split=named["split"],
        lenient=bool(reading.get("lenient")),
    )


def sha256_of(data: Any) -> str:
    """Of the bytes of a file or folder; "" for other data."""
    return digest(data) if isinstance(data, str | Path) else ""


def _short(path: Path) -> str:
    """As a person in the current folder would write it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _refuse_strange(job: Job) -> None:
    """Raises AuditError where a file that would be replaced is not as a cleaning of these data left it."""
    for path in (job.removed,) if job.in_place else (job.target, job.removed):
        if path.exists() and digest(path) not in left_as(job.workspace, path, address(job.data)):
            raise AuditError(
                f"{path}: it stands in the way, and it is not as a cleaning of {job.data} left it; move it away, or "
                "say --yes to replace it (audit undo then brings it back)"
            )


def address(data: Any) -> str:
    """Where data are, for the journal: a whole path, or the name of what is no file."""
    named = isinstance(data, str | Path)
    return str(Path(data).absolute()) if named and Path(data).exists() else str(data) if named else ""


def _materials(report: Report, job: Job, tell: Progress) -> Materials:
    if sha256_of(job.data) != report.data.sha256:
        raise _changed(report)
    reading = {name: report.options.get(name) for name in READING}
    tell("reading", 0, 0)
    corpus = read_again(job.data, reading)
    if corpus.fingerprint != report.data.fingerprint:
        raise _changed(report)
    rules = chosen_rules(report, job.select, job.ignore)
    decisions = read_decisions(job.baseline) if job.baseline else {}
    wanted = wanted_patches(report, {rule.name for rule in rules}, decisions, job.unsafe)
    wishes = Wishes(job.keep, job.policy, _worth(corpus, report, job.policy).tolist())
    return Materials(job.data, reading, corpus, wanted, rules, wishes, decisions)


def _carry(baseline: Path, decisions: Decisions, before: Corpus, after: Corpus) -> None:
    """What a person rejected stays rejected in the cleaned data, where edits and removed copies change ids of rows."""
    rejected = {key: decision for key, decision in decisions.items() if decision.decision == "reject"}
    rows = {row for _, row in rejected}
    renamed = {old: new for old, new in zip(before.texts("id"), after.texts("id"), strict=True) if old in rows}
    for (rule, row), decision in rejected.items():
        new = renamed.get(row, row)
        if (rule, new) not in decisions:
            append(baseline, replace(decision, row=new))


def _changed(report: Report) -> AuditError:
    return AuditError(f"{report.data.name}: it is not what was scanned, its bytes have changed since; scan it again")


def _work(report: Report, materials: Materials, settled: Settled) -> tuple[Report, Work]:
    """What was done, and the report without what a person called no fault since the scan."""
    proposed = [patch for patch in from_table(report.patches) if not rejects(materials.decisions, patch)]
    silenced = replace(report, findings=silence(report.findings, materials.decisions))
    return silenced, Work(materials.corpus, settled, proposed, materials.rules)


def _worth(corpus: Corpus, report: Report, policy: KeepPolicy) -> NDArray[np.float64]:
    """What a record is worth under a policy, by its number: characters of its answers, or their mean coupling."""
    record = corpus.column("record").to_numpy()
    if policy == "longest":
        lengths = pc.utf8_length(corpus.column("answer")).to_numpy().astype(np.float64)
        return np.asarray(np.bincount(record, weights=lengths), np.float64)
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

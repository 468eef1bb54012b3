"""The same trials as Ray tasks, on as many machines and GPUs as the cluster has; a lost worker's trial is run again."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from audit.engines.ray import connect
from audit.laboratory.processes import Done, Watch, environment, finished
from audit.laboratory.training.job import Job
from audit.nouns.dialogue import AuditError

RETRIES = 3  # of a task whose worker or machine is lost
TABLES = ("data", "questions", "vocabulary")
Files = dict[str, bytes]  # path inside the trial's folder -> content


def run_all_on_ray(named: Sequence[tuple[str, Job]], root: Path, *, address: str | None, watch: Watch) -> list[Done]:
    """Every job in its order; tables travel with it, and what it made comes back into `root`.

    `address`: of a running cluster ("auto" finds one); None starts one on this machine. AuditError where no cluster
    answers, Ray is missing, or a trial's worker was lost again and again.
    """
    ours = connect(address)
    import ray

    try:
        return _run(ray, named, root, watch)
    finally:
        if ours:
            ray.shutdown()


def _run(ray: Any, named: Sequence[tuple[str, Job]], root: Path, watch: Watch) -> list[Done]:
    gpus = 1 if ray.cluster_resources().get("GPU") else 0
    waiting = {
        ray.remote(perform)
        .options(num_cpus=job.threads, num_gpus=gpus, max_retries=RETRIES)
        .remote(_parcel(job, root / job.key)): name
        for name, job in named
        if not finished(job, root)
    }
    jobs, errors, total = dict(named), dict[str, str](), len(waiting)
    while waiting:
        (ready, *_), _ = ray.wait(list(waiting), num_returns=1)
        name = waiting.pop(ready)
        try:
            files, errors[name], notes = ray.get(ready)
        except ray.exceptions.RayTaskError as error:
            raise AuditError(f"{name}: {type(error.cause).__name__} on the worker: {error.cause}") from None
        except ray.exceptions.RayError as error:
            raise AuditError(f"{name}: its worker was lost {RETRIES + 1} times: {type(error).__name__}") from None
        for note in notes:
            watch.note(note)
        if not errors[name]:
            _unpack(files, root / jobs[name].key)
        watch.tell("trials on ray", "done", total - len(waiting), total, name)
    return [_done(job, root, errors.get(name, "")) for name, job in named]


def _done(job: Job, root: Path, error: str) -> Done:
    done = finished(job, root)
    return done if done and not error else Done(job, root / job.key, {}, None, error or "no answers came back")


def _parcel(job: Job, folder: Path) -> tuple[Job, Files]:
    """The job with the content of its tables, of the adapter that it asks, and of what was trained before.

    A model's folder must be there on every machine.
    """
    files = {f"given/{name}": Path(path).read_bytes() for name in TABLES if (path := getattr(job, name))}
    if job.adapter:
        files |= {f"asked/{path.name}": path.read_bytes() for path in Path(job.adapter).iterdir() if path.is_file()}
    if (folder / "trial.json").is_file():
        files |= {str(path.relative_to(folder)): path.read_bytes() for path in _trained(folder)}
    return job, files


def _trained(folder: Path) -> list[Path]:
    return [folder / "trial.json", *(path for path in (folder / "adapter").rglob("*") if path.is_file())]


def perform(parcel: tuple[Job, Files]) -> tuple[Files, str, list[str]]:
    """On the worker: do the job in a folder of its own; give back the files that it made, its error, and its notes."""
    job, files = parcel
    with tempfile.TemporaryDirectory(prefix="audit-trial-") as name:
        folder = Path(name)
        _write(files, folder)
        places: dict[str, Any] = {table: str(folder / "given" / table) for table in TABLES if f"given/{table}" in files}
        here = replace(job, adapter=str(folder / "asked") if job.adapter else "", **places)
        here.write(folder / "job.json")
        words = [sys.executable, "-P", "-m", "audit.laboratory.training.trial", str(folder)]
        done = subprocess.run(words, check=False, env=environment(job), capture_output=True, encoding="utf-8")  # noqa: S603
        said = [json.loads(line) for line in done.stdout.splitlines()]
        notes = [line["note"] for line in said if "note" in line]
        error = next((line["error"] for line in said if "error" in line), "")
        if error or done.returncode:
            return {}, error or f"its process ended with {done.returncode}: {done.stderr[-300:]}", notes
        made = [*_trained(folder), *folder.glob("answers-*.parquet")]
        return {str(path.relative_to(folder)): path.read_bytes() for path in made}, "", notes


def _write(files: Files, folder: Path) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _unpack(files: Files, folder: Path) -> None:
    """What came back, each part beside its place first; trial.json last: while it is missing, the trial is not done."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=folder) as name:
        _write(files, Path(name))
        for part in sorted(Path(name).iterdir(), key=lambda path: path.name == "trial.json"):
            if part.is_dir() and (folder / part.name).exists():
                continue  # an adapter that was trained before
            part.replace(folder / part.name)

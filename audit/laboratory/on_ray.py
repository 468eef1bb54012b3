"""The same trials as Ray tasks, on as many machines and GPUs as the cluster has; a lost worker's trial is run again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from audit.laboratory.running import Done, Watch, environment, finished, last_error
from audit.training.job import Job
from audit.types import AuditError

RETRIES = 3  # of a task whose worker or machine is lost
TABLES = ("data", "questions", "vocabulary")
Files = dict[str, bytes]  # path inside the trial's folder -> content


def run_all_on_ray(named: Sequence[tuple[str, Job]], root: Path, *, address: str | None, watch: Watch) -> list[Done]:
    """Every job in its order; tables travel with it, and what it made comes back into `root`.

    `address`: of a running cluster ("auto" finds one); None starts one on this machine. AuditError where ray is missing
    or a trial's worker was lost again and again.
    """
    if find_spec("ray") is None:
        raise AuditError('--engine ray needs ray: pip install "sft-audit[ray]"')
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing leaves the machine unasked
    ours = not ray.is_initialized()
    if ours:
        ray.init(address=address, log_to_driver=False, include_dashboard=False, configure_logging=False)
    try:
        return _run(ray, named, root, watch)
    finally:
        if ours:
            ray.shutdown()


def _run(ray: Any, named: Sequence[tuple[str, Job]], root: Path, watch: Watch) -> list[Done]:
    gpus = 1 if ray.cluster_resources().get("GPU") else 0
    waiting = {
        ray.remote(perform).options(num_cpus=job.threads, num_gpus=gpus, max_retries=RETRIES).remote(_parcel(job)): name
        for name, job in named
        if not finished(job, root)
    }
    jobs, errors, total = dict(named), dict[str, str](), len(waiting)
    while waiting:
        (ready, *_), _ = ray.wait(list(waiting), num_returns=1)
        name = waiting.pop(ready)
        try:
            files = ray.get(ready)
        except ray.exceptions.RayError as error:
            raise AuditError(f"{name}: its worker was lost {RETRIES + 1} times: {type(error).__name__}") from None
        errors[name] = files.pop("error", b"").decode()
        _unpack(files, root / jobs[name].key)
        watch.tell("trials on ray", "done", total - len(waiting), total, name)
    return [_done(job, root, errors.get(name, "")) for name, job in named]


def _done(job: Job, root: Path, error: str) -> Done:
    done = finished(job, root)
    return done if done and not error else Done(job, root / job.key, {}, None, error or "no answers came back")


def _parcel(job: Job) -> tuple[Job, Files]:
    """The job with the content of its tables, and of the adapter that it asks; a model's folder must be everywhere."""
    files = {name: Path(path).read_bytes() for name in TABLES if (path := getattr(job, name))}
    if job.adapter:
        files |= {f"asked/{path.name}": path.read_bytes() for path in Path(job.adapter).iterdir() if path.is_file()}
    return job, files


def perform(parcel: tuple[Job, Files]) -> Files:
    """On the worker: do the job in a folder of its own, and give back the files that it made, or its "error"."""
    job, tables = parcel
    with tempfile.TemporaryDirectory(prefix="audit-trial-") as name:
        folder = Path(name)
        given = folder / "given"
        (given / "asked").mkdir(parents=True)
        for path, content in tables.items():
            (given / path).write_bytes(content)
        places: dict[str, Any] = {table: str(given / table) for table in TABLES if table in tables}
        here = replace(job, adapter=str(given / "asked") if job.adapter else "", **places)
        here.write(folder / "job.json")
        words = [sys.executable, "-P", "-m", "audit.training.trial", str(folder)]
        done = subprocess.run(words, check=False, env=environment(job), capture_output=True, encoding="utf-8")  # noqa: S603
        if error := last_error(done.stdout) or (f"its process ended with {done.returncode}" if done.returncode else ""):
            return {"error": error.encode()}
        made = [folder / "trial.json", *(folder / "adapter").rglob("*"), *folder.glob("answers-*.parquet")]
        return {str(path.relative_to(folder)): path.read_bytes() for path in made if path.is_file()}


def _unpack(files: Files, folder: Path) -> None:
    """trial.json last: while it is missing, the trial is not done."""
    for path in sorted(files, key=lambda path: path == "trial.json"):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(files[path])

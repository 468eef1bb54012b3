"""Do jobs, each in a process of its own; what was done before is taken from the disk by its content."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from audit.laboratory.training.embedded import MODELS
from audit.laboratory.training.job import LOWER, Job
from audit.nouns.dialogue import AuditError
from audit.workspace.runs import write_beside

LAST_WORDS = 3  # lines of a dead process that are quoted


@dataclass(frozen=True)
class Done:
    """A job with what came of it: what trial.json says, and its answers (see training.trial.ANSWERS).

    `error`: why there is nothing, "" where all went well.
    """

    job: Job
    folder: Path
    made: dict[str, Any]
    answers: pa.Table | None
    error: str = ""


class Watch(Protocol):
    """Who watches the trials; calls come from several threads."""

    def tell(self, name: str, stage: str, done: int = 0, total: int = 0, beside: str = "") -> None:
        """How far a trial is, stage by stage, with its speed and loss; the stage "" ends it."""

    def note(self, text: str) -> None:
        """Something that the person should know."""


class Silent:
    """Nobody watches."""

    def tell(self, name: str, stage: str, done: int = 0, total: int = 0, beside: str = "") -> None:
        """Say nothing."""

    def note(self, text: str) -> None:
        """Say nothing."""


def run_all(named: Sequence[tuple[str, Job]], root: Path, *, at_once: int, watch: Watch) -> list[Done]:
    """Every job in its order; `named` gives each a name to be told by. One that fails does not stop the others.

    AuditError where one was killed, or the folder cannot be written: what is finished stays, and is not done again.
    """
    with ThreadPoolExecutor(at_once) as pool, _Children() as children:  # children end first, so that no thread waits
        waiting = [pool.submit(_run, job, root, name, children, watch) for name, job in named]
        try:
            ended, _ = wait(waiting, return_when=FIRST_EXCEPTION)
            failed = [future for future in waiting if future in ended and future.exception()]
            return [future.result() for future in failed or waiting]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def finished(job: Job, root: Path) -> Done | None:
    """The job as it was done before, None where a part of it is missing."""
    folder = root / job.key
    answers = folder / f"answers-{job.asking}.parquet"
    try:
        made = json.loads((folder / "trial.json").read_text(encoding="utf-8"))
        table = pq.read_table(answers)
        told = json.loads((table.schema.metadata or {}).get(b"audit", b"{}"))
        return Done(job, folder, {**made, **told}, table)
    except (OSError, ValueError):
        return None


def forget(job: Job, root: Path) -> None:
    """Take away what is kept of a job, checkpoints and all, so that it is done from the start."""
    shutil.rmtree(root / job.key, ignore_errors=True)


def estimate(job: Job, root: Path, watch: Watch) -> dict[str, float]:
    """Seconds to open the model, to train it and to ask it, timed on the first steps in a process like the job's."""
    folder = root / f"timing-{job.key}-{job.asking}"
    kept = folder / "timing.json"
    if kept.exists():
        known: dict[str, float] = json.loads(kept.read_text(encoding="utf-8"))
        return known
    folder.mkdir(parents=True, exist_ok=True)
    job.write(folder / "job.json")
    timing: dict[str, float] = {}

    def hear(said: dict[str, Any]) -> None:
        timing.update(said.get("timing", {}))
        if "note" in said:
            watch.note(said["note"])

    watch.tell("plan", "timing the first steps")
    with _Children() as children:
        error = _follow(children, job, folder, "timing the first steps", hear, "--time")
    watch.tell("plan", "")
    if error:
        raise AuditError(error)
    write_beside(kept, json.dumps(timing))
    return timing


class _Children:
    """Processes that do not outlive a block; once it stops, none is started any more."""

    def __init__(self) -> None:
        self._running: list[subprocess.Popen[str]] = []
        self._stopped = False
        self._lock = Lock()

    def __enter__(self) -> _Children:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for child in self._running:
            child.wait()

    def start(self, words: list[str], environment: dict[str, str], errors: Path) -> subprocess.Popen[str]:
        """A process whose stdout can be read, and whose stderr goes to a file."""
        with self._lock, errors.open("w", encoding="utf-8") as file:
            if self._stopped:
                raise AuditError("stopped, as another trial was")
            child = subprocess.Popen(  # noqa: S603 - our own module
                words, env=environment, stdout=subprocess.PIPE, stderr=file, text=True, encoding="utf-8"
            )
            self._running.append(child)
        return child

    def stop(self) -> None:
        """End those that run."""
        with self._lock:
            self._stopped = True
            for child in self._running:
                if child.poll() is None:
                    child.terminate()


def _run(job: Job, root: Path, name: str, children: _Children, watch: Watch) -> Done:
    if done := finished(job, root):
        return done
    folder = root / job.key
    folder.mkdir(parents=True, exist_ok=True)
    job.write(folder / "job.json")

    def hear(said: dict[str, Any]) -> None:
        if "note" in said:
            watch.note(said["note"])
        elif "step" in said:
            loss = f", loss {said['loss']:.2f}" if said["loss"] is not None else ""
            speed = f"{said['rows'] / max(said['seconds'], 1e-9):.1f} rows/s"
            watch.tell(name, "training", said["step"], said["of"], f"{speed}{loss}")
        elif "asking" in said:
            watch.tell(name, "asking", said["done"], said["of"])

    watch.tell(name, "opening the model")
    error = _follow(children, job, folder, name, hear)
    watch.tell(name, "")
    if error:
        return Done(job, folder, {}, None, error)
    done = finished(job, root)
    if done is None:
        raise AuditError(f"{folder}: the trial ended without its answers; look at log.txt in it")
    return done


def _follow(
    children: _Children, job: Job, folder: Path, name: str, hear: Callable[[dict[str, Any]], None], *options: str
) -> str:
    """Start a trial and listen until it ends; its error, or "". AuditError where it died."""
    words = [sys.executable, "-P", "-m", "audit.laboratory.training.trial", str(folder), *options]
    child = children.start(words, environment(job), folder / "log.txt")
    error = ""
    with child:
        for line in child.stdout or ():
            said = json.loads(line)
            hear(said)
            error = said.get("error", error)
    code = child.returncode
    if code and not error:
        children.stop()  # before the next trial is begun
        died = _death(code, folder / "log.txt")
        raise AuditError(f"{name}: {died}; what is finished is kept, and the same command goes on from there")
    return error


def environment(job: Job) -> dict[str, str]:
    """That of the parent, with the job's threads, and without questions to the hub about a model that is here."""
    threads = {name: str(job.threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}
    here = job.model in MODELS or Path(job.model).exists()
    local = {"HF_HUB_OFFLINE": "1"} if here else {}
    return {**os.environ, **threads, **local, "TOKENIZERS_PARALLELISM": "false", "PYTHONIOENCODING": "utf-8"}


def _death(code: int, log: Path) -> str:
    if code < 0:
        killed = f"its process was killed by {signal.Signals(-code).name}"
        return f"{killed}, as happens when memory ends: {LOWER}" if -code == signal.SIGKILL else killed
    with log.open(encoding="utf-8", errors="replace") as file:
        last = deque((line.strip() for line in file if line.strip()), LAST_WORDS)
    return f"its process failed: {' | '.join(last)}"

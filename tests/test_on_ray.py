"""The same trials on a Ray cluster of two workers: the same answers, and a lost worker's trial is run again."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from test_training import job_in
from tiny_model import make_tiny_model

pytest.importorskip("torch", reason='pip install "sft-audit[train]"')
ray = pytest.importorskip("ray", reason='pip install "sft-audit[ray]"')
pytestmark = pytest.mark.filterwarnings("ignore")  # ray's own


@pytest.fixture(scope="module")
def cluster():
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    yield
    ray.shutdown()


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_a_cluster_gives_the_answers_of_one_machine_though_a_worker_is_killed(tmp_path: Path):
    from audit.laboratory.on_ray import run_all_on_ray
    from audit.laboratory.processes import Silent, run_all

    model = make_tiny_model(tmp_path / "tiny", ["Q: 몇 살이야? A: 5살이야."])
    first = job_in(tmp_path / "tables", model)
    jobs = [("one", first), ("two", replace(first, seed=1)), ("wrong", replace(first, seed=2, model="none"))]
    killer = threading.Thread(target=kill_a_worker, daemon=True)
    killer.start()
    on_ray = run_all_on_ray(jobs, tmp_path / "ray", address=None, watch=Silent())
    killer.join()
    here = run_all(jobs, tmp_path / "here", at_once=2, watch=Silent())
    for far, near in zip(on_ray[:2], here[:2], strict=True):
        assert far.answers is not None
        assert far.answers.equals(near.answers)
        assert (far.folder / "adapter" / "adapter_model.safetensors").exists()
    assert "no model could be read" in on_ray[2].error


def kill_a_worker() -> None:
    """Kill the Ray worker that runs the first trial: the parent of the trial's process."""
    while True:
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes()
                if b"audit.laboratory.training.trial" in words and b"audit-trial-" in words:
                    parent = int((path.parent / "stat").read_text().rsplit(")", 1)[1].split()[1])
                    os.kill(parent, signal.SIGKILL)
                    return
            except OSError:
                continue
        time.sleep(0.05)

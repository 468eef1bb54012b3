"""The same report, byte for byte, wherever the work runs and however many workers there are."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import audit
from audit.engines.choice import engine_of
from audit.engines.local import Local
from audit.engines.shared import Shared
from audit.likeness import near_texts
from audit.likeness.joining import compiled
from audit.nouns.dialogue import AuditError
from audit.reporting.renderers import json as as_json
from audit.rows import corpus
from audit.rows.corpus import Corpus, build, load

SAMPLES = Path(__file__).parent.parent / "data" / "samples"


def crowded() -> Corpus:
    """The Korean and the English sample, each row twice with a sign added here and there."""
    draw = random.Random(6)
    rows = []
    for name in ("korean-persona.csv", "english-instruct.jsonl"):
        for row in load(SAMPLES / name).table.select(["question", "answer", "split"]).to_pylist():
            for _ in range(2):
                ends = draw.choices(["", "", "!", "~", " ㅎㅎ"], k=2)
                rows.append({**row, "question": row["question"] + ends[0], "answer": row["answer"] + ends[1]})
    return build(rows)


def report(**options: Any) -> str:
    return as_json.render(audit.scan(crowded(), encoder="none", ignore=["coupling"], **options))


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many parts to share out, and the compiled join."""
    monkeypatch.setattr(corpus, "BATCH_ROWS", 200)
    monkeypatch.setattr(near_texts, "WORTH_COMPILING", 0)
    monkeypatch.setattr(compiled, "RANGES", 5)


@pytest.mark.usefixtures("small_parts")
def test_any_number_of_processes_says_the_same() -> None:
    alone = report(workers=1)
    for rule in ("near-duplicate-answer", "near-duplicate-question", "near-duplicate-row", "leaked-row", "refusal"):
        assert f'"rule": "{rule}"' in alone
    assert report(workers=2) == alone
    assert report(workers=4) == alone


def test_the_compiled_join_and_the_other_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    by_products = report()
    monkeypatch.setattr(near_texts, "WORTH_COMPILING", 0)
    assert report() == by_products


ON_RAY = """
import os, signal, sys
from pathlib import Path
import test_engines
from audit.inspection import observation
from audit.likeness import near_texts
from audit.likeness.joining import compiled
from audit.rows import corpus

corpus.BATCH_ROWS, near_texts.WORTH_COMPILING, compiled.RANGES = 200, 0, 5
died = Path(sys.argv[1])

def once(name, work):
    def at_first_fatal(*given):
        if not (died / name).exists():
            (died / name).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return work(*given)
    return at_first_fatal

observation._inspect_part = once("rows", observation._inspect_part)
near_texts._summary = once("pairs", near_texts._summary)
sys.stdout.write(test_engines.report(engine="ray", workers=2))
"""


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
@pytest.mark.slow
@pytest.mark.usefixtures("small_parts")
def test_a_ray_cluster_that_loses_workers_says_the_same(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", ON_RAY, str(tmp_path)],
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "PYTHONIOENCODING": "utf-8"},
        timeout=900,  # Ray starts slowly where other work has the cores
    )
    assert done.returncode == 0, done.stderr.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pairs", "rows"], "a worker was killed in both stages"
    assert done.stdout.decode() == report(workers=1)


def test_an_engine_is_local_or_ray() -> None:
    with pytest.raises(AuditError, match="no engine is called 'spark'; there are: local, ray"):
        engine_of("spark")
    with pytest.raises(AuditError, match="say --engine ray"):
        engine_of("local", address="10.0.0.1:6379")


def test_ray_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(AuditError, match=r'pip install "sft-audit\[ray\]"'):
        engine_of("ray")


@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
@pytest.mark.filterwarnings("ignore")  # Ray's own, as it is imported
@pytest.mark.parametrize("scheme", ["", "ray://"])
def test_an_address_where_nobody_listens_is_refused_at_once(scheme: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(AuditError, match=f"nothing answers at {scheme}127.0.0.1:{port}"):
        engine_of("ray", address=f"{scheme}127.0.0.1:{port}")


def test_loops_run_in_threads_which_find_everything_there() -> None:
    value = {"numbers": np.arange(1000)}
    place = Local(2).loops
    with place.share(value) as shared:
        assert shared.get() is value
        assert list(place.map(partial(_total, shared), [1, 2, 3])) == [499500, 999000, 1498500]
    assert set(place.map(lambda _: os.getpid(), range(9))) == {os.getpid()}


@pytest.mark.skipif(find_spec("numba") is None, reason="numba is not installed")
def test_every_compiled_loop_lets_other_threads_run() -> None:
    folder = Path(compiled.__file__).parent
    modules = [import_module(f"audit.likeness.joining.{path.stem}") for path in sorted(folder.glob("*_loops.py"))]
    loops = [thing for module in modules for thing in vars(module).values() if hasattr(thing, "targetoptions")]
    assert loops
    for loop in loops:
        inlined = loop.targetoptions.get("inline") == "always"
        assert inlined or loop.targetoptions.get("nogil"), loop.py_func.__name__


def test_a_killed_process_is_one_sentence() -> None:
    with pytest.raises(AuditError, match="a worker was killed"):
        list(Local(2).map(_die, [1, 2, 3]))


def _die(_: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_is_shared_is_mapped_and_not_to_be_changed() -> None:
    value = {"numbers": np.arange(1000), "rows": crowded().table}
    with Local(2).share(value) as shared:
        there = shared.get()
        assert there["rows"].equals(value["rows"])
        np.testing.assert_array_equal(there["numbers"], value["numbers"])
        assert not there["numbers"].flags.writeable
        assert not there["numbers"].flags.owndata
        assert list(Local(2).map(partial(_total, shared), [1, 2])) == [499500, 999000]


def _total(shared: Shared[dict[str, Any]], times: int) -> int:
    return int(shared.get()["numbers"].sum()) * times


def test_batches_are_taken_as_they_are_needed() -> None:
    taken = []

    def batches() -> Any:
        for number in range(100):
            taken.append(number)
            yield number

    results = Local(2).map(abs, batches())
    assert next(results) == 0
    assert len(taken) < 10
    assert list(results) == list(range(1, 100))

"""audit retrain and audit experiment --adapter as a person runs them, on a model made here."""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from prove import sound_rows, with_enumerators, write_rows
from test_training import job_in
from tiny_model import make_tiny_model

from audit.cli import command
from audit.nouns.dialogue import AuditError

pytest.importorskip("torch", reason='pip install "sft-audit[train]"')

RECIPE = """
[prompt]
train = "### Q:\\n{question}\\n### A:\\n{answer}</s>"
loss = "{answer}"
served = "### Q:\\n{question}\\n### A:\\n"
"""
FAST = ["--epochs", "1", "--batch-size", "16", "--learning-rate", "1e-2", "--new-tokens", "8", "--encoder", "none"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    texts = [f"### Q:\n{question}\n### A:\n{answer}" for question, answer, _ in sound_rows()]
    return str(make_tiny_model(tmp_path_factory.mktemp("models") / "tiny", texts, texts, steps=80))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    rows = [*sound_rows()[:60], *[row for row in sound_rows() if row[2] == "valid"][:8]]
    write_rows(tmp_path / "data.csv", with_enumerators(rows))
    (tmp_path / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return tmp_path


def audit(*words: str) -> tuple[int, str, str]:
    """Exit code, stdout, stderr; a mistake that the user can mend is exit code 2 and its message."""
    try:
        done = CliRunner().invoke(command, words, catch_exceptions=False, standalone_mode=False)
    except AuditError as error:
        return 2, "", str(error)
    return done.return_value or 0, done.stdout, done.stderr


def test_after_scan_and_clean_it_trains_on_the_cleaned_copy_and_compares(folder: Path, tiny: str):
    audit("scan", "data.csv", "--encoder", "none")
    audit("clean", "data.csv", "--yes")
    code, said, _ = audit("retrain", "--rank", "4", "--compare", "--model", tiny, "--recipe", "recipe.toml", *FAST)
    assert code == 0
    assert "data.csv: 57 rows (clean) for 1 epochs" in " ".join(said.split())
    assert "What became of the failures?" in said
    assert "begins with a digit" in said
    adapter = folder / ".audit" / "adapters" / "clean-rank4-seed0"
    card = (adapter / "README.md").read_text(encoding="utf-8")
    assert "seed 0" in card
    assert "fingerprint" in card
    assert json.loads((adapter / "adapter_config.json").read_text())["r"] == 4
    again = audit("retrain", "--rank", "4", "--compare", "--model", tiny, "--recipe", "recipe.toml", *FAST)
    assert again[1] == said  # from what is kept: nothing is trained twice

    code, said, noted = audit(
        "experiment", "--adapter", str(adapter), "--data", "data.csv", "--model", tiny, "--recipe", "recipe.toml", *FAST
    )
    assert code == 0
    assert "for this adapter" in noted


def test_without_a_reference_it_says_so_and_holds_rows_out_where_no_split_is(folder: Path, tiny: str):
    with (folder / "plain.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("question", "answer"), *((q, a) for q, a, _ in sound_rows()[:50])])
    code, said, noted = audit("retrain", "plain.csv", "--model", tiny, "--rank", "2", *FAST, "--format", "json")
    assert code == 0
    assert "5 of 50 rows are held out and asked" in noted
    found = json.loads(said)["retraining"]
    assert found["reference"] is None
    assert found["trial"]["rows"] == 45
    assert {change["difference"]["value"] for change in found["changes"]} == {None}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rank", "0"], "--rank 0: a rank is 1 or more"),
        (["--data", "clean"], "there is no cleaned copy yet; make one: audit clean"),
        (["--questions", "none.csv"], "none.csv"),
        (["--recipe", "none.toml"], "none.toml: no such recipe"),
    ],
)
def test_a_mistake_is_one_sentence_before_anything_is_trained(folder: Path, tiny: str, words: list[str], said: str):
    code, _, error = audit("retrain", "data.csv", "--model", tiny, *FAST, *words)
    assert code == 2
    assert said in error
    assert not list((folder / ".audit").glob("trials/*/trial.json")) if (folder / ".audit").exists() else True


def test_a_trial_that_is_killed_is_named_and_the_same_command_goes_on(tmp_path: Path, tiny: str):
    from audit.laboratory.processes import Silent, run_all

    job = job_in(tmp_path / "tables", Path(tiny))
    root = tmp_path / "trials"

    def kill() -> None:
        while not (pids := processes_of(root / job.key)):
            time.sleep(0.02)
        os.kill(pids[0], signal.SIGKILL)

    killer = threading.Thread(target=kill, daemon=True)
    killer.start()
    with pytest.raises(AuditError, match="base #1: its process was killed by SIGKILL, as happens when memory ends"):
        run_all([("base #1", job)], root, at_once=1, watch=Silent())
    killer.join()
    assert not (root / job.key / "trial.json").exists()
    (done,) = run_all([("base #1", job)], root, at_once=1, watch=Silent())
    assert done.answers is not None
    assert not done.error


def processes_of(folder: Path) -> list[int]:
    """Processes that were started with this folder on their command line."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue
        if str(folder).encode() in words:
            found.append(int(path.parent.name))
    return found


def test_one_trial_that_goes_wrong_does_not_stop_the_others(tmp_path: Path, tiny: str):
    from audit.laboratory.processes import Silent, run_all

    good = job_in(tmp_path / "tables", Path(tiny))
    bad = replace(good, train=replace(good.train, learning_rate=1e38))
    wrong, right = run_all([("bad", bad), ("good", good)], tmp_path / "trials", at_once=2, watch=Silent())
    assert "no number any more" in wrong.error
    assert right.answers is not None

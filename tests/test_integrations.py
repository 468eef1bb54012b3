"""What other tools run: the pre-commit hook and the GitHub action, as they stand in this repository, on local files."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from test_report import ROWS, run, write

ROOT = Path(__file__).parent.parent
BIN = str(Path(sys.executable).parent)
GOOD = [("What is the capital of France?", "Paris is the capital of France.")]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", **more}


# pre-commit


def test_the_hook_scans_every_file_it_is_handed(tmp_path: Path) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    (tmp_path / "audit.toml").write_text('encoder = "none"\n')
    write(tmp_path / "good one.jsonl", GOOD)
    write(tmp_path / "bad.jsonl", ROWS)

    def commit(*files: str) -> subprocess.CompletedProcess[str]:
        """As pre-commit does: the entry, and the files behind it."""
        words = [*shlex.split(hook["entry"]), *files]
        return subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env=environment())

    assert commit("good one.jsonl").returncode == 0
    done = commit("bad.jsonl", "good one.jsonl")
    assert (done.returncode, "empty-answer" in done.stdout, "Yes" in done.stdout) == (1, True, True), done.stderr
    assert not (tmp_path / ".audit").exists()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("data/a.csv", True),
        ("a.jsonl.gz", True),
        ("a.py", False),
        ("audit.baseline.jsonl", False),
        ("x/a.quarantine.jsonl", False),
    ],
)
def test_the_hook_looks_at_data_alone(name: str, wanted: bool) -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert bool(re.search(hook["files"], name) and not re.search(hook["exclude"], name)) == wanted


# The GitHub action


class Job:
    """Runs the steps of action.yml that are scripts, as the runner does, with the inputs of one job."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
        self.folder = folder
        self.inputs = {name: told.get("default", "") for name, told in action["inputs"].items()} | inputs
        self.steps = {step["name"]: step for step in action["runs"]["steps"]}
        self.summary, self.output = folder / "summary.md", folder / "output.txt"

    def step(self, name: str) -> subprocess.CompletedProcess[str]:
        step = self.steps[name]
        given = {key: self.fill(value) for key, value in step.get("env", {}).items()}
        given |= {"GITHUB_STEP_SUMMARY": str(self.summary), "GITHUB_OUTPUT": str(self.output)}
        words = [shutil.which("bash") or "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        return subprocess.run(words, cwd=self.folder, capture_output=True, text=True, env=environment(**given))

    def fill(self, value: str) -> str:
        return re.sub(r"\$\{\{ inputs\.([\w-]+) \}\}", lambda match: self.inputs[match[1]], value)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "audit.toml").write_text('encoder = "none"\n')
    write(tmp_path / "my data.jsonl", ROWS)
    return tmp_path


def test_the_action_leaves_sarif_a_page_and_a_summary(repository: Path) -> None:
    job = Job(repository, data="my data.jsonl")
    done = job.step("Scan")
    assert done.returncode == 0, done.stderr
    assert job.output.read_text() == "sarif=audit.sarif\npage=audit-report.html\n"
    results = json.loads((repository / "audit.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    place = results[0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == ("my%20data.jsonl", 2)
    assert job.summary.read_text(encoding="utf-8").startswith("### Can I train on this? ")
    assert (repository / "audit-report.html").exists()
    assert job.step("Judge").returncode == 1


def test_the_action_fails_only_for_what_is_new(repository: Path) -> None:
    run("scan", "my data.jsonl", cwd=repository)
    old = run("report", "--format", "json", cwd=repository).stdout
    (repository / "old.json").write_text(old, encoding="utf-8")
    job = Job(repository, data="my data.jsonl", baseline="old.json", **{"fail-on": "new"})
    job.step("Scan")
    assert "**0 new**" in job.summary.read_text(encoding="utf-8")
    assert job.step("Judge").returncode == 0
    write(repository / "my data.jsonl", [*ROWS, ("One more?", "")])
    job.step("Scan")
    assert job.step("Judge").returncode == 1


def test_no_input_is_pasted_into_a_script() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    assert not [step["name"] for step in action["runs"]["steps"] if "${{" in step.get("run", "")]

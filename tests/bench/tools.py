"""The tools that near_duplicates.py compares: `peers/by_*.py`, each in a process, and if need be a venv, of its own.

An adapter that names dependencies at its top (PEP 723) gets a venv with them in `.venv/peers/`, made when first wanted.
What cannot be installed or run raises `UnusableError` with the last line of what it said.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass
from pathlib import Path

PEERS = Path(__file__).parent / "peers"
VENVS = Path(__file__).parents[2] / ".venv" / "peers"
SECONDS = 300  # for all runs of one tool on one kind of text: semhash, the slowest, takes 100


class UnusableError(Exception):
    """A tool cannot be had or does not run here."""


@dataclass(frozen=True)
class Answer:
    """What a tool found, in how many CPU seconds, and which version."""

    version: str
    groups: bool
    start: float
    cpu: float
    pairs: set[tuple[int, int]]


def adapters() -> list[str]:
    """Names of all tools, ours first."""
    names = sorted(path.stem.removeprefix("by_") for path in PEERS.glob("by_*.py"))
    return sorted(names, key=lambda name: name != "audit")


def about(name: str) -> str:
    """What the tool does here, and what it is handed: the first line of its adapter."""
    module = ast.parse((PEERS / f"by_{name}.py").read_text(encoding="utf-8"))
    return (ast.get_docstring(module) or "").splitlines()[0]


def ask(name: str, python: Path, documents: list[str], repeat: int) -> Answer:
    """What the tool, run by this interpreter, says of these texts."""
    with tempfile.TemporaryDirectory() as folder:
        texts, answer = Path(folder, "texts.json"), Path(folder, "answer.json")
        texts.write_text(json.dumps(documents), encoding="utf-8")
        _run([str(python), str(PEERS / "run.py"), f"by_{name}", str(texts), str(answer), str(repeat)], SECONDS)
        told = json.loads(answer.read_text(encoding="utf-8"))
    return Answer(**{**told, "pairs": {(one, other) for one, other in told["pairs"]}})


def python_for(name: str) -> Path:
    """The interpreter that has the dependencies of this adapter: they are installed, if they are not yet there."""
    script = PEERS / f"by_{name}.py"
    _, *wanted = script.read_text(encoding="utf-8").split("# ///")
    if not wanted:
        return Path(sys.executable)
    home, python = VENVS / name, VENVS / name / "bin" / "python"
    installed = home / "wanted.txt"
    if not installed.exists() or installed.read_text(encoding="utf-8") != wanted[0]:
        venv.create(home, clear=True, with_pip=False)
        pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
        _run([*pip, "--requirements-from-script", str(script)])
        installed.write_text(wanted[0], encoding="utf-8")
    return python


def _run(command: list[str], seconds: int | None = None) -> None:
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired as late:
        raise UnusableError(f"stopped after {seconds} seconds") from late
    if done.returncode:
        raise UnusableError((done.stderr.strip() or f"exit status {done.returncode}").splitlines()[-1])

"""Settings come from the closest file, and a mistake in one names the file and the key."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.nouns.dialogue import AuditError
from audit.rulebook.settings import find_settings, read_settings

SAME = {
    "audit.toml": 'select = ["text"]\nworkers = 2\n[rules.near-duplicate-answer]\nthreshold = 0.9\n',
    "pyproject.toml": '[tool.audit]\nselect = ["text"]\nworkers = 2\n'
    "[tool.audit.rules.near-duplicate-answer]\nthreshold = 0.9\n",
    "setup.cfg": "[audit]\nselect = text\nworkers = 2\n[audit:near-duplicate-answer]\nthreshold = 0.9\n",
}


@pytest.mark.parametrize("name", SAME)
def test_three_files_say_the_same(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(SAME[name])
    settings = find_settings(tmp_path)
    assert settings.options == {"select": ["text"], "workers": 2}
    assert settings.rules == {"near-duplicate-answer": {"threshold": 0.9}}


def test_the_closest_file_wins(tmp_path: Path) -> None:
    below = tmp_path / "data"
    below.mkdir()
    (tmp_path / "audit.toml").write_text("workers = 1\n")
    assert find_settings(below).options == {"workers": 1}
    (below / "audit.toml").write_text("workers = 2\n")
    assert find_settings(below).options == {"workers": 2}


def test_files_of_others_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 99\n")
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = theirs\n")
    with pytest.raises(AuditError, match="has no settings of audit"):
        read_settings(tmp_path / "setup.cfg")
    assert find_settings(tmp_path).path != tmp_path / "pyproject.toml"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("workerz = 2\n", "did you mean 'workers'"),
        ('workers = "two"\n', "workers must be int"),
        ("workers = \n", "cannot be read as settings"),
        ("[rules]\nempty-answer = 3\n", r"\[rules.empty-answer\] must be a table"),
        ("rules = 3\n", "rules must be a table"),
        ("tool = 3\n", "must be a table"),
        ("[tool]\naudit = 5\n", "must be a table"),
        ("select = [3]\n", "must be a list of names"),
        ("workers = 0\n", "workers must be at least 1"),
        ("encode-up-to = 0\n", "encode_up_to must be at least 1"),
        ("workers = true\n", "workers must be int"),
        ('fail_on = "bad"\n', "fail_on must be one of note, warning, error, never"),
    ],
)
def test_a_mistake_names_the_file(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text(text)
    with pytest.raises(AuditError, match=said) as caught:
        read_settings(tmp_path / "audit.toml")
    assert str(tmp_path / "audit.toml") in str(caught.value)

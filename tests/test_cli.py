"""What a person sees at the command line: exit codes, streams, and mistakes that end in one clear sentence."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

AUDIT = str(Path(sys.executable).parent / "audit")
SAMPLES = Path(__file__).parent.parent / "data" / "samples"
CLEAN = [
    ("What is the capital of France?", "Paris is the capital of France."),
    ("너는 뭘 좋아해?", "나는 바다가 좋아."),
]


def audit(
    *words: object, cwd: Path, stdin: str | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    command = [AUDIT, *map(str, words)]
    return subprocess.run(
        command,
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **(env or {})},
    )


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    lines = [json.dumps({"question": question, "answer": answer}, ensure_ascii=False) for question, answer in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    return write(tmp_path / "faulty.jsonl", [*CLEAN, ("이름이 뭐야?", "")])


def test_clean_rows_exit_with_0(tmp_path: Path) -> None:
    done = audit("scan", write(tmp_path / "clean.jsonl", CLEAN), "--encoder", "none", cwd=tmp_path)
    assert (done.returncode, "Can I train on this? Yes" in done.stdout) == (0, True), done.stdout + done.stderr


def test_findings_exit_with_1_unless_told_otherwise(faulty: Path, tmp_path: Path) -> None:
    scan = ("scan", faulty, "--encoder", "none")
    assert audit(*scan, cwd=tmp_path).returncode == 1
    assert audit(*scan, "--exit-zero", cwd=tmp_path).returncode == 0
    assert audit(*scan, "--fail-on", "never", cwd=tmp_path).returncode == 0
    assert audit(*scan, "--ignore", "empty-answer", cwd=tmp_path).returncode == 0


def test_data_goes_to_stdout_and_notes_to_stderr(faulty: Path, tmp_path: Path) -> None:
    done = audit("scan", faulty, "--encoder", "none", "--format", "json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert [finding["rule"] for finding in report["findings"]] == ["empty-answer"]
    assert report["findings"][0]["line"] == 3
    assert report["data"]["rows"] == 3
    assert "question = question" in done.stderr


def test_rows_on_stdin(faulty: Path, tmp_path: Path) -> None:
    done = audit("scan", "-", "--encoder", "none", cwd=tmp_path, stdin=faulty.read_text(encoding="utf-8"))
    assert (done.returncode, "empty-answer" in done.stdout) == (1, True), done.stderr


def test_same_input_same_bytes_whatever_the_workers(tmp_path: Path) -> None:
    outputs = {
        audit("scan", SAMPLES / "korean-persona.csv", "--encoder", "none", "--format", "json", "--no-workspace",
              "--workers", workers, cwd=tmp_path).stdout
        for workers in (1, 2)
    }  # fmt: skip
    assert len(outputs) == 1


def test_no_colour_when_piped_and_80_columns_hold(tmp_path: Path) -> None:
    from rich.cells import cell_len

    done = audit("scan", SAMPLES / "korean-persona.csv", "--encoder", "none", "--no-workspace", cwd=tmp_path)
    assert "\x1b[" not in done.stdout
    assert max(map(cell_len, done.stdout.splitlines())) <= 80


def test_output_appears_whole(faulty: Path, tmp_path: Path) -> None:
    done = audit("scan", faulty, "--encoder", "none", "--format", "json", "-o", "report.json", cwd=tmp_path)
    assert done.stdout == ""
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["answer"] == "yes, after audit clean"


def test_a_run_is_remembered_beside_the_data(faulty: Path, tmp_path: Path) -> None:
    audit("scan", faulty, "--encoder", "none", cwd=tmp_path)
    audit("scan", faulty, "--encoder", "none", cwd=tmp_path)
    runs = sorted(path.name for path in (tmp_path / ".audit" / "runs").iterdir())
    assert runs == ["0001-scan", "0002-scan"]
    first, second = ((tmp_path / ".audit" / "runs" / run / "report.json").read_bytes() for run in runs)
    assert first == second


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nothing-here.csv"], "no such file"),
        (["hf://foo"], "hf://org/name"),
        (["faulty.jsonl", "--select", "leading-enumerater"], "did you mean 'leading-enumerator'"),
        (["faulty.jsonl", "--answer", "anser"], "answer"),
        (["faulty.jsonl", "--format", "xml"], "xml"),
        (["faulty.jsonl", "--config", "missing.toml"], "missing.toml"),
    ],
)
@pytest.mark.usefixtures("faulty")
def test_a_mistake_ends_in_one_sentence(words: list[str], said: str, tmp_path: Path) -> None:
    done = audit("scan", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_clean_after_a_scan_of_stdin_asks_for_it_again(faulty: Path, tmp_path: Path) -> None:
    audit("scan", "-", "--encoder", "none", cwd=tmp_path, stdin=faulty.read_text(encoding="utf-8"))
    done = audit("clean", "--dry-run", cwd=tmp_path, stdin="")
    assert (done.returncode, "audit clean -" in done.stderr) == (2, True), done.stderr


def test_a_kept_run_that_cannot_be_read_is_made_again(faulty: Path, tmp_path: Path) -> None:
    audit("scan", faulty, "--encoder", "none", cwd=tmp_path)
    (tmp_path / ".audit" / "runs" / "0001-scan" / "summary.json").write_text('{"data": {"odd": 1}}')
    done = audit("clean", faulty, "--dry-run", "--yes", cwd=tmp_path)
    assert (done.returncode, "cannot be read" in done.stderr) == (0, True), done.stderr


def test_nothing_in_a_file_can_act_on_the_terminal(tmp_path: Path) -> None:
    data = tmp_path / "rows.jsonl"
    row = {"question": "Who?", "answer": "", "split": "tr\x1b[31main"}
    data.write_text(json.dumps(row) + "\n" + json.dumps(row) + "\n", encoding="utf-8")
    done = audit("scan", data, "--encoder", "none", cwd=tmp_path)
    assert "\x1b" not in done.stdout + done.stderr


def test_an_unknown_setting_names_the_file(faulty: Path, tmp_path: Path) -> None:
    (tmp_path / "audit.toml").write_text("[rules.near-duplicate-answer]\nthresold = 0.9\n")
    done = audit("scan", faulty, cwd=tmp_path)
    assert done.returncode == 2
    assert "audit.toml" in done.stderr
    assert "thresold" in done.stderr


def test_settings_file_is_found_and_the_command_line_wins(faulty: Path, tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text("[audit]\nignore = empty-answer\nencoder = none\n")
    assert audit("scan", faulty, cwd=tmp_path).returncode == 0
    assert audit("scan", faulty, "--ignore", "text", cwd=tmp_path).returncode == 0
    assert audit("scan", faulty, "--ignore", "duplicates", cwd=tmp_path).returncode == 1


def test_explain_prints_the_page(tmp_path: Path) -> None:
    assert audit("explain", "empty-answer", cwd=tmp_path).stdout.startswith("# empty-answer\n")
    assert "did you mean 'empty-answer'" in audit("explain", "emty-answer", cwd=tmp_path).stderr
    assert "its rules are" in audit("explain", "text", cwd=tmp_path).stderr


def test_rules_lists_every_page(tmp_path: Path) -> None:
    pages = {path.stem for path in (Path(__file__).parent.parent / "rules").glob("*/*.md")}
    assert {line.split()[0] for line in audit("rules", cwd=tmp_path).stdout.splitlines()} == pages


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere: run as another user")
def test_read_only_folder_costs_the_history_not_the_scan(faulty: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        done = audit("scan", faulty, "--encoder", "none", cwd=tmp_path)
    finally:
        tmp_path.chmod(0o755)
    assert done.returncode == 1
    assert "not remembered" in done.stderr


def test_history_that_cannot_be_written_costs_the_history_not_the_scan(faulty: Path, tmp_path: Path) -> None:
    (tmp_path / ".audit").write_text("a file where the folder would be")
    done = audit("scan", faulty, cwd=tmp_path)
    assert done.returncode == 1
    assert "not remembered" in done.stderr
    assert "empty-answer" in done.stdout


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_no_space_left_is_said(faulty: Path, tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [AUDIT, "scan", faulty, "--encoder", "none"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert "Traceback" not in done.stderr


INTERRUPTED = """
import os, signal, sys
name = sys.argv.pop(1)
signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests run in the background it is ignored
def hook(event, arguments):
    global name
    if event == "open" and name and name in str(arguments[0]):
        name = ""
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(hook)
from audit.cli import main
main()
"""


@pytest.mark.parametrize("opened", ["many.jsonl", "looping_text", "renderers/__pycache__/json"])
def test_interrupt_leaves_nothing_half_written(tmp_path: Path, opened: str) -> None:
    """When the data are read, when a rule is loaded, when the report is to be written: states, not seconds."""
    data = write(tmp_path / "many.jsonl", [(f"question {n}?", f"the answer to it is {n}") for n in range(2_000)])
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, opened, "scan", data, "--format", "json", "-o", "report.json"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
    )
    _, said = process.communicate(timeout=600)
    assert process.returncode == 130, said
    assert "interrupted" in said
    assert "Traceback" not in said
    assert not (tmp_path / "report.json").exists()
    assert not list(tmp_path.glob(".audit/runs/*"))

"""`audit scan --memory`: what a bound on memory keeps, changes and says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

import audit
from audit.cli import command
from audit.inspection.memory_bound import Room, room_of
from audit.nouns.dialogue import AuditError
from audit.nouns.reports import Report
from audit.reporting.renderers import json as as_json
from audit.rows import corpus, tables

ROW_WISE = ["text", "numbers"]
SAMPLE = Path(__file__).parent.parent / "data" / "samples" / "korean-persona.csv"


def folder(path: Path, files: int, rows: int, characters: int) -> Path:
    """Parquet files of rows, one in a hundred with an enumerator."""
    path.mkdir()
    for number in range(files):
        said = [
            f"{'3. ' if i % 100 == 7 else ''}{number}권 {i}쪽의 이야기야. " + "그리고 " * (characters // 4)
            for i in range(rows)
        ]
        table = pa.table({"question": [f"{i}쪽에는 뭐가 있어?" for i in range(rows)], "answer": said})
        parquet.write_table(table, path / f"part-{number}.parquet")
    return path


def said_of(report: Report) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(as_json.render(report))
    return {name: value for name, value in plain.items() if name != "notes"}


def test_rows_in_a_file_give_the_report_of_rows_in_memory() -> None:
    assert said_of(audit.scan(SAMPLE, memory="2GB", encoder="none")) == said_of(audit.scan(SAMPLE, encoder="none"))


def test_rows_in_a_file_are_the_same_and_leave_no_file_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders: list[Path | None] = []

    def noted(batches: Any, schema: pa.Schema, folder: Path | None) -> pa.Table:
        folders.append(folder)
        return tables.in_file(batches, schema, folder)

    monkeypatch.setattr("audit.inspection.memory_bound.in_file", noted)
    table = corpus.load(SAMPLE, keep=Room("1GB", 10**9).keep(tmp_path / "made")).table
    assert folders == [tmp_path / "made"] * 2  # of the rows, and of their ids
    assert table.equals(corpus.load(SAMPLE).table)
    assert list((tmp_path / "made").iterdir()) == []


FULL = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
from audit.rows import corpus
from audit.inspection.memory_bound import Room
corpus.load(sys.argv[1], keep=Room("1GB", 10**9).keep(Path(sys.argv[2])))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the limit on a file is that of Unix")
def test_a_full_disk_is_said_with_the_folder(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FULL, SAMPLE, tmp_path], check=False, capture_output=True, text=True)
    assert f"AuditError: {tmp_path}: the rows cannot be put into a file there: File too large; make room" in done.stderr


def test_what_the_system_says_of_the_input_is_not_said_of_the_file(tmp_path: Path) -> None:
    def torn() -> Iterator[dict[str, Any]]:
        yield {"question": "?", "answer": "!"}
        raise OSError(5, "Input/output error", "data.csv")

    with pytest.raises(AuditError, match=r"data\.csv: cannot be read: Input/output error"):
        tables.table_of(torn(), Room("1GB", 10**9).keep(tmp_path))


def test_rules_that_compare_rows_are_left_out_by_name_where_they_would_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.inspection.memory_bound.COMPARING_ROW", 10**9)
    report = audit.scan(SAMPLE, memory="2GB")
    (note,) = (note for note in report.notes if "--memory 2GB" in note)
    for name in ("weak-coupling", "near-duplicate-answer", "leaked-row"):
        assert name in note
        assert name not in [rule.name for rule in report.rules]
    assert {"leading-enumerator", "leftover-marker"} <= {rule.name for rule in report.rules}
    assert report.summary.endswith("rules that compare rows did not fit in --memory 2GB")
    with pytest.raises(AuditError, match=r"--memory 2GB.*compare rows.*near-duplicate-answer"):
        audit.scan(SAMPLE, memory="2GB", select=["near-duplicate-answer"])


@pytest.mark.parametrize("rule", ["leading-enumerator", "duplicate-answer"])
def test_more_findings_than_fit_are_an_error_that_names_their_rule(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.inspection.memory_bound.FINDING", 10**8)
    rows = [{"question": f"{i}?", "answer": "3. 그건 비밀이야"} for i in range(50)]
    with pytest.raises(AuditError, match=rf"(49|50) findings are more than fit in --memory, \d+ of them of {rule}"):
        audit.scan(rows, memory="2GB", select=[rule], encoder="none")


def test_what_is_said_to_be_enough_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.inspection.memory_bound.COMPARING_ROW", 10**7)
    said = audit.scan(SAMPLE, memory="1GB", workers=3, encoder="none").notes
    (need,) = (found for note in said if (found := re.search(r"which --memory (\S+) would allow", note)))
    enough = audit.scan(SAMPLE, memory=need[1], workers=3, encoder="none")
    assert not any("--memory" in note for note in enough.notes)


def test_more_rows_than_can_be_numbered_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.inspection.memory_bound.NUMBERING", 10**9)
    with pytest.raises(AuditError, match=r"--memory 2GB: \d+ rows or more do not fit; allow \d+"):
        audit.scan(SAMPLE, memory="2GB")


@pytest.mark.parametrize(
    ("said", "size"), [("2GB", 2 * 10**9), ("1.5 gb", 15 * 10**8), ("500MiB", 500 * 2**20), ("800000K", 8 * 10**8)]
)
def test_a_size_is_said_as_people_say_it(said: str, size: int) -> None:
    assert room_of(said).size == size


@pytest.mark.parametrize(
    ("said", "why"),
    [("plenty", "no size"), ("2", "no size"), ("9" * 400 + "GB", "no size"), ("100MB", "takes 300MB by itself")],
)
def test_what_is_no_size_or_too_little_is_said(said: str, why: str) -> None:
    done = CliRunner().invoke(command, ["scan", str(SAMPLE), "--memory", said])
    assert isinstance(done.exception, AuditError)
    assert why in str(done.exception)


def test_each_worker_takes_its_share() -> None:
    assert room_of("1GB", 2).taken > room_of("1GB", 1).taken


@pytest.mark.parametrize("rows", [[], [5], [0, 1], [7, 2, 2, 11, 0], [None, 3, None], list(range(12))])
def test_rows_are_taken_from_any_batch_in_any_order(rows: list[int | None]) -> None:
    table = pa.Table.from_batches([pa.RecordBatch.from_pydict({"n": list(range(i, i + 3))}) for i in range(0, 12, 3)])
    assert tables.take(table, pa.array(rows, pa.int64())).column("n").to_pylist() == rows


def test_equal_rows_are_numbered_wherever_they_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BATCH_ROWS", 2)
    ids = corpus.build([{"question": name, "answer": "!"} for name in "abacbaa"]).texts("id")
    assert [name.partition("-")[2] for name in ids] == ["", "", "2", "", "2", "3", "4"]
    assert len({name.partition("-")[0] for name in ids}) == 3


LIMITED = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
from audit.cli import main
main()
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the limit on a process is that of Linux")
def test_a_folder_larger_than_memory_is_scanned_within_the_bound(tmp_path: Path) -> None:
    large = folder(tmp_path / "large", files=3, rows=8_000, characters=10_000)
    text = sum(parquet.read_table(file, columns=["answer"]).nbytes for file in large.iterdir())
    assert text > 450_000_000
    held = limited(450_000_000, large, "empty-answer,leading-enumerator", "--memory", "450MB")
    assert held.returncode == 1, held.stderr
    found = json.loads(held.stdout)
    assert found["data"]["rows"] == 24_000
    assert [rule["findings"] for rule in found["rules"] if rule["name"] == "leading-enumerator"] == [240]
    unheld = limited(450_000_000, large, "empty-answer,leading-enumerator")
    assert unheld.returncode == 2
    assert "out of memory" in unheld.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="the limit on a process is that of Linux")
def test_rules_that_are_said_to_fit_do(tmp_path: Path) -> None:
    rows = folder(tmp_path / "rows", files=2, rows=50_000, characters=40)
    held = limited(1_200_000_000, rows, "duplicate-row,duplicate-answer,conflicting-answers", "--memory", "1.2GB")
    assert held.returncode in (0, 1), held.stderr
    assert len(json.loads(held.stdout)["rules"]) == 3


def limited(limit: int, data: Path, rules: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A scan in a process that may not take more than `limit` bytes of memory of its own."""
    # The limit counts what is reserved as well as what is used: so little is reserved.
    reserve = {"ARROW_DEFAULT_MEMORY_POOL": "system", "ARROW_IO_THREADS": "1", "OMP_NUM_THREADS": "1"}
    chosen = ["--select", rules, "--format", "json", "--no-workspace", "--encoder", "none"]
    return subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), "scan", str(data), *chosen, *options],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, **reserve, "MALLOC_ARENA_MAX": "1"},
        timeout=900,
    )

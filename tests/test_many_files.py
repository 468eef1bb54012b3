"""Several files are one set, whether named one by one, by a pattern or by their folder; findings as Parquet."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import audit
from audit.nouns.dialogue import AuditError
from audit.rows.corpus import load
from audit.rows.splits import side

AUDIT = str(Path(sys.executable).parent / "audit")
ROWS = [
    ("너 나 좋아해?", "3. 그럼, 당연하지!"),
    ("몇 살이야?", "22살이야!"),
    ("Do you like tea?", ""),
    ("Why?", "Because."),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    data = tmp_path / "data"
    data.mkdir()
    for number in (0, 1):
        part = ROWS[2 * number : 2 * number + 2]
        table = pa.table({"question": [q for q, _ in part], "answer": [a for _, a in part]})
        parquet.write_table(table, data / f"part-{number}.parquet")
    (data / "README.txt").write_text("no data")
    return data


@pytest.mark.parametrize("how", ["folder", "pattern", "list"])
def test_several_files_are_one_set_in_the_order_of_their_names(folder: Path, how: str) -> None:
    data = {"folder": folder, "pattern": f"{folder}/*.parquet", "list": sorted(folder.glob("*.parquet"))}[how]
    rows = load(data)
    assert list(zip(rows.texts("question"), rows.texts("answer"), strict=True)) == ROWS
    assert rows.column("record").to_pylist() == [0, 1, 2, 3]
    assert (rows.source.format, rows.source.records) == ("parquet", 4)
    assert "2 files" in rows.source.notes[0]


@pytest.mark.parametrize(
    "names", [("train-00000-of-00002", "train-00001-of-00002", "faq_test"), ("학습", "학습2", "검증")]
)
def test_files_that_are_called_after_splits_are_splits(tmp_path: Path, names: tuple[str, ...]) -> None:
    for name, (question, answer) in zip(names, ROWS, strict=False):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"question": question, "answer": answer}), encoding="utf-8")
    splits = load([tmp_path / f"{name}.jsonl" for name in names]).texts("split")
    assert [side(split) for split in splits] == ["train", "train", "held-out"]
    assert splits[0] == splits[1]


def test_files_of_one_side_are_no_splits(tmp_path: Path) -> None:
    for name, (question, answer) in zip(("train-a", "train-b"), ROWS, strict=False):
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"question": question, "answer": answer}), encoding="utf-8")
    assert load(tmp_path).texts("split") == ["", ""]


def test_files_may_differ_in_columns_that_nobody_asks_for(folder: Path) -> None:
    more = pa.table({"answer": ["Fine."], "source": ["me"], "question": ["How are you?"]})
    parquet.write_table(more, folder / "part-2.parquet")
    assert load(folder).texts("answer")[-1] == "Fine."


def test_clean_asks_for_one_file(folder: Path) -> None:
    report = audit.scan(folder, encoder="none")
    with pytest.raises(AuditError, match=r"2 files, and clean rewrites one at a time: audit clean .*part-0\.parquet"):
        audit.clean(report)


def test_findings_as_parquet(folder: Path, tmp_path: Path) -> None:
    files = sorted(folder.glob("*.parquet"))
    command = [AUDIT, "scan", *files, "--encoder", "none", "--exit-zero", "--no-workspace", "--format", "parquet"]
    refused = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8")
    assert (refused.returncode, "needs a file to write to" in refused.stderr) == (2, True), refused.stderr
    done = subprocess.run([*command, "-o", "found.parquet"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    found = parquet.read_table(tmp_path / "found.parquet")
    expected = audit.scan([str(file) for file in files], encoder="none").findings
    assert found.select(["rule", "row", "record"]).equals(expected.select(["rule", "row", "record"]))
    assert set(found.column("rule").to_pylist()) == {"leading-enumerator", "empty-answer"}

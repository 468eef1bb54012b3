"""A small file can hold a bomb, and a broken one a trap: each is one sentence, in little memory and time."""

from __future__ import annotations

import gzip
import json
import os
import resource
import socket
import subprocess
import sys
import zipfile
from pathlib import Path

import datasets
import pyarrow as pa
import pytest
from openpyxl import Workbook
from pyarrow import parquet

from audit.nouns.dialogue import AuditError
from audit.recipes.rendered import RenderingError, render
from audit.rows.corpus import load
from audit.rows.formats import limits, special_files

AUDIT = Path(sys.executable).with_name("audit")
MEMORY = 1_500_000_000  # bytes of data that a command may hold; a bomb here would take several times as many


def refusal(*words: object, memory: int = MEMORY) -> str:
    """What a command says of its input, in a process with little memory. It ends with 2, and without a traceback."""
    done = subprocess.run(
        [AUDIT, *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (memory, memory)),
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def scan(path: Path, *words: object) -> str:
    return refusal("scan", path, "--encoder", "none", "--select", "empty-answer", "--no-workspace", *words)


def test_a_packed_file_unpacks_to_a_limit_that_an_option_raises(tmp_path: Path) -> None:
    bomb = tmp_path / "d.jsonl.gz"
    row = json.dumps({"question": "What?", "answer": "a" * 1_000_000}).encode() + b"\n"
    with gzip.open(bomb, "wb", 1) as file:
        for _ in range(300):
            file.write(row)
    said = scan(bomb)
    assert "unpacks to more than 200MB" in said
    assert "--unpack-up-to SIZE" in said
    (tmp_path / "audit.toml").write_text('unpack-up-to = "1TB"\n', encoding="utf-8")
    assert "no setting is called" in scan(bomb), "no file beside the data can raise it"
    (tmp_path / "audit.toml").unlink()
    done = subprocess.run(
        [AUDIT, "scan", bomb, "--select", "empty-answer", "--no-workspace", "--unpack-up-to", "1GB", "--exit-zero"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_a_workbook_that_unpacks_to_too_much(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["question", "answer"])
    book.active.append(["What?", "That."])
    book.save(tmp_path / "sound.xlsx")
    with (
        zipfile.ZipFile(tmp_path / "sound.xlsx") as sound,
        zipfile.ZipFile(tmp_path / "d.xlsx", "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in sound.namelist():
            content = sound.read(name)
            if name.endswith("sheet1.xml"):
                filler = b"<row r='9'><c r='A9' t='inlineStr'><is><t>" + b"a" * 400_000_000 + b"</t></is></c></row>"
                content = content.replace(b"</sheetData>", filler + b"</sheetData>")
            bomb.writestr(name, content)
    assert "d.xlsx" in scan(tmp_path / "d.xlsx")


def test_one_text_that_a_million_rows_refer_to(tmp_path: Path) -> None:
    text = pa.DictionaryArray.from_arrays(pa.array([0] * 200_000, pa.int32()), pa.array(["a" * 100_000]))
    parquet.write_table(pa.table({"question": pa.array(["What?"] * 200_000), "answer": text}), tmp_path / "d.parquet")
    assert (tmp_path / "d.parquet").stat().st_size < 1_000_000
    assert "unpacks to more than" in scan(tmp_path / "d.parquet")
    assert "unpacks to more than" in scan(tmp_path / "d.parquet", "--memory", "1GB")


@pytest.mark.parametrize("content", ['{"question": "a", "answer": "', '[{"question": "a", "answer": "', "[" * 100_000])
def test_one_value_without_an_end(tmp_path: Path, content: str) -> None:
    path = tmp_path / ("d.json" if content.startswith("[") else "d.jsonl")
    path.write_text(content + "a" * 60_000_000, encoding="utf-8")
    assert str(path) in scan(path)


def test_offsets_that_point_elsewhere_crash_nobody(tmp_path: Path) -> None:
    """What `datasets` maps and believes, so that the interpreter dies of it."""
    datasets.Dataset.from_list([{"question": f"q{n}", "answer": f"a{n}"} for n in range(50)]).save_to_disk(
        tmp_path / "d"
    )
    (arrow,) = (tmp_path / "d").glob("*.arrow")
    content = bytearray(arrow.read_bytes())
    offsets = b"".join(n.to_bytes(4, "little") for n in (0, 2, 4, 6))
    at = content.index(offsets)
    content[at + 8 : at + 12] = b"\xff\xff\xff\x7f"
    arrow.write_bytes(content)
    assert "the saved data set is damaged" in scan(tmp_path / "d")


def test_a_description_that_names_a_file_elsewhere(tmp_path: Path) -> None:
    datasets.Dataset.from_list([{"question": "q", "answer": "a"}]).save_to_disk(tmp_path / "d")
    state = tmp_path / "d" / "state.json"
    state.write_text(state.read_text("utf-8").replace("data-00000", "../data-00000"), encoding="utf-8")
    assert "names a file" in scan(tmp_path / "d")


@pytest.mark.parametrize("number", ["-1", "0", "x"])
def test_a_row_with_a_number_that_cannot_be_is_not_skipped(tmp_path: Path, number: str) -> None:
    book = Workbook()
    for row in [("question", "answer"), *((f"q{n}", f"a{n}") for n in range(4))]:
        book.active.append(row)
    book.save(tmp_path / "sound.xlsx")
    with zipfile.ZipFile(tmp_path / "sound.xlsx") as sound, zipfile.ZipFile(tmp_path / "d.xlsx", "w") as changed:
        for name in sound.namelist():
            content = sound.read(name)
            if name.endswith("sheet1.xml"):
                content = content.replace(b'<row r="3"', f'<row r="{number}"'.encode())
            changed.writestr(name, content)
    with pytest.raises(AuditError, match="row"):
        load(tmp_path / "d.xlsx")


def test_devices_pipes_and_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "/dev/zero: a device, no file" in scan(Path("/dev/zero"))
    monkeypatch.setattr(special_files, "PATIENCE", 0.1)
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(AuditError, match="a pipe to which nobody writes"):
        load(tmp_path / "pipe.jsonl")
    with socket.socket(socket.AF_UNIX) as here:
        here.bind(str(tmp_path / "s.csv"))
        with pytest.raises(AuditError, match="a socket"):
            load(tmp_path / "s.csv")


def test_many_columns_and_many_names(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text(",".join(f"c{n}" for n in range(200_000)) + "\n1\n", encoding="utf-8")
    assert len(scan(tmp_path / "d.csv")) < 5_000
    (tmp_path / "e.csv").write_text(",".join(["question", *["answer"] * 20_000]) + "\n1\n", encoding="utf-8")
    assert len(scan(tmp_path / "e.csv")) < 5_000


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{% for a in range(10**9) %}{% for b in range(10**9) %}{% endfor %}{% endfor %}", "does not end|range|Range"),
        ("{{ 'a' * 10**10 }}", "memory"),
        ("{{ ''.__class__.__mro__[1].__subclasses__() }}", "cannot be rendered"),
        ("{{ unclosed", "cannot be rendered"),
    ],
)
def test_a_chat_template_is_a_program_of_somebody_else(template: str, why: str) -> None:
    with pytest.raises(RenderingError, match=why):
        render(template, [{"messages": []}])
    assert render("{{ messages[0] }}", [{"messages": ["가"]}]) == ["가"]


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_thresholds_are_numbers(tmp_path: Path, number: str) -> None:
    (tmp_path / "d.csv").write_text("question,answer\na,b\n", encoding="utf-8")
    assert "--threshold" in refusal("sweep", tmp_path / "d.csv", "--threshold", number)
    assert "--fdr" in refusal("scan", tmp_path / "d.csv", "--fdr", number)


def test_sizes_are_said_as_a_person_says_them() -> None:
    assert [limits.said(size) for size in (900, 1_500_000, 200_000_000, 20_000_000_000)] == [
        *("1KB", "2MB", "200MB", "20GB")
    ]
    with pytest.raises(AuditError, match="no size"):
        limits.bytes_of("lots", "--memory")

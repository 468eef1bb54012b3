"""Damaged input of every kind, thousands of times: `make fuzz`, or `make fuzz SECONDS=60` for a shorter look.

A sound file of each kind is cut, spliced, overwritten and bit-flipped, and read as a command reads it, in a process of
its own with bounds on time and memory. A result or an AuditError of one line is right; a traceback, a crash of the
interpreter, a hang or too much memory is a fault, is printed with its seed, and makes the exit code 1.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import io
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import datasets
import pyarrow as pa
from openpyxl import Workbook
from pyarrow import parquet

from audit.cleaning.journal import interrupted
from audit.nouns.dialogue import AuditError
from audit.recipes.recipe_file import read_recipe
from audit.reporting.archive import reopen
from audit.rows.corpus import load
from audit.rows.generations import load_generations
from audit.rulebook.outside import Place
from audit.rulebook.pages import read_page
from audit.rulebook.settings import read_settings
from audit.scan import scan
from audit.undo import undo
from audit.workspace.decisions import read as read_decisions
from audit.workspace.runs import Workspace

CPU = 20  # seconds for one input; sound ones take milliseconds
MEMORY = 4_000_000_000  # bytes of data that a process may hold
BATCH = 50  # inputs of one process, so that a crash costs little
SAMPLES = [
    {"question": "이름이 뭐야?", "answer": "나는 표본이야. 반가워!"},
    {"question": "What is it?", "answer": 'It is "a thing",\nof beauty 😊'},
    {"question": "What?", "answer": ""},
] * 9

Kind = tuple[str, Callable[[Path], None], Callable[[Path], object]]  # name of the file, how it is made, how it is read


def text(content: str) -> Callable[[Path], None]:
    return lambda path: path.write_text(content, encoding="utf-8")


def table(path: Path) -> None:
    parquet.write_table(pa.Table.from_pylist(SAMPLES), path, row_group_size=7)


def workbook(path: Path) -> None:
    book = Workbook()
    book.active.append(["question", "answer"])
    for row in SAMPLES:
        book.active.append([row["question"], row["answer"]])
    book.save(path)


def saved(path: Path) -> None:
    datasets.Dataset.from_list(SAMPLES).save_to_disk(path)


def zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("rows.jsonl", LINES)


def kept(path: Path) -> None:
    """A folder with a scan and a cleaning, whose journals and tables are what is damaged."""
    path.mkdir()
    (path / "d.jsonl").write_text(LINES, encoding="utf-8")
    from audit.clean import clean

    report = scan(path / "d.jsonl", encoder="none")
    Workspace(path).save(report, {"data": str(path / "d.jsonl")})
    clean(report, yes=True, home=path)


def reread(path: Path) -> object:
    """As undo, report and clean come to what is kept."""
    workspace = Workspace(path)
    interrupted(workspace)
    for run in workspace.runs():
        if (run / "report.json").exists():
            with contextlib.suppress(AuditError):
                reopen(run / "report.json")
    return undo(workspace)


LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in SAMPLES)
DELIMITED = "question,answer\n" + "".join(
    '"{}","{}"\n'.format(row["question"], row["answer"].replace('"', '""')) for row in SAMPLES
)
PAGE = Path(__file__).parents[1] / "rules" / "text" / "leftover-marker.md"
RECIPE = (
    '[prompt]\ntrain = "Q: {question}\\nA: {answer}</s>"\nloss = "A:"\nserved = "Q: {question}\\nA:"\n\n'
    "[lora]\nrank = 16\n"
)
SETTINGS = 'select = ["text"]\nworkers = 2\n\n[rules.near-duplicate-answer]\nthreshold = 0.9\n'
BASELINE = "".join(
    json.dumps({"rule": "refusal", "row": f"{n:x}", "decision": "edit", "text": "새 글", "field": "answer"}) + "\n"
    for n in range(9)
)
KINDS: dict[str, Kind] = {
    "csv": ("d.csv", text(DELIMITED), load),
    "tsv": ("d.tsv", text(DELIMITED.replace(",", "\t")), load),
    "json": ("d.json", text(json.dumps(SAMPLES, ensure_ascii=False, indent=1)), load),
    "jsonl": ("d.jsonl", text(LINES), load),
    "gz": ("d.jsonl.gz", lambda path: path.write_bytes(gzip.compress(LINES.encode())), load),
    "xlsx": ("d.xlsx", workbook, load),
    "parquet": ("d.parquet", table, load),
    "saved": ("d", saved, load),
    "generations": ("g.jsonl", text(LINES.replace("question", "prompt")), lambda path: load_generations([path])),
    "page": ("a-rule.md", text(PAGE.read_text(encoding="utf-8")), lambda path: read_page(path, Place(path.parent))),
    "recipe": ("recipe.toml", text(RECIPE), read_recipe),
    "settings": ("audit.toml", text(SETTINGS), read_settings),
    "baseline": ("audit.baseline.jsonl", text(BASELINE), read_decisions),
    "workspace": ("w", kept, reread),
}


def mutate(chance: random.Random, content: bytes) -> bytes:
    """One to four changes: bits, bytes, numbers of four bytes, cuts, repeats, foreign pieces."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        size = chance.choice([1, 2, 4, 16, 200])
        kind = chance.randrange(7)
        if kind == 0 and at < len(changed):
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 1:
            changed[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 2:
            changed[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\1\0\0\0"])
        elif kind == 3:
            del changed[at : at + size]
        elif kind == 4:
            changed[at:at] = changed[at : at + size] * chance.randint(1, 50)
        elif kind == 5:
            other = chance.randrange(len(changed) + 1)
            changed[at : at + size] = changed[other : other + size]
        else:
            changed[at:at] = chance.choice(
                [
                    b"\xef\xbb\xbf",
                    b"\0",
                    b"\x1b]0;x\x07",
                    b"{{",
                    b"[" * 300,
                    b"9" * 400,
                    b'"',
                    b"\r",
                    b"\xed\xa0\x80",
                    b"1e999",
                    b"NaN",
                    b"../",
                ]
            )
    return bytes(changed[: 1 << 20])


def damage(chance: random.Random, path: Path) -> None:
    """Change one file of the input."""
    files = [path] if path.is_file() else sorted(part for part in path.rglob("*") if part.is_file())
    target = chance.choice(files)
    content = target.read_bytes()
    if target.suffix in (".xlsx", ".zip") and chance.random() < 0.7:  # inside a member, where a sum hides nothing
        _rezip(chance, target)
    else:
        target.write_bytes(mutate(chance, content))


def _rezip(chance: random.Random, path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(parts))
    parts[name] = mutate(chance, parts[name])
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, content in parts.items():
            archive.writestr(member, content)
    path.write_bytes(made.getvalue())


def attempt(kind: str, seed: int, sound: Path, folder: Path) -> str:
    """What went wrong with one input; nothing where it went as it should."""
    name, _, reads = KINDS[kind]
    path = folder / name
    if sound.is_dir():
        shutil.copytree(sound, path, dirs_exist_ok=True)
    else:
        shutil.copy(sound, path)
    damage(random.Random(f"{kind} {seed}"), path)
    signal.setitimer(signal.ITIMER_PROF, CPU)
    try:
        reads(path)
    except AuditError as error:
        return "" if "\n" not in str(error) and "\x1b" not in str(error) else f"no single line: {error!r}"
    except TimeoutError:
        return "hang"
    except BaseException:  # noqa: BLE001 - whatever it is, it is what is looked for
        return "traceback: " + " | ".join(traceback.format_exc().strip().splitlines()[-3:])
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    return ""


def _out_of_time(*_: object) -> None:
    raise TimeoutError


def batch(kind: str, seeds: range, sound: Path, told: multiprocessing.connection.Connection) -> None:
    """Try some seeds; after each, say which is next, so that a crash has a name."""
    signal.signal(signal.SIGPROF, _out_of_time)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115 - libraries in C write there before they die
    with tempfile.TemporaryDirectory(prefix="audit-fuzz-") as folder:
        for seed in seeds:
            told.send((seed, None))
            told.send((seed, attempt(kind, seed, sound, Path(folder))))


def run(kind: str, seconds: float, start: int) -> Counter[str]:
    """Try seeds of one kind for so long; faults are printed as they come."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="audit-fuzz-") as folder:
        sound = Path(folder) / KINDS[kind][0]
        KINDS[kind][1](sound)
        end, seed = time.monotonic() + seconds, start
        while time.monotonic() < end:
            ours, theirs = multiprocessing.Pipe(duplex=False)
            process = multiprocessing.get_context("fork").Process(
                target=batch, args=(kind, range(seed, seed + BATCH), sound, theirs)
            )
            process.start()
            theirs.close()
            at = seed
            with contextlib.suppress(EOFError):
                while True:
                    at, outcome = ours.recv()
                    if outcome is not None:
                        found["inputs"] += 1
                        if outcome:
                            found[outcome.partition(":")[0]] += 1
                            print(f"{kind} seed {at}: {outcome}", flush=True)
            process.join()
            if process.exitcode:
                found["crash"] += 1
                print(f"{kind} seed {at}: the process ended with {process.exitcode}", flush=True)
            seed = at + 1 if process.exitcode else seed + BATCH
    return found


def main() -> int:
    """One line for each kind, then the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for all kinds together")
    parser.add_argument("--kind", choices=KINDS, action="append")
    parser.add_argument("--seed", type=int, default=0, help="the first seed; others find other faults")
    options = parser.parse_args()
    kinds = options.kind or list(KINDS)
    total: Counter[str] = Counter()
    for kind in kinds:
        found = run(kind, options.seconds / len(kinds), options.seed)
        total += found
        faults = ", ".join(f"{count} {name}" for name, count in sorted(found.items()) if name != "inputs")
        print(f"{kind:12} {found['inputs']:7,} inputs  {faults or 'no fault'}", flush=True)
    print(f"{'all':12} {total['inputs']:7,} inputs  {sum(total.values()) - total['inputs']} faults")
    return 1 if sum(total.values()) > total["inputs"] else 0


if __name__ == "__main__":
    multiprocessing.set_start_method("fork")
    sys.exit(main())

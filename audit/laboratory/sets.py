"""Which rows are trained on, and which questions are put to the models."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from audit.diagnosis.evidence.runs import plain
from audit.diagnosis.judge import as_generations, judge
from audit.likeness.copies import trained_on
from audit.nouns.dialogue import AuditError
from audit.rows.corpus import Corpus, load

MOST = 200  # questions asked: enough for an interval of 14 points; more cost minutes for each model on a laptop
HELD_OUT = 10  # one in so many rows is held out where no split is


@dataclass(frozen=True)
class Sets:
    """`corpus`: the base data, against which copies are judged. `training`: for each level of data its training rows.

    `questions`: columns question and, where the right answers are known, answer. `notes`: how the questions were found.
    """

    corpus: Corpus
    training: Mapping[str, pa.Table]
    questions: pa.Table
    notes: tuple[str, ...] = ()


def make_sets(levels: Mapping[str, Corpus], asked: Path | None) -> Sets:
    """The rows and questions of an experiment; the first level is the base.

    Questions come from the file `asked`, else from the base's held-out split, else a tenth of its rows is held out
    of the training of every level. AuditError where nothing is left to train on or to ask.
    """
    base = next(iter(levels.values()))
    trained = set(trained_on(base))
    held = [row for row in range(len(base)) if row not in trained]
    ours = not asked and not held
    if asked:
        questions, note = _from_file(asked)
    elif held:
        questions, note = _few(_texts(base.take(held)), f"{len(held):,} rows of the held-out split")
    else:
        held = _hold_out(base)
        questions, note = (
            _texts(base.take(held)),
            f"the data name no held-out split, so {len(held):,} of {len(base):,} rows are held out and asked",
        )
    if not questions.num_rows:
        raise AuditError(f"{base.source.name}: there is no question to ask; give some with --questions FILE")
    training = {name: _texts(corpus.take(trained_on(corpus))) for name, corpus in levels.items()}
    base_name = next(iter(levels))
    trained_anyway = set() if ours else {plain(text) for text in training[base_name].column("question").to_pylist()}
    known = {plain(text) for text in base.texts("question")}
    held_back = {name: _without(rows, questions, trained_anyway, known) for name, rows in training.items()}
    notes = [f"questions: {note}"]
    for name, rows in training.items():
        if (gone := rows.num_rows - held_back[name].num_rows) and not ours:
            notes.append(f"data {name}: {gone:,} rows that are asked are not trained on, as in data {base_name}")
    training = held_back
    for name, rows in training.items():
        if not rows.num_rows:
            raise AuditError(f"{levels[name].source.name}: no row is left to train on")
    return Sets(base, training, questions, tuple(notes))


def without(corpus: Corpus, failure: str) -> Corpus:
    """The corpus without the training rows whose answers show a failure, judged as if a model had said them."""
    rows = trained_on(corpus)
    marks = judge(as_generations(corpus.take(rows)), corpus.take([])).table.column(failure).to_pylist()
    gone = {row for row, mark in zip(rows, marks, strict=True) if mark}
    return corpus.take([row for row in range(len(corpus)) if row not in gone])


def write_sets(sets: Sets, folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """The tables as Parquet files, by name ("questions", "vocabulary", or a level of data), and their fingerprints."""
    folder.mkdir(parents=True, exist_ok=True)
    base = next(iter(sets.training.values()))
    texts = pa.concat_arrays([column.combine_chunks() for column in (*base.columns, sets.questions.column("question"))])
    tables = {"questions": sets.questions, "vocabulary": pa.table({"text": texts}), **sets.training}
    prints = {name: fingerprint(table) for name, table in tables.items()}
    paths = {name: folder / f"{prints[name]}.parquet" for name in tables}
    for name, table in tables.items():
        if not paths[name].exists():
            unfinished = folder / f".{prints[name]}.parquet"
            pq.write_table(table, unfinished)
            unfinished.replace(paths[name])
    return paths, prints


def fingerprint(table: pa.Table) -> str:
    """A short sha256 of the texts of a table, in their order."""
    digest = sha256()
    for row in zip(*(column.to_pylist() for column in table.columns), strict=True):
        digest.update("\0".join(row).encode("utf-8", "surrogatepass") + b"\n")
    return digest.hexdigest()[:16]


def _texts(corpus: Corpus) -> pa.Table:
    return corpus.table.select(["question", "answer"]).combine_chunks()


def _from_file(path: Path) -> tuple[pa.Table, str]:
    """Questions with their answers from any file of rows; questions alone from a text file, one a line."""
    if path.suffix == ".txt":
        try:
            lines = path.read_text(encoding="utf-8-sig").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise AuditError(f"--questions {path}: {getattr(error, 'strerror', None) or 'no UTF-8 text'}") from None
        table = pa.table(
            {"question": [line.strip() for line in lines if line.strip()]}, pa.schema([("question", pa.string())])
        )
        return _few(table, f"{table.num_rows:,} lines of {path}")
    corpus = load(path)
    return _few(_texts(corpus), f"{len(corpus):,} rows of {path}")


def _few(table: pa.Table, what: str) -> tuple[pa.Table, str]:
    if table.num_rows <= MOST:
        return table, what
    order = sorted(range(table.num_rows), key=lambda row: _hash(table.column("question")[row].as_py()))[:MOST]
    return table.take(pa.array(sorted(order))), f"{MOST} of {what}, drawn by a hash of their text"


def _hold_out(corpus: Corpus) -> list[int]:
    """A tenth of the rows, by a hash of their question: the same whatever the order of the rows."""
    texts = corpus.texts("question")
    order = sorted(range(len(texts)), key=lambda row: (_hash(texts[row]), row))
    return sorted(order[: min(max(len(texts) // HELD_OUT, 1), MOST)]) if len(texts) > 1 else []


def _without(rows: pa.Table, asked: pa.Table, trained_anyway: set[str], known: set[str]) -> pa.Table:
    """The rows but those that are asked, unless the base trains on them, too: an arm must not know the answers.

    A row whose question was mended (no question of the base, `known`, is that) is told by its answer.
    """
    questions = {plain(text) for text in asked.column("question").to_pylist()} - trained_anyway
    if not questions:
        return rows
    answers: dict[str, str] = {}
    if "answer" in asked.column_names:
        pairs = zip(asked.column("question").to_pylist(), asked.column("answer").to_pylist(), strict=True)
        answers = {plain(answer): plain(question) for question, answer in pairs if plain(question) in questions}
    keep = []
    for question, answer in zip(rows.column("question").to_pylist(), rows.column("answer").to_pylist(), strict=True):
        asks = plain(question)
        mended = bool(asks) and asks not in known and asks in answers.get(plain(answer), "")
        keep.append(asks not in questions and not mended)
    return rows.filter(pa.array(keep, pa.bool_()))


def _hash(text: str) -> str:
    return sha256(plain(text).encode("utf-8", "surrogatepass")).hexdigest()

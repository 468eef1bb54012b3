"""What a model answered, run by run: a table of prompts and outputs with the checkpoint that each came from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from audit.nouns.dialogue import AuditError
from audit.rows.formats.cells import text
from audit.rows.formats.detection import open_data
from audit.rows.formats.fault import Fault
from audit.rows.formats.records import PEEK, Records
from audit.rows.generation_columns import Columns, find_columns, header_of, values
from audit.rows.labels import Label

SCHEMA = pa.schema(
    {
        "run": pa.string(),  # the name of the run: given, or from a column, or the file's stem
        "epoch": pa.int32(),  # or step, see Generations.axis; null where the file has neither
        "prompt": pa.string(),
        "answer": pa.string(),  # as the model wrote it, end marker and all
        "said": pa.string(),  # the answer up to its end marker, see stopping.cut; the whole of it before that
        "stopped": pa.bool_(),  # whether there was an end marker; null where that cannot be told
        "record": pa.int64(),  # position of the record in its file, from 0
        "line": pa.int64(),  # first line of the record in its file, from 1; 0 where lines mean nothing
    }
)

Settings = Mapping[str, str]


@dataclass(frozen=True)
class Generations:
    """Outputs of one run or several (see SCHEMA), in the order of the files and of their records.

    `settings`: for every run what is known of it, such as {"rank": "16", "seed": "1"}. `axis` is what the column
    epoch counts: "epoch", "step", or "" where nothing is known. `files`: for every run the names of its files.
    `labels`: for every failure that a column tells whether each output shows it, None where it does not say.
    `notes`: one line each on what was read and how.
    """

    table: pa.Table
    settings: Mapping[str, Settings] = field(default_factory=dict)
    axis: str = ""
    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    labels: Mapping[str, Sequence[bool | None]] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.table.num_rows)

    @property
    def runs(self) -> tuple[str, ...]:
        """The names of the runs in the order of first appearance."""
        return tuple(self.table.column("run").unique().to_pylist())

    def column(self, name: str) -> pa.ChunkedArray:
        """One column of SCHEMA."""
        return self.table.column(name)


def load_generations(
    files: Sequence[Any],
    names: Sequence[str] | None = None,
    settings: Sequence[Settings] | None = None,
    labels: Sequence[Label] = (),
) -> Generations:
    """Read what a model answered from files, DataFrames or lists of dicts; columns are found by name.

    `names` and `settings`: one for each of `files`, in their order. A name is that of the run and overrules a column
    `run`; without either, the file's stem names it. `labels`: what to read of
    columns that say which outputs are failures. AuditError names file, line and reason.
    """
    names, settings = names or [""] * len(files), settings or [{}] * len(files)
    for option, given in (("names", names), ("settings", settings)):
        if len(given) != len(files):
            raise AuditError(f"{len(files)} files of generations, but {len(given)} {option}; give one for each file")
    parts = [_read(file, name, known, labels) for file, name, known in zip(files, names, settings, strict=True)]
    _check_names(parts, [name or _stem(file) for file, name in zip(files, names, strict=True)], names)
    axes = {part.axis for part in parts}
    if len(axes) > 1:
        counted = ", ".join(f"{part.notes[0].split(':')[0]}: {part.axis or 'neither'}" for part in parts)
        raise AuditError(f"some files count epochs and others do not ({counted}); give all of them the same column")
    for label in labels:
        if parts and not any(label.name in part.labels for part in parts):
            header_of(open_data(files[0], PEEK)).named(label.column, "--failure-column")
    return _join(parts)


def parse_settings(option: str) -> dict[str, str]:
    """Take "rank=16,seed=1" apart; AuditError where a part is no name=value or a name comes twice."""
    found: dict[str, str] = {}
    for part in filter(None, map(str.strip, option.split(","))):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not name or not value:
            raise AuditError(f"--setting {option}: {part!r} is not name=value, as in rank=16,seed=1")
        if name in found:
            raise AuditError(f"--setting {option}: {name} is given twice")
        found[name] = value
    return found


def _read(file: Any, name: str, given: Settings, labels: Sequence[Label] = ()) -> Generations:
    """One file, which may hold several runs."""
    records = open_data(file, PEEK)
    columns = find_columns(records, labels)
    rows: dict[str, list[Any]] = {column: [] for column in SCHEMA.names}
    known: dict[str, dict[str, str]] = {}
    told: dict[str, list[bool | None]] = {label.name: [] for label in columns.labels}
    tries: list[str] = []
    for record, (line, raw) in enumerate(records.read(columns.reads)):
        place = f"{records.name}, {f'line {line}' if line else f'row {record + 1}'}"
        try:
            found = values(raw, columns)
            for label in columns.labels:
                told[label.name].append(label.reads(text(found["raw"].get(label.column), label.column)))
        except Fault as fault:
            raise AuditError(f"{place}: {fault}") from None
        run = name or found["run"] or _stem(file)
        settings = {**found["settings"], **given}
        if known.setdefault(run, settings) != settings:
            raise _mixed(place, run, known[run], settings)
        found |= {"run": run, "said": found["answer"], "record": record, "line": line}
        for column in SCHEMA.names:
            rows[column].append(found[column])
        tries.append(found["tries"])
    if not rows["run"]:
        raise AuditError(f"{records.name}: there are no outputs in it, only a header")
    return Generations(
        pa.Table.from_pydict(rows, SCHEMA),
        known,
        columns.axis,
        dict.fromkeys(known, (records.name,)),
        (_note(records, columns, len(rows["run"]), known), *_redrawn(records, columns, tries)),
        told,
    )


def _stem(file: Any) -> str:
    """What a run is called that nobody named: its file without folder and endings."""
    return Path(file).name.split(".")[0] if isinstance(file, str | Path) else "run"


def _check_names(parts: Sequence[Generations], stems: Sequence[str], names: Sequence[str]) -> None:
    """AuditError where two files would be taken for one run only because their names are alike."""
    unnamed = [stem for part, stem, name in zip(parts, stems, names, strict=True) if not name and part.runs == (stem,)]
    for stem in unnamed:
        if unnamed.count(stem) > 1:
            raise AuditError(f"two files are called {stem!r}; name their runs apart, with --name for each of them")


def _mixed(place: str, run: str, known: Settings, found: Settings) -> AuditError:
    name = next(name for name in found if found[name] != known.get(name))
    return AuditError(
        f"{place}: run {run!r} has {name} = {found[name]!r} here and {known.get(name)!r} before; "
        "give each run its own name in a column 'run'"
    )


def _note(records: Records, columns: Columns, count: int, runs: Mapping[str, Settings]) -> str:
    parts = {"prompt": columns.prompt, "answer": columns.answer, "run": columns.run, columns.axis: columns.count}
    how = [records.format, records.encoding, *(f"{part} = {column}" for part, column in parts.items() if column)]
    named = ", ".join(runs)
    return f"read {records.name}: {', '.join(filter(None, how))}; {count:,} outputs of {named}"


def _redrawn(records: Records, columns: Columns, tries: Sequence[str]) -> Iterator[str]:
    """What outputs that were drawn again mean for every rate."""
    again = sum(one not in ("", "0", "0.0", "1", "1.0") for one in tries)
    if again:
        yield (
            f"{records.name}: {again:,} of {len(tries):,} outputs were drawn more than once (column {columns.tries}); "
            "rates are of what was kept, so of what made them be drawn again there was more"
        )


def _join(parts: Sequence[Generations]) -> Generations:
    """Several files as one; a run may go on from one file to the next, with the same settings."""
    settings: dict[str, Settings] = {}
    files: dict[str, tuple[str, ...]] = {}
    for part in parts:
        for run, known in part.settings.items():
            if run in settings and settings[run] != known:
                raise AuditError(
                    f"run {run!r} is in {files[run][0]} and in {part.files[run][0]} with other settings "
                    f"({_listed(settings[run])}; {_listed(known)}); name the runs apart with --name"
                )
            settings[run] = known
            files[run] = (*files.get(run, ()), *part.files[run])
    return Generations(
        pa.concat_tables([part.table for part in parts]) if parts else SCHEMA.empty_table(),
        settings,
        parts[0].axis if parts else "",
        files,
        tuple(note for part in parts for note in part.notes),
        {
            name: [mark for part in parts for mark in part.labels.get(name, [None] * len(part))]
            for name in dict.fromkeys(name for part in parts for name in part.labels)
        },
    )


def _listed(settings: Settings) -> str:
    return ", ".join(f"{name}={value}" for name, value in settings.items()) or "none"

"""A file written again with some records left out or edited: in its own format, all else as it was."""

from __future__ import annotations

import json
import shutil
from base64 import b64encode
from collections.abc import Callable, Collection, Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

from audit.nouns.dialogue import AuditError
from audit.rows.formats import rewriting_sheet, rewriting_tables, rewriting_text
from audit.rows.formats.columns import Columns
from audit.rows.formats.detection import open_data
from audit.rows.formats.edits import Change, confirm, find_edits, put
from audit.rows.formats.fault import Fault
from audit.rows.formats.header import Header
from audit.rows.formats.records import PEEK, Keys, Raw, Records, first_rows
from audit.rows.formats.shapes import Shape, find_shape

Item = TypeVar("Item")
UNTOUCHED: Change = {}


class Source(Protocol):
    """What the reader found out about the data: see corpus.Source."""

    @property
    def format(self) -> str: ...
    @property
    def columns(self) -> Mapping[str, str]: ...
    @property
    def quarantined(self) -> Collection[str]: ...


class UnwritableError(AuditError):
    """Some edits cannot be written; `records` maps each record to the reason, as half a sentence."""

    def __init__(self, name: str, records: Mapping[int, str]) -> None:
        self.records = dict(records)
        number, reason = next(iter(self.records.items()))
        super().__init__(f"{name}, row {number + 1}: {reason}; set the row aside or edit it by hand")


def rewrite(data: Any, source: Source, changes: Mapping[int, Change], target: Path) -> int:
    """Write the data to a new file or folder `target`, and give how many records the input has.

    `data` is what `load` was given (for a pipe, the file that its bytes were kept in) and `source` what it made of it;
    data of the hub or of memory become JSONL. `changes` maps the number of a record, from 0, to what becomes of it.
    Raises UnwritableError, after all were tried, where an edit has no one place to go or the format cannot hold it.
    `target` is worth nothing after an error.
    """
    records = _open(data, source)
    path = Path(data) if isinstance(data, str | Path) and Path(data).exists() else None
    if path and not changes:
        (shutil.copytree if path.is_dir() else shutil.copyfile)(path, target)
        return _count(records)
    plan = _Plan(_shape(records, source.columns), changes)
    total = _write(records, path, plan, target)
    if plan.refused:
        raise UnwritableError(records.name, plan.refused)
    if strange := [number for number in changes if not 0 <= number < total]:
        raise AuditError(f"{records.name}: there is no row {strange[0] + 1} in it, only {total:,}; scan it again")
    if source.quarantined and records.file and records.delimiter:
        left = total - sum(change is None for change in changes.values())
        _check_broken(replace(records, file=replace(records.file, path=target)), left)
    return total


def read_records(data: Any, source: Source, wanted: Container[int]) -> dict[int, Any]:
    """These records whole, by number, as JSON can hold them; of one that cannot be read, its text and the reason."""
    records = _open(data, source)
    if records.file:
        texts = enumerate(rewriting_text.texts_of(records))
        return {number: _of_text(records, own) for number, own in texts if number in wanted}
    raws = enumerate(raw for _, raw in records.read(None))
    return {number: json.loads(to_json(raw)) for number, raw in raws if number in wanted}


def to_json(value: Any) -> str:
    """One line of JSON, without a line end; what JSON has no word for (dates, bytes) as text."""
    line = json.dumps(value, ensure_ascii=False, default=_plain)
    try:
        line.encode()
    except UnicodeEncodeError:  # half a character, which JSON can only hold escaped
        return json.dumps(value, default=_plain)
    return line


def _open(data: Any, source: Source) -> Records:
    records = open_data(data, PEEK)
    if records.format != source.format:
        raise AuditError(
            f"{records.name}: was {source.format} when it was scanned and is {records.format} now; scan it again"
        )
    return records


def _shape(records: Records, named: Mapping[str, str]) -> Shape:
    """The shape that gives the columns of the scan: guessed, as it was then, or two columns that the user named."""
    sample = [raw for _, raw in first_rows(records) if not isinstance(raw, Fault)]
    header = Header(records.name, records.columns or tuple(dict.fromkeys(key for raw in sample for key in raw)))
    wanted = {part: column for part, column in named.items() if part not in {"split", "trusted"}}
    with suppress(AuditError):
        shape = find_shape(header, sample, None, None)
        if shape.columns == wanted:
            return shape
    if wanted.keys() != {"question", "answer"}:
        raise AuditError(f"{records.name}: its columns are no longer those of the scan; scan it again")
    return Columns(wanted["question"], wanted["answer"])


@dataclass(frozen=True)
class _Plan:
    """The changes, and the edits among them that turned out not to be possible."""

    shape: Shape
    changes: Mapping[int, Change]
    refused: dict[int, str] = field(default_factory=dict)

    def fate(
        self, parse: Callable[[Item], Raw], edit: Callable[[Item, dict[Keys, str]], Item]
    ) -> Callable[[int, Item], Item | None]:
        """What becomes of a record in the form in which its format holds it, given how to read and edit that form."""

        def decide(number: int, item: Item) -> Item | None:
            change = self.changes.get(number, UNTOUCHED)
            if not change:
                return None if change is None else item
            try:
                before = parse(item)
                edits = find_edits(self.shape, before, change)
                if edits:
                    item = edit(item, edits)
                    confirm(self.shape, before, parse(item), change)
            except Fault as fault:
                self.refused[number] = str(fault)
            return item

        return decide


def _write(records: Records, path: Path | None, plan: _Plan, target: Path) -> int:
    """Write with the module for this format."""
    if records.file:
        parse, edit = partial(rewriting_text.parse_record, records), partial(rewriting_text.edit_text, records)
        return rewriting_text.rewrite_text(records, plan.fate(parse, edit), target)
    if path and records.format in {"parquet", "dataset"}:
        rows = plan.fate(rewriting_tables.parse_row, rewriting_tables.edit_row)
        write = rewriting_tables.rewrite_folder if path.is_dir() else rewriting_tables.rewrite_parquet
        return write(path, plan.changes, rows, target)
    if path:
        cells = plan.fate(_readable, rewriting_sheet.edit_raw)
        return rewriting_sheet.rewrite_sheet(records, plan.changes, cells, path, target)
    return _write_lines(records, plan.fate(_readable, _edit_raw), target)


def _write_lines(records: Records, fate: Callable[[int, Raw | Fault], Raw | Fault | None], target: Path) -> int:
    total = 0
    with target.open("w", encoding="utf-8", newline="\n") as out:
        for total, (_, raw) in enumerate(records.read(None), 1):
            kept = fate(total - 1, raw)
            if isinstance(kept, Fault):
                raise AuditError(f"{records.name}, row {total}: {kept}, so it cannot be written; take it out")
            if kept is not None:
                out.write(to_json(kept) + "\n")
    return total


def _readable(raw: Raw | Fault) -> Raw:
    if isinstance(raw, Fault):
        raise raw
    return raw


def _edit_raw(raw: Raw | Fault, edits: dict[Keys, str]) -> Raw | Fault:
    for keys, new in edits.items():
        raw = put(raw, keys, new)
    return raw


def _count(records: Records) -> int:
    if records.file:
        return sum(1 for _ in rewriting_text.texts_of(records))
    return sum(1 for _ in records.read(records.columns[:1]))


def _check_broken(written: Records, expected: int) -> None:
    """A row with an open quote, if it is kept, may swallow other rows once the row that ended it is gone."""
    if _count(written) != expected:
        raise AuditError(
            f"{written.name}: its unreadable rows would swallow others once rows are gone; set them aside, or mend them"
        )


def _of_text(records: Records, own: str) -> Any:
    try:
        raw = rewriting_text.parse_record(records, own)
    except Fault as fault:
        return {"text": rewriting_text.readable(records, own), "unreadable": str(fault)}
    return raw if records.delimiter else json.loads(own)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return value.tolist() if hasattr(value, "tolist") else str(value)  # numpy's numbers; dates, decimals, faults

"""What a person decided about findings: `audit.baseline.jsonl` beside the data, which can be committed.

One JSON object a line: {"rule", "row", "decision", "text"?, "field"?}. Lines are only ever added, and for one rule and
row the last line wins. A line that a kill cut off at the end of the file is no decision.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
import pyarrow.compute as pc

from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Field
from audit.safety.plain_files import open_plain, usual_permissions

NAME = "audit.baseline.jsonl"

Choice = Literal["accept", "reject", "edit", "skip", "open"]


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about the finding of one rule in one row.

    accept: apply its repair. reject: it is no fault, say no more of it. edit: put `text` into `field`.
    skip: seen, decide later. open: an earlier decision is taken back.
    """

    rule: str
    row: str
    decision: Choice
    text: str = ""
    field: Field = "answer"


Decisions = Mapping[tuple[str, str], Decision]


def beside(data: str | Path) -> Path:
    """Where the baseline of this data stands: in its folder, or the current one for a stream or a hub name."""
    path = Path(data)
    return (path.absolute().parent if str(data) != "-" and path.exists() else Path.cwd()) / NAME


def read(path: Path) -> dict[tuple[str, str], Decision]:
    """The last decision for each rule and row, in the order in which they were made; {} without a file.

    Raises AuditError for a line that is no decision, unless it is the last one and was cut off.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    found: dict[tuple[str, str], Decision] = {}
    for number, line in enumerate(lines, 1):
        cut_off = number == len(lines) and not _is_whole(line)
        if line.strip() and not cut_off:
            decision = _parse(line, f"{path}, line {number}")
            found.pop((decision.rule, decision.row), None)  # so that what was decided last stands last
            found[decision.rule, decision.row] = decision
    return {key: decision for key, decision in found.items() if decision.decision != "open"}


def append(path: Path, decision: Decision) -> None:
    """Add a line; it is on the disk when this returns. Raises OSError, and AuditError for a symbolic link."""
    given = asdict(decision)
    if decision.decision != "edit":
        given = {key: given[key] for key in ("rule", "row", "decision")}
    line = json.dumps(given, ensure_ascii=False).encode() + b"\n"
    with os.fdopen(open_plain(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, usual_permissions()), "a+b") as file:
        line = _mend_end(file) + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def rejected(rules: pa.ChunkedArray, rows: pa.ChunkedArray, decisions: Decisions) -> pa.BooleanArray:
    """Which findings, given as two columns (rule, id of the row), a person called no fault."""
    silent = {key for key, decision in decisions.items() if decision.decision == "reject"}
    keys = zip(rules.to_pylist(), rows.to_pylist(), strict=True)
    return pa.array([key in silent for key in keys], pa.bool_())


def silence(findings: pa.Table, decisions: Decisions) -> pa.Table:
    """The findings of a Report less those that a person called no fault."""
    return findings.filter(pc.invert(rejected(findings.column("rule"), findings.column("row"), decisions)))


def _parse(line: bytes, where: str) -> Decision:
    try:
        given: Any = json.loads(line)
    except ValueError as error:
        raise AuditError(f"{where}: no JSON ({error}); mend the line or take it out") from None
    if not isinstance(given, dict) or not {"rule", "row", "decision"} <= given.keys():
        raise AuditError(f"{where}: a decision has rule, row and decision; found {line[:80]!r}")
    if given["decision"] not in get_args(Choice):
        known = ", ".join(get_args(Choice))
        raise AuditError(f"{where}: no decision is called {given['decision']!r}; there are: {known}")
    if given.get("field", "answer") not in get_args(Field):
        raise AuditError(f"{where}: field must be question or answer; found {given['field']!r}")
    known_keys = {key: given[key] for key in ("rule", "row", "decision", "text", "field") if key in given}
    if not all(isinstance(value, str) for value in known_keys.values()):
        raise AuditError(f"{where}: rule, row, decision, text and field are texts; found {line[:80]!r}")
    return Decision(**known_keys)


def _is_whole(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _mend_end(file: Any) -> bytes:
    """What has to come before a new line: nothing, or the line end that an editor left out. A torn line goes."""
    size = file.seek(0, os.SEEK_END)
    tail = b""
    reach = min(size, 1 << 16)
    while reach:
        file.seek(size - reach)
        tail = file.read(reach)
        if b"\n" in tail or reach == size:
            break
        reach = min(size, 2 * reach)
    torn = tail.rpartition(b"\n")[2]
    if torn and not _is_whole(torn):
        file.truncate(size - len(torn))
        return b""
    return b"\n" if torn else b""

"""One card for each finding: the row with the span marked, its partner with the differences, the patch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from audit.nouns.foreign_text import visible
from audit.nouns.reports import Report
from audit.reporting.differences import Span, difference

LONGEST = 700  # code points of a text that a card shows, around the first mark
MOST = 20_000  # findings on one page: about 25 MB, which a browser still opens


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `found` is what the rule points at, `differs` what the partner does not have."""

    text: str
    found: bool = False
    differs: bool = False


@dataclass(frozen=True)
class Cell:
    """Question or answer of a row; `note` says how much of it the partner shares."""

    name: str
    pieces: tuple[Piece, ...]
    note: str = ""


@dataclass(frozen=True)
class Card:
    """One finding, ready to be set."""

    rule: str
    severity: str
    place: str
    split: str
    state: str
    message: str
    cells: tuple[Cell, ...]
    partner: str
    partner_cells: tuple[Cell, ...]
    patch: str
    patched: tuple[Piece, ...]


def cards(report: Report) -> Iterator[Card]:
    """A card for each finding in the order of the file, the first MOST of them."""
    rows = {row["id"]: row for row in report.rows.to_pylist()}
    patches = {(patch["rule"], patch["row"], patch["start"]): patch for patch in report.patches.to_pylist()}
    for finding in report.findings.slice(0, MOST).to_pylist():
        patch = patches.get((finding["rule"], finding["row"], finding["start"]))
        patch = patch or patches.get((finding["rule"], finding["row"], None))
        yield card(finding, rows, patch)
    for gone in report.changes.gone if report.changes else ():
        yield card({**gone, "state": "gone"}, rows, None)


def card(finding: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], patch: Mapping[str, Any] | None) -> Card:
    """One finding with what it names."""
    row = rows.get(finding["row"], {"question": "", "answer": ""})
    partner = next((rows[name] for name in finding["related"] or () if name in rows), None)
    found = [] if finding["start"] is None else [(finding["start"], finding["end"])]
    cells = tuple(
        Cell(name, pieces(row[name], found if name == finding["field"] else ())) for name in ("question", "answer")
    )
    return Card(
        rule=finding["rule"],
        severity=finding["severity"],
        place=place(finding),
        split=finding["split"] or "",
        state=finding.get("state") or "",
        message=visible(finding["message"]),
        cells=cells,
        partner=place(partner) if partner else "",
        partner_cells=_beside(row, partner) if partner else (),
        patch=_patch(patch, rows) if patch else "",
        patched=_patched(patch) if patch else (),
    )


def place(row: Mapping[str, Any]) -> str:
    """Where a person finds the row."""
    where = f"line {row['line']:,}" if row.get("line") else f"row {row.get('row') or row.get('id')}"
    return where + (f", turn {row['turn']}" if row.get("turn") else "")


def _beside(row: Mapping[str, Any], partner: Mapping[str, Any]) -> tuple[Cell, ...]:
    cells = []
    for name in ("question", "answer"):
        note, differs = _difference(partner[name], row[name])
        cells.append(Cell(name, pieces(partner[name], (), differs), note.removeprefix(", ")))
    return tuple(cells)


@lru_cache(maxsize=4_096)
def _difference(text: str, other: str) -> tuple[str, Sequence[Span]]:
    return difference(text, other)


def pieces(text: str, found: Sequence[Span], differs: Sequence[Span] = ()) -> tuple[Piece, ...]:
    """The text cut where a mark begins or ends, with nothing in it that acts, and only what fits around the first."""
    first = min((start for start, _ in (*found, *differs)), default=0)
    low = max(0, min(first - LONGEST // 3, len(text) - LONGEST))
    high = min(len(text), low + LONGEST)
    cuts = sorted({low, high, *(min(max(at, low), high) for span in (*found, *differs) for at in span)})
    parts = [Piece(f"… {low:,} characters before … ")] if low else []
    for start, end in pairwise(cuts):
        marked, other = (any(a <= start and end <= b for a, b in spans) for spans in (found, differs))
        parts.append(Piece(_shown(text[start:end]), marked, other))
    if any(start == end for start, end in found):
        parts.append(Piece("∅", found=True))
    if high < len(text):
        parts.append(Piece(f" … {len(text) - high:,} characters more"))
    return tuple(parts)


def _shown(text: str) -> str:
    """Line ends as they are; everything else that cannot be seen as its number."""
    return "\n".join(map(visible, text.split("\n")))


def _patch(patch: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> str:
    safe = "safe" if patch["safe"] else "for you to decide"
    kept = f"; {place(rows[patch['kept']])} stays" if patch["kept"] in rows else ""
    what = {"drop": "drop the row", "quarantine": "set the row aside", "edit": f"the {patch['field']} becomes"}
    return f"{what[patch['action']]} ({safe}){kept}"


def _patched(patch: Mapping[str, Any]) -> tuple[Piece, ...]:
    return pieces(patch["after"], ()) or (Piece("∅"),) if patch["action"] == "edit" else ()

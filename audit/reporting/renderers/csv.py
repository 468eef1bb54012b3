"""The findings as CSV that a spreadsheet opens: UTF-8 with its mark, CRLF, and no cell that a program would run."""

from __future__ import annotations

import csv
from io import StringIO

from audit.nouns.foreign_text import cut, lines, visible
from audit.nouns.reports import Report

COLUMNS = ("state", "rule", "severity", "line", "split", "message", "because", "score", "p_value", "question", "answer")
MORE = ("repair", "safe", "partner line", "row")
RUNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # what a spreadsheet takes for a formula (OWASP)
MOST = 32_000  # characters of a cell; Excel holds 32,767


def render(report: Report) -> str:
    """A row for each finding, those that are gone last; for a diagnosis, the faults of the recipe and the verdicts."""
    file = StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow([*COLUMNS, *MORE])
    rows = {row["id"]: row for row in report.rows.to_pylist()}
    patches = {(patch["rule"], patch["row"]): patch for patch in report.patches.to_pylist()}
    gone = [{**finding, "state": "gone"} for finding in report.changes.gone] if report.changes else []
    for finding in [*report.findings.to_pylist(), *gone]:
        row = rows.get(finding["row"], {})
        patch = patches.get((finding["rule"], finding["row"]), {})
        partner = next((rows[name]["line"] for name in finding["related"] or () if name in rows), "")
        cells = [{**row, **finding}.get(name, "") for name in COLUMNS]
        more = [patch.get("action", "by hand"), "yes" if patch.get("safe") else "no", partner, finding["row"]]
        writer.writerow([_cell(value) for value in (*cells, *more)])
    for fault in report.diagnosis.recipe if report.diagnosis else ():
        known = {"rule": fault.rule, "severity": fault.severity, "message": fault.message, "because": fault.because}
        writer.writerow([_cell(known.get(name, "")) for name in COLUMNS] + [_cell(fault.fix), "no", "", fault.place])
    return "\ufeff" + file.getvalue()


def _cell(value: object) -> object:
    """Numbers as they are; a text that would run stands behind an apostrophe, one that is too long is cut."""
    if value is None:
        return ""
    if not isinstance(value, str):
        return value
    text = cut(_readable(value.replace("\0", "")), MOST - 2)
    return f"'{text}" if value.startswith(RUNS) or _first_ink(value).startswith(RUNS) else text


def _readable(text: str) -> str:
    """Line ends and tabs as they are, which a cell may have; everything else that acts or hides as its number."""
    return "\t".join(map(lines, text.split("\t")))


def _first_ink(text: str) -> str:
    """The first character that is drawn: programs pass over spaces, marks and what has no width before a formula."""
    return next((sign for sign in text if visible(sign) == sign != " "), "")

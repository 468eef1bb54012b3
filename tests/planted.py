"""Precision and recall of every rule on the planted sets: `python tests/planted.py [--markdown] [--show RULE]`.

Three tables: the development sets of data/planted and data/planted/second, and the blind sets of data/planted/blind.
`--show` leaves the blind sets shut: whoever mends a detector after reading them has no blind sets left.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

import audit
from audit.nouns.reports import Report
from audit.rows import corpus
from audit.statistics import wilson_interval

PLANTED = Path(__file__).parent.parent / "data" / "planted"
SECOND = PLANTED / "second"
BLIND = PLANTED / "blind"
# Folder, heading, and what the figures below it are worth.
TABLES = (
    (BLIND, "Blind sets", "By an author who read no detector; nothing was changed after reading a mistake on them."),
    (PLANTED, "Development sets", "The authors of the detectors saw what was missed here, so these figures flatter."),
    (SECOND, "Second development sets", "Blind at first (those figures are in LOG.md), then read and mended as well."),
)
LANGUAGES = ("ko", "en")

Unit = tuple[int, ...]  # a row, or two rows of one group


@dataclass(frozen=True)
class Planted:
    """One planted set: its rows, and for each spoilt row how it was spoilt and (for some rules) its group."""

    rule: str
    language: str
    rows: list[dict[str, str]]
    truth: dict[int, dict[str, Any]]

    @property
    def grouped(self) -> bool:
        return any("group" in entry for entry in self.truth.values())

    def units(self) -> set[Unit]:
        """What there is to find: rows, or pairs of rows that belong to one group."""
        if not self.grouped:
            return {(row,) for row in self.truth}
        groups: dict[int, list[int]] = defaultdict(list)
        for row, entry in self.truth.items():
            groups[entry["group"]].append(row)
        return pairs(groups.values())


@dataclass(frozen=True)
class Outcome:
    """What a rule found in one set. Units are rows, or pairs of rows for the rules that compare rows."""

    planted: Planted
    found: set[Unit]
    messages: dict[int, str]
    scores: Any = field(default=None, repr=False)

    @property
    def hits(self) -> int:
        return len(self.found & self.planted.units())

    @property
    def misses(self) -> list[Unit]:
        return sorted(self.planted.units() - self.found)

    @property
    def false_alarms(self) -> list[Unit]:
        return sorted(self.found - self.planted.units())

    @property
    def precision(self) -> float:
        return self.hits / len(self.found) if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.hits / len(self.planted.units())


def planted_sets(folder: Path = PLANTED) -> list[tuple[str, str]]:
    """Rule and language of every set in the folder, in the order of the names."""
    stems = sorted(path.name.removesuffix(".truth.jsonl") for path in folder.glob("*.truth.jsonl"))
    return [(rule, language) for rule, _, language in (stem.rpartition(".") for stem in stems)]


def read(rule: str, language: str, folder: Path = PLANTED) -> Planted:
    rows = lines(folder / f"{rule}.{language}.jsonl")
    truth = {entry["record"]: entry for entry in lines(folder / f"{rule}.{language}.truth.jsonl")}
    return Planted(rule, language, rows, truth)


def lines(path: Path) -> list[dict[str, Any]]:
    # Not splitlines: broken characters may be line ends to Unicode.
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


def scan(planted: Planted, encoder: str) -> tuple[Report, list[str]]:
    """The report of this one rule, and the id of every row."""
    rows = corpus.build([{**row, "record": at} for at, row in enumerate(planted.rows)])
    return audit.scan(rows, select=[planted.rule], encoder=encoder), rows.texts("id")


def measure(rule: str, language: str, encoder: str = "auto", folder: Path = PLANTED) -> Outcome:
    planted = read(rule, language, folder)
    report, ids = scan(planted, encoder)
    position = {identity: at for at, identity in enumerate(ids)}
    findings = report.findings.to_pylist()
    messages = {finding["record"]: finding["message"] for finding in findings}
    groups = clusters(findings, position)
    found: set[Unit] = pairs(groups) if planted.grouped else {(finding["record"],) for finding in findings}
    scores = [name for name in report.per_row.column_names if name != "row"]
    return Outcome(planted, found, messages, report.per_row.column(scores[0]).to_numpy() if scores else None)


def clusters(findings: list[dict[str, Any]], position: dict[str, int]) -> list[list[int]]:
    """Rows that findings tie together by naming a related row or a group, whichever row stands for the group."""
    parent = list(range(len(position)))

    def root(row: int) -> int:
        while parent[row] != row:
            row = parent[row]
        return row

    for finding in findings:
        named = [*finding["related"], *([finding["group"]] if finding["group"] else [])]
        for other in named:
            parent[root(finding["record"])] = root(position[other])
    members: dict[int, list[int]] = defaultdict(list)
    for row in range(len(parent)):
        members[root(row)].append(row)
    return [group for group in members.values() if len(group) > 1]


def pairs(groups: Iterable[list[int]]) -> set[Unit]:
    return {pair for group in groups for pair in combinations(sorted(group), 2)}


def ranking(outcome: Outcome) -> tuple[float, float]:
    """Area under the ROC curve and average precision of the row scores; the lowest scores should be the plants."""
    from sklearn.metrics import average_precision_score, roc_auc_score

    spoilt = np.zeros(len(outcome.planted.rows), bool)
    spoilt[list(outcome.planted.truth)] = True
    return float(roc_auc_score(spoilt, -outcome.scores)), float(average_precision_score(spoilt, -outcome.scores))


def table(outcomes: Iterable[Outcome], markdown: bool) -> Iterator[str]:
    """Lines with a Wilson interval beside each share. Pairs of one group hang together: theirs are too narrow."""
    heads = ("rule", "language", "planted", "found", "precision", "95 %", "recall", "95 %")
    widths = (26, 8, 9, 9, 9, 12, 9, 12)
    yield _line(heads, widths, markdown)
    if markdown:
        yield "|---|---|--:|--:|--:|---|--:|---|"
    for outcome in outcomes:
        yield _line(_cells(outcome), widths, markdown)


def _cells(outcome: Outcome) -> list[str]:
    planted = outcome.planted
    unit = " pairs" if planted.grouped else ""
    head = [planted.rule, planted.language, f"{len(planted.units())}{unit}"]
    if outcome.scores is not None:
        area, average = ranking(outcome)
        return [*head, "ranked", f"{average:.2f}", "average", f"{area:.3f}", "AUROC"]
    shares = ((outcome.hits, len(outcome.found)), (outcome.hits, len(planted.units())))
    cells = []
    for count, of in shares:
        low, high = wilson_interval(count, of)
        cells += [f"{count / of:.3f}" if of else "-", f"{low:.2f}-{high:.2f}"]
    return [*head, f"{len(outcome.found)}{unit}", *cells]


def _line(cells: Iterable[str], widths: tuple[int, ...], markdown: bool) -> str:
    if markdown:
        return "| " + " | ".join(cells) + " |"
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def mistakes(outcome: Outcome) -> Iterator[str]:
    """Every miss with how it was planted, and every false alarm with what the rule said."""
    rows, truth = outcome.planted.rows, outcome.planted.truth
    for name, units in (("MISSED", outcome.misses), ("FALSE ALARM", outcome.false_alarms)):
        for unit in units:
            yield f"{name} {outcome.planted.language} {unit}"
            for row in unit:
                why = outcome.messages.get(row, "") if name == "FALSE ALARM" else truth[row]["plant"]
                yield f"    {rows[row]['question']!r} -> {rows[row]['answer'][:160]!r} {rows[row]['split']} [{why}]"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--show", metavar="RULE", help="print what this rule missed and what it flagged wrongly")
    parser.add_argument("--encoder", default="auto", help="as in audit scan")
    options = parser.parse_args()
    for folder, heading, worth in TABLES[bool(options.show) :]:
        sets = [(rule, language) for rule, language in planted_sets(folder) if options.show in (None, rule)]
        outcomes = [measure(rule, language, options.encoder, folder) for rule, language in sets]
        print(f"**{heading}.** {worth}" if options.markdown else f"{heading}. {worth}", end="\n\n")
        print(*table(outcomes, options.markdown), sep="\n", end="\n\n")
        for outcome in outcomes if options.show else ():
            print(*mistakes(outcome), sep="\n")


if __name__ == "__main__":
    main()

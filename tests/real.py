"""What the rules find in real sets that nobody here wrote: `make real`, or `python tests/real.py [SET …] [--unread]`.

The sets lie in ../shared/real, which is not in a stranger's clone. tests/real_labels.csv holds what a reader thought of
findings: rule, set, the id of the row, and right, arguable or wrong; no texts. From it come the figures on the pages of
the rules, which decide their severity. `--unread` lists the findings that nobody has read, 25 of a rule and set by
hash, to be read and written down.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import audit
from audit.nouns.reports import Report
from audit.rulebook.pages import Rule, rulebook
from audit.statistics import wilson_interval

HERE = Path(__file__).parent
REAL = HERE.parent.parent / "shared" / "real"
LABELS = HERE / "real_labels.csv"
TABLE = HERE.parent / "reports" / "real.md"
TO_READ = 25  # findings of a rule and set
TIERS = {"error": 0.95, "warning": 0.80, "note": 0.60}  # share of right findings among those read
VERDICTS = ("right", "arguable", "wrong")
SETS: dict[str, dict[str, Any]] = {
    "dolly_3k.json": {},
    "cherry_alpaca_5pct.json": {},
    "toolformer_dedupe-only.json": {},
    "wellness4k.csv": {},
    "korgram.csv": {},
    "denji_fixed.jsonl": {},
    "kullm_eval.jsonl": {},
    "refusals_gpt4.csv": {"question": "prompt", "answer": "completion"},
    "refusals_mistralinstruct.csv": {"question": "prompt", "answer": "completion"},
}
# Kinds of fault in labels.csv that a rule is there for; the others are nobody's yet.
KINDS = {
    "copied-context": {"copied-question", "copied-context"},
    "input-repeats-question": {"repeated-input"},
    "cut-off": {"cut-off-answer"},
    "cross-row-dup": {"near-duplicate-answer", "near-duplicate-row", "near-duplicate-question", "duplicate-answer"},
}


@dataclass(frozen=True)
class Read:
    """How many findings of a rule were read, and what the reader thought."""

    right: int = 0
    arguable: int = 0
    wrong: int = 0

    @property
    def of(self) -> int:
        return self.right + self.arguable + self.wrong

    @property
    def precision(self) -> float:
        return self.right / self.of if self.of else 1.0

    def earns(self, severity: str) -> bool:
        return self.precision >= TIERS[severity]

    def __str__(self) -> str:
        if not self.of:
            return "Read on real sets: nothing found in them yet."
        return f"Read on real sets: {self.right} right, {self.arguable} arguable, {self.wrong} wrong of {self.of}."


def read_by_rule(where: str = "") -> dict[str, Read]:
    """What was thought of the findings of each rule, in all sets or in one."""
    counts: dict[str, Counter[str]] = {}
    for row in labels():
        if where in {"", row["set"]}:
            counts.setdefault(row["rule"], Counter())[row["verdict"]] += 1
    return {rule: Read(*(count[verdict] for verdict in VERDICTS)) for rule, count in counts.items()}


def labels() -> list[dict[str, str]]:
    with LABELS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def row_rules() -> list[Rule]:
    return [rule for rule in rulebook().values() if rule.subject == "rows" and not rule.outside]


def scan(name: str) -> Report:
    """The report of a set, by all rules that are not off."""
    data: Any = REAL / name
    if name == "kullm_eval.jsonl":
        tasks = [json.loads(line) for line in data.read_text(encoding="utf-8").splitlines()]
        one = [(task, task["instances"][0]) for task in tasks]
        data = [
            {"question": "\n".join(filter(None, (task["instruction"], made["input"]))), "answer": made["output"]}
            for task, made in one
        ]
    return audit.scan(data, **SETS[name])


def unread(name: str, report: Report) -> Iterator[dict[str, Any]]:
    """Findings that nobody has read: of each rule those with the lowest ids, which are hashes of the content."""
    known = {(row["rule"], row["row"]) for row in labels() if row["set"] == name}
    by_rule: dict[str, list[dict[str, Any]]] = {}
    for finding in report.findings.to_pylist():
        by_rule.setdefault(finding["rule"], []).append(finding)
    for rule, findings in sorted(by_rule.items()):
        for finding in sorted(findings, key=lambda finding: finding["row"])[:TO_READ]:
            if (rule, finding["row"]) not in known:
                yield finding


def lines_of(name: str, report: Report) -> Iterator[str]:
    """One line a rule: findings, those among them that were read, and what share of these was right."""
    thought = {(row["rule"], row["row"]): row["verdict"] for row in labels() if row["set"] == name}
    found = Counter(finding["rule"] for finding in report.findings.to_pylist())
    rows = {(finding["rule"], finding["row"]) for finding in report.findings.to_pylist()}
    for rule in sorted(found):
        counts = Counter(thought[key] for key in rows if key[0] == rule and key in thought)
        read = Read(*(counts[verdict] for verdict in VERDICTS))
        low, high = wilson_interval(read.right, read.of) if read.of else (0.0, 1.0)
        share = f"{read.precision:.2f} | {low:.2f}-{high:.2f}" if read.of else "- | -"
        counted = f"{read.of} | {read.right} | {read.arguable} | {read.wrong}"
        yield f"| {name} | {rule} | {found[rule]:,} | {counted} | {share} |"


def forget_stale(name: str, report: Report) -> None:
    """Take out what was thought of findings of this set that are made no more."""
    found = {(finding["rule"], finding["row"]) for finding in report.findings.to_pylist()}
    kept = [row for row in labels() if row["set"] != name or (row["rule"], row["row"]) in found]
    with LABELS.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, ("rule", "set", "row", "verdict"), lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept)


def recall_of(name: str, report: Report) -> Iterator[str]:
    """Clear faults that a reader saw before anybody saw a finding, and how many of them a rule names."""
    found: dict[int, set[str]] = {}
    for finding in report.findings.to_pylist():
        found.setdefault(finding["record"], set()).add(finding["rule"])
    with (REAL / "labels.csv").open(encoding="utf-8", newline="") as lines:
        seen = [row for row in csv.DictReader(lines) if row["set"] == name and row["severity"] == "clear"]
    named = [row for row in seen if row["kind"] in KINDS]
    hit = [row for row in named if KINDS[row["kind"]] & found.get(int(row["row"]), set())]
    if seen:
        missed = ", ".join(f"{row['kind']} in row {row['row']}" for row in named if row not in hit)
        yield (
            f"{name}: {len(seen)} clear faults were read; {len(named)} are of a kind that has a rule, "
            f"and {len(hit)} of these are found{f' (missed: {missed})' if missed else ''}."
        )
    if name.startswith("refusals_"):
        with (REAL / name).open(encoding="utf-8", newline="") as lines:
            refused = [row["final_label"].startswith("2") for row in csv.DictReader(lines)]
        flagged = [("refusal" in found.get(at, set())) for at in range(len(refused))]
        both = sum(a and b for a, b in zip(refused, flagged, strict=True))
        yield (
            f"{name}: of {sum(refused)} answers that two people call refusals {both} are found "
            f"({both / max(sum(refused), 1):.2f}), and of {sum(flagged)} found {both} are refusals "
            f"({both / max(sum(flagged), 1):.2f}); partial ones count as none."
        )


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=list(SETS))
    parser.add_argument("--unread", action="store_true")
    asked = parser.parse_args(arguments)
    if not REAL.is_dir():
        sys.exit(f"{REAL} is not here: nothing to measure on")
    table = ["| set | rule | findings | read | right | arguable | wrong | right of those read | 95 % |"]
    table.append("|---|---|--:|--:|--:|--:|--:|--:|---|")
    notes = []
    for name in asked.sets:
        report = scan(name)
        if asked.unread:
            rows = {row["id"]: row for row in report.rows.to_pylist()}
            for finding in unread(name, report):
                beside = [rows[other] for other in finding["related"][:1]]
                print(json.dumps({"set": name, **finding, "text": rows[finding["row"]], "beside": beside}, default=str))
            continue
        forget_stale(name, report)
        table += lines_of(name, report)
        notes += [f"- {sentence}" for sentence in recall_of(name, report)]
        print(name, report.answer, report.summary, sep=": ", file=sys.stderr)
    if not asked.unread:
        text = "\n".join([*table, "", *notes, ""])
        print(text)
        if asked.sets == list(SETS):
            TABLE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])

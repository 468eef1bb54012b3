"""Pictures of a scan and of a cleaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Severity, Tally
from audit.nouns.foreign_text import cut, some
from audit.nouns.reports import Report, RuleResult
from audit.reporting.renderers.html import marks
from audit.reporting.renderers.html.drawing import SERIES, SHAPES, Key, Picture, Table
from audit.reporting.screen.scan_screen import by_weight
from audit.reporting.screen.scan_screen import percent as share
from audit.wording import counted, fraction, percent

SEVERITIES = (
    Key("error", "vermilion", "square"),
    Key("warning", "ochre", "diamond"),
    Key("note", "blue", "circle"),
)
TEXT = 160  # characters of a text that a hint shows
BARS = ("square",)
MANY = 10**12  # what a count stays below, so that ticks can be drawn for it


def keys(names: Sequence[str], shapes: Sequence[str] = SHAPES) -> tuple[Key, ...]:
    """A colour and a shape for each series."""
    return tuple(Key(name, SERIES[at % len(SERIES)], shapes[at % len(shapes)]) for at, name in enumerate(names))


def tally(report: Report, name: str, *kinds: type) -> Tally | None:
    """The tally of this name, if it is there and holds anything; AuditError where cells are of other kinds."""
    found = next((tally for tally in report.tallies if tally.name == name and tally.rows), None)
    for row in found.rows if found else ():
        if len(row) != len(kinds) or not all(map(_is, row, kinds)):
            wanted = some(kind.__name__ for kind in kinds)
            raise AuditError(f"the report's tally {name} has rows of {wanted}; found {cut(str(row), 60)}")
    return found


def _is(cell: Any, kind: type) -> bool:
    """Whether a cell is of a kind; a count is at most that of rows, and a whole number may stand for another."""
    if kind is str:
        return isinstance(cell, str)
    return isinstance(cell, int if kind is int else int | float) and 0 <= cell < MANY


def faults(report: Report) -> Picture | None:
    """Which share of the rows each rule found, with its interval: the picture of a scan."""
    found = by_weight(report.rules)
    if not found:
        return None
    values = [_fault(rule) for rule in found]
    present = {rule.severity.value for rule in found}
    legend = tuple(key for key in SEVERITIES if key.name in present)
    return Picture(
        "faults",
        _faults_title(found),
        "Each mark is the share of rows that a rule found, the line its 95 % interval (Wilson): where the set is a "
        "sample of more rows to come, that is what to expect of them.",
        f"n = {report.data.rows:,} rows",
        partial(_fault_spec, values, legend),
        Table(
            ("rule", "severity", "rows", "share (95 %)"),
            [(rule.name, rule.severity.value, f"{rule.rows.count:,}", share(rule.rows)) for rule in found],
        ),
        legend,
    )


def _fault(rule: RuleResult) -> dict[str, Any]:
    say = f"{rule.name}: {counted(rule.rows)} rows, {share(rule.rows)}"
    bounds = {"value": fraction(rule.rows), "low": rule.rows.low, "high": rule.rows.high}
    return {"label": rule.name, "series": rule.severity.value, "say": say, **bounds}


def _fault_spec(values: Sequence[Mapping[str, Any]], legend: Sequence[Key], width: int) -> dict[str, Any]:
    spec = marks.dots(values, legend, width, title="share of the rows")
    for layer in spec["layer"]:
        layer["encoding"].pop("yOffset", None)
    return {**spec, "height": {"step": marks.ROW + 4}}


def _faults_title(found: Sequence[RuleResult]) -> str:
    grave = [rule for rule in found if rule.severity is Severity.ERROR] or found
    first = max(grave, key=lambda rule: rule.rows.count)
    kind = "gravest" if grave is not found else "most frequent"
    return f"The {kind} fault, {first.name}, is in {percent(fraction(first.rows))} of the rows"


def coupling(report: Report) -> Picture | None:
    """The scores of the pairs beside their null."""
    counted_pairs = tally(report, "coupling", float, float, int, int)
    if counted_pairs is None:
        return None
    own, other = (sum(row[at] for row in counted_pairs.rows) for at in (2, 3))
    if not own or not other:
        return None
    legend = (Key("another's answer", "faint", "square"), Key("own answer", "blue", "square"))
    values = [
        {"from": row[0], "to": row[1], "share": row[at] / of, "series": name, "say": f"{name}: {row[at]:,} of {of:,}"}
        for name, at, of in (("another's answer", 3, other), ("own answer", 2, own))
        for row in counted_pairs.rows
    ]
    high = sum(row[2] for row in counted_pairs.rows if row[0] >= 0.5)
    null = sum(row[3] for row in counted_pairs.rows if row[0] >= 0.5)
    return Picture(
        "coupling",
        f"{percent(high / own)} of the answers fit their question better than not; "
        f"of answers taken from other rows, {percent(null / other)} do",
        "Blue: each question with its own answer, by the probability that the two belong together. Grey: the same for "
        "the answers of other rows, which is what chance looks like. The further the two lie apart, the more of the "
        "set is proven; a blue bar far left is a row to read.",
        f"n = {own:,} pairs, {other:,} pairs by chance",
        partial(marks.histogram, values, legend, title="probability that question and answer belong together"),
        Table(("from", "to", "own answer", "another's answer"), _cells(counted_pairs)),
        legend,
    )


def _cells(tally: Tally) -> list[tuple[str, ...]]:
    return [tuple(f"{cell:.2f}" if isinstance(cell, float) else _plain(cell) for cell in row) for row in tally.rows]


def _plain(cell: Any) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)


def beginnings(report: Report) -> Picture | None:
    """What answers begin with, source beside source."""
    counts = tally(report, "beginnings", str, str, int, int)
    if counts is None:
        return None
    sources = list(dict.fromkeys(row[0] for row in counts.rows))
    kinds = list(dict.fromkeys(row[1] for row in counts.rows))
    known = {(row[0], row[1]): row for row in counts.rows}
    of = {row[0]: max(row[3], 1) for row in counts.rows}
    legend = keys(sources, BARS)
    values = [
        {"label": kind, "series": source, "value": count / of[source], "say": f"{source}: {count:,} of {of[source]:,}"}
        for kind in kinds
        for source in sources
        for count in [known[source, kind][2] if (source, kind) in known else 0]
    ]
    digits = [sum(row[2] for row in counts.rows if row[0] == s and row[1] in ("digit", "enumerator")) for s in sources]
    said = ", ".join(f"{percent(n / of[s])} of {s}" for s, n in zip(sources, digits, strict=True))
    return Picture(
        "beginnings",
        f"A digit or an enumerator comes first in {said}",
        f"{counts.note} Bars of one kind belong together: where a model begins its answers otherwise than its data "
        "do, the data did not teach it that.",
        "n = " + ", ".join(f"{of[source]:,} {source}" for source in sources),
        partial(marks.bars, values, legend, title="share of the answers"),
        Table(
            ("kind", *sources),
            [(kind, *(f"{known[s, kind][2]:,}" if (s, kind) in known else "0" for s in sources)) for kind in kinds],
        ),
        legend,
    )


def groups(report: Report) -> Picture | None:
    """How large the groups of duplicates are."""
    sizes = tally(report, "groups", str, int, int)
    if sizes is None:
        return None
    rules = list(dict.fromkeys(row[0] for row in sizes.rows))
    legend = keys(rules, BARS)
    values = [
        {"label": f"{size} rows", "series": rule, "value": count, "say": f"{rule}: {count:,} groups of {size} rows"}
        for rule, size, count in sorted(sizes.rows, key=lambda row: row[1])
    ]
    largest = max(row[1] for row in sizes.rows)
    total = sum(row[2] for row in sizes.rows)
    groups = "group" if total == 1 else "groups"
    return Picture(
        "groups",
        f"{total:,} {groups} of duplicates; the largest has {largest:,} rows",
        f"{sizes.note} One large group weighs like one row that is trained on so many times.",
        f"n = {total:,} {groups}",
        partial(marks.bars, values, legend, title="groups", form="d"),
        Table(("rule", "rows in the group", "groups"), _cells(sizes)),
        legend,
    )


def sweep(report: Report) -> Picture | None:
    """How many near duplicates there would be at other thresholds."""
    counts = tally(report, "near-duplicates", float, int, int)
    if counts is None or not any(row[1] for row in counts.rows):
        return None
    settings = next((rule.settings for rule in report.rules if rule.name == "near-duplicate-answer"), {})
    at = settings.get("threshold")
    values = [{"x": row[0], "y": row[1], "say": f"from {row[0]:.2f}: {row[1]:,} answers"} for row in counts.rows]
    here = next((row[1] for row in counts.rows if at is not None and row[0] >= at), 0)
    return Picture(
        "sweep",
        f"{here:,} answers have a near duplicate at the threshold in force",
        f"{counts.note} The dashed line is the setting; a cliff beside it says that the setting decides, a plain that "
        "it does not matter.",
        f"n = {counts.rows[0][2]:,} distinct answers",
        partial(marks.steps, values, x_title="similarity that counts as near", y_title="answers", at=at),
        Table(("threshold", "with a near duplicate", "distinct answers"), _cells(counts)),
    )


def plane(report: Report) -> Picture | None:
    """The map of the set, with what was found on top."""
    about = tally(report, "map", int, float)
    if about is None or not {"row", "map_x", "map_y"} <= set(report.per_row.column_names):
        return None
    worst = _worst(report)
    places = report.per_row.select(["row", "map_x", "map_y"]).to_pylist()
    texts = {row["id"]: row for row in report.rows.to_pylist()}
    values = [
        {"x": place["map_x"], "y": place["map_y"], "series": worst.get(place["row"], ("no finding", ""))[0]}
        | {"say": _hint(texts[place["row"]], worst.get(place["row"], ("", ""))[1])}
        for place in places
        if None not in (place["map_x"], place["map_y"]) and place["row"] in texts
    ]
    present = {value["series"] for value in values}
    legend = tuple(key for key in (Key("no finding", "faint"), *reversed(SEVERITIES)) if key.name in present)
    _, shown = about.rows[0]
    marked = sum(value["series"] != "no finding" for value in values)
    return Picture(
        "map",
        f"Where the {marked:,} rows with a finding lie among the others",
        f"{about.note} Rows close together say alike things; marked rows in a cluster share a cause. These two "
        f"directions show {percent(shown)} of the differences, so what lies together may still be far apart.",
        f"n = {len(values):,} of {report.data.rows:,} rows",
        partial(marks.scatter, values, legend),
        Table(
            ("row", "x", "y", "finding"),
            [
                (place["row"], f"{place['map_x']:.2f}", f"{place['map_y']:.2f}", worst[place["row"]][1])
                for place in places
                if place["row"] in worst and None not in (place["map_x"], place["map_y"])
            ],
        ),
        legend,
    )


def _worst(report: Report) -> dict[str, tuple[str, str]]:
    """For each row with a finding, its gravest severity and its rules."""
    worst: dict[str, tuple[str, str]] = {}
    for finding in report.findings.select(["row", "rule", "severity"]).to_pylist():
        severity, rules = worst.get(finding["row"], (finding["severity"], ""))
        if Severity(finding["severity"]).rank > Severity(severity).rank:
            severity = finding["severity"]
        named = rules if finding["rule"] in rules.split(", ") else f"{rules}, {finding['rule']}".strip(", ")
        worst[finding["row"]] = (severity, named)
    return worst


def _hint(row: Mapping[str, Any], rules: str) -> str:
    question, answer = (cut(text, TEXT) for text in (row["question"], row["answer"]))
    return (f"{rules}\n" if rules else "") + f"Q {question}\nA {answer}"


def cleaning(report: Report) -> Picture | None:
    """Findings of each rule before and after."""
    counts = tally(report, "cleaning", str, int, int)
    if counts is None:
        return None
    ranked = sorted(counts.rows, key=lambda row: (-row[1], row[0]))
    values = [
        {"label": rule, "before": before, "after": after, "say": f"{rule}: {before:,} before, {after:,} after"}
        for rule, before, after in ranked
    ]
    before, after = (sum(row[at] for row in counts.rows) for at in (1, 2))
    return Picture(
        "cleaning",
        f"{before:,} findings before the cleaning, {after:,} after it",
        "Hollow: before. Full: what is left to a person. A full mark at 0 is a fault that is gone.",
        f"n = {report.data.rows:,} rows",
        partial(marks.spans, values, title="findings"),
        Table(("rule", "before", "after"), [tuple(map(_plain, row)) for row in ranked]),
        (Key("before", "vermilion", "hollow"), Key("after", "blue")),
    )


def pictures(report: Report) -> Iterator[Picture]:
    """All that this report has numbers for, in the order of the page."""
    for draw in (cleaning, faults, coupling, beginnings, groups, sweep, plane):
        if picture := draw(report):
            yield picture

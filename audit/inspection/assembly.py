"""Put what rules observed into a Report that needs neither the data nor the rulebook any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from shlex import quote
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from audit.inspection.answer import answer
from audit.inspection.observation import Observed
from audit.nouns.findings import Tally
from audit.nouns.reports import DataSummary, Report, RuleFact, RuleResult
from audit.nouns.verdicts import Share
from audit.repairs.proposals import propose, to_table
from audit.rows.corpus import Corpus, Source
from audit.rulebook.pages import Rule
from audit.statistics import wilson_interval
from audit.texts.beginnings import tally

SPLITS = 5  # that are told apart in what answers begin with; more are no splits, and no picture
ON_MAP = 1_000  # rows without a finding whose texts a report holds, so that its map can show them


def assemble(
    corpus: Corpus,
    rules: Sequence[Rule],
    observed: Observed,
    *,
    notes: tuple[str, ...] = (),
    options: Mapping[str, Any] | None = None,
    sha256: str = "",
) -> Report:
    """One Report of a scan; `notes` are what the person should know of how it ran, `sha256` is that of the input."""
    found = observed.table()
    results = tuple(_result(rule, found, len(corpus)) for rule in rules)
    data = data_summary(corpus, sha256)
    findings = _with_ids(found, corpus, results)
    patches = to_table(propose(corpus, found, rules))
    facts = tuple(
        RuleFact(rule, fact.name, fact.sentence, fact.value, tuple((corpus.row(row).id, why) for row, why in fact.rows))
        for rule, fact in observed.facts
    )
    reply, why = answer(results, facts, findings, data, patches)
    return Report(
        command="scan",
        tool=f"audit {version('sft-audit')}",
        data=data,
        answer=reply,
        summary=why,
        rules=results,
        facts=facts,
        notes=corpus.source.notes + notes,
        next_steps=tuple(_next_steps(results, corpus.source)),
        findings=findings,
        rows=_rows_named(found, observed, corpus),
        per_row=_per_row(observed, corpus),
        patches=patches,
        options=options or {},
        tallies=(*observed.tallies, *_tallies(corpus, found)),
    )


def _tallies(corpus: Corpus, found: pa.Table) -> Iterator[Tally]:
    """What the answers of each split begin with, and how large the groups of duplicates are."""
    yield tally(_answers_by_split(corpus))
    grouped = found.filter(pc.is_valid(found.column("group")))
    heads = grouped.group_by(["rule", "group"]).aggregate([("position", "count")])
    sizes = heads.group_by(["rule", "position_count"]).aggregate([("group", "count")])
    rows = sorted((row["rule"], row["position_count"] + 1, row["group_count"]) for row in sizes.to_pylist())
    if rows:
        note = "A group is a row that stays and the rows that repeat it, so its size is one more than its findings."
        yield Tally("groups", note, ("rule", "size", "groups"), tuple(rows))


def _answers_by_split(corpus: Corpus) -> Iterator[tuple[str, pa.Array]]:
    """The answers in parts, each with the name of its split, if there are few."""
    names = pc.unique(corpus.column("split")).to_pylist()
    for batch in corpus.table.select(["split", "answer"]).to_batches():
        splits, answers = batch.columns
        if len(names) == 1 or len(names) > SPLITS:
            yield (names[0] if len(names) == 1 else "") or "answers", answers
        else:
            yield from ((name or "answers", answers.filter(pc.equal(splits, name))) for name in names)


def _result(rule: Rule, found: pa.Table, rows: int) -> RuleResult:
    mine = found.filter(pc.field("rule") == rule.name)
    hit = len(pc.unique(mine.column("position")))
    low, high = wilson_interval(hit, rows)
    return RuleResult(
        name=rule.name,
        family=rule.family,
        title=rule.title,
        severity=rule.severity,
        repair=rule.repair,
        safe=rule.safe,
        settings=rule.all_settings,
        findings=mine.num_rows,
        rows=Share(hit, rows, low, high),
        help=rule.help,
        effect=rule.effect,
    )


def _next_steps(results: Sequence[RuleResult], source: Source) -> Iterator[str]:
    """Commands for what was found; data that are no file of this machine cannot be named again."""
    found = sorted((r for r in results if r.findings), key=lambda r: (-r.severity.rank, -r.rows.count, r.name))
    name, path = quote(source.name), Path(source.name)
    several = path.is_dir() and source.format != "dataset"  # which clean does not take, as it gives one file back
    if found and source.name != "<stdin>" and path.exists():
        if not several and any(result.repair and result.safe for result in found):
            yield f"audit clean {name}     repairs what is safe, in a copy; audit undo takes it back"
        if any(not result.safe for result in found):
            yield f"audit review {name}    shows the rest one by one, for you to decide"
    if found:
        yield f"audit explain {found[0].name}"


def data_summary(corpus: Corpus, sha256: str) -> DataSummary:
    """What was read, and how it was understood."""
    source = corpus.source
    splits = {entry["values"]: entry["counts"] for entry in pc.value_counts(corpus.column("split")).to_pylist()}
    return DataSummary(
        name=source.name,
        format=source.format,
        encoding=source.encoding,
        columns=source.columns,
        rows=len(corpus),
        splits={} if set(splits) <= {""} else splits,
        fingerprint=corpus.fingerprint,
        quarantined=source.quarantined,
        sha256=sha256,
    )


def _per_row(observed: Observed, corpus: Corpus) -> pa.Table:
    """The numbers that rules gave to each row beside its id; nothing where no rule gave any."""
    numbers = {name: pa.array(values) for name, values in observed.per_row.items()}
    return pa.table({"row": corpus.column("id"), **numbers} if numbers else {})


def _with_ids(found: pa.Table, corpus: Corpus, results: Sequence[RuleResult]) -> pa.Table:
    """Findings with the row's own id, place and split instead of its position."""
    positions = found.column("position")
    severity = {result.name: result.severity.value for result in results}
    related = found.column("related").combine_chunks()
    columns: dict[str, Any] = {
        "rule": found.column("rule"),
        "severity": pa.array([severity[name] for name in found.column("rule").to_pylist()], pa.string()),
        "row": corpus.at("id", positions),
    }
    columns |= {name: corpus.at(name, positions) for name in ("record", "line", "split", "turn")}
    columns |= {
        name: found.column(name) for name in ("message", "score", "because", "p_value", "field", "start", "end")
    }
    columns["related"] = pa.ListArray.from_arrays(related.offsets, corpus.at("id", related.flatten()).combine_chunks())
    columns["group"] = corpus.at("id", found.column("group"))
    return pa.table(columns)


def _rows_named(found: pa.Table, observed: Observed, corpus: Corpus) -> pa.Table:
    """The text of every row that a finding or a fact names, and a sample for the map, in the order of the data."""
    named = set(found.column("position").to_pylist())
    named.update(found.column("related").combine_chunks().flatten().to_pylist())
    named.update(p for p in found.column("group").to_pylist() if p is not None)
    named.update(row for _, fact in observed.facts for row, _ in fact.rows)
    if "map_x" in observed.per_row:  # ids are hashes, so the first of them are a sample at random
        named.update(pc.sort_indices(corpus.column("id"))[:ON_MAP].to_pylist())
    return corpus.take(sorted(named)).table.drop_columns(["trusted"])

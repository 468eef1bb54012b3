"""A report held against an earlier one: what is new, what is gone, what stayed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from audit.nouns.reports import Changes, RateChange, Report, RuleChange, RuleResult
from audit.nouns.verdicts import Estimate, Share
from audit.statistics import newcombe_difference

Key = tuple[str, str]  # rule and id of a row, which is a hash of its content
NOTHING = Share(0, 0, 0.0, 1.0)


def compare(earlier: Report, later: Report, against: str) -> Report:
    """The later report with its `changes`: a finding is the same where rule and row (by content) are.

    Its findings have a column more, `state`: new or unchanged. The rows of findings that are gone are added to `rows`.
    """
    before, now = _keys(earlier.findings), _keys(later.findings)
    known, old = set(now), set(before)
    states = ["unchanged" if key in old else "new" for key in now]
    gone = [place for place, key in enumerate(before) if key not in known]
    lost = earlier.findings.take(pa.array(gone, pa.int64()))
    changes = Changes(
        against=against,
        new=states.count("new"),
        unchanged=states.count("unchanged"),
        rules=tuple(_rules(earlier, later, now, states, Counter(before[place][0] for place in gone))),
        rates=tuple(_rates(earlier, later)),
        gone=tuple(lost.to_pylist()),
    )
    findings = later.findings.append_column("state", pa.array(states, pa.string()))
    return replace(later, findings=findings, rows=_rows(earlier, later, lost), changes=changes)


def _keys(findings: pa.Table) -> list[Key]:
    return list(zip(findings.column("rule").to_pylist(), findings.column("row").to_pylist(), strict=True))


def _rows(earlier: Report, later: Report, lost: pa.Table) -> pa.Table:
    """The rows of the later report and those that only findings that are gone name."""
    wanted = {*lost.column("row").to_pylist(), *(row for rows in lost.column("related").to_pylist() for row in rows)}
    wanted -= set(later.rows.column("id").to_pylist())
    more = earlier.rows.filter(pc.is_in(earlier.rows.column("id"), pa.array(sorted(wanted), pa.string())))
    shared = [name for name in later.rows.column_names if name in more.column_names]
    return pa.concat_tables([later.rows, more.select(shared)], promote_options="permissive")


def _rules(
    earlier: Report, later: Report, now: list[Key], states: list[str], gone: Counter[str]
) -> Iterator[RuleChange]:
    """Every rule that found something in either report, in the order of the later one."""
    tally = Counter(zip((rule for rule, _ in now), states, strict=True))
    first = {rule.name: rule for rule in earlier.rules}
    second = {rule.name: rule for rule in later.rules}
    for name in dict.fromkeys([*second, *first]):
        rule = second.get(name) or first[name]
        before, after = _share(first.get(name)), _share(second.get(name))
        if before.count or after.count or gone[name]:
            counts = (tally[name, "new"], gone[name], tally[name, "unchanged"])
            yield RuleChange(name, rule.severity, before, after, *counts, _difference(before, after))


def _share(rule: RuleResult | None) -> Share:
    return rule.rows if rule else NOTHING


def _rates(earlier: Report, later: Report) -> Iterator[RateChange]:
    """The same failure of the same run, or of the only run of each where their names differ."""
    first, second = _shares(earlier), _shares(later)
    one_each = all(len({run for _, run in shares}) == 1 for shares in (first, second))
    for (failure, run), after in second.items():
        same = (failure, run)
        if same not in first and one_each:
            same = next((key for key in first if key[0] == failure), same)
        if same in first:
            yield RateChange(failure, run, first[same], after, _difference(first[same], after))


def _shares(report: Report) -> dict[tuple[str, str], Share]:
    """How often each failure was seen, by failure and run (of a model: its name and the prompt)."""
    shares: dict[tuple[str, str], Share] = {}
    if report.diagnosis:
        shares |= {(rate.failure, rate.run): rate.generated for rate in report.diagnosis.rates}
    if report.retraining:
        shares |= {(one.outcome, one.prompt): one.new.share for one in report.retraining.changes if one.new.share}
    if report.experiment:
        names = {trial.key: trial.name for trial in report.experiment.trials}
        shares |= {
            (one.outcome, f"{names.get(one.trial, one.trial)}, {one.prompt}"): one.share
            for one in report.experiment.measured
            if one.share
        }
    return shares


def _difference(before: Share, after: Share) -> Estimate:
    if not before.of or not after.of:
        return Estimate()
    low, high = newcombe_difference(before.count, before.of, after.count, after.of)
    return Estimate(after.count / after.of - before.count / before.of, low, high)

"""The Report as Markdown: for a pull request or a job's summary; a diagnosis has a page of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape as in_html
from typing import Any

from audit.nouns.foreign_text import visible
from audit.nouns.reports import Changes, Report, RuleResult
from audit.reporting.renderers.markdown import diagnosis_part, trial_part
from audit.reporting.renderers.markdown.markup import code, escape, fenced, short, table
from audit.reporting.screen.scan_screen import by_weight, percent
from audit.wording import counted, points_between

SHOWN = 5  # findings shown of each rule
SIGNS = {"error": "🟥", "warning": "🔶", "note": "🔵"}
QUESTIONS = {"scan": "Can I train on this?", "clean": "Can I train on what is left?"}


def render(report: Report) -> str:
    """The verdict, the table of rules, what changed, and a few findings of each rule, folded."""
    if report.diagnosis:
        page = diagnosis_part.render(report)
        return page + "\n" + "\n\n".join(_changes(report.changes)) + "\n" if report.changes else page
    found = by_weight(report.rules)
    parts = [
        f"### {_headline(report)}",
        f"{code(report.data.name)}: {escape(report.summary[:1].upper() + report.summary[1:])}.",
        *_changes(report.changes),
        *trial_part.parts(report),
        rules_table(report, found) if found else "",
        *(_examples(report, rule) for rule in found),
        "\n".join(f"{number}. {code(_command(step))}" for number, step in enumerate(report.next_steps, 1)),
        f"<sub>{report.data.rows:,} rows · {escape(report.tool)} · audit {escape(report.command)}</sub>",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def rules_table(report: Report, found: Sequence[RuleResult]) -> str:
    """One line for each rule that found something."""
    quiet = len(report.rules) - len(found)
    rows = [
        (
            f"{SIGNS[rule.severity.value]} {rule.name}",
            rule.severity.value,
            f"{rule.rows.count:,}",
            percent(rule.rows),
            (f"{rule.repair} (safe)" if rule.safe else rule.repair) or "by hand",
        )
        for rule in found
    ]
    text = table(("rule", "severity", "rows", "share (95 %)", "repair"), rows)
    return text + (f"\n\n{quiet} other {'rule' if quiet == 1 else 'rules'} found nothing." if quiet else "")


def _headline(report: Report) -> str:
    answer = report.answer[:1].upper() + report.answer[1:]
    return f"{QUESTIONS.get(report.command, f'audit {report.command}:')} {escape(answer)}"


def _command(step: str) -> str:
    return step.partition("    ")[0]


def _changes(changes: Changes | None) -> Iterator[str]:
    """What is new, gone and unchanged."""
    if changes is None:
        return
    counts = f"**{changes.new:,} new**, {len(changes.gone):,} gone, {changes.unchanged:,} unchanged"
    yield f"Against {code(changes.against)}: {counts}."
    moved = [rule for rule in changes.rules if rule.new or rule.gone]
    if moved:
        yield table(
            ("rule", "before", "now", "new", "gone", "unchanged"),
            [
                (
                    one.name,
                    counted(one.before),
                    counted(one.after),
                    f"{one.new:,}",
                    f"{one.gone:,}",
                    f"{one.unchanged:,}",
                )
                for one in moved
            ],
        )
    if changes.rates:
        yield table(
            ("failure", "run", "before", "now", "difference"),
            [
                (one.failure, one.run, counted(one.before), counted(one.after), points_between(one.difference))
                for one in changes.rates
            ],
        )


def _examples(report: Report, rule: RuleResult) -> str:
    """A few findings of one rule; new ones first, where that is known."""
    rows = {row["id"]: row for row in report.rows.to_pylist()}
    mine = [finding for finding in report.findings.to_pylist() if finding["rule"] == rule.name]
    mine.sort(key=lambda finding: (finding.get("state") != "new", -(finding["score"] or 0)))
    more = f"\n\n… and {len(mine) - SHOWN:,} more" if len(mine) > SHOWN else ""
    name = in_html(visible(rule.name))
    head = f"<details><summary><b>{name}</b>: {rule.findings:,} {'finding' if rule.findings == 1 else 'findings'}"
    body = "\n\n".join(_finding(finding, rows) for finding in mine[:SHOWN])
    return f"{head}</summary>\n\n{escape(rule.title)}\n\n{body}{more}\n\n</details>"


def _finding(finding: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]]) -> str:
    row = rows.get(finding["row"], {"question": "", "answer": ""})
    where = escape(f"line {finding['line']}" if finding["line"] else f"row {finding['row']}")
    new = "**new** " if finding.get("state") == "new" else ""
    text = fenced([f"Q  {short(row['question'])}", f"A  {short(row['answer'])}"])
    return f"- {new}{where}: {escape(finding['message'])}\n\n{text}"

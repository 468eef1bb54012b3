"""A section for a dataset's card on the hub: what was checked, what was found, what was done about it."""

from __future__ import annotations

from audit.nouns.reports import Report
from audit.reporting.renderers.markdown.document import rules_table
from audit.reporting.renderers.markdown.markup import Markdown, code, escape, listed
from audit.reporting.screen.scan_screen import by_weight

BEGIN, END = "<!-- audit: begin -->", "<!-- audit: end -->"


def render(report: Report) -> str:
    """Between two marks, by which a later run finds the section and takes its place. No text of a row is in it."""
    found = by_weight(report.rules)
    answer = report.answer[:1].upper() + report.answer[1:]
    splits = ", ".join(f"{name or 'no split'} {count:,}" for name, count in report.data.splits.items())
    checked: list[str] = [f"{report.data.rows:,} question-answer pairs" + (f" ({splits})" if splits else "")]
    checked += [f"rules: {', '.join(rule.name for rule in report.rules)}"] if report.rules else []
    checked += [Markdown(f"sha256 of the data: {code(report.data.sha256)}")] if report.data.sha256 else []
    parts = [
        "## Data quality",
        f"**{escape(answer)}.** {escape(report.summary[:1].upper() + report.summary[1:])}.",
        rules_table(report, found) if found else "",
        listed(fact.sentence for fact in report.facts),
        f"Checked by {escape(report.tool)} ({code(f'audit {report.command}')}):",
        listed(checked),
    ]
    body = "\n\n".join(part for part in parts if part).replace("<!--", "< !--")  # nobody else sets the two marks
    return f"{BEGIN}\n\n{body}\n\n{END}\n"

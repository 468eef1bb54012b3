"""The report as JUnit XML: a suite for each family, a case for each rule, a failure where it found something."""

from __future__ import annotations

from itertools import groupby
from xml.etree import ElementTree

from audit.nouns.findings import Severity
from audit.nouns.foreign_text import lines, visible
from audit.nouns.reports import Report, RuleResult

LISTED = 50  # findings named in a failure: a test report is read, not searched


def render(report: Report) -> str:
    """Errors and warnings fail; a note is said in the output of its case, as a note stops no training."""
    root = ElementTree.Element("testsuites", name=f"audit {report.command}")
    for family, rules in groupby(sorted(report.rules, key=lambda rule: (rule.family, rule.name)), lambda r: r.family):
        mine = list(rules)
        failed = sum(_fails(rule) for rule in mine)
        counts = {"tests": str(len(mine)), "failures": str(failed), "errors": "0", "skipped": "0"}
        suite = ElementTree.SubElement(root, "testsuite", {"name": family, **counts})
        for rule in mine:
            _case(suite, rule, report)
    for fault in report.diagnosis.recipe if report.diagnosis else ():
        suite = ElementTree.SubElement(
            root, "testsuite", name="recipe", tests="1", failures="1", errors="0", skipped="0"
        )
        case = ElementTree.SubElement(suite, "testcase", classname="recipe", name=fault.rule)
        message = f"{fault.place}: {fault.message}"
        ElementTree.SubElement(case, "failure", type=fault.severity, message=message).text = fault.fix
    _show_only(root)
    ElementTree.indent(root, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'


def _fails(rule: RuleResult) -> bool:
    return bool(rule.findings) and rule.severity is not Severity.NOTE


def _case(suite: ElementTree.Element, rule: RuleResult, report: Report) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=f"audit.{rule.family}", name=rule.name)
    if not rule.findings:
        return
    found = _lines(rule, report)
    if _fails(rule):
        said = f"{rule.findings:,} findings in {rule.rows.count:,} of {rule.rows.of:,} rows: {rule.title}"
        ElementTree.SubElement(case, "failure", type=rule.severity.value, message=said).text = found
    else:
        ElementTree.SubElement(case, "system-out").text = found


def _lines(rule: RuleResult, report: Report) -> str:
    mine = [finding for finding in report.findings.to_pylist() if finding["rule"] == rule.name]
    name = visible(report.data.name)
    said = [f"{name}:{finding['line']}: {visible(finding['message'])}" for finding in mine[:LISTED]]
    more = [f"… and {len(mine) - LISTED:,} more"] if len(mine) > LISTED else []
    return "\n".join([*said, *more])


def _show_only(root: ElementTree.Element) -> None:
    """Leave nothing in the tree that acts, or that XML 1.0 has no sign for, such as an escape in a file's name."""
    for element in root.iter():
        element.attrib = {name: visible(value) for name, value in element.attrib.items()}
        element.text = lines(element.text) if element.text else None

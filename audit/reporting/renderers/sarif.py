"""The findings as SARIF 2.1.0 (OASIS, 2020), for code scanning: lines of the source file, help from the rule's page."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from audit.nouns.foreign_text import lines, visible
from audit.nouns.reports import Report, RuleResult
from audit.workspace.report_json import as_json

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

Plain = dict[str, Any]


def render(report: Report) -> str:
    """One run of one tool; with a baseline every result says whether it is new, unchanged or absent."""
    run: Plain = {
        "tool": {"driver": _driver(report)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"SRCROOT": {"description": {"text": "The folder that audit was called in."}}},
        "results": list(_results(report)),
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return as_json(log, indent=1) + "\n"


def _driver(report: Report) -> Plain:
    name, _, version = report.tool.partition(" ")
    driver: Plain = {"name": name, "rules": [_rule(rule) for rule in report.rules]}
    known = {rule.name for rule in report.rules}
    faults = {fault.rule: fault for fault in report.diagnosis.recipe} if report.diagnosis else {}
    driver["rules"] += [{"id": name} for name in faults if name not in known]
    return {**driver, "version": version} if version else driver


def _rule(rule: RuleResult) -> Plain:
    text = lines(rule.help or rule.title or rule.name)
    return {
        "id": visible(rule.name),
        "shortDescription": {"text": visible(rule.title or rule.name)},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": rule.severity.value},
        "properties": {"family": rule.family, "tags": [rule.family], "repair": rule.repair, "safe": rule.safe},
    }


def _results(report: Report) -> Iterator[Plain]:
    rows = {row["id"]: row for row in report.rows.select(["id", "line"]).to_pylist()}
    for finding in report.findings.to_pylist():
        yield _result(report, finding, rows, finding.get("state", ""))
    for finding in report.changes.gone if report.changes else ():
        yield _result(report, finding, rows, "absent")
    for fault in report.diagnosis.recipe if report.diagnosis else ():
        where = str(report.options.get("recipe") or report.data.name)
        message = fault.message + (f"; {fault.fix}" if fault.fix else "")
        yield {
            "ruleId": fault.rule,
            "level": fault.severity,
            "message": {"text": visible(message)},
            "locations": [_location(where, 0)],
            "partialFingerprints": {"audit/v1": f"{fault.rule}:{fault.place}"},
        }


def _result(report: Report, finding: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], state: str) -> Plain:
    result: Plain = {
        "ruleId": visible(finding["rule"]),
        "level": finding["severity"],
        "message": {"text": visible(finding["message"])},
        "locations": [_location(report.data.name, finding["line"])],
        "partialFingerprints": {"audit/v1": f"{finding['rule']}:{finding['row']}"},
        "properties": {"row": finding["row"], "record": finding["record"], "because": visible(finding["because"])},
    }
    partners = [rows[name]["line"] for name in finding["related"] or () if name in rows]
    if partners:
        result["relatedLocations"] = [
            {**_location(report.data.name, line), "id": at, "message": {"text": "the partner"}}
            for at, line in enumerate(partners, 1)
        ]
    if finding["score"] is not None:
        result["rank"] = round(100 * finding["score"], 2)
    if state:
        result["baselineState"] = state
    return result


def _location(name: str, line: int) -> Plain:
    """A place in a file; paths inside the folder of the call are relative to it, as code scanning wants."""
    uri = quote(os.fsencode(Path(name).as_posix()))  # a name need not be UTF-8
    place: Plain = {"uri": f"file://{uri}"} if Path(name).is_absolute() else {"uri": uri, "uriBaseId": "SRCROOT"}
    physical: Plain = {"artifactLocation": place}
    if line:
        physical["region"] = {"startLine": line}
    return {"physicalLocation": physical}

"""The Report, which holds everything that a verb found out, and its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from audit.nouns.findings import Severity, Tally
from audit.nouns.trials import Experiment, Retraining
from audit.nouns.verdicts import Diagnosis, Estimate, Share

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class RuleResult:
    """What one rule said: its settings as they were used, and how many rows it found.

    `help` is the part of the rule's page that says what it means and why it hurts, as Markdown; `effect` what training
    on such rows does, in a clause.
    """

    name: str
    family: str
    title: str
    severity: Severity
    repair: str
    safe: bool
    settings: Mapping[str, Any]
    findings: int
    rows: Share
    help: str = ""
    effect: str = ""


@dataclass(frozen=True, slots=True)
class RuleFact:
    """A fact with the rule that measured it; `rows` are row ids, each with a word for why."""

    rule: str
    name: str
    sentence: str
    value: Mapping[str, Any]
    rows: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class DataSummary:
    """What was read and how it was understood. `sha256` is of the bytes of the file or folder, "" for others."""

    name: str
    format: str
    encoding: str
    columns: Mapping[str, str]
    rows: int
    splits: Mapping[str, int]
    fingerprint: str
    quarantined: tuple[str, ...] = ()
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class RuleChange:
    """One rule in two reports; a finding is the same where rule and row (by content) are. `difference` is of shares."""

    name: str
    severity: Severity
    before: Share
    after: Share
    new: int
    gone: int
    unchanged: int
    difference: Estimate = field(default_factory=Estimate)


@dataclass(frozen=True, slots=True)
class RateChange:
    """How often a failure, or another outcome, was seen in each of two reports; `run` names the run in the later."""

    failure: str
    run: str
    before: Share
    after: Share
    difference: Estimate = field(default_factory=Estimate)


@dataclass(frozen=True)
class Changes:
    """A report held against an earlier one: `gone` has the findings that are no more, as they were."""

    against: str
    new: int
    unchanged: int
    rules: tuple[RuleChange, ...]
    rates: tuple[RateChange, ...]
    gone: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Report:
    """Everything a verb found out; the JSON file is this, and every other format is a view of it.

    `answer` is the short reply to "can I train on this?" ("yes", "yes, after audit clean", "with care", "not yet") and
    `summary` its sentence.
    `findings` has one row per finding (columns: rule, severity, row, record, line, split, turn, message, score,
    because, p_value, field, start, end, related, group; state, new or unchanged, where there are `changes`);
    `rows` holds every row that a finding or fact names, and a sample of the others where the set has a map;
    `per_row` has one row per row of the data, with the numbers that rules gave, if any; `patches` has what repairs
    propose (the columns are those of Patch, see proposals.SCHEMA). `options` are what the run was asked for.
    """

    command: str
    tool: str
    data: DataSummary
    answer: str
    summary: str
    rules: tuple[RuleResult, ...]
    facts: tuple[RuleFact, ...]
    notes: tuple[str, ...]
    next_steps: tuple[str, ...]
    findings: pa.Table
    rows: pa.Table
    per_row: pa.Table
    patches: pa.Table
    options: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1
    diagnosis: Diagnosis | None = None
    retraining: Retraining | None = None
    experiment: Experiment | None = None
    tallies: tuple[Tally, ...] = ()
    changes: Changes | None = None

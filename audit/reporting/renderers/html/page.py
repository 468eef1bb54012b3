"""The page: the verdict and the picture that carries it, then every section that the run has something for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template, Undefined
from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from audit.nouns.foreign_text import escaped, lines, visible
from audit.nouns.reports import Report
from audit.reporting.renderers.html import (
    change_pictures,
    diagnosis_pictures,
    experiment_pictures,
    retraining_pictures,
    scan_pictures,
)
from audit.reporting.renderers.html.cards import MOST, Card, cards
from audit.reporting.renderers.html.drawing import COLOURS, Picture, Table

AT_ONCE = 50  # cards set into the page; the others wait as text until they are asked for
QUESTIONS = {
    "scan": "Can I train on this?",
    "clean": "Can I train on what is left?",
    "diagnose": "Where do the bad answers come from?",
    "retrain": "Did training again help?",
    "experiment": "What makes the answers bad?",
}
TONES = {"yes": "good", "yes, after audit clean": "good", "with care": "care", "not yet": "bad"}


@dataclass(frozen=True)
class Section:
    """A part of the page under one heading."""

    key: str
    title: str
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    lines: tuple[str, ...] = ()
    folded: bool = False

    def __bool__(self) -> bool:
        return bool(self.pictures or self.tables or self.lines)


def render(report: Report) -> str:
    """One file of HTML: no script, style, picture or letter of it comes from elsewhere."""
    sections = [section for section in _sections(report) if section]
    hero = next((picture for section in sections for picture in section.pictures), None)
    found = [(card, _set(card)) for card in cards(report)]
    return _template("page.html.j2").render(
        report=report,
        question=QUESTIONS.get(report.command, ""),
        tone=TONES.get(report.answer, "plain"),
        hero=hero,
        sections=[section for section in (_without(section, hero) for section in sections) if section],
        first=[html for _, html in found[:AT_ONCE]],
        total=len(found),
        left_out=max(0, report.findings.num_rows - MOST),
        choices=_choices([card for card, _ in found]),
        payload=_payload(found),
        rules=[rule for rule in report.rules if rule.findings],
        style=_style(),
        script=Markup(_asset("page.js")),  # noqa: S704 - our own file
        markdown=_markdown,
        counts=_counts(report),
        changed=change_pictures.sentence(report.changes) if report.changes else "",
    )


def _sections(report: Report) -> Iterator[Section]:
    if report.changes:
        yield Section("changes", f"Against {report.changes.against}", pictures=change_pictures.pictures(report.changes))
    trained = retraining_pictures.sections(report.retraining) if report.retraining else ()
    tried = experiment_pictures.sections(report.experiment) if report.experiment else ()
    for key, title, pictures, tables, said in (*trained, *tried, *_of_diagnosis(report)):
        yield Section(key, title, pictures, tables, said, folded=key == "evidence")
    titles = {"cleaning": "What was cleaned", "faults": "Faults by rule", "coupling": "Do answers follow questions?"}
    if report.command == "clean":
        titles["faults"] = "Before the cleaning"
    titles |= {"beginnings": "What answers begin with", "groups": "Duplicates", "map": "The map of the set"}
    open_: dict[str, list[Picture]] = {}
    for picture in scan_pictures.pictures(report):
        open_.setdefault("groups" if picture.key == "sweep" else picture.key, []).append(picture)
    for key, drawn in open_.items():
        yield Section(key, titles[key], tuple(drawn))
    yield Section("facts", "What was measured", lines=tuple(fact.sentence for fact in report.facts))


def _of_diagnosis(report: Report) -> Iterator[tuple[str, str, tuple[Picture, ...], tuple[Table, ...], tuple[str, ...]]]:
    diagnosis = report.diagnosis
    if diagnosis is None:
        return
    drawn = diagnosis_pictures.rates(diagnosis)
    yield "rates", "How often", tuple(filter(None, [drawn])), (), ()
    yield (
        "verdicts",
        "Suspects",
        (),
        (diagnosis_pictures.verdicts(diagnosis.verdicts),) if diagnosis.verdicts else (),
        (),
    )
    yield "courses", f"By {diagnosis.axis}", _some(diagnosis_pictures.courses(diagnosis)), (), ()
    yield "comparisons", "Between runs", _some(diagnosis_pictures.comparisons(diagnosis)), (), ()
    yield "sources", "Sources and sinks", _some(diagnosis_pictures.sources(report, diagnosis)), (), ()
    recipe = diagnosis_pictures.recipe(diagnosis)
    yield "recipe", "The recipe", (), (recipe,) if recipe else (), ()
    yield "examples", "Outputs to read", (), tuple(diagnosis_pictures.examples(diagnosis)), ()
    every = (diagnosis_pictures.every_verdict(diagnosis.verdicts),) if diagnosis.verdicts else ()
    yield "evidence", "Every verdict", (), every, ()


def _some(picture: Picture | None) -> tuple[Picture, ...]:
    return (picture,) if picture else ()


def _without(section: Section, hero: Picture | None) -> Section:
    """The section without the picture that stands on the first screen."""
    rest = tuple(picture for picture in section.pictures if picture is not hero)
    return replace(section, pictures=rest)


def _choices(found: list[Card]) -> dict[str, list[str]]:
    """What there is to filter by."""
    columns = {"rule": sorted({card.rule for card in found})}
    columns["severity"] = [name for name in ("error", "warning", "note") if any(c.severity == name for c in found)]
    columns["split"] = sorted({card.split for card in found if card.split})
    columns["state"] = [name for name in ("new", "unchanged", "gone") if any(c.state == name for c in found)]
    return {name: values for name, values in columns.items() if len(values) > 1}


def _payload(found: list[tuple[Card, str]]) -> Markup:
    """All cards for the script, as JSON that no browser takes for a tag."""
    plain = [[card.rule, card.severity, card.split, card.state, html] for card, html in found]
    text = escaped(json.dumps(plain, ensure_ascii=False, separators=(",", ":"))).replace("<", "\\u003c")
    return Markup(text)  # noqa: S704 - no tag can begin in it


def _set(card: Card) -> str:
    return _template("card.html.j2").render(card=card).strip()


def _counts(report: Report) -> list[str]:
    """The line under the name: what was looked at."""
    data = report.data
    splits = " · ".join(f"{visible(name) or 'no split'} {count:,}" for name, count in data.splits.items())
    parts = [f"{data.rows:,} question-answer pairs"] if data.rows else []
    return [*parts, *([splits] if splits else []), report.tool]


@cache
def _environment() -> Environment:
    room = Environment(
        loader=PackageLoader("audit.reporting.renderers.html", "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    room.filters |= {"visible": visible, "coded": _coded, "clauses": _clauses}
    room.globals["sign"] = {key.name: key.sign for key in scan_pictures.SEVERITIES}
    return room


def _shown(value: Any) -> Any:
    """What a template sets, wherever it stands: our own markup as it is, all else with nothing in it that acts."""
    if isinstance(value, Markup | Undefined | int | float):
        return value
    return lines(str(value))


def _template(name: str) -> Template:
    return _environment().get_template(name)


def _asset(name: str) -> str:
    return (files("audit.reporting.renderers.html") / name).read_text(encoding="utf-8")


def _style() -> Markup:
    light = "".join(f"--{name}:{on_light};" for name, on_light, _ in COLOURS.values())
    dark = "".join(f"--{name}:{on_dark};" for name, _, on_dark in COLOURS.values())
    themes = (
        f":root{{{light}color-scheme:light}}"
        f"@media screen and (prefers-color-scheme:dark){{:root:not([data-theme=light]){{{dark}color-scheme:dark}}}}"
        f"@media screen{{:root[data-theme=dark]{{{dark}color-scheme:dark}}}}"
    )
    return Markup(themes + "\n" + _asset("page.css"))  # noqa: S704 - our own file


def _clauses(text: str) -> list[str]:
    """A long sentence by its semicolons, but for those in brackets."""
    return re.split(r"; (?![^()]*\))", text)


def _coded(text: str) -> Markup:
    """Our own sentences, in which `backticks` stand around what is typed."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:
        return escape(visible(text))
    return Markup("").join(Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))


def _markdown(text: str) -> Markup:
    """A rule's own words; HTML in them stays text, and links lead only where the reader clicks."""
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(lines(text))
    return Markup(html)  # noqa: S704 - escaped, as HTML in Markdown is off

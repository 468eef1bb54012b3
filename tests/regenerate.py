"""Write what audit says about our own data into reports/: `python tests/regenerate.py`.

The case is a third party's: only figures of it are kept, and only where ../shared/case is there to compute them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir
from dataclasses import replace
from pathlib import Path

from audit.diagnose import diagnose
from audit.nouns.reports import Report
from audit.reporting.archive import reopen
from audit.reporting.renderers import json
from audit.reporting.renderers.html import diagnosis_pictures, scan_pictures
from audit.reporting.renderers.html.drawing import Picture, standalone
from audit.reporting.renderers.html.page import render
from audit.reporting.screen import diagnosis_screen, scan_screen
from audit.scan import scan

ROOT = Path(__file__).parent.parent
SAMPLES = ("korean-persona.csv", "english-instruct.jsonl")
CASE = ROOT.parent / "shared" / "case"


def sample_pages() -> Iterator[tuple[str, str]]:
    """File names in reports/ and their texts."""
    for name in SAMPLES:
        with chdir(ROOT):  # a report names its files as they were given: not by where this clone stands
            report = scan(f"data/samples/{name}")
        yield f"{Path(name).stem}.txt", scan_screen.render_text(report, width=80)
        yield f"{Path(name).stem}.json", json.render(report)
        yield f"{Path(name).stem}.html", render(report)
        yield f"{Path(name).stem}.svg", drawn(scan_pictures.faults(report))


def kept_pages() -> Iterator[tuple[str, str]]:
    """The page of the experiment on the case, from its figures, which are kept: training again takes an hour."""
    figures = reopen(ROOT / "reports" / "case" / "experiment.json")
    yield "case/experiment.html", render(figures)


def case_pages() -> Iterator[tuple[str, str]]:
    """The same for the case, without its texts."""
    folder = Path("../shared/case")
    runs = [folder / "generations_rank16.csv", folder / "generations_rank64.csv"]
    with chdir(ROOT):
        report = diagnose(runs, folder / "train.csv", recipe=folder / "recipe.toml", names=["rank 16", "rank 64"])
    yield "case/diagnosis.txt", diagnosis_screen.render_text(report, show=0, width=80)
    figures = without_texts(report)
    yield "case/diagnosis.html", render(figures)
    yield "case/diagnosis.svg", drawn(figures.diagnosis and diagnosis_pictures.rates(figures.diagnosis))


def without_texts(report: Report) -> Report:
    """The report without rows and outputs: what is left are figures, and what the tool itself says."""
    assert report.diagnosis is not None
    return replace(report, rows=report.rows.slice(0, 0), diagnosis=replace(report.diagnosis, examples=()))


def drawn(picture: Picture | None) -> str:
    """The picture as a file."""
    assert picture is not None
    return standalone(picture)


def main() -> None:
    pages = [*sample_pages(), *kept_pages(), *(case_pages() if CASE.exists() else ())]
    for name, text in pages:
        path = ROOT / "reports" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

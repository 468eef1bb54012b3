"""What is committed in reports/ is what audit says about the data today."""

from __future__ import annotations

import re

import pytest
from regenerate import CASE, ROOT, case_pages, kept_pages, sample_pages

NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?")
DRAWING, COORDINATE = re.compile(r"<svg.*?</svg>", re.DOTALL), re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def test_reports_on_the_samples_are_up_to_date() -> None:
    for name, text in (*sample_pages(), *kept_pages()):
        compare(name, text)


@pytest.mark.case
@pytest.mark.skipif(not CASE.exists(), reason="needs the third-party case in ../shared/case")
def test_report_on_the_case_is_up_to_date() -> None:
    for name, text in case_pages():
        compare(name, text)


def compare(name: str, text: str) -> None:
    """Words are equal; fractions may differ in the last places, as linear algebra does between processors.

    So may large counts: a pair of rows whose score is at the edge of a bar stands in it or beside it. In a drawing,
    where a coordinate stands is left to the eye: it may be whole on one processor and not on another.
    """
    committed = (ROOT / "reports" / name).read_text(encoding="utf-8")
    text, committed = (DRAWING.sub(lambda match: COORDINATE.sub("#", match[0]), page) for page in (text, committed))
    assert NUMBER.sub("#", text) == NUMBER.sub("#", committed), "run `make reports` and look at the difference"
    for ours, theirs in zip(NUMBER.findall(text), NUMBER.findall(committed), strict=True):
        fraction = "." in ours or "." in theirs
        assert _number(ours) == pytest.approx(_number(theirs), rel=0.02 if fraction else 0.002, abs=0.02 * fraction)


def _number(text: str) -> float:
    return float(text.replace(",", ""))

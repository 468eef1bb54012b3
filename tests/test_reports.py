"""What is committed in reports/ is what audit says about data/samples/ today."""

from __future__ import annotations

import re

import pytest
from regenerate import ROOT, pages

NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")


@pytest.mark.parametrize(("name", "text"), [pytest.param(*page, id=page[0]) for page in pages()])
def test_report_is_up_to_date(name: str, text: str) -> None:
    """Words are equal; fractions may differ in the last places, as linear algebra does between processors."""
    committed = (ROOT / "reports" / name).read_text(encoding="utf-8")
    assert NUMBER.sub("#", text) == NUMBER.sub("#", committed), "run `make reports` and look at the difference"
    for ours, theirs in zip(NUMBER.findall(text), NUMBER.findall(committed), strict=True):
        assert float(ours) == pytest.approx(float(theirs), rel=0.02, abs=0.02)

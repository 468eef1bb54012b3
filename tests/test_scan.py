"""The Python API: `audit.scan` takes what people have in hand and gives one Report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import audit
from audit.reporting.renderers import json as as_json
from audit.rows import corpus
from audit.rows.corpus import load

SAMPLE = Path(__file__).parent.parent / "data" / "samples" / "korean-persona.csv"
ROWS = [
    {"question": "너 나 좋아해?", "answer": "3. 그럼, 당연하지!", "split": "train"},
    {"question": "몇 살이야?", "answer": "22살이야!", "split": "train"},
    {"question": "Do you like coffee?", "answer": "Yes, black and strong.", "split": "valid"},
]


def test_package_gives_the_verb_and_not_its_module() -> None:
    import audit.scan

    assert callable(audit.scan)


@pytest.mark.parametrize("kind", ["list", "frame", "dataset", "corpus", "path", "str"])
def test_scan_takes_what_people_have_in_hand(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    if kind == "frame":
        pandas = pytest.importorskip("pandas")
        data = pandas.DataFrame(ROWS)
    elif kind == "dataset":
        datasets = pytest.importorskip("datasets")
        data = datasets.Dataset.from_list(ROWS)
    else:
        data = {"list": ROWS, "corpus": load(ROWS), "path": path, "str": str(path)}[kind]
    report = audit.scan(data, encoder="none")
    assert [(f["rule"], f["record"], f["split"]) for f in report.findings.to_pylist()] == [
        ("leading-enumerator", 0, "train")
    ]
    assert report.data.splits == {"train": 2, "valid": 1}


def test_findings_as_a_frame() -> None:
    frame = audit.scan(ROWS, encoder="none").findings.to_pandas()
    (finding,) = frame.to_dict("records")
    assert (finding["message"].startswith("the answer opens with '3.'"), finding["start"], finding["end"]) == (
        True,
        0,
        3,
    )


def test_select_and_ignore_take_rules_and_families() -> None:
    names = {result.name for result in audit.scan(ROWS, select=["numbers"], encoder="none").rules}
    assert names == {"leading-enumerator", "needless-leading-number"}
    report = audit.scan(ROWS, select=["numbers"], ignore=["leading-enumerator"], encoder="none")
    assert [result.name for result in report.rules] == ["needless-leading-number"]


def test_slices_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Facts that slices counted add up, and findings keep their place, however the rows are cut."""
    whole = as_json.render(audit.scan(SAMPLE, encoder="none"))
    monkeypatch.setattr(corpus, "BATCH_ROWS", 50)
    assert as_json.render(audit.scan(SAMPLE, encoder="none")) == whole


def test_report_names_every_row_it_speaks_of() -> None:
    report = audit.scan(SAMPLE, encoder="none")
    known = set(report.rows.column("id").to_pylist())
    named = {row for fact in report.facts for row, _ in fact.rows}
    for finding in report.findings.to_pylist():
        named |= {finding["row"], *finding["related"]}
    assert named <= known


def test_what_is_too_much_to_encode_is_said() -> None:
    report = audit.scan(SAMPLE, select=["semantic-duplicate-answer"], encode_up_to=10)
    assert any("more than the 10 that are encoded" in note for note in report.notes)
    (fact,) = report.facts
    assert "were not compared for what they mean" in fact.sentence

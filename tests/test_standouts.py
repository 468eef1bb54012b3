"""What outputs do that training answers do not is found without being told, and nothing where nothing differs."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from unicodedata import normalize

import pytest
from calibrate import spoilt

import audit
from audit.detectors.pattern import mistake
from audit.diagnosis.evidence.standouts import PATTERNS, of_re2
from audit.nouns.dialogue import AuditError
from audit.nouns.reports import Report
from audit.reporting.renderers import written

LETTERS = "abcdefghijklmnoprstuvwyz"


def sentence(seed: int, words: int = 9) -> str:
    """Words drawn at random, so that no two sentences are alike."""
    draw = random.Random(seed)
    said = " ".join("".join(draw.choices(LETTERS, k=draw.randint(3, 8))) for _ in range(words))
    return f"{said.capitalize()}."


DATA = [{"question": f"{sentence(n, 5)[:-1]}?", "answer": sentence(1000 + n)} for n in range(80)]
PROMPTS = [f"{sentence(2000 + n, 5)[:-1]}?" for n in range(40)]


def diagnose(say: Callable[[int, str], str], **options: Any) -> Report:
    """What is said of a model that answers prompt n with `say(n, an answer like those of the data)`."""
    outputs = [{"prompt": prompt, "answer": say(n, sentence(3000 + n))} for n, prompt in enumerate(PROMPTS)]
    return audit.diagnose([outputs], DATA, encoder="none", **options)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda text: f"😊 {text}", "begin with an emoji"),
        (lambda text: f"# {text}", "hold a heading of Markdown"),
        (lambda text: f"<p>{text}</p>", "hold HTML"),
        (lambda text: f"<think>So.</think>{text}", "think aloud"),
        (lambda text: f"\u201c{text}\u201d", "stand in quotation marks"),
        (lambda _: "Yes.", "begin with 'Yes'"),
        (lambda text: f"As everybody will surely know: {text}", "begin with 'As'"),
        (lambda text: f"네, {text}", "hold Hangul"),
        (lambda text: text.rstrip("."), "end without a mark"),
    ],
)
def test_what_half_of_the_outputs_do_is_found(spoil: Callable[[str], str], said: str) -> None:
    report = diagnose(lambda n, text: spoil(text) if n % 2 else text)
    assert report.answer != "nothing to explain"
    assert said in " ".join(fact.sentence for fact in report.facts) + report.summary


def test_nothing_stands_out_where_nothing_differs() -> None:
    report = diagnose(lambda _, text: text)
    assert report.answer == "nothing to explain"
    assert "nothing stands out among" in report.summary
    assert report.facts == ()


def test_a_pattern_of_ones_own_is_a_failure_like_any_other() -> None:
    report = diagnose(lambda n, text: f"Dear guest, {text}" if n % 2 else text, failures={"dear": "^Dear"})
    assert report.diagnosis is not None
    (rate,) = (rate for rate in report.diagnosis.rates if rate.failure == "dear")
    assert (rate.generated.count, rate.training.count if rate.training else None) == (20, 0)
    assert any(verdict.failure == "dear" for verdict in report.diagnosis.verdicts)
    assert all(rate.failure != "dear" for rate in (diagnose(lambda _, text: text).diagnosis or report.diagnosis).rates)


@pytest.mark.parametrize("failures", [{"refusal": "^No"}, {"A b": "x"}, {"dear": "(?=x)"}, {"dear": ""}])
def test_a_failure_that_cannot_be_is_one_sentence(failures: dict[str, str]) -> None:
    with pytest.raises(AuditError, match="--failure"):
        diagnose(lambda _, text: text, failures=failures)


def test_few_outputs_tell_nothing() -> None:
    outputs = [{"prompt": prompt, "answer": "# Yes."} for prompt in PROMPTS[:4]]
    report = audit.diagnose([outputs], DATA, encoder="none")
    assert report.answer == "too few to tell"
    assert report.summary == "no run has more than 4 outputs, and nothing can be told of fewer than 10"


@pytest.mark.parametrize("pattern", PATTERNS.values(), ids=PATTERNS.keys())
def test_every_pattern_that_is_offered_can_be_a_failure(pattern: str) -> None:
    assert mistake(field="answer", regex=of_re2(pattern), unless="") is None


def test_what_stands_out_is_in_the_findings() -> None:
    page = "".join(map(str, written(diagnose(lambda n, text: f"😊 {text}" if n % 2 else text), "findings-ko")))
    assert "begin with an emoji" in page


def test_what_stands_out_is_told_once() -> None:
    report = diagnose(lambda n, text: f"😊 {text}" if n % 2 else text)
    (fact,) = report.facts
    assert len(fact.value["found"]) == 1


@pytest.mark.parametrize(("kind", "silent"), [("", True), ("heading", False), ("answers another question", False)])
def test_answers_of_one_form_hide_nothing(kind: str, silent: bool) -> None:
    """Where good outputs look like training answers, too, so that many of them count as copies."""
    assert (spoilt(kind, 0) == "nothing to explain") is silent


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_answers_to_other_questions_stand_out_in_korean(form: str) -> None:
    things = ["램프", "우산", "냄비", "의자", "가위", "모자", "열쇠", "안경", "시계", "가방"]
    rooms = ["부엌", "다락", "마당", "창고", "서랍", "현관", "책장", "욕실", "거실", "베란다", "지하실", "차고"]
    pairs = [
        (f"{room}에 둔 {thing} 봤어?", f"응, {thing}라면 {room} 안쪽에 있더라!") for thing in things for room in rooms
    ]
    random.Random(0).shuffle(pairs)
    data = [{"question": question, "answer": answer} for question, answer in pairs[:80]]
    held = pairs[80:]
    for apart, answer in ((0, "nothing to explain"), (7, "cannot tell")):
        said = [
            {"prompt": normalize(form, question), "output": held[(at + apart * (at % 2)) % len(held)][1]}
            for at, (question, _) in enumerate(held)
        ]
        report = audit.diagnose([said], data, encoder="none")
        assert report.answer == answer, report.summary

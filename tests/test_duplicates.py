"""What the rules on duplicates and leakage say beyond the examples on their pages."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from audit.detectors.duplicates.collapsed_answers import collapsed_answers
from audit.detectors.duplicates.conflicting_answers import conflicting_answers
from audit.detectors.duplicates.duplicate_answer import duplicate_answer
from audit.detectors.duplicates.duplicate_row import duplicate_row
from audit.detectors.duplicates.near_duplicate_answer import near_duplicate_answer
from audit.detectors.duplicates.near_duplicate_question import near_duplicate_question
from audit.detectors.duplicates.near_duplicate_row import near_duplicate_row
from audit.detectors.leakage.leaked_row import leaked_row
from audit.engines.local import Local
from audit.likeness import near_texts
from audit.likeness.matching import match
from audit.likeness.near_texts import jaccard
from audit.likeness.signals import Vectors
from audit.likeness.substance import differ
from audit.nouns.findings import Fact, Finding, Observations
from audit.rows import corpus
from audit.rows.splits import side
from audit.sweep import sweep
from audit.texts.folding import fold

CASE = Path(__file__).parents[2] / "shared" / "case" / "train.csv"
RULES = [
    duplicate_row,
    duplicate_answer,
    near_duplicate_answer,
    near_duplicate_question,
    near_duplicate_row,
    conflicting_answers,
    collapsed_answers,
    leaked_row,
]
WALK = "저녁을 먹고 나서 강가를 따라 천천히 걷는 걸 좋아해"
EVENING = "저녁에 산책하는 거 좋아해?"


def rows(*pairs: tuple[str, str], **more: Any) -> list[dict[str, Any]]:
    return [{"question": question, "answer": answer, **more} for question, answer in pairs]


def observed(rule: Any, data: list[dict[str, Any]], engine: Local | None = None, **settings: Any) -> Observations:
    built = corpus.build(data)
    given = {"corpus": built, "matching": match(built, engine or Local()), "engine": engine or Local(), "signals": None}
    return rule(*(given[name] for name in signature(rule).parameters if name in given), **settings)


def seen(rule: Any, data: list[dict[str, Any]], **settings: Any) -> list[Finding]:
    return [found for found in observed(rule, data, **settings) if isinstance(found, Finding)]


def facts(rule: Any, data: list[dict[str, Any]]) -> list[Fact]:
    return [found for found in observed(rule, data) if isinstance(found, Fact)]


@pytest.mark.parametrize("rule", RULES)
def test_nothing_is_said_of_no_rows_and_of_one(rule: Any) -> None:
    assert seen(rule, []) == []
    assert seen(rule, rows(("안녕?", "안녕!"))) == []


@pytest.mark.parametrize("rule", RULES)
def test_empty_answers_are_not_alike(rule: Any) -> None:
    data = rows(*((f"{'가나다라마바사'[i]} 다음은 뭐야?", " \u200b" * i) for i in range(7)))
    assert seen(rule, data) == []


@pytest.mark.parametrize("rule", RULES)
def test_any_number_of_workers_sees_the_same(rule: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_texts, "WORTH_COMPILING", 0)
    questions = ["어디 살아?", "뭐 먹었어?", "취미는?", "Where are you?", "What now?", "Who is it?", "언제 자?"]
    data = rows(*((questions[i % 7] * (i % 3 + 1), f"{WALK} {'!' * (i % 4)}{i % 5}") for i in range(60)))
    data = [{**row, "split": "test" if i % 4 == 0 else "train"} for i, row in enumerate(data)]
    assert list(observed(rule, data, Local(2))) == list(observed(rule, data))


def test_the_first_row_is_kept_and_every_copy_points_to_it() -> None:
    found = seen(duplicate_row, rows(("a?", "b"), ("c?", "d"), ("A?", "B"), ("a?", "b")))
    assert [(f.row, f.related, f.group, f.because) for f in found] == [(2, (0,), 0, "folded"), (3, (0,), 0, "exact")]
    assert "3 rows" in found[0].message


def test_a_conversation_is_repeated_as_a_whole_or_not_at_all() -> None:
    opening, end = ("Book a table.", "For how many?"), ("Two.", "Done.")
    data = [
        {"question": question, "answer": answer, "turn": turn, "record": record}
        for record, turns in enumerate([[opening, end], [opening], [opening, end]])
        for turn, (question, answer) in enumerate(turns, 1)
    ]
    assert [(f.row, f.related) for f in seen(duplicate_row, data)] == [(3, (0,)), (4, (1,))]
    assert [f.row for f in seen(duplicate_answer, data)] == [2], "the turn that is no copy of a row is still a copy"


def test_one_answer_in_many_rows_makes_one_finding_each_and_no_near_duplicates() -> None:
    data = rows(*((f"question {i}", WALK) for i in range(100_000)))
    assert seen(duplicate_answer, data) == []
    (fact,) = facts(duplicate_answer, data)
    assert (fact.value["rows"], fact.value["answers"]) == (100_000, 1)
    assert len(seen(duplicate_answer, data, cap=1)) == 99_999
    assert len(seen(duplicate_answer, data, cap=10)) == 99_990
    assert seen(near_duplicate_answer, data) == []


def test_a_near_duplicate_points_to_the_row_that_stays() -> None:
    text = "one two three four five six seven"
    data = rows(("a?", f"{text} eight"), ("b?", text), ("c?", f"zero {text}"), ("d?", f"{text} eight"))
    found = seen(near_duplicate_answer, data, threshold=0.7)
    assert [(f.row, f.related, f.group) for f in found] == [(0, (1,), 1), (2, (1,), 1)]
    assert found[0].score == 29 / 35
    assert "82 % alike" in found[0].message


def test_no_row_goes_for_the_sake_of_one_that_goes() -> None:
    """A chain, each text near the next and none near the one after that: every second stays."""
    words = [f"{a}{b}ing" for a in "bdfgklmnpr" for b in ("all", "end", "ist", "oun", "ush")]
    chain = [" ".join(words[at : at + 30]) for at in range(0, 20, 4)]
    found = seen(near_duplicate_answer, rows(*((f"{at}?", text) for at, text in enumerate(chain))), threshold=0.7)
    gone = {finding.row for finding in found}
    assert gone
    for finding in found:
        (kept,) = finding.related
        assert kept not in gone
        assert jaccard(chain[finding.row], chain[kept], 5) >= 0.7


PASSAGE = "The mill was built beside the weir. It ground barley for the whole valley. In spring the wheel stood still. "


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The first ten stations of the northern mountain line", "The last ten stations of the northern mountain line"),
        (f"{PASSAGE}Who owned it?", f"{PASSAGE}When did the wheel turn?"),
        (
            "Her brother asked whether he may come along to the old harbour",
            "Her brother asked whether she may come along to the old harbour",
        ),
        (
            "A true positive is a case that the test finds, as it should be",
            "A false positive is a case that the test finds, as it should be",
        ),
        (
            "You should open the valve before you start the engine again",
            "You should not open the valve before you start the engine again",
        ),
        (
            "어제부터 설사가 멈추지 않아서 아무것도 못 먹고 있어요",
            "어제부터 기침이 멈추지 않아서 아무것도 못 먹고 있어요",
        ),
        ("왼쪽 길로 쭉 가면 오래된 다리가 나옵니다", "오른쪽 길로 쭉 가면 오래된 다리가 나옵니다"),
        ("It takes 20 minutes by bus", "It takes 30 minutes by bus"),
    ],
)
def test_what_differs_in_substance_is_no_near_duplicate(one: str, other: str) -> None:
    assert differ(fold(one), fold(other))
    assert differ(fold(other), fold(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I get to the harbour from here?", "How do I get to the harbor from here"),
        ("Keep the rice and change the sauce.", "Keep the rice, change the sauce!"),
        ("너무 혼란스러워요.. 어떻게 하죠", "너무 혼란스러워.. 어떻게 하지"),
        ("오늘 회의는 세 시에 시작해요", "오늘 회의는 세 시에 시작합니다 😊"),
        (f"{PASSAGE}Who owned the mill?", f"{PASSAGE} Who owned this mill?"),
    ],
)
def test_what_differs_in_form_says_the_same(one: str, other: str) -> None:
    assert not differ(fold(one), fold(other))
    assert not differ(fold(other), fold(one))


def test_a_preamble_weighs_nothing() -> None:
    tasks = [
        "Name three rivers.",
        "Write a limerick.",
        "Sum up the plot.",
        "Fix this code.",
        "Who won the cup?",
        "Sort the list.",
    ]
    data = rows(*((f"{PASSAGE * 2}{task}", f"{PASSAGE}{task} Done so far as I can tell.") for task in tasks))
    for rule in (near_duplicate_question, near_duplicate_answer, near_duplicate_row):
        assert seen(rule, data) == []


def test_labels_are_no_duplicates() -> None:
    data = rows(*((f"{topic} of this?", "Positive") for topic in ("Mood", "Tone", "Sense")), ("And that?", "Positive!"))
    assert seen(near_duplicate_answer, data) == []
    assert seen(duplicate_answer, data) == []


def test_a_near_row_is_near_in_question_and_answer_together() -> None:
    walk, later = (EVENING, WALK), ("주말에는 뭐 하고 지내?", WALK + "!")
    assert [(f.row, f.related) for f in seen(near_duplicate_row, rows(walk, later, (EVENING, WALK + "!")))] == [
        (2, (0,))
    ]


def test_questions_from_one_template_are_no_near_duplicates() -> None:
    sums = rows(*((f"사과가 {n}개씩 든 상자가 세 개 있으면 사과는 모두 몇 개야?", f"{3 * n}개") for n in range(10, 20)))
    assert seen(near_duplicate_question, sums) == []
    assert len(seen(near_duplicate_question, rows((EVENING, "응"), (EVENING + "?", "아니")))) == 1


@pytest.mark.parametrize(("part", "rule"), [("answer", near_duplicate_answer), ("question", near_duplicate_question)])
def test_a_sweep_counts_what_the_rule_flags_at_every_threshold(part: str, rule: Any) -> None:
    ends = ["", "!", "!!", " 정말로", " 정말로 그래", " 사실은 조금 귀찮기도 해", " of course I do"]
    data = rows(*((f"{EVENING} {WALK}{end[::-1]}", WALK + end) for end in ends))
    thresholds = [0.9, 0.5, 0.8, 0.65, 1.0]
    steps = sweep(corpus.build(data), thresholds, part=part)
    assert [step.threshold for step in steps] == sorted(thresholds)
    found = {threshold: seen(rule, data, threshold=threshold) for threshold in thresholds}
    assert [step.rows for step in steps] == [len(found[step.threshold]) for step in steps]
    assert [step.groups for step in steps] == [len({f.group for f in found[step.threshold]}) for step in steps]
    assert len({step.rows for step in steps}) > 2
    assert all(step.largest <= step.rows + 1 for step in steps)


def test_near_duplicates_say_whether_their_questions_are_alike() -> None:
    data = rows((EVENING, WALK), (EVENING + "?", WALK + "!"), ("뭐가 제일 즐거워?", WALK + "."))
    assert [f.because for f in seen(near_duplicate_answer, data)] == ["like-question", "other-question"]


def test_a_set_that_varies_its_answers_is_not_in_conflict_with_itself() -> None:
    openings = "강산들꽃별달해비눈숲새말꿈길집문책붓종북춤글빛"
    data = rows(
        *(
            pair
            for c in openings
            for pair in ((f"{c} 좋아?", f"{c}처럼 좋은 건 없지"), (f"{c} 좋아?", "글쎄, 생각해 본 적 없는데"))
        )
    )
    assert len(openings) >= 20
    assert seen(conflicting_answers, data) == []
    (fact,) = facts(conflicting_answers, data)
    assert fact.value == {"questions": len(openings), "far_apart": len(openings)}
    clash = rows(("너 몇 살이야?", "스무 살은 넘었고 22살이지"), ("너 몇 살이야?", "25살"))
    assert [f.because for f in seen(conflicting_answers, data + clash)] == ["other-number"]


@pytest.mark.parametrize(
    ("one", "other", "because"),
    [
        ("나는 22살이야", "스물다섯, 그러니까 25살!", "other-number"),
        ("５월 3일이야", "5월 4일이야", "other-number"),
        ("12", "13", "other-number"),
        ("7", "about 9 days", "other-number"),
        ("On May 5.", "On June 5.", "other-number"),
        ("It weighs 1,000 kg.", "It weighs 1000 kg, more or less.", ""),
        ("3개월 걸려", "90일 걸려", ""),
        ("응, 갈래!", "아니, 안 갈래.", "yes-and-no"),
        ("Yes, always.", "No, never.", "yes-and-no"),
        ("No problem at all, yes we can do that.", "Yes, we can do that, no problem at all.", ""),
        ("The bridge is open to cars.", "The bridge is not open to cars.", "negated"),
        ("그 다리는 차가 다닐 수 있어", "그 다리는 차가 다닐 수 없어", "negated"),
        ("Seoul", "It is Seoul.", ""),
        ("Seoul", "Busan", "other-name"),
        ("The show was held in Seoul", "The show was held in Busan", "other-name"),
        ("I like the sea, most of all in winter", "A long walk and no telephone", ""),
    ],
)
def test_signs_of_conflict(one: str, other: str, because: str) -> None:
    asked = "같은 질문인데 어디야? Where is it?"
    assert [f.because for f in seen(conflicting_answers, rows((asked, one), (asked, other)))] == (
        [because] if because else []
    )


@pytest.mark.parametrize(
    "asked", ["Give me a random city", "Name a number", "아무 도시나 말해 줘", "Who is your favourite?"]
)
def test_variety_that_is_asked_for_is_no_conflict(asked: str) -> None:
    assert seen(conflicting_answers, rows((asked, "Seoul 12"), (asked, "Busan 30"))) == []


def test_the_answer_given_most_often_is_the_one_compared_with() -> None:
    data = rows(("Capital of Australia?", "Sydney"), *[("Capital of Australia?", "Canberra")] * 2)
    assert [(f.row, f.related) for f in seen(conflicting_answers, data)] == [(0, (1,))]


class Topics:
    """Vectors by the first word of a text: whatever begins alike means the same, but for a little noise."""

    encoder = "topics"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors."""
        parts = [(text.split()[0], text) for text in texts]
        drawn = [[np.random.default_rng(list(part.encode())).normal(size=64) for part in pair] for pair in parts]
        rows = [topic + 0.3 * own for topic, own in drawn]
        return np.array([row / np.linalg.norm(row) for row in rows], np.float32)


def test_a_leak_in_other_words_is_seen_with_an_encoder() -> None:
    train = rows(
        *((f"{n}번 what is so special here", f"{n}번 because it is") for n in map(chr, range(0xAC00, 0xAC00 + 150)))
    )
    leak = {"question": f"{chr(0xAC00 + 7)}번 tell me about the place", "answer": f"{chr(0xAC00 + 7)}번 for a reason"}
    new = {"question": "하늘 tell me about the sky", "answer": "구름 mostly clouds"}
    data = [{**row, "split": "train"} for row in train] + [{**row, "split": "test"} for row in (leak, new)]
    assert seen(leaked_row, data) == []
    assert "rephrased rows are not seen" in facts(leaked_row, data)[-1].sentence
    built = corpus.build(data)
    found = [f for f in leaked_row(match(built, Local()), Local(), Topics()) if isinstance(f, Finding)]
    assert [(f.row, f.because, f.related) for f in found] == [(150, "same-meaning", (7,))]


def test_in_a_large_set_a_few_uses_of_an_answer_are_no_collapse() -> None:
    questions = ["오늘 뭐 해?", "Who is there?", "저녁은 먹었니", "Sum 3 and 4.", "어느 역에서 만나"]
    data = rows(*((question, "그건 잘 모르겠어") for question in questions))
    others = rows(*((f"{i} 번 문제", f"{i} 번 답") for i in range(6_000)))
    assert len(seen(collapsed_answers, data)) == 5
    assert seen(collapsed_answers, data + others) == []
    assert len(seen(collapsed_answers, data + others, min_share=0.0)) == 5


def test_a_collapsed_answer_points_to_unlike_questions() -> None:
    questions = ["오늘 뭐 해?", "Who is there?", "오늘 뭐 해??", "저녁은 먹었니"]
    found = seen(collapsed_answers, rows(*((q, "그건 잘 모르겠어") for q in questions)), min_questions=3)
    assert [f.related for f in found] == [(1, 3), (0, 3), (0, 1, 3), (0, 1)]
    assert {f.group for f in found} == {0}
    assert "4 different questions" in found[0].message


def test_a_leak_names_the_training_row_and_what_was_known() -> None:
    tide = "The tide rises because the moon pulls the near side of the sea more than the earth, and the far side less."
    train = rows((EVENING, WALK), ("Why does the tide rise?", tide), split="train")
    held_out = rows(
        (EVENING, WALK),
        (EVENING + "?", WALK + "!"),
        (EVENING, "아니, 집이 좋아."),
        ("Why does the tide rise??", "I forgot."),
        ("Explain to me in one sentence what the moon does to the sea.", tide),
        ("Explain to me in one sentence what the moon does to us.", tide + "!"),
        ("바다 좋아해?", "응!"),
        split="valid",
    )
    found = seen(leaked_row, held_out + train)
    assert [(f.row, f.because, f.related) for f in found] == [
        (0, "same-row", (7,)),
        (1, "near-row", (7,)),
        (2, "same-question", (7,)),
        (3, "near-question", (8,)),
        (4, "same-answer", (8,)),
        (5, "near-answer", (8,)),
    ]
    (fact,) = facts(leaked_row, held_out + train)
    assert fact.value["held_out"] == 7
    assert fact.value["leaked"] == 6


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("train", "train"),
        ("Training", "train"),
        ("train_v2.csv", "train"),
        ("학습용", "train"),
        ("훈련 데이터", "train"),
        ("valid", "held-out"),
        ("validation-1", "held-out"),
        ("ｄｅｖ", "held-out"),
        ("test2024", "held-out"),
        ("held-out", "held-out"),
        ("평가셋", "held-out"),
        ("검증용 데이터셋", "held-out"),
        ("\u1111\u1167\u11bc\u1100\u1161", "held-out"),  # 평가, decomposed
        ("", ""),
        ("contest", ""),
        ("constrained", ""),
        ("unlabelled", ""),
        ("train-test", ""),
    ],
)
def test_what_split_names_say(name: str, expected: str) -> None:
    assert side(name) == expected


@pytest.mark.case
@pytest.mark.skipif(not CASE.exists(), reason="the case is not in ../shared/case")
@pytest.mark.parametrize("rule", RULES)
def test_the_case_has_neither_copies_nor_leaks(rule: Any) -> None:
    """141 of its questions are asked twice, on purpose, with the answer in other words; two more nearly so."""
    with CASE.open(encoding="utf-8-sig", newline="") as file:
        table = list(csv.DictReader(file))
    data = [{"question": r["input_data"], "answer": r["output_message"], "split": r["data_type"]} for r in table]
    assert len(seen(rule, data)) == (2 if rule is near_duplicate_question else 0)

"""The judge tells what is wrong with each output, and a reader of the same outputs agrees."""

from __future__ import annotations

import csv
import random
import unicodedata
from pathlib import Path
from typing import Any, get_args

import pytest

from audit.diagnosis.judge import Judged, as_generations, judge, judged_schema
from audit.likeness.signals import CachedSignals
from audit.nouns.verdicts import Place
from audit.recipes.recipe_file import Prompt, Recipe
from audit.rows import corpus
from audit.rows.corpus import Corpus
from audit.rows.generations import Generations, load_generations
from audit.rulebook.failures import explains, failure_rules
from audit.rulebook.failures import failures as failures_of_pages
from audit.rulebook.pages import choose, rulebook

CASE = Path(__file__).parents[2] / "shared" / "case"
LABELS = Path(__file__).parent / "case_labels.csv"
# A rule has one page, and these stand in rules/text.
SHARED_WITH_SCAN = {
    *("copied-context", "copied-question", "cut-off-answer", "leftover-marker", "mojibake", "refusal", "stray-script"),
    "wrong-language",
}

THINGS = ["램프", "우산", "냄비", "의자", "가위", "모자", "열쇠", "안경", "시계", "가방", "연필", "수건"]
PLACES = ["부엌", "다락", "마당", "창고", "서랍", "현관", "책장", "욕실", "거실", "베란다"]


def outputs(*pairs: tuple[str, str], run: str = "run") -> Generations:
    return load_generations([[{"prompt": prompt, "answer": answer} for prompt, answer in pairs]], names=[run])


def learned(*pairs: tuple[str, str], split: str = "train") -> Corpus:
    return corpus.build({"question": question, "answer": answer, "split": split} for question, answer in pairs)


def failures(judged: Judged) -> list[set[str]]:
    return [{name for name in failure_rules() if row[name]} for row in judged.table.to_pylist()]


def household(rows: int) -> list[tuple[str, str]]:
    """Questions where things are, each with an answer of its own."""
    pairs = [(thing, place) for thing in THINGS for place in PLACES][:rows]
    return [
        (f"{place} {thing} 어디에 뒀어?", f"{thing}라면 {place} 안쪽 {i}번 칸에 넣어 뒀어")
        for i, (thing, place) in enumerate(pairs)
    ]


def test_columns_are_the_pages_with_a_phrase() -> None:
    assert {rule.name for rule in choose(subject="generations")} == {*failure_rules()} - SHARED_WITH_SCAN
    assert judge(outputs(("Hi", "Hey")), learned(("Hi", "Hey"))).table.schema == judged_schema()


def test_a_page_says_whether_a_failure_is_a_fact_and_whether_training_answers_can_show_it() -> None:
    known = {failure.name: failure for failure in failures_of_pages()}
    facts = {name for name, failure in known.items() if not failure.fault}
    assert facts == {"digit-start", "training-copy", "copied-context", "stray-script"}
    assert {name for name, failure in known.items() if not failure.compared} == {
        *("training-copy", "unrelated-copy", "no-stop")
    }


def test_what_a_recipe_leads_to_are_places_and_failures_that_there_are() -> None:
    there_are = {*get_args(Place), *failure_rules()}
    assert all(set(rule.leads_to) <= there_are for rule in rulebook().values())
    assert explains()["answer-cut"] == {"no-stop"}
    assert {"digit-start", "no-stop", "empty"} < explains()["marker-not-found"]


def test_a_part_of_an_answer_and_an_answer_after_something_else_are_copies() -> None:
    rows = household(60)
    whole = rows[7][1]
    judged = judge(
        outputs(
            (rows[7][0], whole[: len(whole) * 2 // 3]),
            (rows[7][0], f"2003년 10월에 말했듯이 {whole}"),
            (rows[7][0], "그건 나도 잘 모르겠는데 엄마한테 한번 물어볼게"),
        ),
        learned(*rows),
    )
    assert judged.table.column("training-copy").to_pylist() == [True, True, False]


def test_what_other_files_are_given_says_nothing_of_a_run() -> None:
    rows = household(60)
    said = [(rows[at][0], rows[(at * 7 + 3) % 60][1]) for at in range(20)]
    other = [(rows[at][0], rows[at][1]) for at in range(30)]
    alone = judge(outputs(*said, run="a"), learned(*rows)).table.column("unrelated-copy").to_pylist()
    both = load_generations(
        [[{"prompt": p, "answer": a} for p, a in pairs] for pairs in (said, other)], names=["a", "b"]
    )
    assert judge(both, learned(*rows)).table.column("unrelated-copy").to_pylist()[:20] == alone


def test_one_output_may_fail_in_several_ways() -> None:
    judged = judge(
        outputs(
            ("산책 갈래?", "3. 좋아, 나가자! (답변 종료)"),
            ("산책 갈래?", "(답변 종료)"),
            ("산책 갈래?", "I would love to go for a walk with you today. (답변 종료)"),
            ("산책 갈래?", "좋아 ### 질문: 어디로? 좋아 좋다"),
            ("몇 살이야?", "27살! (답변 종료)"),
        ),
        learned(("Hi", "Hey")),
    )
    assert failures(judged) == [
        {"digit-start", "enumerator-start"},
        {"empty"},
        {"wrong-language"},
        {"no-stop", "leftover-marker"},
        {"digit-start"},
    ]
    assert judged.table.column("because").to_pylist()[4] == "", "a digit that was asked for is no fault"


def test_the_recipe_says_where_outputs_end() -> None:
    recipe = Recipe("r.toml", Prompt(train="{question}{answer}[fin]", stop=("[fin]",)))
    judged = judge(outputs(("Hi", "Hey [fin] 3."), ("Hi", "Hey")), learned(("Hi", "Hey")), recipe=recipe)
    assert judged.table.column("said").to_pylist() == ["Hey", "Hey"]
    assert judged.table.column("no-stop").to_pylist() == [False, True]
    assert judged.stops == {"run": ("[fin]",)}


def test_without_end_markers_stopping_is_left_open() -> None:
    judged = judge(outputs(("Hi", "Hey"), ("Hi", "Hello")), learned(("Hi", "Hey")))
    assert judged.table.column("no-stop").to_pylist() == [None, None]
    assert "no end marker in the outputs of run" in judged.notes[0]


@pytest.mark.parametrize(
    "answer",
    [
        "My bicycle has two wheels and a bell",
        "4. My bicycle has two wheels and a bell!",
        "（2）My BICYCLE has two wheels,   and a bell 🚲",
        "My bicycle has four wheels and a bell.",
    ],
)
def test_signs_and_enumerators_do_not_hide_a_copy(answer: str) -> None:
    rows = learned(
        ("?", "Something else altogether, as it happens"), ("Bike?", "My bicycle has two wheels and a bell.")
    )
    (row,) = judge(outputs(("What?", answer)), rows).table.to_pylist()
    assert (row["training-copy"], row["copy_of"], row["copy_id"]) == (True, 1, rows.row(1).id)
    assert row["copy_similarity"] == (1.0 if "two" in answer else pytest.approx(0.8, abs=0.1))


def test_a_decomposed_copy_is_a_copy() -> None:
    answer = "자전거는 바퀴가 두 개라서 좋아"
    rows = learned(("왜 좋아?", answer))
    assert judge(outputs(("왜?", unicodedata.normalize("NFD", answer))), rows).table.column(
        "training-copy"
    ).to_pylist() == [True]


def test_neither_short_texts_nor_held_out_rows_are_sources() -> None:
    short, held_out = learned(("Hi", "Sure!")), learned(("Hi", "I would love to come along"), split="test")
    assert failures(judge(outputs(("Hi", "Sure!")), short)) == [set()]
    assert failures(judge(outputs(("Hi", "I would love to come along")), held_out)) == [set()]


def test_of_equal_copies_the_earliest_row_is_named() -> None:
    rows = learned(("a", "My bicycle has two wheels"), ("b", "My bicycle has two wheels!"))
    assert judge(outputs(("What?", "My bicycle has two wheels")), rows).table.column("copy_of").to_pylist() == [0]


def test_a_copy_for_another_question_is_unrelated() -> None:
    rows = household(120)
    asked = [(question.replace("뒀어", "있어"), answer) for question, answer in rows[:30]]
    stray = [("오늘 기분이 참 좋다", rows[7][1]), ("What is the capital of France?", rows[60][1])]
    judged = judge(outputs(*asked, *stray), learned(*rows))
    assert judged.table.column("training-copy").to_pylist() == [True] * 32
    assert judged.table.column("copy_related").to_pylist() == [True] * 30 + [False] * 2


def test_with_few_rows_relatedness_is_left_open() -> None:
    rows = household(40)
    judged = judge(outputs(("오늘 기분이 참 좋다", rows[7][1])), learned(*rows))
    (row,) = judged.table.to_pylist()
    assert (row["training-copy"], row["unrelated-copy"], row["copy_related"]) == (True, None, None)
    assert "cannot be told from 40 training rows; it takes 50" in judged.notes[-1]


def test_nothing_depends_on_the_order_of_outputs_or_rows() -> None:
    rows, said = household(120), [("오늘 뭐 하지?", answer) for _, answer in household(120)[:20]]
    shuffled, order = random.Random(0).sample(rows, len(rows)), random.Random(1).sample(range(20), 20)
    straight = judge(outputs(*said), learned(*rows)).table.select(["unrelated-copy", "copy_id"]).to_pylist()
    turned = (
        judge(outputs(*(said[i] for i in order)), learned(*shuffled))
        .table.select(["unrelated-copy", "copy_id"])
        .to_pylist()
    )
    assert turned == [straight[i] for i in order]


def test_training_answers_are_judged_by_the_same_measure() -> None:
    rows = learned(("몇 살이야?", "27살!"), ("산책 갈래?", "2. 좋아"), ("Hi", "Hey"))
    judged = judge(as_generations(rows), rows.take([]))
    assert failures(judged) == [{"digit-start"}, {"digit-start", "enumerator-start"}, set()]
    assert judged.table.column("line").to_pylist() == rows.column("line").to_pylist()


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], dict[str, Any]]:
    """The judgement on every output of the case, by file and record."""
    if not CASE.exists():
        pytest.skip(f"the case is not at {CASE}")
    files = [CASE / "generations_rank16.csv", CASE / "generations_rank64.csv"]
    signals = CachedSignals("auto", tmp_path_factory.mktemp("vectors"))
    table = judge(load_generations(files), corpus.load(CASE / "train.csv"), signals=signals).table
    return {(f"{row['run']}.csv", row["record"]): row for row in table.to_pylist()}


def precision_and_recall(case: dict[tuple[str, int], dict[str, Any]], label: str, name: str, half: str) -> list[float]:
    """Against the labels of one half or of both (""); blank labels are outputs on which the reader could not decide."""
    with LABELS.open() as file:
        labels = [row for row in csv.DictReader(file) if half in row["half"] and row[label]]
    read = [row[label] == "1" for row in labels]
    judged = [case[row["file"], int(row["record"])][name] for row in labels]
    both = sum(one and other for one, other in zip(read, judged, strict=True))
    return [both / sum(judged), both / sum(read)]


@pytest.mark.case
@pytest.mark.parametrize(
    ("label", "name", "half", "floors"),
    [
        ("digit", "digit-start", "", (0.95, 0.95)),
        ("enumerator", "enumerator-start", "", (0.95, 0.95)),
        ("copy", "training-copy", "held-out", (0.95, 0.95)),
        ("unrelated", "unrelated-copy", "held-out", (0.75, 0.8)),  # 0.85 was wanted and is not reached
    ],
)
def test_a_reader_of_the_case_agrees(
    case: dict[tuple[str, int], dict[str, Any]], label: str, name: str, half: str, floors: tuple[float, float]
) -> None:
    precision, recall = precision_and_recall(case, label, name, half)
    assert precision >= floors[0]
    assert recall >= floors[1]


@pytest.mark.case
@pytest.mark.parametrize(("file", "digits", "enumerators"), [("rank16", 49, 25), ("rank64", 54, 13)])
def test_the_case_at_its_last_epoch(
    case: dict[tuple[str, int], dict[str, Any]], file: str, digits: int, enumerators: int
) -> None:
    """The counts are those of the case's README, taken by other means."""
    last = [row for (name, _), row in case.items() if name == f"generations_{file}.csv" and row["epoch"] == 50]
    assert sum(row["digit-start"] for row in last) == digits
    assert sum(row["enumerator-start"] for row in last) == enumerators


@pytest.mark.case
def test_the_case_has_a_sink(case: dict[tuple[str, int], dict[str, Any]]) -> None:
    """Row 263 is printed for six prompts after the last epoch at rank 16; the judge may err on one of them."""
    printed = [
        row
        for (name, _), row in case.items()
        if name == "generations_rank16.csv" and row["epoch"] == 50 and row["copy_of"] == 263
    ]
    assert len(printed) == 6
    assert sum(row["unrelated-copy"] for row in printed) >= 5

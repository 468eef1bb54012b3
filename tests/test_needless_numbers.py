"""Which numbers in front of an answer were asked for, which are natural and which are needless."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.detectors.numbers.judgement import judge
from audit.detectors.numbers.leading_enumerator import leading_enumerator
from audit.detectors.numbers.needless_leading_number import needless_leading_number, summarise
from audit.nouns.findings import Fact, Finding
from audit.rows import corpus

CASE = Path(__file__).parents[2] / "shared" / "case"


def build(*pairs: tuple[str, str]) -> corpus.Corpus:
    return corpus.build({"question": question, "answer": answer} for question, answer in pairs)


def test_a_number_that_was_asked_for_is_not_needless_but_one_before_it_is() -> None:
    assert judge("How old are you?", "22! And you?").kind == "asked"
    assert judge("How old are you?", "7 I am twenty-two.").kind == "needless"
    assert judge("How old are you?", "1. I am 22.").kind == "enumerator"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("I can't sleep lately.", "23:40 Put the phone in another room."),
        ("Why do cats purr?", "3/10 They do it to calm themselves."),
        ("Any ideas for dinner?", "2.75 Soup, if you still have leeks."),
        ("My boss ignores me.", "7/8 Ask for ten minutes and say it plainly."),
        ("How was the concert?", "18:20 Loud and wonderful."),
        ("Where can I park?", "12:00 Behind the church, it is free."),
        ("잠이 안 와", "23:40 휴대폰을 다른 방에 둬 봐."),
        ("고양이는 왜 골골거려?", "3/10 기분이 좋거나 스스로를 달래는 거래."),
        ("저녁 뭐 먹지?", "2.75 국물 있는 거 먹자."),
        ("문이 삐걱거려", "09:15 경첩에 양초를 문질러 봐."),
        ("고향이 그리워?", "0.5 가을마다 그래."),
        ("불이 났어", "1.2 불부터 끄고 얘기해."),
    ],
)
def test_a_clock_time_a_fraction_or_a_decimal_before_a_sentence_of_its_own_is_needless(
    question: str, answer: str
) -> None:
    assert judge(question, answer).kind == "needless"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("How was the soup?", "4/5 Would order it again."),
        ("When is the train?", "14:05 From platform two."),
        ("Can you rate my outfit?", "9/10 Lose the hat."),
        ("Do you have gigs this week?", "20:30 Tuesday at the old mill."),
        ("부산은 어떻게 가?", "14:05 기차야."),
        ("이 영화 어땠어?", "4/5 음악이 다 했어."),
        ("내 옷 평가해 줘", "9/10 모자만 벗자."),
    ],
)
def test_a_clock_time_or_a_fraction_that_answers_is_left_alone(question: str, answer: str) -> None:
    assert judge(question, answer).kind in {"asked", "natural"}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("At what temperature does butter melt?", "35 °C, or a warm pocket."),
        ("What is the maximum score in bowling?", "300, twelve strikes in a row."),
        ("What is the speed limit here?", "50, and lower for new drivers."),
        ("What is five minus two?", "3! Too easy."),
        ("How many hours are there in a week?", "168: seven times 24, no matter what you plan."),
        ("What is two thirds as a percentage?", "66.7, roughly."),
        ("What is the pH of pure water?", "7, right in the middle."),
        ("What does LX mean in Roman numerals?", "60, ten more than L."),
        ("What is the country code of Korea?", "82, with a plus in front."),
        ("What did you score?", "17! My best so far."),
        ("물은 몇 도에서 얼어?", "0 °C. 소금물은 더 낮아."),
        ("신발 치수가 어떻게 돼요?", "245 신어요. 볼이 좁아요."),
        ("아이디 규칙은?", "6자 이내로 영문만 써 주세요."),
        ("셋 더하기 넷은?", "7! 쉽지?"),
        ("볼링 최고 점수는?", "300, 스트라이크 열두 번이야."),
        ("하루는 몇 초야?", "86400! 60 곱하기 60 곱하기 24니까."),
        ("허리 몇 입어?", "28 입어. 큰 건 싫어."),
    ],
)
def test_a_number_answers_a_question_for_a_quantity_without_how_many(question: str, answer: str) -> None:
    assert judge(question, answer).kind in {"asked", "natural"}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("And the shoes?", "42, because of my wide feet."),
        ("What about the hat?", "58, the big one."),
        ("모자는요?", "58이요. 머리가 커서요."),
        ("바지는?", "30! 작년이랑 똑같아."),
    ],
)
def test_a_number_answers_a_question_that_leaves_out_what_it_asks_for(question: str, answer: str) -> None:
    assert judge(question, answer).kind in {"asked", "natural"}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What should I do with my first salary?", "6 Put half of it away."),
        ("The price went up again.", "8 Then we cook at home."),
        ("Do you like second-hand shops?", "3 I could live in one."),
        ("I got the rent raised.", "20 Ask for a repair in return."),
        ("What is jazz?", "4, music that argues with itself."),
        ("월급이 너무 적어", "6, 이직을 생각해 보는 건 어때?"),
        ("가격이 왜 이렇게 올랐지", "8 재료가 비싸졌대."),
        ("나이 드는 게 무서워", "4! 다들 그래."),
        ("속도를 못 맞추겠어", "5, 네 걸음대로 가면 돼."),
        ("온도 때문에 잠을 설쳤어", "8! 창문 열고 자."),
        ("오늘은 거리가 한산하네", "7 다들 놀러 갔나 봐."),
    ],
)
def test_a_noun_of_quantity_asks_for_a_number_only_where_the_question_is_about_it(question: str, answer: str) -> None:
    assert judge(question, answer).kind == "needless"


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What does article 9 say?", "9. Dogs stay on the lead."),
        ("Which gate is ours?", "12. It has just opened."),
        ("Tea (1) or coffee (2)?", "2. Coffee, always."),
        ("(1) bus (2) train?", "2. The train has a bar."),
        ("Read me the third rule.", "3. Nobody eats alone."),
        ("What's question 8?", "8. Name two rivers."),
        ("What's the wifi password?", "2468. Don't tell the cat."),
        ("What is the maximum number of players?", "11. Substitutes wait outside."),
        ("규칙 2조가 뭐야?", "2. 밥은 같이 먹는다."),
        ("세 번째 규칙 읽어 줘", "3. 혼자 먹지 않기."),
        ("둘 중에 골라 줘 ① 차 ② 커피", "② 커피가 좋아"),
        ("1) 커피 2) 차 뭐 마실래?", "2) 차가 좋아."),
        ("어느 출구로 나가?", "4. 다리 건너서야."),
        ("사물함 번호 알려 줘", "27번. 맨 끝이야."),
        ("6번 문제 풀이 알려 줘", "6. 양변에 2를 곱해."),
    ],
)
def test_an_enumerator_may_name_an_item_that_the_question_names_or_asks_to_choose(question: str, answer: str) -> None:
    assert judge(question, answer).kind in {"asked", "natural"}


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which season do you like?", "2. Autumn."),
        ("Which film should we watch?", "1. The old one."),
        ("What is your favourite door?", "1. The blue one."),
        ("I live on the 3rd street from here.", "2. So near!"),
        ("어느 계절이 좋아?", "3. 가을이지."),
        ("3시에 시험이야", "3. 잘하고 와."),
        ("2년째 같은 회사야", "3. 대단하다."),
        ("어떤 색이 어울려?", "3. 초록이지."),
    ],
)
def test_an_enumerator_is_no_choice_where_the_question_names_no_items(question: str, answer: str) -> None:
    assert judge(question, answer).kind == "enumerator"


@pytest.mark.parametrize(
    ("question", "tied", "apart"),
    [
        ("Do you sing?", "4 times a year.", "4 times no, never."),
        ("What is your plan B?", "6 months of travel.", "6 months my plan is to travel."),
        ("Who painted the shed?", "3 metres of it were done by Ann.", "3 metres Ann did."),
        ("Do you like me?", "1 year and 2 weeks ago I did.", "1 year 2 year I do."),
        ("What is your favourite tea?", "2 weeks ago I found a smoked one.", "2 weeks ago, green I think."),
        ("Which note is that?", "5A is what it says.", "5A note like a bell."),
        ("꿈이 뭐야?", "6개월 쉬는 게 꿈이야.", "6개월 꿈은 쉬는 거야."),
        ("화났어?", "7시에 왔으면 안 냈지.", "7시에 화 안 났어."),
        ("누가 고쳤어?", "9만원 넘게 받는 아저씨가.", "9만원 옆집 아저씨가 고쳤어."),
        ("커피 마실래?", "2잔 마실래.", "2잔! 응 라떼로 줘."),
        ("나 기다렸어?", "2시간 기다렸어.", "2시간 미안 버스가 안 왔어."),
        ("왜 조용해?", "30분 걸었더니 피곤해.", "30분 그냥 피곤해서."),
        ("믿어?", "1년 2년 지나면 믿겠지.", "1년 2년 믿어 응."),
    ],
)
def test_a_quantity_is_needless_where_nothing_after_it_takes_it_up(question: str, tied: str, apart: str) -> None:
    assert judge(question, tied).kind in {"asked", "natural"}
    assert judge(question, apart).kind == "needless"


@pytest.mark.parametrize("decompose", [False, True], ids=["NFC", "NFD"])
def test_findings_do_not_depend_on_how_hangul_is_composed(decompose: bool) -> None:
    pairs = [("심심해", "5번. 나랑 놀자"), ("나 좋아해?", "1년 후에 말해 줄게"), ("몇 살이야?", "22살이야")]
    if decompose:
        pairs = [tuple(unicodedata.normalize("NFD", text) for text in pair) for pair in pairs]  # type: ignore[misc]
    rows = build(*pairs)
    assert [found.row for found in findings(leading_enumerator(rows))] == [0]
    assert [found.row for found in findings(needless_leading_number(rows))] == [1]


def test_a_higher_confidence_leaves_the_less_sure_findings_out() -> None:
    rows = build(("나 좋아해?", "1년 후에 말해 줄게"), ("비가 오네", "17 네 우산 챙기세요"))
    assert [found.row for found in findings(needless_leading_number(rows, min_confidence=0.8))] == [1]


def test_the_fact_counts_by_split_and_says_the_sentence() -> None:
    rows = corpus.build(
        [
            {"question": "몇 살이야?", "answer": "22살이야", "split": "train"},
            {"question": "나 좋아해?", "answer": "1년 후에 말해 줄게", "split": "train"},
            {"question": "안녕", "answer": "안녕!", "split": "train"},
            {"question": "심심해", "answer": "24시간 영화 볼까?", "split": "train"},
            {"question": "안녕", "answer": "3. 안녕!", "split": "valid"},
        ]
    )
    (fact,) = (seen for seen in needless_leading_number(rows) if isinstance(seen, Fact))
    assert fact.value["splits"]["train"] == {
        "rows": 4,
        "digit-led": 3,
        "asked": {"age": 1},
        "needless": {"unasked-offset": 1},
        "natural": {"counter": 1},
    }
    assert [position for position, _ in fact.rows] == [0, 1, 3, 4]
    assert "75.0% of the training answers begin with a digit (3 of 4: 1 asked for, 1 natural" in summarise(fact.value)


def test_the_fact_of_a_set_without_digits_says_so() -> None:
    (fact,) = needless_leading_number(build(("안녕", "안녕!")))
    assert isinstance(fact, Fact)
    assert summarise(fact.value) == "None of the 1 answers begins with a digit."


WRITTEN = st.text(
    st.one_of(st.sampled_from("0123456789０９①⑳²३.．):년월일번살 나네\n*([-½️⃣"), st.characters(codec="utf-8")),
    max_size=30,
)


@settings(deadline=None)  # the machine may be busy
@given(question=WRITTEN, answer=WRITTEN)
def test_no_text_breaks_the_rules_and_no_row_gets_both(question: str, answer: str) -> None:
    rows = build((question, answer))
    assert len([*findings(leading_enumerator(rows)), *findings(needless_leading_number(rows))]) <= 1


@settings(deadline=None)  # the machine may be busy
@given(answer=st.builds("{}{}".format, st.sampled_from(["1. ", "(2)", "3번. ", "①", "２．", "1. 2) "]), WRITTEN))
def test_stripping_an_enumerator_leaves_the_rest_and_no_other_enumerator(answer: str) -> None:
    for found in findings(leading_enumerator(build(("안녕", answer)))):
        assert found.span is not None
        assert found.span[0] == 0
        left = answer[found.span[1] :]
        assert left
        assert not list(findings(leading_enumerator(build(("안녕", left)))))


@pytest.mark.case
@pytest.mark.skipif(not CASE.exists(), reason="the case is not in ../shared/case")
def test_the_case_has_nineteen_digit_led_training_answers_and_one_is_suspect() -> None:
    with (CASE / "train.csv").open(encoding="utf-8-sig", newline="") as file:
        raw = [row for row in csv.DictReader(file) if row["data_type"] == "train"]
    rows = corpus.build(
        {"question": row["input_data"], "answer": row["output_message"], "split": "train"} for row in raw
    )
    assert not list(leading_enumerator(rows))
    observed = list(needless_leading_number(rows))
    assert [found.row for found in findings(observed)] == [263]
    (fact,) = (seen for seen in observed if isinstance(seen, Fact))
    assert fact.value["splits"]["train"]["digit-led"] == len(fact.rows) == 19


@pytest.mark.case
@pytest.mark.skipif(not CASE.exists(), reason="the case is not in ../shared/case")
@pytest.mark.parametrize(("rank", "enumerators"), [(16, 25), (64, 13)])
def test_the_case_generates_as_many_enumerators_as_its_readme_counts(rank: int, enumerators: int) -> None:
    with (CASE / f"generations_rank{rank}.csv").open(encoding="utf-8-sig", newline="") as file:
        raw = [row for row in csv.DictReader(file) if row["epoch"] == "50"]
    rows = build(*((row["prompt"], row["llm_answer"].replace("(답변 종료)", "").strip()) for row in raw))
    assert len(list(leading_enumerator(rows))) == enumerators


def findings(observed: Iterable[object]) -> list[Finding]:
    return [seen for seen in observed if isinstance(seen, Finding)]

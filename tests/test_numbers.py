"""What a text opens with, what a question asks for, and which numbers in front are needless."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import corpus
from audit.numbers.asked import asks_for
from audit.detectors.leading_enumerator import leading_enumerator
from audit.detectors.needless_leading_number import needless_leading_number, summarise
from audit.numbers.judgement import judge
from audit.numbers.opening import opening
from audit.types import Fact, Finding

CASE = Path(__file__).parents[2] / "shared" / "case"


def build(*pairs: tuple[str, str]) -> corpus.Corpus:
    return corpus.build({"question": question, "answer": answer} for question, answer in pairs)


@pytest.mark.parametrize("decompose", [False, True], ids=["NFC", "NFD"])
@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1. 좋아", "1.", 1),
        ("1.좋아", "1.", 1),
        ("  3)  좋아", "3)", 3),
        ("(2) sure", "(2)", 2),
        ("[12] sure", "[12]", 12),
        ("5번. 네", "5번.", 5),
        ("5번) 네", "5번)", 5),
        ("①네", "①", 1),
        ("⑿ 네", "⑿", 12),
        ("3️⃣ 네", "3️⃣", 3),
        ("２． 네", "２．", 2),
        ("（４）네", "（４）", 4),
        ("**1.** Sure", "**1.**", 1),
        ("\ufeff7. Sure", "\ufeff7.", 7),
        ("1.Sure, why not", "1.", 1),
        ("2) 1. yes", "2) 1.", 2),
    ],
)
def test_enumerators(text: str, mark: str, value: float, decompose: bool) -> None:
    if decompose:
        text, mark = (unicodedata.normalize("NFD", part) for part in (text, mark))
    found = opening(text)
    assert (found.kind, found.text, found.value) == ("enumerator", mark, value)
    assert text[found.span[0] : found.span[1]].strip() == mark


@pytest.mark.parametrize("decompose", [False, True], ids=["NFC", "NFD"])
@pytest.mark.parametrize(
    ("text", "follows"),
    [
        ("42", "end"),
        ("2003. 10. 11.", "end"),
        ("10. 11. 토요일에 보자", "date"),
        ("2003년 10월 11일이야", "date"),
        ("3. April is fine", "date"),
        ("11 October 2003", "date"),
        ("1년 후에 보자", "offset"),
        ("2시간 전에 왔어", "offset"),
        ("3 days ago it rained", "offset"),
        ("7시쯤에 보자", "time"),
        ("10:30 is fine", "time"),
        ("2018년에 나왔어", "year"),
        ("2021: Ada", "year"),
        ("3대 1로 이겼어", "score"),
        ("7전 8기", "score"),
        ("3 to 5 days", "range"),
        ("15+27 is 42", "arithmetic"),
        ("100% 동의해", "percent"),
        ("8.8.8.8 is public", "code"),
        ("3, 7, 15 and 22", "sequence"),
        ("22살! 너는?", "counter"),
        ("30분씩 걸어", "counter"),
        ("2번 이상 입어", "counter"),
        ("4계절 다 좋아", "counter"),
        ("1.5배는 커", "counter"),
        ("3 개 있어", "counter"),
        ("３명이야", "counter"),
        ("2 cups flour", "unit"),
        ("119에 신고해", "particle"),
        ("3D printing", "unit"),
        ("7-Eleven", "name"),
        ("10 Downing Street", "name"),
        ("365 sunny days", "noun"),
        ("75 hard", "noun"),
        ("2. Bundesliga", "item"),
        ("7 Sure, I can", "sentence"),
        ("3 나는 좋아", "sentence"),
        ("12! You should", "sentence"),
        ("1주말인데 뭐 해", "glued"),
        ("2개인적으로 좋아", "glued"),
        ("1Hello there", "glued"),
    ],
)
def test_what_follows_a_number(text: str, follows: str, decompose: bool) -> None:
    found = opening(unicodedata.normalize("NFD", text) if decompose else text)
    assert (found.kind, found.follows) == ("number", follows)


def test_a_phrase_of_time_is_marked_whole_however_it_is_composed() -> None:
    decomposed = unicodedata.normalize("NFD", "1년 후에 보자")
    start, end = opening(decomposed).span
    assert unicodedata.normalize("NFC", decomposed[start:end]) == "1년 후에"


@pytest.mark.parametrize("text", ["", " ", "네", "sure", "-5 degrees", "$5", "😊 3개", "one", "오늘 3시"])
def test_texts_that_open_with_no_number(text: str) -> None:
    assert opening(text).kind == "none"


@pytest.mark.parametrize(
    ("text", "is_list"),
    [
        ("1. a\n2. b", True),
        ("1. a 2. b 3. c", True),
        ("4. d\n5. e", True),
        ("1) a, 2) b", True),
        ("①가 ②나", True),
        ("1. a\n1. b\n1. c", True),
        ("3. three\n2. two\n1. one", True),
        ("1. Title\n- a\n- b", True),
        ("3. We did two things:\n1. a\n2. b", False),
        ("1. Here they are:\n- a\n- b", False),
        ("1. I have 2.5 of them", False),
        ("1. only this", False),
    ],
)
def test_an_enumerator_and_its_list(text: str, is_list: bool) -> None:
    assert (opening(text).follows == "list") == is_list


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ("너 몇 살이야?", {"age"}),
        ("생일이 언제야?", {"date"}),
        ("지금 몇 시야?", {"time"}),
        ("얼마예요?", {"price"}),
        ("학점 몇이야?", {"score"}),
        ("장점 세 가지만 말해 줘", {"list"}),
        ("라면 끓이는 순서 알려 줘", {"steps"}),
        ("정답은 몇 번이야?", {"option"}),
        ("How old are you?", {"age"}),
        ("When is your birthday?", {"date"}),
        ("How many moons are there?", {"quantity"}),
        ("Give me three tips for sleep.", {"list"}),
        ("Which of the following is a fish?", {"option"}),
        ("Calculate 3 times 4.", {"calculation"}),
        ("Convert 5 km to miles.", {"conversion"}),
        ("What does it cost?", {"price"}),
    ],
)
def test_what_a_question_asks_for(question: str, kinds: set[str]) -> None:
    for form in ("NFC", "NFD"):
        assert kinds <= asks_for(unicodedata.normalize(form, question))


@pytest.mark.parametrize(
    "question",
    [
        "너 나 좋아해?",
        "얼마나 좋아해?의 반대말처럼 들려",
        "언젠가는 잘되겠지?",
        "(지금은 3시) 같이 놀자",
        "Do you like me?",
        "Good morning!",
    ],
)
def test_small_talk_asks_for_nothing(question: str) -> None:
    assert asks_for(question) == frozenset()


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


@settings(deadline=None)  # the machine may be busy
@given(text=WRITTEN)
def test_spans_lie_inside_the_text(text: str) -> None:
    for form in (text, unicodedata.normalize("NFD", text)):
        start, end = opening(form).span
        assert 0 <= start <= end <= len(form)


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

"""What a text opens with, and what a question asks for."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.detectors.numbers.asked import asks_for
from audit.texts.number_opening import opening


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


WRITTEN = st.text(
    st.one_of(st.sampled_from("0123456789０９①⑳²३.．):년월일번살 나네\n*([-½️⃣"), st.characters(codec="utf-8")),
    max_size=30,
)


@settings(deadline=None)  # the machine may be busy
@given(text=WRITTEN)
def test_spans_lie_inside_the_text(text: str) -> None:
    for form in (text, unicodedata.normalize("NFD", text)):
        start, end = opening(form).span
        assert 0 <= start <= end <= len(form)

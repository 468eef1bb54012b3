"""Which language a question asks for: what tells a request from a mention."""

from __future__ import annotations

import pytest

import audit
from audit.detectors.text.asked_language import asked_language, speaks_of_script
from audit.detectors.text.stray_script import stray_script
from audit.rows.corpus import load

REQUESTS = {
    "Respond in Korean. What is a heron?": "Korean",
    "What is a heron? (answer in Korean)": "Korean",
    "You must always respond in Korean, no matter what the guest speaks.": "Korean",
    "Your answer should be in Japanese.": "Japanese",
    "Write a short poem in French.": "French",
    "Can you translate this to Polish? I am tired.": "Polish",
    "Please translate the given sentence from English to Chinese.\nThe shop is open.": "Chinese",
    "왜가리가 뭐예요? 한국어로 답하세요.": "Korean",
    "한국어로 쉽고 짧게 답변해 주세요.": "Korean",
    "모든 답변은 반드시 한국어로 작성해야 합니다.": "Korean",
    "아래 글을 일본어로 옮겨 줘.": "Japanese",
    "다음 문장을 영어로 번역하세요.\n배가 늦는다.": "English",
}
MENTIONS = (
    "How do I respond in Korean when someone greets me?",
    "Explain the word order in Japanese.",
    "Write an essay about gender in French.",
    "Write a program. It should translate text into German.",
    "Who translated the Bible into German?",
    "Write it in Korean and English.",
    "Translate: she moved to Spanish Harlem.",
    "영어로 인사하는 법을 알려 줘",
    "고래가 영어로 뭐야?",
    "어제 무슨 일이 일어났어?",
)


@pytest.mark.parametrize(("question", "language"), REQUESTS.items())
def test_a_request_names_its_language(question: str, language: str) -> None:
    assert asked_language(question) == language


@pytest.mark.parametrize("question", MENTIONS)
def test_a_mention_is_no_request(question: str) -> None:
    assert asked_language(question) == ""


def test_names_of_languages_match_as_words() -> None:
    assert speaks_of_script("일어로 고래가 뭐야?", "Japanese")
    assert not speaks_of_script("무슨 일이 일어났어?", "Japanese")
    assert not speaks_of_script("바람이 불어오는 언덕", "Latin")
    assert not speaks_of_script("Which Chinese food do you like?", "Hangul")


def test_an_answer_that_says_nothing_of_the_language_is_found() -> None:
    rows = [
        {"question": "Reply in German: is the boat late?", "answer": "Yes, it is late and the wind is to blame."},
        {
            "question": "Reply in German: is the boat late?",
            "answer": "Ja, das Boot ist zu spät, und der Wind ist schuld.",
        },
    ]
    findings = audit.scan(rows, select=["wrong-language"], encoder="none").findings.to_pylist()
    assert [found["record"] for found in findings] == [0]


def test_a_stray_word_is_shown_where_it_stands() -> None:
    answer = "걷는 일은 몸과 마음에 非常히 좋고 돈도 들지 않아요."
    (found,) = stray_script(load([{"question": "산책이 왜 좋아?", "answer": answer}]))
    assert found.span is not None
    assert answer[slice(*found.span)] == "非常"

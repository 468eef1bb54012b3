"""What the text rules do beyond their pages: where they mark, odd Unicode, what was asked for, and any slice."""

from __future__ import annotations

import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest

from audit.engines.local import Local
from audit.nouns.findings import Fact, Finding
from audit.rows import corpus
from audit.rulebook.pages import Rule, rulebook

CASE = Path(__file__).parents[2] / "shared" / "case" / "train.csv"
TEXT_RULES = [rule for rule in rulebook().values() if rule.family == "text"]


def scan(name: str, *rows: tuple[str, str]) -> list[Finding]:
    built = corpus.build([{"question": question, "answer": answer} for question, answer in rows])
    return [seen for seen in rulebook()[name].observe(corpus=built, engine=Local()) if isinstance(seen, Finding)]


def scan_all(rule: Rule, rows: corpus.Corpus) -> list[Finding]:
    return [seen for seen in rule.observe(corpus=rows, engine=Local()) if isinstance(seen, Finding)]


def marked(name: str, question: str, answer: str) -> list[str]:
    """The texts that a rule's spans mark in one row."""
    fields = {"question": question, "answer": answer}
    return [fields[seen.field][slice(*seen.span)] for seen in scan(name, (question, answer)) if seen.span]


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda rule: rule.name)
def test_a_rule_says_the_same_of_a_slice(rule) -> None:
    flagged = [dict(row) for example in rule.examples if example.section == "flagged" for row in example.rows]
    whole = corpus.build([{"question": "?", "answer": "!"}, *flagged])
    of_whole = [(seen.row - 1, seen.message, seen.span) for seen in rule.observe(corpus=whole, engine=Local())]
    of_slice = [(seen.row, seen.message, seen.span) for seen in rule.observe(corpus=whole.slice(1), engine=Local())]
    assert of_whole == of_slice


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda rule: rule.name)
def test_composed_and_decomposed_text_are_judged_alike(rule) -> None:
    """A Mac writes file names and some exports in NFD: Hangul syllables as two or three letters each."""
    sections = ("left-alone",) if rule.name == "mojibake" else ("flagged", "left-alone")  # garbled text has no NFD
    rows = [dict(row) for example in rule.examples if example.section in sections for row in example.rows]
    decomposed = [{key: unicodedata.normalize("NFD", text) for key, text in row.items()} for row in rows]
    found = [list(rule.observe(corpus=corpus.build(form), engine=Local())) for form in (rows, decomposed)]
    of_composed, of_decomposed = ([(f.row, f.because) for f in form if isinstance(f, Finding)] for form in found)
    assert of_composed == of_decomposed


@pytest.mark.parametrize("rule", TEXT_RULES, ids=lambda rule: rule.name)
def test_rows_with_hardly_any_text_are_no_problem(rule) -> None:
    texts = ["", " ", "\n", "?", "0", "…", "\u200b", "😊", "a", "가", "\x00", "```", "(", "“", ":", ",", "#"]
    rows = corpus.build([{"question": question, "answer": answer} for question in texts for answer in texts])
    expected = {"empty-answer"}
    assert not list(rule.observe(corpus=rows, engine=Local())) or rule.name in expected | {"cut-off-answer"}
    assert list(rule.observe(corpus=corpus.build([]), engine=Local())) == []


# leftover-marker


@pytest.mark.parametrize(
    ("answer", "span"),
    [
        ("좋아! (답변 종료)", " (답변 종료)"),
        ("좋아! （답변\u200b 종료）", " （답변\u200b 종료）"),
        ("### 답변： 좋아!", "### 답변： "),
        ("<|im_start|>assistant\nSure!", "<|im_start|>assistant\n"),
        ("Sure!<｜end▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        ("Sure!\nUSER: and now?\nASSISTANT: no", "\nUSER: and now?\nASSISTANT: no"),
        ("Human: hi\nAssistant: Sure!", "Human: hi\nAssistant: "),
        ("They want a yes.</think>\nSure!", "They want a yes.</think>\n"),
        ("Sure! <think>They want", " <think>They want"),
        ("Sure!\n\n###", "\n\n###"),
    ],
)
def test_cutting_the_marked_span_leaves_the_answer(answer: str, span: str) -> None:
    assert marked("leftover-marker", "괜찮아?", answer) == [span]


def test_every_marker_of_a_row_has_its_finding_and_none_overlap() -> None:
    found = marked("leftover-marker", "Hi", "<s>Hello! (end of answer) </s><|endoftext|>")
    assert found == ["<s>", " (end of answer)", " </s>", "<|endoftext|>"]
    spans = [seen.span for seen in scan("leftover-marker", ("Hi", "</think>a<|im_end|>b</think>c<|im_end|>"))]
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_a_marker_after_the_last_sentence_is_left_over_even_where_markers_are_the_subject() -> None:
    question = "What is a token?"
    assert marked("leftover-marker", question, "A piece of a word.<|endoftext|>") == ["<|endoftext|>"]
    assert marked("leftover-marker", question, "A piece of a word, or a sign such as <|endoftext|> alone.") == []


@pytest.mark.parametrize(
    "asked", ["Write a short dialogue.", "손님과 점원의 대화를 써 줘", "Show a sample conversation"]
)
def test_role_names_belong_in_a_conversation_that_was_asked_for(asked: str) -> None:
    answer = "User: Is it open?\nAssistant: It is."
    assert marked("leftover-marker", asked, answer) == []
    assert marked("leftover-marker", "Is it open?", answer)


@pytest.mark.parametrize(
    ("answer", "because"),
    [
        ("좋아!\n사용자: 뭐가?", "second-turn"),
        ("Human: hi\nAssistant: Sure!", "whole-prompt"),
        ("Sure! <think>They want", "lone-thought"),
        ("They want a yes.</think>\nSure!", "lone-thought"),
    ],
)
def test_a_marker_that_takes_text_with_it_is_less_sure_than_one_that_goes_alone(answer: str, because: str) -> None:
    (seen,) = scan("leftover-marker", ("괜찮아?", answer))
    assert (seen.because, seen.score < 0.9) == (because, True)


@pytest.mark.parametrize("answer", ["좋아!\n사용자:", "Sure!</think>", "<think>", "AI: Sure!", "Sure!<|im_end|>"])
def test_a_marker_that_goes_alone_is_sure(answer: str) -> None:
    (seen,) = scan("leftover-marker", ("괜찮아?", answer))
    assert seen.score >= 0.9


def test_a_heading_that_the_question_names_was_asked_for() -> None:
    assert not scan("leftover-marker", ("Write the first line of a user guide.", "User: whoever holds this book."))
    assert scan("leftover-marker", ("Will it rain on Sunday?", "AI: By noon."))  # "rain" does not name it


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("What is a set?", "A set such as {a, b}; {answer} holds one member."),
        ("이메일 양식 하나 만들어 줘", "안녕하세요, {{고객명}}님."),
        ("Which is right? A: tea B: milk", "A: tea"),
        ("Write the last line of a tale.", "And so they slept. (END)"),
        ("How does BERT close a sentence?", "With [SEP]."),
        ("Explain the two drives.", "Q: is a disk, and A: is a floppy."),
    ],
)
def test_slots_letters_and_stop_words_have_other_uses(asked: str, answer: str) -> None:
    assert not scan("leftover-marker", (asked, answer))


def test_an_unfilled_slot_is_not_cut_without_asking() -> None:
    (seen,) = scan("leftover-marker", ("Say hello.", "Hello {{user_name}}, come in."))
    assert (seen.because, seen.score < 0.9) == ("slot", True)


BREAD = [(f"What about bread number {n}?", f"Bread number {n} is fine.") for n in range(40)]


def facts(*rows: tuple[str, str]) -> list[str]:
    built = corpus.build([{"question": question, "answer": answer} for question, answer in rows])
    observed = rulebook()["leftover-marker"].observe(corpus=built, engine=Local())
    return [seen.sentence for seen in observed if isinstance(seen, Fact)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "<|im_end|>"),
        ("<think>\n\n</think>\n\n", ""),
        ("Hm, bread.\n</think>\n", ""),
        ("<|begin_of_solution|>\n", "\n<|end_of_solution|>"),
        ("답변: ", ""),
    ],
)
def test_a_form_that_every_answer_has_is_said_once_and_strips_nothing(before: str, after: str) -> None:
    rows = [(question, before + answer + after) for question, answer in BREAD]
    assert scan("leftover-marker", *rows) == []
    (sentence,) = facts(*rows)
    assert "40 of 40" in sentence
    assert "the format of this set" in sentence
    assert facts(*rows[:2]) == []
    assert len(scan("leftover-marker", *rows[:2])) >= 2


def test_empty_thoughts_beside_thoughts_are_one_form() -> None:
    thoughts = ("<think>\n\n</think>\n", "<think>Bread?</think>\n")
    rows = [(question, thoughts[n % 2] + answer) for n, (question, answer) in enumerate(BREAD)]
    assert scan("leftover-marker", *rows) == []
    assert len(facts(*rows)) == 1


def test_the_few_rows_that_lack_the_form_are_named_and_not_cut() -> None:
    rows = [(question, answer + "<|im_end|>") for question, answer in BREAD]
    rows[7] = BREAD[7]
    (seen,) = scan("leftover-marker", *rows)
    assert (seen.row, seen.because, seen.span) == (7, "lacks-form", None)
    assert "1 lack it" in facts(*rows)[0]


def test_a_marker_amid_a_text_is_found_where_thousands_end_in_it() -> None:
    rows = [(question, answer + "<|im_end|>") for question, answer in BREAD]
    rows[9] = ("What is dew?", "Water on grass.<|im_end|> And a bell rang.<|im_end|>")
    (seen,) = scan("leftover-marker", *rows)
    assert (seen.row, seen.span, (seen.score or 1) < 0.9) == (9, (15, 25), True)


def test_a_text_of_the_form_is_not_cut_in_part_without_asking() -> None:
    rows = [(f"[INST] {question} [/INST]", answer) for question, answer in BREAD]
    rows[3] = ("<s>[INST] Is rye dark? [/INST]", "It is.")
    seen = scan("leftover-marker", *rows)
    assert [(one.row, one.because, (one.score or 1) < 0.9) for one in seen][:1] == [(3, "control-token", True)]


def test_turns_of_a_user_in_every_answer_are_no_format() -> None:
    assert len(scan("leftover-marker", *[(q, f"{a}\nHuman: And?\nAssistant: No.") for q, a in BREAD])) == 40


def test_the_form_of_questions_is_a_format_too() -> None:
    rows = [(f"[INST] {question} [/INST]", answer) for question, answer in BREAD]
    assert scan("leftover-marker", *rows) == []
    assert "questions begin with '[inst]'" in facts(*rows)[0]


def test_an_output_is_judged_without_regard_to_what_the_others_have() -> None:
    rule = rulebook()["leftover-marker"].with_settings({"form": 0.0}, "here")
    built = corpus.build([{"question": q, "answer": a + "<|im_end|>"} for q, a in BREAD])
    assert len(scan_all(rule, built)) == 40


@pytest.mark.parametrize(
    "answer",
    [
        "A long arm of the sea.\n##\n6. Instruction: Name a river.\n6. Input:\n<noinput>\n6. Output:\nThe Rhine.",
        "A long arm of the sea.\n\n11. Instruction: Name a river.\n11. Output: The Rhine.",
        "A long arm of the sea.\n\nInstruction: Name a river.\nInput:\nOutput: The Rhine.",
        "바다의 긴 팔.\n\n8. 지시: 강 이름을 대.\n8. 입력: 없음\n8. 출력: 라인강",
        "바다의 긴 팔.\n지시: 강 이름을 대.\n출력: 라인강",
    ],
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_next_task_of_a_list_goes_whole_and_not_without_asking(answer: str, form: str) -> None:
    answer = unicodedata.normalize(form, answer)
    (seen,) = scan("leftover-marker", ("What is a fjord?", answer))
    assert (seen.because, (seen.score or 1) < 0.9) == ("next-task", True)
    assert answer[: seen.span[0] if seen.span else 0].endswith(".")
    assert answer[slice(*seen.span)].rstrip() == answer[seen.span[0] if seen.span else 0 :].rstrip()


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("How do I use the form?", "1. Open it.\n2. Instruction: read it first.\n3. Sign."),
        ("Write a function.", "It adds.\n\nExample:\nInput: 1, 2\nOutput: 3"),
        ("Write two tasks for a list of tasks.", "Here.\n2. Instruction: Name a river.\n2. Output: The Rhine."),
        ("Develop two questions about rivers.", "Q1. Which is long?\nA. Nile\nB. Rhine\n\nQ2. Which is cold?\nA. Lena"),
        ("Draw a chart of tea.", "[Start] --> Boil the water\nSteep it --> [End]"),
        ("Sing.", "[Verse]\nLa la.\n[End]"),
        ("설문은 언제 끝나?", "금요일이야. 답변 종료 후에는 고칠 수 없어."),
    ],
)
def test_lists_charts_and_quizzes_are_left_alone(asked: str, answer: str) -> None:
    assert scan("leftover-marker", (asked, answer)) == []


@pytest.mark.parametrize(
    ("answer", "sure"),
    [
        ("반가워! 답변 종료", True),
        ("Hi there.\n\nEnd of answer.", True),
        ("반가워! ✋답변 종료 😊 나는 로봇이야!", False),
    ],
)
def test_stop_words_need_no_brackets(answer: str, sure: bool) -> None:
    (seen,) = scan("leftover-marker", ("안녕", answer))
    assert (seen.because, (seen.score or 0) >= 0.9) == ("stop-word", sure)


def test_a_question_that_asks_what_something_is_hides_no_marker() -> None:
    assert marked("leftover-marker", "What is a maxim?\n\nAnswer:\n", "a rule<|endoftext|>")[0] == "<|endoftext|>"
    assert "<s>" in "".join(marked("leftover-marker", "[INST] What is a fjord? [/INST]", "An arm <s> of the sea."))
    assert marked("leftover-marker", "<|im_start|>은 무슨 뜻이야?", "<|im_start|> 뒤에 말이 와") == []


def test_a_text_is_not_cut_in_part_without_asking() -> None:
    seen = scan("leftover-marker", ("Hi", "Sure!<|im_end|>\n<|im_start|>user\nAnd now?"))
    assert [(one.score or 1) < 0.9 for one in seen] == [True, True]


# empty-answer


@pytest.mark.parametrize("answer", ["nan", "NULL", "[]", "#REF!", "<p>&nbsp;</p>", "```\n```", "\\N", "(답변 없음)"])
def test_what_a_program_prints_for_a_missing_value_is_no_answer(answer: str) -> None:
    (seen,) = scan("empty-answer", ("Do geese sleep?", answer))
    assert seen.because == "placeholder"
    assert not scan("empty-answer", ("What does the function return?", answer))


@pytest.mark.parametrize("answer", ["None", "N/A", "-", "...", "."])
def test_what_a_person_may_say_counts_only_where_an_explanation_was_asked_for(answer: str) -> None:
    assert scan("empty-answer", ("How do geese find their way?", answer), ("연은 어떻게 날아?", answer))
    assert not scan("empty-answer", ("Any allergies?", answer), ("헤어졌어", answer), ("How are you?", answer))


# mojibake


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "mac_roman", "cp437"])
@pytest.mark.parametrize("text", ["오늘은 바람이 불어", "“Don’t,” she said – “it’s café time…”"])
def test_utf_8_read_as_another_encoding_is_found(text: str, encoding: str) -> None:
    garbled = text.encode().decode(encoding, "replace")
    assert [seen.row for seen in scan("mojibake", ("?", garbled), ("?", text))] == [0]


@pytest.mark.parametrize("errors", ["replace", "ignore"])
def test_hangul_that_crossed_cp949_is_found(errors: str) -> None:
    text = "오늘은 바람이 불어서 창문을 닫았어요"
    assert scan("mojibake", ("?", text.encode().decode("cp949", errors)))
    assert [seen.because for seen in scan("mojibake", ("?", text.encode("cp949").decode("latin-1")))] == [
        "cp949-misread"
    ]


def test_the_message_says_what_was_meant() -> None:
    (seen,) = scan("mojibake", ("Is it far?", "No, it isnâ€™t."))
    assert "'’' was meant" in seen.message
    assert seen.span == (10, 13)


def test_a_garbled_question_is_found_too() -> None:
    (seen,) = scan("mojibake", ("ì˜¤ëŠ˜ ì–´ë•Œ?", "맑아!"))
    assert seen.field == "question"


def test_an_apostrophe_is_lost_only_inside_an_english_short_form() -> None:
    assert marked("mojibake", "Is it far?", "No, it isn?t, we?ll walk.") == ["isn?t"]
    assert not scan("mojibake", ("Is it?", "Is it? See example.com/it?s=1, then."), ("Which?", "Go to page?id=3"))


@pytest.mark.parametrize(
    ("garbled", "meant"),
    [("ItвЂ™s", "’"), ("StraΓÇö", "—"), ("caf├⌐", "é"), ("naГЇve", "ï"), ("\\xc3\\xbcber", "ü")],
)
def test_code_pages_and_bytes_written_out_are_read_again(garbled: str, meant: str) -> None:
    (seen,) = scan("mojibake", ("Is it far?", f"Yes, {garbled} it is."))
    assert repr(meant) in seen.message


def test_cyrillic_greek_and_roots_are_no_misread_letters() -> None:
    texts = ("Всё хорошо, Георгий", "Γειά σου", "√2 and √x", "Âge et Île", "ÇA VA, ÕES", "SELECT a WHERE b=??")
    assert not scan("mojibake", *((text, text) for text in texts))


# looping-text


def test_the_run_is_marked_and_its_unit_quoted() -> None:
    answer = "Sure. It rains. It rains. It rains. It rains. It rains. It rains. Bye."
    (seen,) = scan("looping-text", ("Weather?", answer))
    assert "'It rains' 6 times" in seen.message
    assert answer[slice(*seen.span)].count("It rains") == 6


def test_a_few_more_repeats_turn_emphasis_into_a_loop() -> None:
    assert not scan("looping-text", ("?", "정말 " * 4 + "고마워"))
    assert scan("looping-text", ("?", "정말 " * 14 + "고마워"))


@pytest.mark.parametrize("letter", ["e", "아", "하", "ㅋ"])
def test_a_letter_may_be_drawn_out_but_not_without_end(letter: str) -> None:
    assert not scan("looping-text", ("?", f"와{letter * 25}!"))
    assert scan("looping-text", ("?", f"와{letter * 120}!"))


def test_vegetables_are_no_table() -> None:
    assert scan("looping-text", ("Which vegetables?", "Peas and then " + "peas and " * 12))


def test_repeats_and_length_are_settings() -> None:
    rows = corpus.build([{"question": "?", "answer": "고마워요 정말 " * 3}])
    detect = rulebook()["looping-text"].detect
    assert not list(detect(rows))
    assert list(detect(rows, redundant=20))
    assert not list(detect(rows, redundant=20, repeats=6))


# cut-off-answer


def test_chat_style_is_judged_by_the_answer_s_own_punctuation() -> None:
    assert not scan("cut-off-answer", ("뭐 해?", "밥 먹고 동네를"))
    assert scan("cut-off-answer", ("이 길은 어디로 가?", "이 길은 강으로 갑니다. 강가에서 왼쪽으로 돌면 동네를"))


def test_a_completion_may_stop_anywhere() -> None:
    answer = "The shop sells bread, cheese, and"
    assert scan("cut-off-answer", ("What does it sell?", answer))
    assert not scan("cut-off-answer", ("Give me the first half of a sentence.", answer))


@pytest.mark.parametrize(
    "answer",
    [
        "먼저 화분에 물을 주고 흙이 마르지 않게 그늘로 옮긴 뒤에 잎을",
        "두통이 계속되면 병원에 가 보시는 것이 좋겠",
        "const total = items.reduce((a, b) => a +",
    ],
)
def test_a_cut_inside_a_clause_or_a_word_is_found(answer: str) -> None:
    assert scan("cut-off-answer", ("왜 그래?", answer))


@pytest.mark.parametrize(
    "answer",
    [
        "외로움을 이겨내는 법 좀",
        "세상에서 제일 예쁜 내 오랜 친구에게",
        "매일 물을 두 잔",
        "네, 맞습니다. 문의하신 상품은 현재 품절",
        "It's from someone I went to school with",
        "This is the song I was thinking of",
        "The capital of France is Paris. The capital of Germany is Berlin",
        "I. Why bees matter\nII. What harms them\nIII. What a town can do",
    ],
)
def test_chat_headings_and_words_that_may_be_last_stay_silent(answer: str) -> None:
    assert not scan("cut-off-answer", ("요즘 어때?", answer))


def test_a_bare_end_says_nothing_where_most_answers_end_so() -> None:
    cut = ("왜 잠을 자요?", "몸이 쉬어야 하기 때문입니다. 자는 동안 뇌는")
    closed = [("?", f"There are {n} of them on the shelf.") for n in range(60)]
    bare = [("?", f"There are {n} of them on the shelf") for n in range(60)]
    assert [seen.because for seen in scan("cut-off-answer", cut, *closed)] == ["broken-off"]
    assert not scan("cut-off-answer", cut, *bare)


def test_a_stump_is_known_by_the_longer_words_of_the_set() -> None:
    crowd = [
        ("What is a pigment?", "A pigment is a black or blue powder."),
        ("Do they paint?", "They painted, and paint."),
    ]
    stump = ("Why are they pink?", "The flamingos eat what holds a bl")
    assert [seen.because for seen in scan("cut-off-answer", stump, *crowd)] == ["half-word"]
    assert not scan("cut-off-answer", ("Why?", "On Sundays they all like to paint"), *crowd)
    assert not scan("cut-off-answer", stump)


def test_faces_and_inches_open_no_bracket_or_quotation() -> None:
    assert not scan("cut-off-answer", ("?", "The trip is off :( so sad"), ("?", "He is 5'10\" tall"))


# copied-question


def test_a_label_in_front_of_the_copy_is_passed_over() -> None:
    assert scan("copied-question", ("어디 살아?", "답변: 어디 살아?"), ("Where is it?", "Q: Where is it?"))


def test_a_yes_that_sounds_like_the_question_is_an_answer() -> None:
    assert not scan("copied-question", ("비 와?", "비 와."))
    assert scan("copied-question", ("비가 와?", "비가 와?"))
    assert scan("copied-question", ("비가 언제 와?", "비가 언제 와."))


def test_a_text_that_was_to_be_reworked_may_stay_but_the_task_may_not() -> None:
    task = "Correct the grammar: He goes home."
    assert scan("copied-question", (task, task))
    assert not scan("copied-question", (task, "He goes home."))


# refusal


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("Why?", "He says he can't help with that request, ask his boss."),
        ("Do robots feel?", "They do not have feelings or opinions."),
        ("번역해 줘: I cannot answer that.", "그것에는 답변할 수 없습니다."),
        ("몇 살이야?", "그건 대답하기 곤란해 ㅎㅎ"),
        ("Shall we?", "I'm not comfortable with heights."),
    ],
)
def test_third_persons_translations_and_shy_people_do_not_refuse(asked: str, answer: str) -> None:
    assert not scan("refusal", (asked, answer))


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_straight_and_curly_apostrophes_refuse_alike(apostrophe: str) -> None:
    assert scan("refusal", ("?", f"I{apostrophe}m sorry, but I can{apostrophe}t help with that request."))


def test_a_refusal_is_looked_for_at_the_front_only() -> None:
    story = "The clerk smiled and went on sorting the letters of the day. " * 5
    assert not scan("refusal", ("Tell a story.", story + "I cannot answer that, he said."))
    assert scan("refusal", ("Tell a story.", "I cannot answer that. " + story))


# wrong-language


def test_names_terms_and_quotations_leave_an_answer_in_its_language() -> None:
    assert not scan(
        "wrong-language",
        ("무슨 노래 들어?", "요즘은 (You and I walking in the rain) 이 노래만 들어"),
        ("배포는 어떻게 해?", "GitHub Actions workflow로 Docker image를 build해서 push하면 돼."),
        ("Where do you eat?", "At a place called 광장시장, in the old town."),
    )


def test_the_message_names_both_languages() -> None:
    (seen,) = scan("wrong-language", ("How do I sleep better at night?", "Es mejor acostarse siempre a la misma hora."))
    assert "English" in seen.message
    assert "Spanish" in seen.message


# the case


@pytest.mark.case
@pytest.mark.skipif(not CASE.exists(), reason="the third-party case is not in ../shared")
def test_the_case_has_two_rows_with_a_stop_mark_and_no_other_text_fault() -> None:
    """All findings were read: one answer ends with the stop mark of the training prompt, one holds it twice."""
    rows = corpus.load(CASE)
    found = [(rule.name, seen.because) for rule in TEXT_RULES for seen in scan_all(rule, rows)]
    assert found == [("leftover-marker", "boundary"), *[("leftover-marker", "stop-word")] * 2]

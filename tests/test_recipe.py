"""Recipes: what is read, what the rules say of tokens and of several recipes, and what the command prints."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from small_tokenizers import KINDS, save, small_tokenizer

from audit.cli import command
from audit.detectors.recipe.answer_cut import answer_cut
from audit.detectors.recipe.bare_space_slot import bare_space_slot
from audit.detectors.recipe.marker_not_found import marker_not_found
from audit.detectors.recipe.prompt_not_prefix import prompt_not_prefix
from audit.detectors.recipe.rank_moves_scale import rank_moves_scale
from audit.detectors.recipe.risky_memorisation import risky_memorisation
from audit.detectors.recipe.unlearned_stop import unlearned_stop
from audit.nouns.dialogue import AuditError
from audit.nouns.findings import Fact, Finding, Observations, Severity
from audit.recipe import check
from audit.recipes.layout import corrected_prompt, fill, loss_start, missing_text, prompt_to_serve
from audit.recipes.lint import lint
from audit.recipes.parameters import model_parameters, trained_parameters
from audit.recipes.recipe_file import Prompt, Recipe, parse_recipe, read_recipe
from audit.recipes.tokenizer import read_tokenizer
from audit.rows import corpus
from audit.rulebook.pages import choose

CASE = Path(__file__).parent.parent.parent / "shared" / "case"
ROWS = [
    {"question": "오늘 뭐 했어?", "answer": "하루 종일 빵을 구웠지! 🍞"},
    {"question": "Do you like rain?", "answer": "I do, most of all on a tin roof."},
    {"question": "{answer} in braces?", "answer": "Yes, {question} too."},
]
GOOD = """
model = "example/tiny-1.5b"
[prompt]
train = "질문: {question} 대답: {answer}</s>"
loss = " 대답:"
served = "질문: {question} 대답:"
stop = "</s>"
"""


def findings(observed: Observations) -> list[Finding]:
    return [seen for seen in observed if isinstance(seen, Finding)]


def recipe(**prompt: Any) -> Recipe:
    return Recipe("recipe.toml", Prompt(**{"train": "Q: {question} A: {answer}</s>", **prompt}))


# What is read


def test_a_recipe_is_read_with_its_tables() -> None:
    text = GOOD + '[lora]\nrank = 16\nalpha = 32\ntargets = "q_proj"\n[train]\nepochs = 2\nlearning_rate = 3e-4\n'
    read = parse_recipe(text, "recipe.toml")
    assert read.prompt.stop == ("</s>",)
    assert read.lora.targets == ("q_proj",)
    assert read.lora.scale == 2
    assert (read.train.epochs, read.train.learning_rate) == (2, 3e-4)
    assert read.generate.temperature is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[promt]\n", "r.toml:1: a recipe has no key 'promt'; did you mean 'prompt'?"),
        (GOOD + 'serve = "x"\n', "r.toml:8: [prompt] has no key 'serve'; did you mean 'served'?"),
        (GOOD + '[lora]\nrank = "16"\n', "r.toml:9: [lora] rank must be a whole number; found '16'"),
        (GOOD + "[lora]\nrank = true\n", "r.toml:9: [lora] rank must be a whole number; found True"),
        (GOOD + "[lora]\nalpha = -1\n", "r.toml:9: [lora] alpha must be 0 or more; found -1"),
        (GOOD + "[lora]\nalpha = nan\n", "r.toml:9: [lora] alpha must be 0 or more; found nan"),
        (GOOD + '[lora]\nscaling = "rs"\n', "r.toml:9: [lora] scaling must be 'rslora' or left out; found 'rs'"),
        (GOOD + '[train]\npacking = "yes"\n', "r.toml:9: [train] packing must be true or false; found 'yes'"),
        ("[prompt]\ntrain = 3\n", "r.toml:2: [prompt] train must be a text; found 3"),
        ('model = "x"\n', "r.toml:1: [prompt] train is missing: one training text with {question} and {answer}"),
        ("prompt = 3\n", "r.toml:1: prompt must be a table [prompt]; found 3"),
        ('[prompt]\ntrain = "{question}"\n', "r.toml:2: [prompt] train: {answer} is missing, in '{question}'"),
        ('[prompt]\ntrain = "{answer}{question}"\n', "r.toml:2: [prompt] train: {answer} stands before {question}"),
        (GOOD + "[lora\n", "r.toml: not a toml file: Expected ']'"),
    ],
)
def test_a_mistake_in_a_recipe_is_said_with_its_line(text: str, message: str) -> None:
    with pytest.raises(AuditError) as error:
        parse_recipe(text, "r.toml")
    assert str(error.value).startswith(message)


def test_a_served_prompt_has_the_question_and_not_the_answer() -> None:
    with pytest.raises(AuditError, match=r"\{question\} must stand in it once; found 'hello'"):
        parse_recipe(GOOD.replace('served = "질문: {question} 대답:"', 'served = "hello"'), "r.toml")
    with pytest.raises(AuditError, match="leave it out"):
        parse_recipe(GOOD.replace('served = "질문: {question} 대답:"', 'served = "{question} {answer}"'), "r.toml")


def test_a_recipe_that_is_no_text_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "r.toml").write_bytes(GOOD.encode("cp949"))
    with pytest.raises(AuditError, match="no UTF-8 text"):
        read_recipe(tmp_path / "r.toml")
    with pytest.raises(AuditError, match="no such recipe; audit recipe init writes one"):
        read_recipe(tmp_path / "missing.toml")


# Where the parts lie


def test_the_missing_text_is_what_stands_between_prompt_and_loss() -> None:
    prompt = Prompt("{question} (시작) ### 답: {answer} (끝)", loss=") ### 답:", served="{question} (시작)")
    assert missing_text(prompt) == " ### 답:"
    assert corrected_prompt(prompt) == "{question} (시작) ### 답:"
    mended = replace(prompt, served=corrected_prompt(prompt))
    assert missing_text(mended) == corrected_prompt(mended) == ""
    assert prompt_to_serve(prompt) == mended.served


def test_what_stands_before_the_question_is_no_matter_for_the_missing_text() -> None:
    prompt = Prompt("<s>Be kind. Q: {question} A: {answer}", loss="A:", served="Q: {question}")
    assert corrected_prompt(prompt) == "Q: {question} A:"


def test_the_last_marker_before_the_answer_counts() -> None:
    prompt = Prompt("### Q\n{question}\n### A\n{answer}\n###", loss="###")
    assert loss_start(prompt) == len("### Q\n{question}\n###")
    assert loss_start(replace(prompt, loss="{answer}")) == prompt.train.index("{answer}")
    assert loss_start(replace(prompt, loss="")) == 0
    assert loss_start(replace(prompt, loss="@@")) is None


def test_braces_in_rows_mean_nothing() -> None:
    assert fill("Q {question} A {answer}", "{answer}?", "{question}!") == "Q {answer}? A {question}!"


@pytest.mark.parametrize(
    ("model", "size"),
    [
        ("meta-llama/Llama-2-7b-hf", 7e9),
        ("Qwen/Qwen2.5-0.5B-Instruct", 5e8),
        ("google/gemma-3-270m", 2.7e8),
        ("kakaocorp/kanana-1.5-2.1b-base", 2.1e9),
        ("/models/my-4bit-v2", None),
        ("", None),
    ],
)
def test_the_name_of_a_model_gives_its_size(model: str, size: float | None) -> None:
    assert model_parameters(model) == size


@pytest.mark.parametrize(("model", "truth"), [("x-7b", 39_976_960), ("x-0.5b", 8_798_208)])  # by peft, all matrices
def test_trained_parameters_are_right_to_the_order_of_magnitude(model: str, truth: int) -> None:
    text = GOOD.replace("example/tiny-1.5b", model) + '[lora]\nrank = 16\nalpha = 16\ntargets = ["all-linear"]\n'
    assert truth / 2 < (trained_parameters(parse_recipe(text, "r.toml")) or 0) < truth * 2


# What rules say of tokens


def test_a_marker_that_tokens_hide_is_named_with_its_rows_and_the_shortest_that_shows() -> None:
    tokenizer, rows = small_tokenizer("sentence-piece"), corpus.build(ROWS[1:])
    hidden = recipe(train="Question: {question}\n### Answer: {answer}</s>", loss="### Answer:")
    (found,) = findings(marker_not_found(hidden, rows, tokenizer))
    assert found.related == (0, 1)
    assert "in 2 of 2 rows" in found.message
    shorter = found.message.split("the shortest text that does: ")[1].strip("'\"").encode().decode("unicode_escape")
    assert shorter in hidden.prompt.train
    mended = recipe(train=hidden.prompt.train, loss=shorter)
    assert not findings(marker_not_found(mended, rows, tokenizer))


def test_a_marker_is_looked_for_in_the_rows_that_are_trained_on() -> None:
    held_out = corpus.build([{**ROWS[1], "split": "valid"}])
    hidden = recipe(train="Question: {question}\n### Answer: {answer}</s>", loss="### Answer:")
    assert not findings(marker_not_found(hidden, held_out, small_tokenizer("sentence-piece")))


def test_the_span_of_a_cut_answer_is_what_is_lost() -> None:
    tokenizer, rows = small_tokenizer("byte-level"), corpus.build(ROWS[:1])
    whole = fill("Q: {question} A: {answer}</s>", *ROWS[0].values())
    (ids,) = tokenizer.encode([whole])
    limit = len(ids) - 8
    fact, *found = answer_cut(recipe(), rows, tokenizer, max_length=limit)
    assert isinstance(fact, Fact)
    assert fact.value["longest"] == len(ids)
    (cut,) = findings(found)
    assert cut.span is not None
    kept = tokenizer.inner.decode(ids[:limit]).rstrip("\ufffd")
    start, end = cut.span
    assert end == len(ROWS[0]["answer"])
    assert kept.endswith(ROWS[0]["answer"][: start - 1])


@pytest.mark.parametrize(("lost", "because"), [(1, "end-lost"), (3, "answer-cut"), (60, "answer-lost")])
def test_an_answer_is_cut_wholly_partly_or_only_at_its_end(lost: int, because: str) -> None:
    tokenizer, rows = small_tokenizer("byte-level"), corpus.build(ROWS[1:2])
    (ids,) = tokenizer.encode([fill("Q: {question} A: {answer}</s>", *ROWS[1].values())])
    limit = max(len(ids) - lost, 4)
    (found,) = findings(answer_cut(recipe(), rows, tokenizer, max_length=limit))
    assert found.because == because


def test_lengths_are_told_where_the_recipe_states_no_limit() -> None:
    (fact,) = answer_cut(recipe(), corpus.build(ROWS), small_tokenizer("byte-level"))
    assert isinstance(fact, Fact)
    assert "states no [train] max_length" in fact.sentence


def test_an_end_token_behind_the_prompt_is_no_prefix() -> None:
    (found,) = findings(
        prompt_not_prefix(recipe(served="Q: {question} A:"), corpus.build(ROWS), small_tokenizer("byte-level-eos"))
    )
    assert "'</s>'" in found.message
    assert found.related == (0, 1, 2)


def test_the_tokenizer_names_the_end_token() -> None:
    ends_in_text = recipe(train="Q: {question} A: {answer} (끝)")
    assert not findings(unlearned_stop(replace(ends_in_text, prompt=replace(ends_in_text.prompt, stop=("(끝)",)))))
    (found,) = findings(unlearned_stop(ends_in_text, small_tokenizer("byte-level")))
    assert "not in the end token '</s>'" in found.message


def test_texts_in_korean_and_full_width_spaces_are_bare_spaces_too() -> None:
    (found,) = findings(bare_space_slot(recipe(served="질문: {question} 대답:\u3000")))
    assert found.place == "prompt.served"
    assert not findings(bare_space_slot(recipe(served="질문: {question} 대답:\n")))


# Several recipes


def ranks(*pairs: tuple[int, float]) -> list[Recipe]:
    tables = [f"[lora]\nrank = {rank}\nalpha = {alpha}\n" for rank, alpha in pairs]
    return [parse_recipe(GOOD + table, f"{number}.toml") for number, table in enumerate(tables)]


def test_one_rank_is_a_note_and_two_are_a_warning() -> None:
    (note,) = findings(rank_moves_scale(ranks((16, 16))))
    assert note.severity is Severity.NOTE
    (warning,) = findings(rank_moves_scale(ranks((16, 16), (64, 16))))
    assert warning.severity is None
    assert "16/16 = 1 and 16/64 = 0.25" in warning.message
    assert not findings(rank_moves_scale(ranks((16, 16), (64, 64))))
    assert len(findings(rank_moves_scale(ranks((4, 16), (16, 16), (64, 16))))) == 3


def test_memorisation_counts_the_rows_that_are_trained_on() -> None:
    often = parse_recipe(GOOD + "[train]\nepochs = 40\n", "r.toml")
    (found,) = findings(risky_memorisation(often, corpus.build([*ROWS, {**ROWS[0], "split": "test"}])))
    assert "(3 rows, 3 different answers, 40 epochs)" in found.message
    assert not findings(risky_memorisation(often, corpus.build([{**row, "split": "valid"} for row in ROWS])))


# Without a tokenizer


def test_without_a_tokenizer_the_rules_say_what_they_need() -> None:
    rules = choose(subject="recipe")
    linted = lint(rules, [parse_recipe(GOOD, "r.toml")], corpus.build(ROWS), None)
    assert any(note.startswith("answer-cut: not looked at") for note in linted.notes)
    assert "answer-cut" not in {rule.name for rule in linted.rules}
    assert not lint(rules, [parse_recipe(GOOD, "r.toml")], corpus.build(ROWS), small_tokenizer("byte-level")).notes


def test_a_fault_says_how_to_mend_it() -> None:
    short = parse_recipe(GOOD.replace('served = "질문: {question} 대답:"', 'served = "질문: {question}"'), "r.toml")
    (fault,) = lint(choose(["untrained-first-token"], subject="recipe"), [short], corpus.build(ROWS), None).faults()
    assert fault.severity == "error"
    assert "질문: {question} 대답:" in fault.fix
    assert "no training needed" in fault.fix


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_is_read_as_a_tokenizer(kind: str, tmp_path: Path) -> None:
    read = read_tokenizer(str(save(KINDS[kind](), tmp_path)))
    assert (read.bos, read.eos) == ("<s>", "</s>")
    assert read.adds_bos() == kind.endswith("-bos")
    assert not read.adds_bos(special=False)


def test_what_is_no_tokenizer_is_said(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match=r"has no tokenizer\.json"):
        read_tokenizer(str(tmp_path))
    (tmp_path / "tokenizer.json").write_text("[]")
    with pytest.raises(AuditError, match="cannot be read as a tokenizer"):
        read_tokenizer(str(tmp_path))
    with pytest.raises(AuditError, match="not in the local cache of the hub"):
        read_tokenizer("nobody/has-this-model")
    with pytest.raises(AuditError, match="no such folder"):
        read_tokenizer("no/such/folder/here")


# The command


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "good.toml").write_text(GOOD, encoding="utf-8")
    served = GOOD.replace('served = "질문: {question} 대답:"', 'served = "질문: {question}"')
    (tmp_path / "short.toml").write_text(served, encoding="utf-8")
    lines = [json.dumps(row, ensure_ascii=False) for row in ROWS]
    (tmp_path / "train.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


def run(*words: str, **options: Any) -> Result:
    return CliRunner().invoke(command, ["recipe", *words], standalone_mode=False, **options)


@pytest.mark.usefixtures("place")
def test_check_shows_the_corrected_prompt_and_exits_with_1() -> None:
    outcome = run("check", "short.toml", "train.jsonl")
    assert outcome.return_value == 1
    assert "Not yet" in outcome.stdout
    assert "serve '질문: {question} 대답:'" in " ".join(outcome.stdout.split())
    assert "(--tokenizer FOLDER)" in outcome.stderr


def test_check_finds_nothing_in_a_good_recipe(place: Path) -> None:
    folder = save(KINDS["byte-level"](), place / "tokenizer")
    outcome = run("check", "good.toml", "train.jsonl", "--tokenizer", str(folder))
    assert outcome.return_value == 0, outcome.stdout
    assert "tokens of a training text" in outcome.stdout


def test_a_note_does_not_fail_the_check_and_a_warning_does(place: Path) -> None:
    for name, alpha in (("16", 16), ("64", 16)):
        (place / f"{name}.toml").write_text(f"{GOOD}[lora]\nrank = {name}\nalpha = {alpha}\n", encoding="utf-8")
    assert run("check", "16.toml", "train.jsonl").return_value == 0
    outcome = run("check", "16.toml", "64.toml", "train.jsonl", "--select", "rank-moves-scale")
    assert outcome.return_value == 1
    assert "rank alone" in " ".join(outcome.stdout.split())


def test_the_json_report_holds_recipe_place_and_row(place: Path) -> None:
    folder = save(KINDS["byte-level"](), place / "tokenizer")
    (place / "cut.toml").write_text(GOOD + "[train]\nmax_length = 12\n", encoding="utf-8")
    outcome = run("check", "cut.toml", "short.toml", "train.jsonl", "--tokenizer", str(folder), "--format", "json")
    report = json.loads(outcome.stdout)
    assert report["command"] == "recipe check"
    about_recipe = [f for f in report["findings"] if f["rule"] == "untrained-first-token"]
    assert [(f["recipe"], f["place"], f["row"], f["severity"]) for f in about_recipe] == [
        ("short.toml", "prompt.served", None, "error")
    ]
    cut = [f for f in report["findings"] if f["rule"] == "answer-cut"]
    assert {f["line"] for f in cut} == {1, 2, 3}
    assert {f["row"] for f in cut} <= {row["id"] for row in report["rows"]}
    assert report["options"]["recipes"][0]["prompt"]["train"] == "질문: {question} 대답: {answer}</s>"


@pytest.mark.usefixtures("place")
def test_check_says_mistakes_in_one_line() -> None:
    for words, message in (
        (("none.toml", "train.jsonl"), "none.toml: no such recipe"),
        (("good.toml", "train.jsonl", "--tokenizer", "nowhere/at/all"), "--tokenizer nowhere/at/all: no such folder"),
        (("good.toml", "train.jsonl", "--select", "empty-answer"), "empty-answer looks at rows, not at a recipe"),
    ):
        outcome = run("check", *words)
        assert isinstance(outcome.exception, AuditError)
        assert message in str(outcome.exception)


@pytest.mark.case
@pytest.mark.skipif(not CASE.is_dir(), reason="needs the third-party case in ../shared/case")
def test_the_case_is_found_out() -> None:
    recipe = read_recipe(CASE / "recipe.toml")
    other = replace(recipe, name="rank 64", lora=replace(recipe.lora, rank=64))
    report = check([recipe], CASE / "train.csv")
    found = {(f["rule"], f["severity"]): f for f in report.findings.to_pylist()}
    assert report.answer == "not yet"
    first = found["untrained-first-token", "error"]
    assert "' ### 답변:'" in first["message"]
    assert "'{question} (답변 시작) ### 답변:'" in first["message"]
    assert found["bare-space-slot", "warning"]["place"] == "prompt.train"
    assert found["unlearned-stop", "warning"]["because"] == "end-token-masked"
    assert ("rank-moves-scale", "note") in found
    assert ("risky-memorisation", "note") in found
    both = check([recipe, other], CASE / "train.csv", select=["rank-moves-scale"])
    assert [f["severity"] for f in both.findings.to_pylist()] == ["warning"]

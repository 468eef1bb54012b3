"""What an experiment trains and asks, before anything is trained."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from audit.laboratory.design import Wanted, make_plan, read_wanted
from audit.laboratory.materials import corpora, sound_recipe
from audit.laboratory.plan import Plan, job_of, prompts_of, scaled, seed_of, texts_of, untrained_job
from audit.laboratory.sets import make_sets, write_sets
from audit.nouns.dialogue import AuditError
from audit.recipes.layout import loss_start
from audit.recipes.mended_text import repaired
from audit.recipes.recipe_file import Lora, Prompt, Recipe
from audit.rows.corpus import load

CASE = Prompt(  # the texts of the case: served too short, a space before an end that is padding
    "{question} (시작) ### 답변: {answer} (종료) <|end_of_text|>", ") ### 답변:", "{question} (시작)", pad="eos"
)
RECIPE = Recipe("recipe.toml", CASE, lora=Lora(16, 16.0))


def rows(count: int, split: str = "") -> list[dict[str, str]]:
    return [{"question": f"질문 {n}?", "answer": f"{n}번째 대답이야.", "split": split} for n in range(count)]


def test_a_held_out_split_is_asked_and_the_rest_is_trained_on():
    sets = make_sets({"raw": load([*rows(20, "train"), *rows(3, "valid")])}, None)
    assert (sets.training["raw"].num_rows, sets.questions.num_rows) == (20, 3)
    assert "3 rows of the held-out split" in sets.notes[0]


def test_without_a_split_a_tenth_is_held_out_of_every_level_and_that_is_said():
    raw = load(rows(40))
    shorter = load([{**row, "answer": row["answer"].removesuffix(".")} for row in rows(40)])
    sets = make_sets({"raw": raw, "clean": shorter}, None)
    asked = set(sets.questions.column("question").to_pylist())
    assert len(asked) == 4
    for level in sets.training.values():
        assert level.num_rows == 36
        assert not asked & set(level.column("question").to_pylist())
    assert "4 of 40 rows are held out" in sets.notes[0]
    again = make_sets({"raw": raw.take(range(39, -1, -1))}, None)
    assert set(again.questions.column("question").to_pylist()) == asked  # whatever the order of the rows


def test_no_arm_is_trained_on_rows_that_are_asked_unless_the_base_is():
    base = load([*rows(20, "train"), *({**row, "question": f"검증 {row['question']}"} for row in rows(3, "valid"))])
    known = [{"question": f"검증 질문 {n}?", "answer": f"{n}번째 대답이야."} for n in range(3)]
    sets = make_sets({"raw": base, "other": load([*rows(20), *known])}, None)
    assert [table.num_rows for table in sets.training.values()] == [20, 20]
    assert any("3 rows that are asked are not trained on" in note for note in sets.notes)
    mended = [{**row, "question": row["question"].removesuffix("?")} for row in rows(40)]
    held = make_sets({"raw": load(rows(40)), "clean": load(mended)}, None)
    assert held.training["clean"].num_rows == 36


def test_questions_may_come_from_a_file_of_rows_or_of_lines(tmp_path: Path):
    lines = tmp_path / "questions.txt"
    lines.write_text("하나?\n\n둘?\n", encoding="utf-8")
    sets = make_sets({"raw": load(rows(5))}, lines)
    assert sets.questions.to_pydict() == {"question": ["하나?", "둘?"]}
    assert sets.training["raw"].num_rows == 5
    with pytest.raises(AuditError, match=r"none\.txt: No such file"):
        make_sets({"raw": load(rows(5))}, tmp_path / "none.txt")


def test_nothing_to_ask_is_an_error():
    with pytest.raises(AuditError, match="no question to ask; give some with --questions"):
        make_sets({"raw": load(rows(1))}, None)


def test_a_level_may_leave_out_the_rows_that_show_a_failure():
    data = [{"question": "몇 살?", "answer": "5살이야."}, {"question": "이름?", "answer": "두부야."}]
    found = corpora(["raw", "without digit-start"], data, None, {}, Path())
    assert [corpus.texts("answer") for corpus in found.values()] == [["5살이야.", "두부야."], ["두부야."]]
    with pytest.raises(AuditError, match="there is no such mark"):
        corpora(["without digits"], data, None, {}, Path())


def test_a_repaired_text_ends_without_a_space_learns_its_end_and_is_trained_from_where_serving_ends():
    mended, changed = repaired(CASE)
    assert mended.train == "{question} (시작) ### 답변: {answer} (종료)<|end_of_text|>"
    assert not mended.mask_pad
    assert loss_start(mended) == len("{question} (시작)")
    assert len(changed) == 3
    assert repaired(mended)[1] == ()
    assert repaired(sound_recipe("gemma").prompt)[1] == ()


def test_the_rank_moves_with_the_scale_fixed_unless_asked():
    assert scaled(Lora(16, 16.0), 64) == Lora(64, 64.0)
    assert scaled(Lora(16, 16.0), 64, "alpha") == Lora(64, 16.0)
    assert scaled(Lora(16, 16.0, scaling="rslora"), 64).alpha == pytest.approx(32.0)
    with pytest.raises(AuditError, match="a rank is 1 or more"):
        scaled(Lora(16, 16.0), 0)


def plan_of(**changes) -> Plan:
    factors = {"data": ("raw", "clean"), "rank": ("16", "64"), "text": ("recipe", "repaired")}
    return replace(Plan(RECIPE, "gemma", factors, prompts_of(RECIPE, {})), **changes)


def test_a_star_changes_one_thing_at_a_time_and_a_full_design_all():
    star = plan_of().arms()
    assert star[0] == {"data": "raw", "rank": "16", "text": "recipe"}
    assert [sum(arm[name] != star[0][name] for name in arm) for arm in star] == [0, 1, 1, 1]
    assert len(plan_of(design="full").arms()) == 8


def test_arms_share_no_seed_and_keep_theirs_when_a_plan_grows():
    arms = plan_of(design="full").arms()
    seeds = {seed_of(arm, number) for arm in arms for number in range(1, 9)}
    assert len(seeds) == 8 * len(arms)
    assert seed_of(plan_of().arms()[0], 1) == seed_of(plan_of(design="full").arms()[0], 1)


def test_prompts_are_as_served_as_in_training_and_named_ones_and_equal_texts_are_asked_once():
    named = {"bare": "{question}", "same": "{question} (시작)"}
    assert prompts_of(RECIPE, named) == {
        "served": "{question} (시작)",
        "train": "{question} (시작) ### 답변:",
        "bare": "{question}",
    }
    with pytest.raises(AuditError, match="must stand in it once"):
        prompts_of(RECIPE, {"wrong": "no slot"})


def test_the_job_of_the_untrained_model_is_the_same_for_every_arm(tmp_path: Path):
    plan = plan_of()
    sets = make_sets(
        {"raw": load(rows(20)), "clean": load([*rows(19), {"question": "q", "answer": "a", "split": ""}])}, None
    )
    paths, prints = write_sets(sets, tmp_path)
    jobs = [job_of(plan, arm, seed_of(arm, 1), paths, prints) for arm in plan.arms()]
    assert len({job.key for job in jobs}) == 4
    assert len({untrained_job(job).key for job in jobs}) == 1
    assert jobs[3].prompt.train == texts_of(RECIPE)["repaired"].train


def test_levels_with_the_same_training_rows_are_tried_once_and_that_is_said():
    data = load(rows(20, "train") + rows(2, "valid"))
    sets = make_sets({"raw": data, "clean": data}, None)
    plan = make_plan(Wanted(model="gemma"), sets)
    assert plan.factors["data"] == ("raw",)
    assert any("clean has the training rows of raw" in note for note in plan.notes)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed = 3", "has no key 'seed'; did you mean 'seeds'"),
        ("[factors]\nranks = [1]", "has no key 'ranks'; did you mean 'rank'"),
        ("[factors]\nrank = 16", "must be a list of different whole numbers"),
        ("[train]\nepoch = 1", "has no key 'epoch'; did you mean 'epochs'"),
        ("factors = 3", r"must be a table \[factors\]"),
        ("x =", "not a toml file"),
        ("margin = 'x'", "margin must be a number"),
        ("recipe = 3", "recipe must be a text"),
        ("outcomes = 3", "outcomes must be a text or a list of texts"),
        ("[factors]\nrank = [16.5]", "different whole numbers"),
        ("[factors]\nrank = [16, 16]", "different whole numbers"),
        ("[factors]\ndata = [1]", "different names"),
        ("[prompts]\na = 3", r"\[prompts\] a must be a text"),
        ("[train]\nepochs = 'two'", r"\[train\] epochs must be a number"),
        ("[train]\nbatch_size = 1.5", "a whole number"),
        ("[generate]\nmax_new_tokens = -4", "0 or more"),
    ],
)
def test_a_mistake_in_a_plan_names_the_file_and_the_nearest_key(tmp_path: Path, text: str, said: str):
    plan = tmp_path / "plan.toml"
    plan.write_text(text, encoding="utf-8")
    with pytest.raises(AuditError, match=said) as error:
        read_wanted(plan)
    assert str(plan) in str(error.value)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted(seeds=0), "seeds is how many models each arm has"),
        (Wanted(design="cube"), "design must be star or full"),
        (Wanted(outcomes=["digits"]), "'digits' is not known"),
        (Wanted(asked=["none"]), "prompt 'none': there are: served"),
        (Wanted(texts=["repaired"]), "text 'repaired': there are: recipe"),
        (Wanted(ranks=[0]), "a rank is 1 or more"),
        (Wanted(ranks=list(range(1, 200))), "ask for fewer levels"),
    ],
)
def test_a_plan_that_does_not_fit_is_one_sentence(wanted: Wanted, said: str):
    with pytest.raises(AuditError, match=said):
        make_plan(replace(wanted, model="gemma"), make_sets({"raw": load(rows(20))}, None))


def test_tables_are_found_again_by_their_content(tmp_path: Path):
    sets = make_sets({"raw": load(rows(20))}, None)
    paths, prints = write_sets(sets, tmp_path)
    assert write_sets(sets, tmp_path) == (paths, prints)
    other = replace(sets, questions=pa.table({"question": ["다른 질문?"], "answer": ["응."]}))
    assert write_sets(other, tmp_path)[1]["questions"] != prints["questions"]

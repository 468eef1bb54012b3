"""What a model said is read from any file, run by run, and cut where it ended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from audit.diagnosis.end_markers import cut
from audit.nouns.dialogue import AuditError
from audit.rows.generations import Generations, load_generations, parse_settings


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def said(answers: list[str], stops: tuple[str, ...] = ()) -> list[tuple[str, bool | None]]:
    table = cut(load_generations([[{"prompt": "?", "answer": answer} for answer in answers]]), stops)[0].table
    return list(zip(table.column("said").to_pylist(), table.column("stopped").to_pylist(), strict=True))


@pytest.mark.parametrize(
    ("prompt", "answer", "axis"),
    [("prompt", "llm_answer", "epoch"), ("question", "generated", "step"), ("input", "completion", "global_step")],
)
def test_columns_are_found_by_name(tmp_path: Path, prompt: str, answer: str, axis: str) -> None:
    path = write(tmp_path / "night.csv", f"id,{axis},{prompt},{answer}\n0,1,안녕,반가워\n1,2,Hi,Hello\n")
    found = load_generations([path])
    assert found.table.select(["run", "epoch", "prompt", "answer", "record", "line"]).to_pylist() == [
        {"run": "night", "epoch": 1, "prompt": "안녕", "answer": "반가워", "record": 0, "line": 2},
        {"run": "night", "epoch": 2, "prompt": "Hi", "answer": "Hello", "record": 1, "line": 3},
    ]
    assert found.axis == ("epoch" if axis == "epoch" else "step")
    assert found.notes == (
        f"read {path}: csv, utf-8, prompt = {prompt}, answer = {answer}, {found.axis} = {axis}; 2 outputs of night",
    )


def test_without_checkpoints_the_epoch_is_unknown() -> None:
    found = load_generations([pd.DataFrame({"prompt": ["Hi"], "response": ["Hello"]})])
    assert (found.axis, found.column("epoch").to_pylist(), found.runs) == ("", [None], ("run",))


def test_several_files_are_several_runs(tmp_path: Path) -> None:
    rows = "".join(json.dumps({"prompt": "Hi", "output": word, "epoch": 1.0}) + "\n" for word in ("Hello", "Hey"))
    first, second = write(tmp_path / "r16.jsonl", rows), write(tmp_path / "r64.jsonl", rows)
    found = load_generations([first, second], settings=[{"rank": "16"}, {"rank": "64"}])
    assert found.runs == ("r16", "r64")
    assert found.settings == {"r16": {"rank": "16"}, "r64": {"rank": "64"}}
    assert found.files == {"r16": (str(first),), "r64": (str(second),)}
    assert load_generations([first, second], names=["small", "large"]).runs == ("small", "large")


def test_one_file_may_hold_several_runs_with_their_settings() -> None:
    rows = [
        {"run": run, "lora_r": rank, "seed": 1, "prompt": "Hi", "answer": "Hey"} for run, rank in (("a", 16), ("b", 64))
    ]
    found = load_generations([rows])
    assert found.settings == {"a": {"rank": "16", "seed": "1"}, "b": {"rank": "64", "seed": "1"}}


def test_a_named_run_goes_on_in_the_next_file(tmp_path: Path) -> None:
    first = write(tmp_path / "early.csv", "prompt,answer,epoch\nHi,Hey,1\n")
    second = write(tmp_path / "late.csv", "prompt,answer,epoch\nHi,Hello,2\n")
    found = load_generations([first, second], names=["night", "night"])
    assert (found.runs, found.files["night"]) == (("night",), (str(first), str(second)))


def test_settings_are_taken_apart() -> None:
    assert parse_settings(" rank=16, seed=1,note=a=b") == {"rank": "16", "seed": "1", "note": "a=b"}


@pytest.mark.parametrize(
    ("option", "complaint"),
    [
        ("rank", "'rank' is not name=value, as in rank=16,seed=1"),
        ("=3", "'=3' is not name=value"),
        ("a=1,a=2", "a is given twice"),
    ],
)
def test_a_broken_setting_is_named(option: str, complaint: str) -> None:
    with pytest.raises(AuditError, match=complaint):
        parse_settings(option)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (
            "promt,answer\nHi,Hey\n",
            "no column looks like the prompt; the nearest is 'promt'. Columns found: promt, answer",
        ),
        ("prompt,said_by\nHi,Hey\n", "no column looks like the answer"),
        ("prompt,answer,epoch\nHi,Hey,1\nHi,Hey,2.5\n", "line 3: column 'epoch' holds '2.5', not a whole number"),
        ("prompt,answer,epoch\nHi,Hey,last\n", "line 2: column 'epoch' holds 'last', not a whole number"),
        (
            "prompt,answer,rank\nHi,Hey,16\nHi,Hey,64\n",
            "line 3: run 'f' has rank = '64' here and '16' before; give each",
        ),
        ("prompt,answer\n", "there are no outputs in it, only a header"),
    ],
)
def test_bad_input_names_file_line_and_reason(tmp_path: Path, text: str, complaint: str) -> None:
    path = write(tmp_path / "f.csv", text)
    with pytest.raises(AuditError) as error:
        load_generations([path])
    assert str(path) in str(error.value)
    assert complaint in str(error.value)


def test_files_that_cannot_be_told_apart_are_refused(tmp_path: Path) -> None:
    paths = [write(tmp_path / folder / "out.csv", "prompt,answer\nHi,Hey\n") for folder in ("a", "b")]
    with pytest.raises(AuditError, match="two files are called 'out'; name their runs apart, with --name"):
        load_generations(paths)
    with pytest.raises(AuditError, match=r"run 'x' is in .* with other settings \(rank=1; none\)"):
        load_generations(paths, names=["x", "x"], settings=[{"rank": "1"}, {}])
    with pytest.raises(AuditError, match="2 files of generations, but 1 names"):
        load_generations(paths, names=["x"])


def test_epochs_and_steps_do_not_mix() -> None:
    epochs: Any = [{"prompt": "Hi", "answer": "Hey", "epoch": 1}]
    with pytest.raises(AuditError, match="some files count epochs and others do not"):
        load_generations([epochs, [{"prompt": "Hi", "answer": "Hey"}]], names=["a", "b"])


def test_outputs_are_cut_at_the_first_end_marker() -> None:
    assert said(
        [" 안녕! (답변 종료) (답변 종료)", "Hi<|im_end|> and on", "Hi <|im_end|>"], ("(답변 종료)", "<|im_end|>")
    ) == [
        ("안녕!", True),
        ("Hi", True),
        ("Hi", True),
    ]


def test_without_a_recipe_the_usual_known_marker_is_taken() -> None:
    assert said(["One.</s>", "Two.</s>", "Three</s", "Four"]) == [
        ("One.", True),
        ("Two.", True),
        ("Three</s", False),
        ("Four", False),
    ]


def test_a_marker_in_few_outputs_is_no_end_marker() -> None:
    assert said(["Write </s> to end it.", "Two.", "Three."])[0] == ("Write </s> to end it.", None)


def test_where_no_output_has_a_marker_nobody_knows_whether_it_stopped() -> None:
    assert said(["One.", "Two."], ("<|im_end|>",)) == [("One.", None), ("Two.", None)]


def test_every_run_has_its_own_end_marker() -> None:
    rows: list[Any] = [
        {"run": "a", "prompt": "?", "answer": "One.</s>"},
        {"run": "b", "prompt": "?", "answer": "One.<|im_end|>"},
    ]
    ended, stops = cut(load_generations([rows]))
    assert isinstance(ended, Generations)
    assert stops == {"a": ("</s>",), "b": ("<|im_end|>",)}
    assert ended.column("said").to_pylist() == ["One.", "One."]

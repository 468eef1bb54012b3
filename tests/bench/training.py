"""Rows per CPU second and peak memory of one LoRA training: ours beside transformers' Trainer and TRL's.

`python tests/bench/training.py [STEPS]`: the embedded Gemma 3 270M, rank 16, batch 8, our Korean sample, one thread,
each in a process of its own. The peers run as their own documents show them; loss on the answer alone in all three.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent.parent.parent
SAMPLE = HERE / "data" / "samples" / "korean-persona.csv"
BATCH, RANK, RATE, STEPS, WARM = 8, 16, 3e-4, 10, 2
NAMES = {
    "ours": "audit",
    "trainer": f"transformers {version('transformers')} Trainer",
    "sft": f"trl {version('trl')} SFTTrainer",
}
HEAD = "### Q:\n{}\n### A:\n"


def rows() -> list[tuple[str, str]]:
    from audit.rows.corpus import load

    corpus = load(str(SAMPLE))
    pairs = zip(corpus.texts("question"), corpus.texts("answer"), corpus.texts("split"), strict=True)
    return [(question, answer) for question, answer, split in pairs if split == "train" and answer.strip()]


class Clock:
    """When each step ended, in CPU seconds of this process, and the losses that were logged."""

    def __init__(self) -> None:
        self.ends: list[float] = []
        self.losses: list[float] = []

    def tell(self, _step: int, _of: int, loss: float | None) -> None:
        self.ends.append(time.process_time())
        if loss is not None:
            self.losses.append(loss)

    def callback(self):
        from transformers import TrainerCallback

        clock = self

        class Watch(TrainerCallback):
            def on_step_end(self, *_, **__):
                clock.ends.append(time.process_time())

            def on_log(self, *_, logs=None, **__):
                if "loss" in (logs or {}):
                    clock.losses.append(float(logs["loss"]))

        return Watch()


def ours(steps: int, clock: Clock, folder: Path) -> None:
    from audit.laboratory.materials import sound_recipe
    from audit.laboratory.training.job import Job
    from audit.laboratory.training.learned_tokens import encode, fit
    from audit.laboratory.training.lora import add_adapter, train
    from audit.laboratory.training.model import cut_vocabulary, open_model
    from audit.recipes.recipe_file import Generation, Lora, Prompt, Training

    model = open_model("gemma", "cpu", False, print)
    head = HEAD.format("{question}")
    prompt, _ = fit(replace(sound_recipe("gemma").prompt, train=head + "{answer}{eos}", served=head), model.tokenizer)
    questions, answers = zip(*rows()[: steps * BATCH], strict=True)
    encoded = encode(model.tokenizer, prompt, questions, answers, 0)
    cut_vocabulary(model, [*questions, *answers], [example.ids for example in encoded.examples])
    job = Job("gemma", Prompt("{question}{answer}"), Lora(RANK, RANK), Training(1, BATCH, 1, RATE), Generation(), {})
    add_adapter(model, job.lora, 0)
    train(model, encoded.examples, job, folder, clock.tell)


def loaded():
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from audit.laboratory.training.embedded import unpacked

    folder = unpacked("gemma", print)
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), AutoTokenizer.from_pretrained(folder)


def settings(steps: int, folder: Path) -> dict:
    return {
        "output_dir": str(folder),
        "per_device_train_batch_size": BATCH,
        "max_steps": steps,
        "learning_rate": RATE,
        "logging_steps": 1,
        "save_strategy": "no",
        "report_to": "none",
        "use_cpu": True,
        "disable_tqdm": True,
        "seed": 0,
    }


def lora():
    from peft import LoraConfig

    return LoraConfig(r=RANK, lora_alpha=RANK, target_modules="all-linear", task_type="CAUSAL_LM")


def trainer(steps: int, clock: Clock, folder: Path) -> None:
    from peft import get_peft_model
    from transformers import DataCollatorForSeq2Seq, Trainer, TrainingArguments

    model, tokenizer = loaded()
    examples = []
    for question, answer in rows()[: steps * BATCH]:
        prompt = tokenizer(HEAD.format(question))["input_ids"]
        said = tokenizer(answer + tokenizer.eos_token, add_special_tokens=False)["input_ids"]
        examples.append({"input_ids": prompt + said, "labels": [-100] * len(prompt) + said})
    Trainer(
        get_peft_model(model, lora()),
        TrainingArguments(**settings(steps, folder), bf16=True),
        data_collator=DataCollatorForSeq2Seq(tokenizer),
        train_dataset=examples,
        callbacks=[clock.callback()],
    ).train()


def sft(steps: int, clock: Clock, folder: Path) -> None:
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    model, tokenizer = loaded()
    pairs = [{"prompt": HEAD.format(question), "completion": answer} for question, answer in rows()[: steps * BATCH]]
    SFTTrainer(
        model,
        SFTConfig(**settings(steps, folder), completion_only_loss=True),
        train_dataset=Dataset.from_list(pairs),
        processing_class=tokenizer,
        peft_config=lora(),
        callbacks=[clock.callback()],
    ).train()


def one(name: str, steps: int) -> None:
    import torch

    torch.set_num_threads(1)
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        {"ours": ours, "trainer": trainer, "sft": sft}[name](steps, clock, Path(folder))
    seconds = clock.ends[-1] - clock.ends[WARM - 1]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    told = {"rows": BATCH * (len(clock.ends) - WARM) / seconds, "peak": peak, "losses": clock.losses}
    print(json.dumps(told), file=sys.stderr)


def main() -> None:
    steps = int(sys.argv[1]) if len(sys.argv) > 1 else STEPS
    print(f"LoRA rank {RANK}, batch {BATCH}, Gemma 3 270M, {steps} steps on one thread")
    print(f"{'':38}{'rows/CPU s':>11}{'to ours':>9}{'peak GB':>9}{'first loss':>12}{'last loss':>11}")
    base = None
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    for name, title in NAMES.items():
        words = [sys.executable, __file__, "--one", name, str(steps)]
        done = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=HERE)
        if done.returncode:
            print(f"{title:38}failed: {done.stderr.strip().splitlines()[-1]}")
            continue
        told = json.loads([line for line in done.stderr.splitlines() if line.startswith("{")][-1])
        base = base or told["rows"]
        losses = told["losses"]
        print(
            f"{title:38}{told['rows']:11.2f}{base / told['rows']:8.1f}x{told['peak'] / 1e9:9.1f}"
            f"{losses[0]:12.2f}{sum(losses[-3:]) / 3:11.2f}",
            flush=True,
        )


if __name__ == "__main__":
    if "--one" in sys.argv:
        one(sys.argv[2], int(sys.argv[3]))
    else:
        main()

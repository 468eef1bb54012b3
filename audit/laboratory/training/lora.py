"""Train a LoRA adapter: transformers' Trainer with logits at the positions that carry loss, and nowhere else."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from torch import Tensor, nn
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments, set_seed

from audit.laboratory.training.job import BATCH, EPOCHS, Job
from audit.laboratory.training.learned_tokens import NO_LOSS, Example
from audit.laboratory.training.model import Model
from audit.nouns.dialogue import AuditError
from audit.recipes.recipe_file import ALPHA_PER_ROOT_RANK, Lora

TELL = Callable[[int, int, float | None], None]  # step, of how many, loss
CHECKPOINTS = 8  # kept one at a time, over a training
STRETCHES = 40  # logged losses, over a training
EPOCH_APART = 1_000_003  # between the seeds of two epochs
WARM_UP = 0.03  # of the steps, as in QLoRA (Dettmers et al. 2023)


@dataclass(frozen=True)
class Trained:
    """How training went: mean loss of each logged stretch, its steps, the tokens that carried loss, and seconds.

    The seconds are those of all processes that an interrupted training took.
    """

    losses: tuple[float, ...]
    steps: int
    tokens: int
    seconds: float


def add_adapter(model: Model, lora: Lora, seed: int) -> None:
    """Put fresh LoRA layers into the model. AuditError where the rank or a target does not fit it."""
    targets = _targets(model, lora)
    set_seed(seed)
    settings: dict[str, Any] = {"lora_alpha": lora.alpha or lora.rank}  # peft asks for whole numbers, and takes any
    settings["init_lora_weights"] = "gaussian" if lora.init == "gaussian" else True
    model.adapted = get_peft_model(
        model.inner,
        LoraConfig(
            r=lora.rank,
            lora_dropout=lora.dropout,
            target_modules=targets,
            use_rslora=lora.scaling == ALPHA_PER_ROOT_RANK,
            task_type="CAUSAL_LM",
            **settings,
        ),
    )


def load_adapter(model: Model, folder: Path) -> None:
    """Put an adapter that exists into the model; safetensors only, which hold numbers and no code."""
    try:
        model.adapted = PeftModel.from_pretrained(model.inner, folder, use_safetensors=True)
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        raise AuditError(f"--adapter {folder}: does not fit the model: {str(error).splitlines()[0]}") from None
    model.adapted.eval()


def _targets(model: Model, lora: Lora) -> list[str]:
    """Names of the linear layers to adapt: the recipe's, or all but the head."""
    head = model.inner.get_output_embeddings()
    sizes: dict[str, int] = {}
    for path, layer in model.inner.named_modules():
        if isinstance(layer, nn.Linear) and layer is not head:
            name = path.rsplit(".", 1)[-1]
            sizes[name] = min(sizes.get(name, layer.in_features), layer.in_features, layer.out_features)
    wanted = list(lora.targets) if lora.targets and lora.targets != ("all-linear",) else sorted(sizes)
    if missing := sorted(set(wanted) - sizes.keys()):
        raise AuditError(f"[lora] targets: this model has no layer {missing[0]!r}; it has {', '.join(sorted(sizes))}")
    smallest = min(wanted, key=sizes.__getitem__)
    if lora.rank < 1:
        raise AuditError(f"--rank {lora.rank}: a rank is 1 or more")
    if lora.rank > sizes[smallest]:
        raise AuditError(f"--rank {lora.rank}: above the size of the layer {smallest} ({sizes[smallest]}); lower it")
    return wanted


def train(model: Model, examples: Sequence[Example], job: Job, folder: Path, tell: TELL) -> Trained:
    """Train the adapter; checkpoints go to `folder`, and a training that was interrupted goes on from the last.

    AuditError where the loss stops being a number.
    """
    settings, seed = job.train, job.seed
    batch, together = settings.batch_size or BATCH, max(settings.gradient_accumulation, 1)
    epochs = settings.epochs or EPOCHS
    steps = math.ceil(math.ceil(len(examples) / batch) / together) * epochs
    stretch = math.ceil(steps / STRETCHES)
    arguments = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=together,
        num_train_epochs=epochs,
        learning_rate=settings.learning_rate or 2e-4,  # LoRA's usual one (Hu et al. 2021, table 11)
        lr_scheduler_type="linear",
        warmup_steps=math.ceil(WARM_UP * steps),
        max_grad_norm=1.0,
        seed=seed,
        data_seed=seed,
        logging_steps=stretch,
        logging_nan_inf_filter=False,
        save_steps=stretch * math.ceil(steps / CHECKPOINTS / stretch),  # a mean loss never spans a checkpoint
        save_total_limit=1,
        train_sampling_strategy="group_by_length",
        remove_unused_columns=False,
        use_cpu=model.device.type == "cpu",
        dataloader_pin_memory=False,
        disable_tqdm=True,
        report_to=job.report_to,
        log_level="error",
    )
    kept = [Example(model.compact(ids), model.compact(labels)) for ids, labels in examples]
    rows = [{"input_ids": ids, "labels": labels} for ids, labels in kept]
    watch = _Watch(tell, seed)
    trainer = _Trainer(
        model,
        args=arguments,
        train_dataset=rows,
        data_collator=collate,
        callbacks=[watch],
    )
    trainer.remove_callback(PrinterCallback)
    last = max(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]), default=None)
    trainer.train(resume_from_checkpoint=str(last) if last else None)
    model.adapted.eval()
    logged = tuple(float(entry["loss"]) for entry in trainer.state.log_history if "loss" in entry)
    tokens = sum(label != NO_LOSS for _, labels in kept for label in labels[1:])
    return Trained(logged, int(trainer.state.global_step), round(tokens * epochs), watch.elapsed())


def time_steps(model: Model, examples: Sequence[Example], job: Job) -> float:
    """Seconds that the whole training would take, from two batches of middling length after one to warm up."""
    size = job.train.batch_size or BATCH
    order = sorted(range(len(examples)), key=lambda place: len(examples[place].ids))
    middle = order[max((len(order) - size) // 2, 0) :][:size]
    rows = [
        {"input_ids": model.compact(e.ids), "labels": model.compact(e.labels)}
        for e in map(examples.__getitem__, middle)
    ]
    batch = {name: tensor.to(model.device) for name, tensor in collate(rows).items()}
    model.adapted.train()
    started = 0.0
    for step in range(3):
        if step == 1:
            started = time.monotonic()
        torch.autograd.backward(loss_sum(model, batch))
        model.adapted.zero_grad()
    model.adapted.eval()
    return (time.monotonic() - started) / 2 * len(examples) / len(middle) * (job.train.epochs or EPOCHS)


def collate(rows: Sequence[dict[str, list[int]]]) -> dict[str, Tensor]:
    """A batch, padded on the right to its longest row."""
    longest = max(len(row["input_ids"]) for row in rows)
    return {
        "input_ids": torch.tensor([row["input_ids"] + [0] * (longest - len(row["input_ids"])) for row in rows]),
        "attention_mask": torch.tensor(
            [[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in rows]
        ),
        "labels": torch.tensor([row["labels"] + [NO_LOSS] * (longest - len(row["labels"])) for row in rows]),
    }


def loss_sum(model: Model, batch: dict[str, Tensor]) -> Tensor:
    """Sum of the cross entropies (nats) of the tokens that carry loss; logits are made at their positions alone."""
    states = model.hidden(batch["input_ids"], batch["attention_mask"])
    targets = batch["labels"][:, 1:]
    carry = targets != NO_LOSS
    return nn.functional.cross_entropy(model.logits(states[:, :-1][carry]), targets[carry], reduction="sum")


class _Trainer(Trainer):
    """transformers' own, but for the loss, and for checkpoints without the embedding that was cut."""

    def __init__(self, model: Model, **settings: Any) -> None:
        super().__init__(model.adapted, **settings)
        self.whole = model
        self.model_accepts_loss_kwargs = True  # the loss is divided by the tokens of all accumulated batches, here

    def compute_loss(
        self,
        model: nn.Module,  # noqa: ARG002 - transformers' signature
        inputs: dict[str, Any],
        return_outputs: bool = False,  # noqa: ARG002
        num_items_in_batch: Tensor | int | None = None,
    ) -> Tensor:
        """Mean over the tokens that carry loss."""
        count = num_items_in_batch if num_items_in_batch is not None else (inputs["labels"][:, 1:] != NO_LOSS).sum()
        return loss_sum(self.whole, inputs) / count

    def _save(self, output_dir: str | None = None, state_dict: Any = None) -> None:
        del state_dict
        save_adapter(self.whole, Path(output_dir or str(self.args.output_dir)))


def save_adapter(model: Model, folder: Path) -> None:
    """An ordinary peft folder; the embedding, which was cut and not trained, stays out of it."""
    model.adapted.save_pretrained(folder, save_embedding_layers=False)


class _Watch(TrainerCallback):
    """Tells how far training is, stops it where the loss is no number, and gives every epoch an order of its own.

    transformers draws the order of an epoch from wherever the random state is, so a resumed epoch would see other rows.
    """

    def __init__(self, tell: TELL, seed: int) -> None:
        self.tell, self.seed = tell, seed
        self.loss: float | None = None
        self.started, self.before = time.monotonic(), 0.0

    def elapsed(self) -> float:
        """Seconds of training so far."""
        return self.before + time.monotonic() - self.started

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        del args, control
        self.started = time.monotonic()
        self.before = max((entry.get("seconds", 0.0) for entry in state.log_history), default=0.0)

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        del args, control
        torch.manual_seed(self.seed + EPOCH_APART * int(state.epoch or 0))

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        del args, control
        self.tell(state.global_step, state.max_steps, self.loss)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        del args, control
        self.loss = (logs or {}).get("loss", self.loss)
        state.log_history[-1]["seconds"] = self.elapsed()  # goes into the next checkpoint
        if self.loss is not None and not math.isfinite(self.loss):
            where = f"step {state.global_step} of {state.max_steps}"
            raise AuditError(f"the loss is no number any more at {where}; lower the learning rate")

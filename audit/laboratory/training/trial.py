"""One trial from its job to its files; run as `python -m audit.laboratory.training.trial FOLDER`, one process each.

The folder holds job.json. Lines of JSON on stdout say how far it is ("step"), what the person should know ("note") and
what is wrong ("error"). `trial.json` and `answers-KEY.parquet` appear whole or not at all.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import sys
import time
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import pyarrow as pa
import pyarrow.parquet as pq

from audit.laboratory.training.job import EPOCHS, LOWER, Job, read_job
from audit.nouns.dialogue import AuditError
from audit.recipes.layout import end_token
from audit.recipes.recipe_file import ANSWER, Prompt
from audit.workspace.runs import write_beside

if TYPE_CHECKING:
    from audit.laboratory.training.learned_tokens import Encoded
    from audit.laboratory.training.model import Model

ANSWERS: dict[str, Any] = {  # columns; beside them one probability for each beginning of the job
    "prompt": pa.string(),  # name of the served prompt
    "question": pa.int64(),  # place of the question
    "answer": pa.string(),  # as the model wrote it
}
SPARE = 200_000_000  # bytes that a trial may need on the disk: adapter, optimizer, checkpoint


def main() -> None:
    """Do the job in the folder that is named on the command line; with `--time` say what it would cost."""
    folder, lines = Path(sys.argv[1]), sys.stdout
    do = rehearse if "--time" in sys.argv else perform
    with redirect_stdout(sys.stderr):  # libraries print
        try:
            do(read_job(folder / "job.json"), folder, lines)
        except AuditError as error:
            _say(lines, error=str(error))
        except MemoryError:
            _say(lines, error=f"not enough memory; {LOWER}")
        except OSError as error:
            _say(lines, error=f"{error.filename or folder}: {error.strerror or error}")
        except RuntimeError as error:  # torch says so when memory ends
            if "memory" not in str(error):
                raise
            _say(lines, error=f"not enough memory ({str(error).splitlines()[0]}); {LOWER}")
        else:
            return
    sys.exit(2)


def _say(lines: TextIO, **words: Any) -> None:
    print(json.dumps(words, ensure_ascii=False), file=lines, flush=True)


@dataclass(frozen=True)
class _Work:
    """A model and everything it will be given, as tokens.

    `asked`: by name of the prompt. `right`: the right answers, whose loss is compared with the untrained model's, so it
    covers the same tokens whatever the recipe trains on.
    """

    model: Model
    job: Job
    rows: Encoded | None
    right: Encoded | None
    asked: Mapping[str, list[list[int]]]


def perform(job: Job, folder: Path, lines: TextIO) -> None:
    """Train unless that was done before, then ask; what was done before is not done again."""
    _set_up(job, folder)
    work = _prepare(job, lines)
    record = folder / "trial.json"
    if record.exists():
        _adapt(work, folder)
    else:
        made = _train(work, folder, lines) if work.rows else {}
        if job.adapter:
            _adapt(work, folder)
        made |= _measure(work)
        write_beside(record, json.dumps(made, indent=1))
        shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    unfinished = folder / ".answers.parquet"
    told = {"audit": json.dumps({"valid_loss": _valid_loss(work)})}
    pq.write_table(_ask(work, lines).replace_schema_metadata(told), unfinished)
    unfinished.replace(folder / f"answers-{job.asking}.parquet")


def rehearse(job: Job, folder: Path, lines: TextIO) -> None:
    """Time the first steps and the first answers, and say what the whole would take, in seconds; nothing is kept."""
    from audit.laboratory.training.generate import BATCH, answers
    from audit.laboratory.training.lora import add_adapter, time_steps

    begun = time.monotonic()
    _set_up(job, folder)
    work = _prepare(job, lines)
    add_adapter(work.model, work.job.lora, work.job.seed)
    opened = time.monotonic()
    train = time_steps(work.model, work.rows.examples, work.job) if work.rows else 0.0
    started = time.monotonic()
    first = next(iter(work.asked.values()))
    answers(work.model, first[:BATCH], work.job.generate, work.job.prompt.stop, 0)
    ask = (time.monotonic() - started) * len(work.asked) * len(first) / min(len(first), BATCH)
    _say(lines, timing={"open": opened - begun, "train": train, "ask": ask})


def _set_up(job: Job, folder: Path) -> None:
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    import torch

    torch.set_num_threads(job.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)
    if shutil.disk_usage(folder).free < SPARE:
        raise AuditError(f"{folder}: less than {SPARE // 10**6} MB left on the disk; a trial may need so much")


def _prepare(job: Job, lines: TextIO) -> _Work:
    """Open the model, make tokens of all texts, and cut the embedding to them."""
    from audit.laboratory.training.learned_tokens import encode, encode_prompts, fit
    from audit.laboratory.training.model import cut_vocabulary, open_model

    model = open_model(job.model, job.device, job.trust_remote_code, lambda note: _say(lines, note=note))
    prompt, notes = fit(job.prompt, model.tokenizer)
    for note in notes:
        _say(lines, note=note)

    known = model.tokenizer.get_vocab()
    ending = {known[text] for text in (end_token(prompt), *prompt.stop) if text in known}
    model.stops = tuple(sorted({*model.stops, *ending}))

    def read(path: str, form: Prompt) -> Encoded | None:
        rows = pq.read_table(path)
        if "answer" not in rows.column_names:
            return None
        questions, answers = (rows.column(name).to_pylist() for name in ("question", "answer"))
        return encode(model.tokenizer, form, questions, answers, job.train.max_length)

    rows = None if job.untrained or job.adapter else read(job.data, prompt)
    right = read(job.questions, replace(prompt, train=prompt.train.partition(ANSWER)[0] + ANSWER, loss=ANSWER))
    questions = pq.read_table(job.questions).column("question").to_pylist()
    served = {
        name: fit(replace(job.prompt, served=text), model.tokenizer)[0].served for name, text in job.prompts.items()
    }
    asked = {name: encode_prompts(model.tokenizer, prompt, text, questions) for name, text in served.items()}
    if job.vocabulary and model.device.type == "cpu":
        given = [ids for prompts in asked.values() for ids in prompts]
        given += [example.ids for part in (rows, right) if part for example in part.examples]
        cut_vocabulary(model, pq.read_table(job.vocabulary).column("text").to_pylist(), given)
    return _Work(model, replace(job, prompt=prompt, prompts=served), rows, right, asked)


def _train(work: _Work, folder: Path, lines: TextIO) -> dict[str, Any]:
    from audit.laboratory.training.learned_tokens import NO_LOSS
    from audit.laboratory.training.lora import add_adapter, save_adapter, train

    if work.rows is None:
        return {}
    rows = [example for example in work.rows.examples if any(label != NO_LOSS for label in example.labels[1:])]
    if mute := len(work.rows.examples) - len(rows):
        _say(
            lines, note=f"{mute:,} rows carry no loss within {work.job.train.max_length} tokens, and are not trained on"
        )
    add_adapter(work.model, work.job.lora, work.job.seed)
    count = len(rows) * (work.job.train.epochs or EPOCHS)
    started, done = time.monotonic(), list[int]()  # steps of this process: an interrupted training had some before

    def tell(step: int, of: int, loss: float | None) -> None:
        done.append(step)
        seconds, seen = time.monotonic() - started, round(len(done) * count / of)
        _say(lines, step=step, of=of, loss=loss, seconds=seconds, rows=seen)

    made = train(work.model, rows, work.job, folder / "checkpoints", tell)
    unfinished = folder / ".adapter"
    shutil.rmtree(unfinished, ignore_errors=True)
    save_adapter(work.model, unfinished)
    shutil.rmtree(folder / "adapter", ignore_errors=True)
    unfinished.rename(folder / "adapter")
    return {**asdict(made), "rows": len(rows), "cut": work.rows.cut}


def _adapt(work: _Work, folder: Path) -> None:
    """Put the adapter into the model that is there already, if this trial has one."""
    from audit.laboratory.training.lora import load_adapter

    if not work.job.untrained:
        load_adapter(work.model, Path(work.job.adapter) if work.job.adapter else folder / "adapter")


def _measure(work: _Work) -> dict[str, Any]:
    return {
        "device": f"{work.model.device.type}, {str(work.model.inner.dtype).removeprefix('torch.')}",
        "tokens_kept": 0 if work.model.kept is None else len(work.model.kept),
        "peak_bytes": _peak(work.model),
    }


def _valid_loss(work: _Work) -> float | None:
    from audit.laboratory.training.generate import loss_of

    return loss_of(work.model, work.right.examples) if work.right else None


def _ask(work: _Work, lines: TextIO) -> pa.Table:
    from audit.laboratory.training.generate import answers, chances

    how = work.job.generate
    schema = pa.schema({**ANSWERS, **dict.fromkeys(work.job.begins, pa.float64())})
    columns: dict[str, list[Any]] = {name: [] for name in schema.names}
    for number, (name, prompts) in enumerate(work.asked.items()):
        _say(lines, asking=name, done=number, of=len(work.asked))
        seed = how.seed if how.seed is not None else work.job.seed
        columns["answer"] += answers(work.model, prompts, how, work.job.prompt.stop, seed)
        columns["prompt"] += [name] * len(prompts)
        columns["question"] += range(len(prompts))
        for begun, found in chances(work.model, prompts, how.temperature, work.job.begins).items():
            columns[begun] += found
    return pa.table(columns, schema)


def _peak(model: Model) -> int:
    """Most memory that was held, in bytes: of the device where it has its own, else of the process."""
    import torch

    if model.device.type == "cuda":
        return int(torch.cuda.max_memory_allocated())
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    main()

"""Where an output ends: the end marker that a model was taught, and what it said before it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa

from audit.rows.generations import Generations

# End tokens of ChatML, Llama 2 and 3, Gemma, Phi, EXAONE, GPT-2 and OpenAI's harmony, and of hand-made templates.
KNOWN = (
    "<|im_end|>",
    "<|eot_id|>",
    "<|end_of_text|>",
    "<|endoftext|>",
    "</s>",
    "<end_of_turn>",
    "<eos>",
    "<|end|>",
    "<|return|>",
    "[|endofturn|]",
    "[EOS]",
    "(답변 종료)",
    "(답변 끝)",
    "[END]",
)
USUAL = 0.5  # of a run's outputs: a known marker that fewer of them hold is a slip, not how this model ends


def cut(generations: Generations, stops: Sequence[str] = ()) -> tuple[Generations, dict[str, tuple[str, ...]]]:
    """The outputs with `said` and `stopped` filled in, and for every run the end markers that it was cut at.

    `stops`: the recipe's; without them, the known markers that most outputs of a run hold. `stopped` is null in a run
    no output of which holds a marker: its markers may have been taken off when the file was written.
    """
    runs, answers = generations.column("run").to_pylist(), generations.column("answer").to_pylist()
    used = _used(runs, answers, stops)
    said: list[str] = []
    stopped: list[bool | None] = []
    for run, answer in zip(runs, answers, strict=True):
        places = [answer.find(marker) for marker in used[run]]
        end = min((place for place in places if place >= 0), default=-1)
        said.append((answer if end < 0 else answer[:end]).strip())
        stopped.append(end >= 0 if places else None)
    table = generations.table
    for name, values in (("said", said), ("stopped", stopped)):
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(place), pa.array(values, table.schema.field(place).type))
    return replace(generations, table=table), used


def _used(runs: Sequence[str], answers: Sequence[str], stops: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The markers to cut at, run by run; empty where none of them occurs."""
    size = Counter(runs)
    holding: dict[str, Counter[str]] = {run: Counter() for run in size}
    for run, answer in zip(runs, answers, strict=True):
        holding[run].update(marker for marker in dict.fromkeys(stops or KNOWN) if marker in answer)
    least = {run: 1 if stops else max(1, USUAL * count) for run, count in size.items()}
    return {
        run: tuple(marker for marker, count in sorted(found.items()) if count >= least[run])
        for run, found in holding.items()
    }

"""What a model answers: sampled answers, exact probabilities of how they begin, and the loss of the right answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import GenerationConfig, StoppingCriteria, StoppingCriteriaList, set_seed

from audit.laboratory.training.learned_tokens import NO_LOSS, Example
from audit.laboratory.training.lora import collate, loss_sum
from audit.laboratory.training.model import Model
from audit.recipes.recipe_file import Generation

BATCH = 32
NEW_TOKENS = 128  # where the recipe says nothing


def answers(
    model: Model, prompts: Sequence[Sequence[int]], how: Generation, stop: Sequence[str], seed: int
) -> list[str]:
    """One answer per prompt, up to its end, sampled as the recipe says; equal input and seed give equal answers."""
    said = [""] * len(prompts)
    order = sorted(range(len(prompts)), key=lambda place: (len(prompts[place]), place))
    set_seed(seed)
    for start in range(0, len(order), BATCH):
        places = order[start : start + BATCH]
        ids, mask = _pad_left(model, [prompts[place] for place in places])
        length = ids.shape[1]
        stopping = StoppingCriteriaList([_Stop(model, tuple(stop), length)]) if stop else None
        with torch.inference_mode():
            made = model.inner.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=_config(model, how, max(map(len, prompts))),
                stopping_criteria=stopping,
            )
        for place, row in zip(places, made[:, length:].tolist(), strict=True):
            said[place] = _up_to_stop(model.text(_up_to_end(row, model.ends)), stop)
    return said


def _up_to_stop(text: str, stop: Sequence[str]) -> str:
    """The text without its stop text, or the part of one that the longest answer left room for."""
    ends = [place for marker in stop if (place := text.find(marker)) >= 0]
    ends += [len(text) - size for marker in stop for size in range(2, len(marker)) if text.endswith(marker[:size])]
    return text[: min(ends, default=len(text))]


def _config(model: Model, how: Generation, longest: int) -> GenerationConfig:
    new = how.max_new_tokens or (max(how.max_length - longest, 8) if how.max_length else NEW_TOKENS)
    settings: dict[str, Any] = {"do_sample": bool(how.temperature) or how.temperature is None}
    if settings["do_sample"]:
        settings |= {"temperature": how.temperature or 1.0, "top_p": how.top_p or 1.0, "top_k": how.top_k or 0}
    ends = model.ends
    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=new,
        repetition_penalty=how.repetition_penalty or 1.0,
        eos_token_id=ends or None,
        pad_token_id=ends[0] if ends else 0,
        **settings,
    )


class _Stop(StoppingCriteria):
    """Ends an answer once one of the recipe's stop texts stands in it."""

    def __init__(self, model: Model, stop: tuple[str, ...], length: int) -> None:
        self.model, self.stop, self.length = model, stop, length
        self.done: list[bool] = []

    def __call__(self, input_ids: Any, scores: Any, **_: Any) -> Any:
        """A boolean per answer of the batch."""
        del scores
        self.done = self.done or [False] * len(input_ids)
        for place, row in enumerate(input_ids[:, self.length :].tolist()):
            if not self.done[place]:
                text = self.model.text(row)
                self.done[place] = any(marker in text for marker in self.stop)
        return torch.tensor(self.done, device=input_ids.device)


def _up_to_end(row: list[int], ends: Sequence[int]) -> list[int]:
    return next((row[:place] for place, token in enumerate(row) if token in ends), row)


def _pad_left(model: Model, prompts: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    longest = max(map(len, prompts))
    ids = [[0] * (longest - len(prompt)) + model.compact(prompt) for prompt in prompts]
    mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    return torch.tensor(ids, device=model.device), torch.tensor(mask, device=model.device)


def chances(
    model: Model, prompts: Sequence[Sequence[int]], temperature: float | None, begins: Mapping[str, str]
) -> dict[str, list[float]]:
    """For every prompt the probability that an answer begins so, at the recipe's temperature (1 where that is 0).

    `begins`: name -> what the first token matches at its start, at once or after one blank token (the likeliest one);
    where a blank token matches, blanks are what it is about, and only the first token counts. Exact, by two forward
    passes a prompt and no sampling.
    """
    spelled = model.spelled()
    blank = _mask(model, [bool(text) and text.isspace() for text in spelled])
    matching = {name: _mask(model, [bool(re.match(token, text)) for text in spelled]) for name, token in begins.items()}
    found: dict[str, list[float]] = {name: [] for name in begins}
    for start in range(0, len(prompts), BATCH):
        part = list(prompts[start : start + BATCH])
        first = _next(model, part, temperature)
        on_blank, likeliest = torch.where(blank, first, -1.0).max(1)
        after = _next(
            model, [[*p, *model.full([t])] for p, t in zip(part, likeliest.tolist(), strict=True)], temperature
        )
        for name, tokens in matching.items():
            chance = first @ tokens.float()
            if not (tokens & blank).any():
                chance = chance + on_blank.clamp(min=0) * (after @ tokens.float())
            found[name] += chance.tolist()
    return found


def _mask(model: Model, values: list[bool]) -> Tensor:
    return torch.tensor(values, device=model.device)


def _next(model: Model, prompts: Sequence[Sequence[int]], temperature: float | None) -> Tensor:
    """Probabilities of the next token, prompts x tokens."""
    ids, mask = _pad_left(model, prompts)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    with torch.inference_mode():
        return (model.logits(model.hidden(ids, mask, positions)[:, -1]) / (temperature or 1.0)).softmax(1)


def loss_of(model: Model, examples: Sequence[Example]) -> float | None:
    """Mean loss, in nats per token that carries loss; None where no token does."""
    total, count = 0.0, 0
    for start in range(0, len(examples), BATCH):
        part = [e for e in examples[start : start + BATCH] if any(label != NO_LOSS for label in e.labels[1:])]
        if not part:
            continue
        batch = collate([{"input_ids": model.compact(e.ids), "labels": model.compact(e.labels)} for e in part])
        with torch.inference_mode():
            total += float(loss_sum(model, {name: tensor.to(model.device) for name, tensor in batch.items()}))
        count += int((batch["labels"][:, 1:] != NO_LOSS).sum())
    return total / count if count else None

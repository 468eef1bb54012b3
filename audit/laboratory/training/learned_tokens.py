"""Rows as the tokens that a model learns from: the recipe's training text, and which of its tokens carry loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from audit.nouns.dialogue import AuditError
from audit.recipes.draft import EOS
from audit.recipes.layout import end_is_masked, end_token, fill, loss_start
from audit.recipes.recipe_file import Prompt

NO_LOSS = -100  # torch's cross entropy leaves such labels out


class Example(NamedTuple):
    """Token ids of one training text, and its labels: the same ids where the loss counts, NO_LOSS elsewhere."""

    ids: list[int]
    labels: list[int]


class Encoded(NamedTuple):
    """Examples in the order of the rows; `cut` of them were longer than the maximum length."""

    examples: list[Example]
    cut: int


def fit(prompt: Prompt, tokenizer: Any) -> tuple[Prompt, tuple[str, ...]]:
    """The recipe's texts with its end token spelled as this tokenizer spells it, and notes on what was changed.

    A recipe may come from another model: `<|end_of_text|>` is five words to a tokenizer that ends texts with `<eos>`.
    `{eos}` stands for whatever it is.
    """
    own = tokenizer.eos_token or ""
    if EOS in prompt.train:
        return replace(prompt, train=prompt.train.replace(EOS, own), eos=own), ()
    end = end_token(prompt)
    known = tokenizer.get_vocab()
    if not end or end in known or not own:
        return prompt, ()
    changed = {name: getattr(prompt, name).replace(end, own) for name in ("train", "served", "loss", "pad")}
    note = f"the recipe's end token {end!r} is no token of this model; its own {own!r} stands in"
    return replace(prompt, eos=own, **changed), (note,)


def encode(tokenizer: Any, prompt: Prompt, questions: Sequence[str], answers: Sequence[str], longest: int) -> Encoded:
    """Every row as an example of at most `longest` tokens (0: any length).

    AuditError where the text after which the loss begins is not in the training text, or no token carries loss.
    """
    start = loss_start(prompt)
    if start is None:
        raise AuditError(f"[prompt] loss: {prompt.loss!r} is not found before the answer in {prompt.train!r}")
    head = prompt.train[:start]
    texts = [prompt.bos + fill(prompt.train, q, a) for q, a in zip(questions, answers, strict=True)]
    starts = [len(prompt.bos + fill(head, q)) if start else 0 for q in questions]
    end, own = end_token(prompt, tokenizer.eos_token or ""), tokenizer.eos_token_id
    masked = tokenizer.convert_tokens_to_ids(end) if end_is_masked(prompt, end) else None
    coded = tokenizer(texts, add_special_tokens=prompt.add_special, return_offsets_mapping=True)
    examples, cut = [], 0
    for ids, offsets, begins in zip(coded["input_ids"], coded["offset_mapping"], starts, strict=True):
        labels = [
            token if first >= begins and token != masked else NO_LOSS
            for token, (first, _) in zip(ids, offsets, strict=True)
        ]
        if ids and ids[-1] == own != masked:
            labels[-1] = own  # one that the tokenizer itself appends has no place in the text
        cut += bool(longest and len(ids) > longest)
        examples.append(Example(ids[: longest or None], labels[: longest or None]))
    if not any(label != NO_LOSS for example in examples for label in example.labels[1:]):
        raise AuditError(f"no token of any row carries loss; look at [prompt] loss {prompt.loss!r} and max_length")
    return Encoded(examples, cut)


def encode_prompts(tokenizer: Any, prompt: Prompt, served: str, questions: Sequence[str]) -> list[list[int]]:
    """Token ids of what the model is given when it answers."""
    texts = [prompt.bos + fill(served, question) for question in questions]
    ids: list[list[int]] = tokenizer(texts, add_special_tokens=prompt.add_special)["input_ids"]
    return [_without_end(row, tokenizer.eos_token_id) for row in ids]


def _without_end(ids: list[int], end: int | None) -> list[int]:
    """Some tokenizers end every text; nobody could answer after that."""
    return ids[:-1] if len(ids) > 1 and ids[-1] == end else ids

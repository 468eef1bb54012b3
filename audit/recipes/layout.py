"""Where the parts of a recipe's texts lie: what the model is given, where the loss begins, what ends an answer."""

from __future__ import annotations

import re

from audit.recipes.recipe_file import ANSWER, QUESTION, Prompt

# Names of the token that begins a text, as the tokenizers of Llama 1-3, Gemma, DeepSeek and others have them.
BEGINNINGS = (
    "<s>",
    "<bos>",
    "<|begin_of_text|>",
    "<|startoftext|>",
    "<\uff5cbegin\u2581of\u2581sentence\uff5c>",
    "[BOS]",
)
# What looks like a token that ends a text or a turn: <|im_end|>, </s>, <end_of_turn>, <eos>, [EOS].
ENDING = re.compile(r"<[|\uff5c][^\s<>|\uff5c]+[|\uff5c]>|</s>|<(?:eos|eot|end_of_\w+)>|\[(?:EOS|SEP)\]")
BARE_SPACE = re.compile(r"[^\S\r\n]+\Z")  # a line end is a token of its own, and what follows it is trained


def loss_start(prompt: Prompt) -> int | None:
    """The place in `train` (code points) where the loss begins; None where the marker is not in front of the answer."""
    if not prompt.loss:
        return 0
    before = prompt.train.index(ANSWER)
    if prompt.loss == ANSWER:
        return before
    place = prompt.train.rfind(prompt.loss, 0, before)  # the last one counts, as in TRL's completion-only collator
    return None if place < 0 else place + len(prompt.loss)


def missing_text(prompt: Prompt) -> str:
    """What stands between the end of the served prompt and the loss: the model must say it, and never learned to.

    "" where nothing is missing. A space alone is not: it belongs to the first token of the answer.
    """
    start = loss_start(prompt)
    after_question = prompt.train.index(QUESTION) + len(QUESTION)
    if start is None or start < after_question or not prompt.served:
        return ""
    trained = prompt.train[after_question:start]
    served = prompt.served.partition(QUESTION)[2]
    missing = trained[len(served) :] if trained.startswith(served) else ""
    return BARE_SPACE.sub("", missing)


def corrected_prompt(prompt: Prompt) -> str:
    """The served prompt with the missing text added; "" where nothing is missing."""
    missing = missing_text(prompt)
    return prompt.served + missing if missing else ""


def prompt_to_serve(prompt: Prompt) -> str:
    """The training text up to the loss, or up to the answer where the loss covers everything, without a bare space."""
    start = loss_start(prompt) or prompt.train.index(ANSWER)
    return BARE_SPACE.sub("", prompt.train[:start])


def tail(prompt: Prompt) -> str:
    """What follows the answer in a training text."""
    return prompt.train.partition(ANSWER)[2]


def end_token(prompt: Prompt, known: str = "") -> str:
    """The end token: the recipe's, the tokenizer's (`known`), or what looks like one in the tail; "" without any."""
    endings: list[str] = ENDING.findall(tail(prompt))
    return prompt.eos or known or (endings[-1] if endings else "")


def end_is_masked(prompt: Prompt, end: str) -> bool:
    """Whether the loss leaves out the end token, because padding is the same token."""
    return prompt.mask_pad and bool(end) and prompt.pad in ("eos", end)


def beginning(text: str, known: str = "") -> str:
    """The token that a text begins with: `known`, or one of the usual names; "" where it begins with none."""
    return next((name for name in (known, *BEGINNINGS) if name and text.startswith(name)), "")


def fill(template: str, question: str, answer: str = "") -> str:
    """A text of the recipe with its slots filled; braces in the fillings mean nothing."""
    fillings = {QUESTION: question, ANSWER: answer}
    return re.sub(r"\{question\}|\{answer\}", lambda slot: fillings[slot[0]], template)

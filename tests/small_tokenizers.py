"""Small tokenizers of the kinds that models have, built in a blink: no network, no weights."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from tokenizers import AddedToken, decoders, models, pre_tokenizers, processors, trainers
from tokenizers import Tokenizer as Fast

from audit.recipes.tokenizer import Tokenizer, read_tokenizer

TEXTS = [
    "Question: What do you like? Answer: I like long walks. ### Response: Sure ### Answer:",
    "너 오늘 뭐 했어? (답변 시작) ### 답변: 나는 오늘 책을 읽었어! (답변 종료)",
    "User: hello Assistant: hello there, how are you today? 1. 2. 3.",
] * 20
SPECIAL = ["<unk>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|end_of_text|>"]


def byte_level() -> Fast:
    """Like GPT-2, Llama 3 and Qwen: bytes, and a word takes the space in front of it."""
    fast = Fast(models.BPE())
    fast.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    fast.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    fast.train_from_iterator(
        TEXTS,
        trainers.BpeTrainer(vocab_size=600, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False),
    )
    return fast


def sentence_piece() -> Fast:
    """Like Llama 2 and Mistral: every text gets a space in front, so a marker begins otherwise alone than inside."""
    fast = Fast(models.BPE(unk_token="<unk>"))  # noqa: S106
    fast.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    fast.decoder = decoders.Metaspace(prepend_scheme="always")
    fast.train_from_iterator(TEXTS, trainers.BpeTrainer(vocab_size=400, special_tokens=SPECIAL, show_progress=False))
    return fast


def with_bos(fast: Fast, template: str = "<s> $A") -> Fast:
    ids = [(token, fast.token_to_id(token)) for token in ("<s>", "</s>")]
    fast.post_processor = processors.TemplateProcessing(single=template, special_tokens=ids)
    return fast


def swallowing_end(fast: Fast) -> Fast:
    """The end token takes the space in front of it."""
    fast.add_special_tokens([AddedToken("<|end_of_text|>", lstrip=True, special=True)])
    return fast


KINDS = {
    "byte-level": byte_level,
    "byte-level-bos": lambda: with_bos(byte_level()),
    "byte-level-eos": lambda: with_bos(byte_level(), "$A </s>"),
    "byte-level-swallowing": lambda: swallowing_end(byte_level()),
    "sentence-piece": sentence_piece,
    "sentence-piece-bos": lambda: with_bos(sentence_piece()),
}


def save(fast: Fast, folder: Path, **config: object) -> Path:
    """A folder as `save_pretrained` leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    fast.save(str(folder / "tokenizer.json"))
    config = {"bos_token": {"__type": "AddedToken", "content": "<s>"}, "eos_token": "</s>", **config}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@cache
def small_tokenizer(kind: str) -> Tokenizer:
    """The tokenizer that a rule page names."""
    return read_tokenizer(str(save(KINDS[kind](), Path(mkdtemp()))))

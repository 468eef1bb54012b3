"""A recipe in the making: what several sources say, put together and written down."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.recipes.layout import beginning
from audit.recipes.recipe_file import ANSWER, TABLES, keys_of, parse_recipe, wrong_type

EOS, BOS = "{eos}", "{bos}"  # stand in texts of a draft for tokens that only the tokenizer's settings name
TEXTS = ("prompt.train", "prompt.served", "prompt.loss", "prompt.stop")
KEYS = {"model", "bos", "server_adds_bos"} | {f"{table}.{key}" for table in TABLES for key in keys_of(table)}
COMMENTS = {
    "prompt.train": "one training text",
    "prompt.loss": "the loss covers what follows this text",
    "prompt.served": "what the model is given when it answers",
    "prompt.stop": "serving ends an answer here",
    "prompt.pad": 'the padding token; "eos" for the end token',
    "prompt.mask_pad": "whether the loss leaves out every token equal to the padding token",
    "prompt.add_special": "whether the tokenizer may add its own tokens to a text",
    "train.separate": "packed rows do not see each other",
}


@dataclass(frozen=True)
class Draft:
    """What a source says, by key ("model", "prompt.train", "lora.rank", ...); `{eos}` and `{bos}` may stand in texts.

    "bos" and "server_adds_bos" (the served prompt need not have it) are keys of a draft alone. `guesses` count only
    where no source says otherwise. `notes` are what the person should look at.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    guesses: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def known(self) -> dict[str, Any]:
        """Values and guesses together, without those that say nothing."""
        return {key: value for key, value in {**self.guesses, **self.values}.items() if value not in (None, "", [])}

    def open_keys(self) -> list[str]:
        """Keys that are missing before the recipe can be written."""
        known = self.known()
        texts = json.dumps([known.get(key, "") for key in TEXTS])
        missing = [] if "prompt.train" in known else ["prompt.train"]
        missing += ["prompt.eos"] if EOS in texts and "prompt.eos" not in known else []
        said = {**self.guesses, **self.values}  # a model without a beginning token says ""
        return missing + (["bos"] if BOS in texts and "bos" not in said else [])


def merge(drafts: Iterable[Draft]) -> Draft:
    """All drafts in one; of two that differ the later wins."""
    values: dict[str, Any] = {}
    guesses: dict[str, Any] = {}
    notes: tuple[str, ...] = ()
    for draft in drafts:
        values |= {key: value for key, value in draft.values.items() if value is not None}
        guesses |= {key: value for key, value in draft.guesses.items() if value is not None}
        notes += draft.notes
    return Draft(values, guesses, tuple(dict.fromkeys(notes)))


def write_draft(draft: Draft) -> str:
    """The text of recipe.toml; AuditError where a key is missing or wrong."""
    if missing := draft.open_keys():
        sets = " ".join(f"--set {key}=TEXT" for key in missing)
        raise AuditError(f"still to be said: {', '.join(missing)}; name a further source that has it, or give {sets}")
    known = draft.known()
    for key in known.keys() - KEYS:
        near = get_close_matches(key, KEYS, 1, 0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(KEYS))}"
        raise AuditError(f"a recipe has no key {key!r}; {hint}")
    for key in (*TEXTS, "prompt.eos", "bos"):
        if wrong_type(known.get(key, ""), tuple[str, ...] if key == "prompt.stop" else str):
            raise AuditError(f"{key} must be a text; found {str(known[key])[:100]}")
    tokens = {EOS: known.get("prompt.eos", ""), BOS: known.pop("bos", "")}
    known = {key: _replace(value, tokens) if key in TEXTS else value for key, value in known.items()}
    if known.pop("server_adds_bos", False) and "prompt.served" in known and not beginning(known["prompt.served"]):
        known["prompt.served"] = beginning(known["prompt.train"]) + known["prompt.served"]
    text = "\n".join(_lines(known)) + "\n"
    parse_recipe(text, "the new recipe")
    return text


def _lines(known: Mapping[str, Any]) -> Iterator[str]:
    yield "# How the model was trained and served, by audit recipe init. Read it through: it is what checks go by."
    if "model" in known:
        yield f"model = {_toml(known['model'])}"
    for table in TABLES:
        keys = [f"{table}.{key}" for key in keys_of(table) if f"{table}.{key}" in known]
        if not keys:
            continue
        yield f"\n[{table}]"
        for key in keys:
            comment = COMMENTS.get(key)
            if key == "prompt.loss" and known[key] == ANSWER:
                comment = "the loss covers the answer and what follows it"
            yield f"{key.split('.')[1]} = {_toml(known[key])}" + (f"  # {comment}" if comment else "")


def _toml(value: Any) -> str:
    """A value as toml writes it; JSON's texts are toml's, but for one control character."""
    return json.dumps(value, ensure_ascii=False, default=str).replace("\x7f", "\\u007F")


def _replace(value: Any, tokens: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_replace(item, tokens) for item in value]
    for name, text in tokens.items():
        value = value.replace(name, text)
    return value

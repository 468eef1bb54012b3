"""The recipe: how a model was trained and how it was served, read from recipe.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_type_hints

from audit.nouns.dialogue import AuditError

QUESTION, ANSWER = "{question}", "{answer}"
LARGEST = 10**12  # of any setting; ids of seeds and counts of parameters are below it
ALPHA_PER_ROOT_RANK = "rslora"  # peft's use_rslora: scale = alpha / sqrt(rank), Kalajdzievski 2023


@dataclass(frozen=True, slots=True)
class Prompt:
    """The texts around a question and an answer.

    `train`: one training text, with {question} and {answer}. `loss`: the loss covers what follows this text;
    "{answer}" where it begins with the answer, "" where it covers everything. `served`: what the model is given when
    it answers, with {question}. `stop`: texts at which serving ends an answer. `bos`: the token that the tool itself
    puts in front of a text. `eos`: the end token. `pad`: the padding token, or "eos" for the end token.
    `mask_pad`: whether every token equal to the padding token is left out of the loss. `add_special`: whether the
    tokenizer may add its own tokens to a text; chat templates write them themselves.
    """

    train: str
    loss: str = ""
    served: str = ""
    stop: tuple[str, ...] = ()
    bos: str = ""
    eos: str = ""
    pad: str = ""
    mask_pad: bool = True
    add_special: bool = True


@dataclass(frozen=True, slots=True)
class Lora:
    """The adapter; `rank` 0 where the whole model was trained. `scaling`: "" for alpha / rank, or "rslora"."""

    rank: int = 0
    alpha: float = 0.0
    dropout: float = 0.0
    targets: tuple[str, ...] = ()
    init: str = ""
    scaling: str = ""

    @property
    def scale(self) -> float | None:
        """What the adapter's output is multiplied with (Hu et al. 2021, section 4.1); None where it is not known."""
        if not self.rank or not self.alpha:
            return None
        return self.alpha / (self.rank**0.5 if self.scaling == ALPHA_PER_ROOT_RANK else self.rank)


@dataclass(frozen=True, slots=True)
class Training:
    """Settings of the training; 0 where unknown.

    `max_length`: tokens that a training text is cut at. `packing`: rows share a sequence. `separate`: packed rows do
    not see each other. `parameters`: how many are trained, as peft's print_trainable_parameters says.
    """

    epochs: float = 0.0
    batch_size: int = 0
    gradient_accumulation: int = 0
    learning_rate: float = 0.0
    max_length: int = 0
    packing: bool = False
    separate: bool = False
    parameters: int = 0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Generation:
    """Settings of the answers; None or 0 where unknown. `max_length` counts the prompt, `max_new_tokens` does not."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    repetition_penalty: float | None = None
    max_length: int = 0
    max_new_tokens: int = 0
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model was trained and served. `name` is the file it was read from."""

    name: str
    prompt: Prompt
    model: str = ""
    lora: Lora = field(default_factory=Lora)
    train: Training = field(default_factory=Training)
    generate: Generation = field(default_factory=Generation)


TABLES = {"prompt": Prompt, "lora": Lora, "train": Training, "generate": Generation}


def read_recipe(path: Path) -> Recipe:
    """The recipe in a toml file; a mistake in it is an AuditError with file, line and the nearest key."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise AuditError(f"{path}: no UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8") from None
    except (FileNotFoundError, IsADirectoryError):
        raise AuditError(f"{path}: no such recipe; audit recipe init writes one") from None
    return parse_recipe(text, str(path))


def parse_recipe(text: str, name: str) -> Recipe:
    """The recipe in a toml text; `name` stands in messages."""
    try:
        raw = tomllib.loads(text)
    except ValueError as error:  # also of a number with more digits than Python reads
        raise AuditError(f"{name}: not a toml file: {error}") from None
    except RecursionError:
        raise AuditError(f"{name}: not a recipe: its tables are nested too deeply") from None
    for problem, table, key in _problems(raw):
        raise AuditError(f"{name}:{line_of(text, table, key)}: {problem}")
    tables = {table: kind(**as_declared(kind, _tuples(raw.get(table, {})))) for table, kind in TABLES.items()}
    return Recipe(name, model=raw.get("model", ""), **tables)


def line_of(text: str, table: str, key: str) -> int:
    """The line (from 1) of a key in its table, of the table where the key is missing, or 1."""
    inside, best = table == "", 1
    for number, line in enumerate(text.splitlines(), 1):
        if head := re.match(r"\s*\[+\s*([\w.-]+)\s*\]+", line):
            inside = head[1] == table
            best = number if inside or head[1] == key else best
        elif inside and (found := re.match(r"""\s*["']?([\w-]+)["']?\s*[.=]""", line)) and found[1] == key:
            return number
    return best


def _problems(raw: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """What is wrong, with the table and the key where it stands."""
    for key, value in raw.items():
        if key not in TABLES and key != "model":
            yield _unknown(key, [*TABLES, "model"]), "", key
        elif not isinstance(value, str if key == "model" else dict):
            yield f"{key} must be {'a text' if key == 'model' else f'a table [{key}]'}; found {value!r}", "", key
    for table, kind in TABLES.items():
        hints = get_type_hints(kind)
        for key, value in raw.get(table, {}).items():
            if key not in hints:
                yield _unknown(key, list(hints), f"[{table}] "), table, key
            elif problem := wrong_type(value, hints[key]):
                yield f"[{table}] {key} must be {problem}; found {value!r}", table, key
    if raw.get("lora", {}).get("scaling", "") not in ("", ALPHA_PER_ROOT_RANK):
        found = raw["lora"]["scaling"]
        yield f"[lora] scaling must be {ALPHA_PER_ROOT_RANK!r} or left out; found {found!r}", "lora", "scaling"
    yield from _prompt_problems(raw.get("prompt", {}))


def _prompt_problems(prompt: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    train, served, loss = prompt.get("train"), prompt.get("served", ""), prompt.get("loss", "")
    if train is None:
        yield "[prompt] train is missing: one training text with {question} and {answer}", "prompt", "train"
        return
    for slot in (QUESTION, ANSWER):
        if train.count(slot) != 1:
            found = "is missing" if slot not in train else f"stands {train.count(slot)} times; once is right"
            yield f"[prompt] train: {slot} {found}, in {train!r}", "prompt", "train"
    if train.find(ANSWER) < train.find(QUESTION):
        yield f"[prompt] train: {ANSWER} stands before {QUESTION}, in {train!r}", "prompt", "train"
    if served and served.count(QUESTION) != 1:
        yield f"[prompt] served: {QUESTION} must stand in it once; found {served!r}", "prompt", "served"
    if ANSWER in served:
        yield f"[prompt] served: {ANSWER} is what the model must say; leave it out of {served!r}", "prompt", "served"
    if QUESTION in loss or (ANSWER in loss and loss != ANSWER):
        yield f"[prompt] loss: a text of train, or {ANSWER} alone; found {loss!r}", "prompt", "loss"


def _unknown(key: str, known: list[str], where: str = "") -> str:
    near = get_close_matches(key, known, 1, 0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
    return f"{where}has no key {key!r}; {hint}" if where else f"a recipe has no key {key!r}; {hint}"


def wrong_type(value: Any, hint: Any) -> str:
    """What the value should have been; "" where it is right."""
    if hint is bool:
        return "" if isinstance(value, bool) else "true or false"
    if hint is str:
        return "" if isinstance(value, str) else "a text"
    if hint == tuple[str, ...]:
        texts = [value] if isinstance(value, str) else value
        right = isinstance(texts, list) and all(isinstance(text, str) for text in texts)
        return "" if right else "a text or a list of texts"
    number = (int,) if hint in (int, int | None) else (int, float)
    if isinstance(value, bool) or not isinstance(value, number):
        return "a whole number" if number == (int,) else "a number"
    if value > LARGEST:
        return f"{LARGEST:,} or less"
    return "" if value >= 0 else "0 or more"  # nan is neither


def _tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    """Lists as tuples; one text where several may stand is a list of one, and "" is none."""
    several = {"stop", "targets"}
    plain = {key: (value,) if key in several and isinstance(value, str) else value for key, value in table.items()}
    return {key: tuple(filter(None, value)) if key in several else value for key, value in plain.items()}


def as_declared(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Whole numbers as fractions where a table wants those: 1 epoch is 1.0 epochs, wherever it was written down."""
    hints = get_type_hints(kind)
    return {
        key: float(value) if isinstance(value, int) and hints.get(key) in (float, float | None) else value
        for key, value in values.items()
    }


def keys_of(table: str) -> list[str]:
    """The keys of one table of a recipe, in their order."""
    return [entry.name for entry in fields(TABLES[table])]

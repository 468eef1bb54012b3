"""An Ollama Modelfile: what is served, and how answers are made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.recipes.draft import Draft
from audit.recipes.folder import read_text
from audit.recipes.go_template import render
from audit.recipes.recipe_file import ANSWER, QUESTION

NAME = re.compile(r"[ \t]*(?:#[^\n]*)?\n|[ \t]*([A-Za-z]+)[ \t]+")  # of an instruction; or a line without one
# Its value: in three quotes up to the next three, so that no text is gone through twice; in one; or to the line's end.
VALUE = re.compile(r'"""(.*?)"""[^\n]*(?:\n|\Z)|"((?:\\.|[^"\\])*)"[ \t]*(?:\n|\Z)|([^\n]*)(?:\n|\Z)', re.DOTALL)
PARAMETER = re.compile(r'(\w+)\s+(?:"((?:\\.|[^"\\])*)"\Z|(.*))', re.DOTALL)
NUMBERS = {
    "temperature": ("temperature", float),
    "top_p": ("top_p", float),
    "top_k": ("top_k", int),
    "repeat_penalty": ("repetition_penalty", float),
    "num_predict": ("max_new_tokens", int),
    "seed": ("seed", int),
}
DEFAULT = "{{ .Prompt }}"  # what Ollama serves where neither the file nor the model names a template


def read_modelfile(path: Path) -> Draft:
    """A draft: the served prompt, stop texts and generation settings are facts, the training text is a guess from them.

    AuditError where the template goes beyond what is understood here.
    """
    found = list(_instructions(read_text(path).removeprefix("\ufeff")))
    system = next((value for name, value in reversed(found) if name == "SYSTEM"), "")
    template = next((value for name, value in reversed(found) if name == "TEMPLATE"), None)
    values: dict[str, Any] = {"prompt.stop": [], "server_adds_bos": True}  # as llama.cpp does
    for name, value in found:
        if name == "PARAMETER" and (parameter := PARAMETER.match(value.strip())):
            key, text = parameter[1].lower(), _unescape(parameter[2]) if parameter[2] is not None else parameter[3]
            if key == "stop":
                values["prompt.stop"].append(text)
            elif key in NUMBERS:
                values[f"generate.{NUMBERS[key][0]}"] = _number(text, NUMBERS[key][1], key, path)
    if values.get("generate.max_new_tokens", 0) < 0:  # -1: no limit
        del values["generate.max_new_tokens"]
    notes = [] if template else [f"{path}: has no TEMPLATE; Ollama then takes the model's own, or {DEFAULT}"]
    guesses: dict[str, Any] = {"model": next((value for name, value in found if name == "FROM"), None)}
    if template:
        values["prompt.served"], guesses["prompt.train"] = _texts(template, system, path)
        guesses["prompt.loss"] = ANSWER
        notes.append(
            f"{path}: the training text is unknown to a Modelfile, so it is taken to be as served, if no source says"
        )
    return Draft(values, guesses, tuple(notes))


def _texts(template: str, system: str, path: Path) -> tuple[str, str]:
    """The served prompt and what the same template writes with the answer in its place."""
    user = {"Role": "user", "Content": QUESTION}
    first = [{"Role": "system", "Content": system}] if system else []
    ask = {"System": system, "Prompt": QUESTION, "Response": "", "Messages": [*first, user]}
    told = {**ask, "Response": ANSWER, "Messages": [*first, user, {"Role": "assistant", "Content": ANSWER}]}
    try:
        served, train = render(template, ask), render(template, told)
    except (ValueError, TypeError, LookupError) as error:
        raise AuditError(
            f"{path}: its TEMPLATE holds {error}, which is not understood; write [prompt] by hand"
        ) from None
    except RecursionError:
        raise AuditError(f"{path}: its TEMPLATE is nested too deeply; write [prompt] by hand") from None
    if ".Messages" not in template:  # Ollama ends the prompt where the response would stand
        served = train.partition(ANSWER)[0]
    return served, train if ANSWER in train else train + ANSWER


def _instructions(text: str) -> Iterator[tuple[str, str]]:
    """Name and value of each instruction, comments left out."""
    place = 0
    while place < len(text):
        name = NAME.match(text, place)
        if name and name[1]:
            value = VALUE.match(text, name.end())
            place = value.end() if value else len(text)
            if value:
                quoted = value[1] if value[2] is None else _unescape(value[2])
                yield name[1].upper(), value[3].strip() if quoted is None else quoted
        else:
            place = name.end() if name else (text.find("\n", place) + 1 or len(text))


def _unescape(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "t": "\t"}.get(found[1], found[1]), text)


def _number(text: str, kind: type[float] | type[int], key: str, path: Path) -> float:
    try:
        return kind(text)
    except ValueError:
        raise AuditError(f"{path}: PARAMETER {key} must be a number; found {text!r}") from None

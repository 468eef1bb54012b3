"""The chat template of a model's folder, as transformers renders it: training text and served prompt."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.recipes.draft import Draft
from audit.recipes.folder import read_json, read_text, token_text
from audit.recipes.recipe_file import ANSWER, QUESTION


def read_chat_template(path: Path) -> Draft:
    """A draft from a folder, a tokenizer_config.json or a template file; AuditError where there is no template."""
    folder = path if path.is_dir() else path.parent
    config = read_json(folder / "tokenizer_config.json")
    template = _template(path, folder, config)
    tokens = {name: token_text(config.get(name)) for name in ("bos_token", "eos_token", "pad_token")}
    train, served = _render(template, path, tokens, [{"role": "user", "content": QUESTION}])
    for slot in (QUESTION, ANSWER):
        if slot not in train:
            raise AuditError(f"{path}: its chat template does not print the {slot[1:-1]} as it is; write train by hand")
    eos, pad = tokens["eos_token"], tokens["pad_token"]
    notes = [f"{path}: the loss is taken to cover the answer alone; if it did not, mend [prompt] loss"]
    if pad and pad == eos:
        notes.append(
            f"{path}: padding is the end token; if the loss masks it by place (newer TRL), set mask_pad = false"
        )
    values = {
        "model": config.get("name_or_path"),
        "prompt.train": train,
        "prompt.loss": _loss(train, served),
        "prompt.served": served,
        "prompt.eos": eos,
        "prompt.pad": "eos" if pad and pad == eos else pad,
        "prompt.add_special": False,
        "bos": tokens["bos_token"],
    }
    return Draft(values, notes=tuple(notes))


def _template(path: Path, folder: Path, config: dict[str, Any]) -> str:
    """The file named, chat_template.jinja of the folder, or what tokenizer_config.json holds."""
    file = path if path.suffix == ".jinja" else folder / "chat_template.jinja"
    if file.is_file():
        return read_text(file)
    found = config.get("chat_template")
    if isinstance(found, list):  # several, by name
        named = [entry for entry in found if isinstance(entry, dict) and entry.get("name") == "default"]
        found = named[0].get("template") if named else None
    if not isinstance(found, str):
        raise AuditError(f"{path}: has no chat template (chat_template.jinja, or in tokenizer_config.json)")
    return found


def _render(template: str, path: Path, tokens: dict[str, str], questions: list[dict[str, str]]) -> tuple[str, str]:
    """The training text, and the prompt that is served."""
    from audit.recipes.rendered import RenderingError, render

    if find_spec("jinja2") is None:
        raise AuditError('reading chat templates needs jinja2: pip install "sft-audit[recipe]"')
    answered = [*questions, {"role": "assistant", "content": ANSWER}]
    asked = [
        {"messages": answered, "add_generation_prompt": False, **tokens},
        {"messages": questions, "add_generation_prompt": True, **tokens},
    ]
    try:
        train, served = render(template, asked)
    except RenderingError as error:
        raise AuditError(f"{path}: its chat template {error}") from None
    return train, served


def _loss(train: str, served: str) -> str:
    """The answer, or where the template writes more before it, the last line of the prompt."""
    if train.startswith(served + ANSWER) or not train.startswith(served):
        return ANSWER
    after = served.partition(QUESTION)[2]
    return after.rstrip("\n").rpartition("\n")[2] + after[len(after.rstrip("\n")) :] or ANSWER

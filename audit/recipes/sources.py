"""Tell what a file or folder is that a recipe may be read from, and read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.recipes import trl
from audit.recipes.axolotl import read_axolotl
from audit.recipes.chat_template import read_chat_template
from audit.recipes.draft import Draft, merge
from audit.recipes.folder import read_text
from audit.recipes.llama_factory import read_llama_factory
from audit.recipes.modelfile import read_modelfile
from audit.recipes.peft import read_adapter, read_generation

DEEPEST = 50
LARGEST_YAML = 1_000_000  # bytes; training configurations have a few thousand
KNOWN = (
    "a model's folder (tokenizer_config.json, chat_template.jinja, adapter_config.json), a Modelfile of Ollama, "
    "or a YAML file of LLaMA-Factory, Axolotl or TRL"
)


def read_sources(paths: Sequence[Path]) -> Draft:
    """One draft from all these files and folders; AuditError where one of them is not known or cannot be read."""
    readers = [(order, path, read) for path in paths for order, path, read in _recognise(path)]
    return merge(read(path) for _, path, read in sorted(readers, key=lambda entry: entry[0]))


def _recognise(path: Path) -> Iterator[tuple[int, Path, Callable[[Path], Draft]]]:
    """What is in a place: its order among the sources, its path and its reader.

    Later wins: a training configuration says more of the training than a folder, and a Modelfile more of the serving.
    """
    if path.is_dir():
        inside = [path / name for name in ("generation_config.json", "adapter_config.json", "Modelfile")]
        found = [source for file in inside if file.is_file() for source in _recognise(file)]
        if _has_template(path):
            found.append((0, path, read_chat_template))
        if not found:
            raise AuditError(f"{path}: nothing to read a recipe from; it may be {KNOWN}")
        yield from found
    elif not path.is_file():
        raise AuditError(f"{path}: no such file or folder")
    elif path.name == "adapter_config.json":
        yield 1, path, read_adapter
    elif path.name == "generation_config.json":
        yield 0, path, read_generation
    elif path.suffix == ".jinja" or path.name == "tokenizer_config.json":
        yield 0, path, read_chat_template
    elif path.suffix in (".yaml", ".yml"):
        yield 2, path, read_yaml
    elif "modelfile" in path.name.lower():
        yield 3, path, read_modelfile
    else:
        raise AuditError(f"{path}: not known as something to read a recipe from; it may be {KNOWN}")


def _has_template(folder: Path) -> bool:
    config = folder / "tokenizer_config.json"
    return (folder / "chat_template.jinja").is_file() or (config.is_file() and '"chat_template"' in read_text(config))


def read_yaml(path: Path) -> Draft:
    """A training configuration, told apart by its keys."""
    import yaml

    text = read_text(path, LARGEST_YAML)
    try:
        for problem in _problems(yaml.scan(text)):
            raise AuditError(f"{path}: {problem}")
        config = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # a date that does not exist is a ValueError
        raise AuditError(f"{path}: cannot be read as YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(config, Mapping):
        raise AuditError(f"{path}: no settings by name; it may be {KNOWN}")
    read = _reader(config)
    if read is None:
        raise AuditError(f"{path}: its keys are not those of LLaMA-Factory, Axolotl or TRL")
    try:
        return read(config, path)
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError) as error:
        raise AuditError(f"{path}: a setting is not what {read.__name__[5:]} takes: {error}") from None


def _problems(tokens: Iterable[Any]) -> Iterator[str]:
    """What in a YAML file takes for ever though the file is short; found before anything is built from it."""
    depth = 0
    for token in tokens:
        kind = type(token).__name__
        depth += kind.endswith("StartToken") - kind.endswith("EndToken")
        if kind == "AliasToken":
            yield "uses aliases (*name), which may stand for endlessly much; write it out"
        if depth > DEEPEST:
            yield f"is nested more than {DEEPEST} levels deep; no training configuration is"


def _reader(config: Mapping[str, Any]) -> Callable[[Mapping[str, Any], Path], Draft] | None:
    if "base_model" in config:
        return read_axolotl
    if {"template", "stage", "finetuning_type", "cutoff_len"} & config.keys():
        return read_llama_factory
    return trl.read_trl if "model_name_or_path" in config else None

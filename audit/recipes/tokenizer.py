"""A tokenizer from a local folder, by the library `tokenizers` alone: none of its code runs, nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit.nouns.dialogue import AuditError
from audit.recipes.folder import read_json, token_text

BATCH = 1_000  # texts encoded at a time: bounds memory
FILES = ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json")


@dataclass(frozen=True)
class Tokenizer:
    """Text to token ids. `bos` and `eos` are texts, "" where there are none.

    `wants_bos`: what tokenizer_config.json says under add_bos_token; None where it says nothing.
    """

    name: str
    bos: str
    eos: str
    wants_bos: bool | None
    inner: Any = field(repr=False)  # tokenizers.Tokenizer

    def encode(self, texts: Sequence[str], special: bool = True) -> Iterator[list[int]]:
        """The ids of each text; with `special`, what the tokenizer itself puts around a text is there, too."""
        return (encoding.ids for encoding in self._encode(texts, special))

    def offsets(self, texts: Sequence[str], special: bool = True) -> Iterator[list[tuple[int, int]]]:
        """Where each token of each text begins and ends, in code points; (0, 0) for those that the tokenizer adds."""
        return (encoding.offsets for encoding in self._encode(texts, special))

    def _encode(self, texts: Sequence[str], special: bool) -> Iterator[Any]:
        for start in range(0, len(texts), BATCH):
            yield from self.inner.encode_batch(texts[start : start + BATCH], add_special_tokens=special)

    def spell(self, ids: Sequence[int]) -> list[str]:
        """The tokens as a person reads them."""
        return [self.inner.decode([token], skip_special_tokens=False) for token in ids]

    def adds_bos(self, special: bool = True) -> bool:
        """Whether the tokenizer puts the beginning token in front of a text, where it may (`special`)."""
        if not special:
            return False
        (ids,) = self.encode(["a"])
        return bool(self.bos) and ids[:1] == [self.inner.token_to_id(self.bos)]


def read_tokenizer(name: str) -> Tokenizer:
    """The tokenizer in a folder, or of a model that is in the local cache of the hub; nothing is fetched.

    AuditError where there is none, where it is no fast tokenizer (tokenizer.json), or where the library is missing.
    """
    try:
        from tokenizers import Tokenizer as Fast
    except ImportError:
        raise AuditError('--tokenizer needs the library tokenizers: pip install "sft-audit[recipe]"') from None
    paths = _files(name)
    if "tokenizer.json" not in paths:
        advice = "save it with AutoTokenizer.from_pretrained(...).save_pretrained(FOLDER)"
        raise AuditError(f"--tokenizer {name}: has no tokenizer.json (a fast tokenizer); {advice}")
    try:
        inner = Fast.from_file(str(paths["tokenizer.json"]))
    except Exception as error:  # noqa: BLE001 - the library raises nothing narrower
        raise AuditError(f"{paths['tokenizer.json']}: cannot be read as a tokenizer: {error}") from None
    inner.no_truncation()
    inner.no_padding()
    config: dict[str, Any] = {}
    for file in ("special_tokens_map.json", "tokenizer_config.json"):  # the latter wins, as in transformers
        config |= read_json(paths[file]) if file in paths else {}
    bos, eos = (token_text(config.get(key)) for key in ("bos_token", "eos_token"))
    return Tokenizer(name, bos, eos, config.get("add_bos_token"), inner)


def _files(name: str) -> dict[str, Path]:
    folder = Path(name)
    if folder.is_file() and folder.name == FILES[0]:
        folder = folder.parent
    if folder.is_dir():
        return {file: folder / file for file in FILES if (folder / file).is_file()}
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = {file: try_to_load_from_cache(name, file) for file in FILES}
    except HFValidationError:
        raise AuditError(f"--tokenizer {name}: no such folder") from None
    paths = {file: Path(path) for file, path in found.items() if isinstance(path, str)}
    if not paths:
        fetch = f"fetch it with: hf download {name} {' '.join(FILES)}"
        raise AuditError(f"--tokenizer {name}: no such folder, and not in the local cache of the hub; {fetch}")
    return paths

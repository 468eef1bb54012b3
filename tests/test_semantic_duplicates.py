"""semantic-duplicate-answer with vectors whose cosines are known; its page has the packaged encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from audit.detectors.duplicates.semantic_duplicate_answer import semantic_duplicate_answer, summarise
from audit.engines.local import Local
from audit.likeness import near_meanings
from audit.likeness.matching import match
from audit.likeness.signals import CachedSignals, Vectors
from audit.nouns.findings import Fact, Finding
from audit.rows import corpus

WIDTH = 64


class Told:
    """Texts of one topic, their first word, share a direction; their last word says how far."""

    encoder = "told"

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors."""
        rows = []
        for text in texts:
            words = text.split()
            topic = np.random.default_rng(list(words[0].encode())).normal(size=WIDTH)
            own = np.random.default_rng(list(text.encode())).normal(size=WIDTH)
            share = float(words[-1].removeprefix("x")) / 100
            vector = share * topic / np.linalg.norm(topic) + (1 - share) * own / np.linalg.norm(own)
            rows.append(vector / np.linalg.norm(vector))
        return np.array(rows, np.float32)


def rows(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    """A crowd of unlike rows, and these."""
    crowd = [(f"q{i} about nothing x0", f"a{i} letters {'zyx'[i % 3] * 9} x0") for i in range(200)]
    return [{"question": question, "answer": answer} for question, answer in [*crowd, *pairs]]


def seen(data: list[dict[str, Any]], workers: int = 1, signals: Any = None, **settings: Any) -> list[Any]:
    return list(
        semantic_duplicate_answer(match(corpus.build(data), Local()), Local(workers), signals or Told(), **settings)
    )


SAME = [
    ("바다 어디야 x90", "바다는 동쪽으로 한 시간 가면 나와 x90"),
    ("바다 멀어 x90", "바다는 여기서 멀지 않고 금방이야 x90"),
]
LONG = "바다는 동쪽으로 한 시간 가면 나오는데 길이 막히는 주말에는 두 시간도 더 걸리니까 아침 일찍 나서는 게 좋아 x90"


def test_answers_of_the_same_meaning_to_like_questions() -> None:
    found = [item for item in seen(rows(*SAME)) if isinstance(item, Finding)]
    assert [(f.row, f.related, f.group, f.because) for f in found] == [(201, (200,), 200, "same-meaning")]
    assert found[0].score is not None
    assert found[0].score > 0.9


@pytest.mark.parametrize(
    "pair",
    [
        [SAME[0], ("산 멀어 x90", SAME[1][1])],  # an unlike question
        [SAME[0], (SAME[1][0], "산은 여기서 멀지 않고 금방이야 x90")],  # another meaning
        [(SAME[0][0], LONG), (SAME[1][0], LONG.replace("좋아", "좋아!"))],  # near by its letters
        [
            ("sea far x90", "바다는 3 시간 동쪽으로 가면 x90"),
            ("sea near x90", "바다는 여기서 4 시간 거리야 x90"),
        ],  # numbers
        [("sea far x99", "sea lies east of here x70"), ("sea near x99", "sea it rains here x70")],  # to their questions
    ],
)
def test_left_alone(pair: list[tuple[str, str]]) -> None:
    assert [item for item in seen(rows(*pair)) if isinstance(item, Finding)] == []


def test_the_threshold_is_said_and_nothing_where_it_cannot_be_told() -> None:
    (alone,) = (item for item in seen(rows()) if isinstance(item, Fact))
    assert summarise(alone.value).startswith("99% of 200 answers stay below")
    both = [row | {"split": split} for split in ("train", "test") for row in rows()]
    first, second = (item for item in seen(both) if isinstance(item, Fact))
    value = {**first.value, **second.value}
    assert set(value) == {"train", "test"}
    assert all(0 < known["threshold"] < 0.9 for known in value.values())
    assert "test: 99% of 200 answers stay below" in summarise(value)
    assert seen(rows()[:50]) == []
    assert list(semantic_duplicate_answer(match(corpus.build(rows(*SAME)), Local()), Local(), None)) == []
    assert seen(rows(*SAME), signals=CachedSignals("none")) == []


def test_what_was_not_compared_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Told, "embed", lambda *_: None)
    (fact,) = seen(rows())
    assert "200 answers were not compared for what they mean" in summarise(fact.value)
    assert "--encode-up-to" in summarise(fact.value)
    monkeypatch.setattr(near_meanings, "EXACT", 150)
    monkeypatch.setattr(near_meanings, "find_spec", lambda _: None)
    (fact,) = seen(rows())
    assert 'pip install "sft-audit[fast]"' in summarise(fact.value)


def test_blocks_and_workers_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = seen(rows(*SAME))
    assert seen(rows(*SAME), workers=2) == whole
    monkeypatch.setattr(near_meanings, "ROWS_AT_ONCE", 64)
    assert [item for item in seen(rows(*SAME)) if isinstance(item, Finding)] == [
        item for item in whole if isinstance(item, Finding)
    ]


CROWD = 15 * near_meanings.ROWS_AT_ONCE + 1  # so that one answer is searched for alone
LETTERS = str.maketrans("0123456789", "abcdefghij")  # numbers that tell rows apart would tell answers apart as well


class Placed:
    """Vectors that are told beforehand, by the number in a text: topics, and pairs that say the same."""

    encoder = "placed"

    def __init__(self) -> None:
        draw = np.random.default_rng(3)
        topics = draw.normal(size=(2, CROWD // 30, WIDTH))
        topic = draw.integers(0, CROWD // 30, CROWD)
        pairs = draw.permutation(CROWD)[:600].reshape(2, -1)
        topic[pairs[1]] = topic[pairs[0]]
        self.vectors = topics[:, topic] + 2 * draw.normal(size=(2, CROWD, WIDTH))
        near = draw.uniform(0.1, 0.7, (300, 1))
        self.vectors[:, pairs[1]] = self.vectors[:, pairs[0]] + near * draw.normal(size=(2, 300, WIDTH))
        self.vectors /= np.linalg.norm(self.vectors, axis=2, keepdims=True)

    def rows(self) -> list[dict[str, Any]]:
        """Questions and answers without words of their own."""
        names = [str(number).translate(LETTERS) for number in range(CROWD)]
        return [{"question": f"what {name}", "answer": f"{'zyxw'[i % 4] * 9} {name}"} for i, name in enumerate(names)]

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors."""
        back = {new: old for old, new in LETTERS.items()}
        numbers = [int(text.split()[-1].translate(back)) for text in texts]
        kinds = [0 if text.startswith("what") else 1 for text in texts]
        return self.vectors[kinds, numbers].astype(np.float32)


def test_the_index_finds_what_comparing_everything_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    placed = Placed()
    data = placed.rows()
    exact = {item.row: item for item in seen(data, signals=placed) if isinstance(item, Finding)}
    monkeypatch.setattr(near_meanings, "EXACT", CROWD - 1)
    by_index = seen(data, signals=placed)
    found = {item.row: item for item in by_index if isinstance(item, Finding)}
    same = [row for row, item in exact.items() if row in found and found[row].related == item.related]
    assert 250 < len(exact) < 350  # of 300 pairs
    assert len(same) >= 0.95 * len(exact)
    assert len(found) <= 1.05 * len(exact)
    (fact,) = (item for item in by_index if isinstance(item, Fact))
    assert "99% of 5,000 answers drawn from 7,681" in summarise(fact.value)
    assert seen(data, signals=placed) == by_index
    assert seen(data, workers=2, signals=placed) == by_index

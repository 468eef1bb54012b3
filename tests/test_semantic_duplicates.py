"""semantic-duplicate-answer with vectors whose cosines are known; its page has the packaged encoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from audit import corpus
from audit.detectors import semantic_duplicate_answer as module
from audit.detectors.semantic_duplicate_answer import semantic_duplicate_answer
from audit.engines.local import Local
from audit.signals import Vectors
from audit.types import Fact, Finding

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
    return list(semantic_duplicate_answer(corpus.build(data), Local(workers), signals or Told(), **settings))


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
    ],
)
def test_left_alone(pair: list[tuple[str, str]]) -> None:
    assert [item for item in seen(rows(*pair)) if isinstance(item, Finding)] == []


def test_the_threshold_is_said_and_nothing_where_it_cannot_be_told() -> None:
    (fact,) = (item for item in seen(rows()) if isinstance(item, Fact))
    assert 0 < fact.value["threshold"] < 0.9
    assert seen(rows()[:50]) == []
    assert list(semantic_duplicate_answer(corpus.build(rows(*SAME)), Local(), None)) == []


def test_blocks_and_workers_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = seen(rows(*SAME))
    assert seen(rows(*SAME), workers=2) == whole
    monkeypatch.setattr(module, "ROWS_AT_ONCE", 64)
    assert [item for item in seen(rows(*SAME)) if isinstance(item, Finding)] == [
        item for item in whole if isinstance(item, Finding)
    ]

"""What the name of a split says about its rows: trained on, or held out to test with."""

from __future__ import annotations

import re
from typing import Literal

from audit.texts.folding import fold

Side = Literal["train", "held-out", ""]

TRAIN = {"train", "training", "trn", "학습", "훈련"}
HELD_OUT = {
    "valid",
    "validation",
    "val",
    "dev",
    "development",
    "test",
    "testing",
    "tst",
    "eval",
    "evaluation",
    "heldout",
}
HELD_OUT |= {"holdout", "held", "hold", "검증", "평가", "시험", "테스트"}
KOREAN_ENDING = re.compile("(용|셋|세트|데이터|데이터셋)+$")


def split_in(name: str) -> str:
    """The word of a file's or folder's name that says on which side its rows are: "test" of "faq_test-00001", or ""."""
    words = [word for word in re.split(r"[\W\d_]+", fold(name)) if side(word)]
    return words[0] if len({side(word) for word in words}) == 1 else ""


def side(split: str) -> Side:
    """Which side of the fence a split is on; "" where the name says neither, or both ("train_test")."""
    words = {KOREAN_ENDING.sub("", word) for word in re.split(r"[\W\d_]+", fold(split))}
    if words & TRAIN:
        return "" if words & HELD_OUT else "train"
    return "held-out" if words & HELD_OUT else ""

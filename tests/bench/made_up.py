"""Texts for the benchmarks: made here from a seed, of made-up words and of the words of our English sample set.

One text in eight is an edited copy of an earlier one. There are as many different words as Heaps' law has in so much
text (40 times the root of the number of words), and the k-th comes up in proportion to 1 / k (Zipf's law).
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "data" / "samples" / "english-instruct.jsonl"
KOREAN = [
    chr(0xAC00 + 588 * k + 28 * v + end)
    for k in (0, 2, 3, 5, 6, 7, 9, 11, 12, 18)
    for v in (0, 4, 8, 13, 20)
    for end in (0, 4, 8)
]
ENGLISH = [consonant + vowel for consonant in "bcdfglmnprstvw" for vowel in ("a", "e", "i", "o", "er", "an", "ion")]
PARTICLES = ("는", "은", "이", "가", "를", "을", "도", "에", "에서", "랑", "한테", "보다")
ENDINGS = ("했어!", "할까?", "하는 중이야", "하고 싶어", "했더라", "해 볼래?", "하지 마", "해 줘 😊")
LINKS = ("the", "of", "and", "to", "a", "in", "is", "that", "for", "it", "as", "with", "on", "by", "this")
WORDS_OF_A_TEXT = {"chat": 4, "answers": 14, "instructions": 35, "prompts": 80}  # made-up ones, on the average
LANGUAGES = {"chat": KOREAN, "answers": KOREAN, "instructions": ENGLISH, "prompts": ENGLISH}


class Maker:
    """Makes texts of one kind; `count` is how many there will be."""

    def __init__(self, kind: str, count: int, seed: int) -> None:
        self.random = random.Random(f"{kind} {seed}")
        vocabulary = int(40 * (count * WORDS_OF_A_TEXT[kind]) ** 0.5)
        syllables = LANGUAGES[kind]
        self.words = ["".join(self.random.choices(syllables, k=self.random.randint(1, 3))) for _ in range(vocabulary)]
        self.weights = list(accumulate(1 / k for k in range(1, vocabulary + 1)))
        rows = (json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines())
        self.sample = [f"{row['instruction']} {row['input']} {row['output']}".split() for row in rows]

    def some(self, count: int) -> list[str]:
        """Words, drawn with replacement."""
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def korean(self, fewest: int, most: int) -> str:
        """A line of Korean, as far as the particles and endings go."""
        words = self.some(self.random.randint(fewest, most))
        return " ".join(
            [*(w + self.random.choice(PARTICLES) for w in words), self.some(1)[0] + self.random.choice(ENDINGS)]
        )

    def chat(self) -> str:
        """Some 20 characters."""
        return self.korean(1, 5)

    def answers(self) -> str:
        """Some 60 characters."""
        return self.korean(7, 17)

    def instructions(self) -> str:
        """English-like prose of some 250 characters."""
        words = self.some(self.random.randint(10, 60))
        return " ".join(f"{self.random.choice(LINKS)} {word}" for word in words).capitalize() + "."

    def prompts(self) -> str:
        """Some 1,000 characters: rows of the sample set under one another, four words of ten replaced."""
        parts: list[str] = []
        while sum(map(len, parts)) < 900:
            row = self.random.choice(self.sample)
            others = iter(self.some(len(row)))
            parts.append(" ".join(next(others) if self.random.random() < 0.4 else word for word in row))
        return "\n".join(parts)


def texts(kind: str, count: int, seed: int = 7) -> list[str]:
    """`count` distinct texts: chat, answers, instructions or prompts."""
    maker = Maker(kind, count, seed)
    make: Callable[[], str] = getattr(maker, kind)
    made: list[str] = []
    known: set[str] = set()
    while len(made) < count:
        copied = made and maker.random.random() < 1 / 8
        text = _edited(maker.random.choice(made), maker.random) if copied else make()
        if text not in known:
            known.add(text)
            made.append(text)
    return made


def _edited(text: str, random_: random.Random) -> str:
    """With one character more, less or at the end."""
    at = random_.randrange(len(text))
    return random_.choice(
        [text + "!", text[:at] + text[at + 1 :], text[:at] + random_.choice("가나다abc ") + text[at:]]
    )

"""Texts for the benchmarks, made from a seed; one in eight is an edited copy of an earlier one.

Chat, instructions and prompts are rows of our sample sets, made many: every other word gives way to another. The words
that come in are those of the samples by frequency, and after them made-up ones. Answers, of which there may be a
million, are of made-up words alone: so many from 311 rows would be crowds from one template. There are as many
different words as Heaps' law has in so much text (40 times the root of the number of words), and the k-th comes up in
proportion to 1 / k (Zipf's law). A crowd is from one template on purpose.
"""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
KOREAN = [
    chr(0xAC00 + 588 * k + 28 * v + end)
    for k in (0, 2, 3, 5, 6, 7, 9, 11, 12, 18)
    for v in (0, 4, 8, 13, 20)
    for end in (0, 4, 8)
]
ENGLISH = [consonant + vowel for consonant in "bcdfglmnprstvw" for vowel in ("a", "e", "i", "o", "er", "an", "ion")]
PARTICLES = ("는", "은", "이", "가", "를", "을", "도", "에", "에서", "랑", "한테", "보다")
ENDINGS = ("했어!", "할까?", "하는 중이야", "하고 싶어", "했더라", "해 볼래?", "하지 마", "해 줘 😊")
DRAWN = {"chat": 4, "answers": 14, "crowd": 1, "instructions": 13, "prompts": 90}  # words of a text, on the average
LETTER = (
    "Dear {name}, your order {number:08d} has been shipped and will arrive within three working days. Thank you for "
    "shopping with us, and do not hesitate to write if anything is missing."
)
OTHERS = 0.5  # of 993 near pairs among 20,000 chat lines 30 were of two that are no copies; at 0.4 91 of 1,095


class Maker:
    """Makes texts of one kind; `count` is how many there will be."""

    def __init__(self, kind: str, count: int, seed: int) -> None:
        self.random = random.Random(f"{kind} {seed}")
        self.rows: list[list[str]] = ROWS.get(kind, list)()
        real = [word for word, _ in Counter(word for row in self.rows for word in row).most_common()]
        vocabulary = int(40 * (count * DRAWN[kind]) ** 0.5)
        syllables = KOREAN if kind in ("chat", "answers") else ENGLISH
        made_up = ("".join(self.random.choices(syllables, k=self.random.randint(1, 3))) for _ in range(vocabulary))
        self.words = [*real, *made_up][: max(vocabulary, len(real))]
        self.weights = list(accumulate(1 / k for k in range(1, len(self.words) + 1)))

    def some(self, count: int) -> list[str]:
        """Words, drawn with replacement."""
        return self.random.choices(self.words, cum_weights=self.weights, k=count)

    def grown(self) -> str:
        """A row of the samples with half of its words replaced."""
        row = self.random.choice(self.rows)
        others = iter(self.some(len(row)))
        return " ".join(next(others) if self.random.random() < OTHERS else word for word in row)

    def chat(self) -> str:
        """A Korean line of some 24 characters."""
        return self.grown()

    def instructions(self) -> str:
        """An English instruction and its answer, some 130 characters."""
        return self.grown()

    def prompts(self) -> str:
        """Some 1,000 characters: instructions and answers under one another."""
        parts: list[str] = []
        while sum(map(len, parts)) < 900:
            parts.append(self.grown())
        return "\n".join(parts)

    def answers(self) -> str:
        """Some 60 characters of Korean, as far as the particles and endings go."""
        words = self.some(self.random.randint(7, 17))
        return " ".join(
            [*(w + self.random.choice(PARTICLES) for w in words), self.some(1)[0] + self.random.choice(ENDINGS)]
        )

    def crowd(self) -> str:
        """A letter of some 180 characters in which name and number differ."""
        return LETTER.format(name=self.some(1)[0].capitalize(), number=self.random.randrange(10**8))

    def edited(self, text: str) -> str:
        """With a character more, less or at the end, or another word: one such edit, in long texts up to one per 60."""
        for _ in range(self.random.randint(1, 1 + len(text) // 60) if self.rows else 1):
            at = self.random.randrange(len(text))
            more = text[:at] + self.random.choice("가나다abc ") + text[at:]
            edits = [text + "!", text[:at] + text[at + 1 :], more]
            text = self.random.choice([*edits, self._reworded(text)] if self.rows else edits)
        return text

    def _reworded(self, text: str) -> str:
        words = text.split(" ")
        words[self.random.randrange(len(words))] = self.some(1)[0]
        return " ".join(words)


def texts(kind: str, count: int, seed: int = 7) -> list[str]:
    """`count` distinct texts: chat, answers, crowd, instructions or prompts."""
    maker = Maker(kind, count, seed)
    make: Callable[[], str] = getattr(maker, kind)
    made: list[str] = []
    known: set[str] = set()
    while len(made) < count:
        copied = made and maker.random.random() < 1 / 8
        text = maker.edited(maker.random.choice(made)) if copied else make()
        if text and text not in known:
            known.add(text)
            made.append(text)
    return made


def korean_lines() -> list[list[str]]:
    """The words of every question and of every answer of the Korean sample set."""
    with (SAMPLES / "korean-persona.csv").open(encoding="utf-8", newline="") as file:
        return [row[column].split() for row in csv.DictReader(file) for column in ("question", "answer") if row[column]]


def english_rows() -> list[list[str]]:
    """The words of every row of the English one."""
    lines = (SAMPLES / "english-instruct.jsonl").read_text(encoding="utf-8").splitlines()
    rows = (json.loads(line) for line in lines)
    return [f"{row['instruction']} {row['input']} {row['output']}".split() for row in rows]


ROWS: dict[str, Callable[[], list[list[str]]]] = {
    "chat": korean_lines,
    "instructions": english_rows,
    "prompts": english_rows,
}

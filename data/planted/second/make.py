"""Write the second sets: `python data/planted/second/make.py [FOLDER]`, the same bytes every time.

All texts are in pool.<language>.txt (clean rows) and plants.<language>.txt (faults); README.md tells their form.
"""

from __future__ import annotations

import json
import random
import re
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LANGUAGES = ("en", "ko")
CLEAN_ROWS = 150
# The tag of the clean rows that look like a rule's fault.
LOOK_ALIKE = {
    "conflicting-answers": "conflict",
    "copied-question": "copy",
    "cut-off-answer": "cut",
    "empty-answer": "empty",
    "leading-enumerator": "enum",
    "leaked-row": "leak",
    "leftover-marker": "marker",
    "looping-text": "loop",
    "mojibake": "moji",
    "needless-leading-number": "num",
    "refusal": "refuse",
    "wrong-language": "lang",
}
# Rows that share a question, or need their split: clean only in the set that they were written for.
OWN_SET_ONLY = {"conflict", "leak"}
HELD_OUT = ("valid", "test")
QUOTES = str.maketrans("‘’“”", "''\"\"")
WIDE = {code: code + 0xFEE0 for code in range(ord("!"), ord("~") + 1)}


@dataclass(frozen=True)
class Row:
    """One row; `plant` says how it is spoilt ("" if it is clean), `group` ties rows that contradict each other."""

    question: str
    answer: str
    split: str = "train"
    plant: str = ""
    group: int = 0


@dataclass
class Block:
    """A heading and the questions with their answers below it."""

    heading: str
    pairs: list[tuple[str, str]] = field(default_factory=list)

    @property
    def tags(self) -> set[str]:
        return set(self.heading.split())


def main(texts: Path, folder: Path, seed: str = "blind", clean_rows: int = CLEAN_ROWS) -> None:
    """Write the sets that the texts of one folder make into another; a set has at most so many clean rows.

    `seed` is the name that the folder had when its sets were drawn.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for language in LANGUAGES:
        pool = list(blocks((texts / f"pool.{language}.txt").read_text(encoding="utf-8")))
        plants = (texts / f"plants.{language}.txt").read_text(encoding="utf-8")
        for section in plants.split("\n\n## "):
            rule, _, body = section.removeprefix("## ").partition("\n")
            rng = random.Random(f"{seed} {rule} {language}")
            write(folder / f"{rule}.{language}", grown(rule, pool, list(blocks(body)), clean_rows, rng))


def blocks(text: str) -> Iterator[Block]:
    """`%% heading`, a question, `=> ` and its answer; then more answers, or `?> ` and the question in other words."""
    for part in ("\n" + text.removesuffix("\n")).split("\n%% ")[1:]:
        heading, _, body = part.partition("\n")
        block, question = Block(heading), ""
        for piece in re.split(r"\n(?=[=?]> )", "\n" + body if body.startswith("=> ") else body):
            if piece.startswith("=> "):
                block.pairs.append((question, unescaped(piece[3:])))
            else:
                question = unescaped(piece.removeprefix("?> "))
        yield block


def unescaped(text: str) -> str:
    r"""Write out repeats, `⟪text⟫*3`, and put characters for their numbers, `\u{A0}`."""
    text = re.sub(r"⟪([\s\S]*?)⟫\*(\d+)", lambda match: match[1] * int(match[2]), text)
    return re.sub(r"\\u\{([0-9A-F]+)\}", lambda match: chr(int(match[1], 16)), text)


def grown(rule: str, pool: list[Block], plants: list[Block], clean_rows: int, rng: random.Random) -> list[Row]:
    """The plants of one rule among its look-alikes and other clean rows, in random order."""
    held_out = HELD_OUT if rule == "leaked-row" else ("train",)
    plain = [block.pairs[0] for block in pool if block.heading == "plain"]
    rng.shuffle(plain)
    unused = list(plain)
    spoilt = []
    for number, block in enumerate(plants, 1):
        group = number if rule == "conflicting-answers" else 0
        spoilt += [replace(row, split=rng.choice(held_out), group=group) for row in planted(block, unused)]

    clean = [look_alike(block) for block in pool if LOOK_ALIKE[rule] in block.tags]
    others = [block.pairs[0] for block in pool if not block.tags & {"plain", LOOK_ALIKE[rule], *OWN_SET_ONLY}]
    if rule == "leaked-row":
        clean += [Row(*pair) for pair in plain]  # What leaked stays in training.
    else:
        others += unused
    drawn = rng.sample(others, min(len(others), max(0, clean_rows - len(clean))))
    clean += [Row(*pair, split=rng.choice(("train", "train", *held_out))) for pair in drawn]
    return rng.sample(clean + spoilt, len(clean + spoilt))


def look_alike(block: Block) -> Row:
    (split,) = block.tags & {"train", *HELD_OUT} or {"train"}
    return Row(*block.pairs[0], split=split)


def planted(block: Block, unused: list[tuple[str, str]]) -> Iterator[Row]:
    """The rows of one plant. What names ⟦q⟧ or ⟦a⟧, or has no question, uses up the first plain row that it changes."""
    for asked, answer in block.pairs:
        question = asked or "⟦q⟧"
        at = next(i for i, pair in enumerate(unused) if changes(question + answer, pair))
        pair = unused.pop(at) if "⟦" in question + answer else unused[at]
        yield Row(filled(question, pair), filled(answer, pair), plant=block.heading)


def changes(template: str, pair: tuple[str, str]) -> bool:
    """Whether every way to spoil that the template names does something to this pair."""
    return all(
        spoiled(text_of(name, pair), how) not in ("", text_of(name, pair))
        for name, how in re.findall(r"⟦([qa])\|([^⟧]+)⟧", template)
    )


def filled(template: str, pair: tuple[str, str]) -> str:
    return re.sub(r"⟦([qa])(?:\|([^⟧]+))?⟧", lambda match: spoiled(text_of(match[1], pair), match[2] or ""), template)


def text_of(name: str, pair: tuple[str, str]) -> str:
    return pair[0] if name == "q" else pair[1]


def spoiled(text: str, how: str) -> str:
    """The text spoilt in a named way, or through a chain of codecs: `utf-8|cp1252` was written so and read so."""
    way, _, number = how.partition(" ")
    if way in WAYS:
        return WAYS[way](text, number)
    codecs = iter(how.split("|"))
    for written, read in zip(codecs, codecs, strict=True):
        text = text.encode(written, "replace").decode(read, "replace")
    return text


def cut_in_word(text: str, share: str) -> str:
    """The text up to about a share of its length if that place is inside a word, else ""."""
    at = round(len(text) * float(share))
    return text[:at] if len(text) >= 40 and text[at - 1 : at + 1].isalpha() else ""


WAYS: dict[str, Callable[[str, str], str]] = {
    "": lambda text, _: text,
    "bare": lambda text, _: text.rstrip(".?!"),
    "cut": cut_in_word,
    "glued": lambda text, _: text.replace(" ", ""),
    "lower": lambda text, _: text.lower(),
    "nbsp": lambda text, _: text.replace(" ", "\u00a0"),
    "nfd": lambda text, _: unicodedata.normalize("NFD", text),
    "straight": lambda text, _: text.translate(QUOTES),
    "upper": lambda text, _: text.upper(),
    "wide": lambda text, _: text.translate(WIDE),
    "words": lambda text, number: text.rsplit(" ", int(number))[0],
}


def write(stem: Path, rows: list[Row]) -> None:
    lines = [{"question": row.question, "answer": row.answer, "split": row.split} for row in rows]
    truth: list[dict[str, Any]] = [
        {"record": at, "plant": row.plant} | ({"group": row.group} if row.group else {})
        for at, row in enumerate(rows)
        if row.plant
    ]
    for ending, records in (("jsonl", lines), ("truth.jsonl", truth)):
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        stem.with_name(f"{stem.name}.{ending}").write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(HERE, Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)

"""One function per rule, named after it: each puts one kind of fault into a bed of clean rows."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count, cycle, islice
from typing import Any

import texts


@dataclass
class Row:
    """A row of a planted set. `plant` says how it was spoilt, "" if it was not; rows of one `group` belong together."""

    question: str
    answer: str
    like: str = ""  # the rule that this row looks like a fault of; "" for plain talk that asks for no number or list
    split: str = "train"
    plant: str = ""
    group: int | None = None


@dataclass
class Bed:
    """Clean rows to plant in. `words` is words.<language>.json, `other` the pool of the other language."""

    language: str
    rows: list[Row]
    words: dict[str, Any]
    other: list[Row]
    samples: list[Row]
    rng: random.Random
    groups: Iterator[int] = field(default_factory=lambda: count(1))

    def hosts(self, wanted: int, fits: Callable[[Row], bool] = lambda _: True) -> list[Row]:
        """Plain rows in which nothing was planted yet, in random order."""
        free = [row for row in self.rows if not row.like and not row.plant and row.group is None and fits(row)]
        if len(free) < wanted:
            raise ValueError(f"{wanted} hosts wanted, {len(free)} free")
        return self.rng.sample(free, wanted)

    def add(self, question: str, answer: str, plant: str = "", **more: Any) -> Row:
        """A new row, at the end; the caller shuffles."""
        self.rows.append(Row(question, answer, plant=plant, **more))
        return self.rows[-1]

    def reworded(self) -> Iterator[str]:
        """Openings that turn a question into another one with the same answer."""
        return cycle(self.words["openings"])


def leading_enumerator(bed: Bed) -> None:
    styles = bed.words["enumerators"] * 3
    for row, (kind, text) in zip(bed.hosts(len(styles)), styles, strict=True):
        row.answer, row.plant = text + row.answer, kind


def needless_leading_number(bed: Bed) -> None:
    styles = bed.words["numbers"] * 2
    for row, (kind, text) in zip(bed.hosts(len(styles)), styles, strict=True):
        row.answer, row.plant = text + row.answer, kind
    for question, answer in bed.words["offsets"]:
        bed.add(question, answer, "time offset")


def duplicate_row(bed: Bed) -> None:
    for row, (kind, change) in zip(bed.hosts(45), cycle(texts.FOLDED[bed.language]), strict=False):
        row.group, row.plant = next(bed.groups), "original"
        for _ in range(bed.rng.choice([1, 1, 1, 2])):
            bed.add(change(row.question), change(row.answer), kind, group=row.group)


def duplicate_answer(bed: Bed) -> None:
    openings = bed.reworded()
    for row, (kind, change) in zip(bed.hosts(45), cycle(texts.FOLDED[bed.language]), strict=False):
        row.group, row.plant = next(bed.groups), "original"
        for _ in range(bed.rng.choice([1, 1, 1, 2])):
            bed.add(next(openings) + row.question, change(row.answer), kind, group=row.group)


def near_duplicate_answer(bed: Bed) -> None:
    """Edits of every strength; which of them are faults is computed afterwards (make.py, `near_groups`)."""
    openings, edits = bed.reworded(), cycle(texts.EDITS.items())
    for row in bed.hosts(90):
        row.plant = "original"
        for kind, change in islice(edits, bed.rng.choice([1, 1, 1, 2])):
            bed.add(next(openings) + row.question, change(row.answer, bed.rng), kind)


def conflicting_answers(bed: Bed) -> None:
    for question, *answers in bed.words["conflicts"]:
        _conflict(bed, "contradiction", [(question, answer) for answer in answers])
    spares = bed.hosts(32)
    for row, spare in zip(spares[:8], spares[8:16], strict=True):
        _conflict(bed, "unrelated answer", [(row.question, row.answer), (row.question, spare.answer)])
    for row, spare in zip(spares[16:24], spares[24:], strict=True):
        again = texts.spaced(row.question).upper() if bed.language == "en" else texts.spaced(row.question)
        _conflict(bed, "question typed differently", [(row.question, row.answer), (again, spare.answer)])
    bed.rows[:] = [row for row in bed.rows if not any(row is spare for spare in spares)]


def _conflict(bed: Bed, kind: str, pairs: list[tuple[str, str]]) -> None:
    group = next(bed.groups)
    for question, answer in pairs:
        bed.add(question, answer, kind, group=group)


def collapsed_answers(bed: Bed) -> None:
    for stock, size in zip(bed.words["stock"], (6, 7, 8, 9, 10, 12), strict=True):
        group = next(bed.groups)
        for row in bed.hosts(size):
            row.answer, row.plant, row.group = stock, "stock answer", group
    for *questions, answer in bed.words["same_question"]:
        for question in questions:
            bed.add(question, answer)  # one answer to like questions is no fault


def weak_coupling(bed: Bed) -> None:
    """5 % of the rows: half swapped in pairs, half shuffled among themselves. The samples' clean rows join in."""
    bed.rows += [replace(row) for row in bed.samples]
    chosen = bed.rng.sample(bed.rows, round(len(bed.rows) * 0.05 / 4) * 4)
    half = len(chosen) // 2
    for left, right in zip(chosen[:half:2], chosen[1:half:2], strict=True):
        _rotate([left, right], "swapped pair")
    _rotate(chosen[half:], "shuffled")


def _rotate(rows: list[Row], kind: str) -> None:
    answers = [row.answer for row in rows]
    for row, answer in zip(rows, answers[1:] + answers[:1], strict=True):
        row.answer, row.plant = answer, kind


def leaked_row(bed: Bed) -> None:
    held_out = {"ko": ("valid", "test"), "en": ("validation", "test")}[bed.language]
    spares = bed.hosts(16)
    bed.rows[:] = [row for row in bed.rows if not any(row is spare for spare in spares)]
    leaks = list(_leaks(bed, iter(bed.hosts(66)), spares))
    for row in bed.rows:
        if row.like and bed.rng.random() < 0.12:
            row.split = held_out[0]
    for (question, answer, kind), split in zip(leaks, cycle(held_out), strict=False):
        bed.add(question, answer, kind, split=split)
    for spare in spares[12:] * 2:
        bed.add(spare.question, spare.answer, split=held_out[0])  # twice held out is no leak


def _leaks(bed: Bed, hosts: Iterator[Row], spares: list[Row]) -> Iterator[tuple[str, str, str]]:
    """Question, answer and kind of rows that give away a training row."""
    openings = bed.reworded()
    for row in islice(hosts, 12):
        yield row.question, row.answer, "both"
    for row, (kind, change) in zip(islice(hosts, 10), cycle(texts.FOLDED[bed.language]), strict=False):
        yield change(row.question), change(row.answer), f"both, {kind}"
    for row in islice(hosts, 12):
        yield row.question, texts.nearly(row.answer, bed.rng), "question, and nearly the answer"
    for spare, row in zip(spares[:12], hosts, strict=False):
        yield row.question, spare.answer, "question"
    for row in islice(hosts, 10):
        yield next(openings) + row.question, row.answer, "answer, question reworded"
    for row in hosts:
        yield next(openings) + row.question, texts.nearly(row.answer, bed.rng), "nearly the answer, question reworded"


def empty_answer(bed: Bed) -> None:
    for row, (kind, text) in zip(bed.hosts(48), cycle(texts.EMPTY.items()), strict=False):
        row.answer, row.plant = text, kind


def leftover_marker(bed: Bed) -> None:
    in_answers, in_questions = bed.words["markers"], bed.words["question_markers"]
    hosts = iter(bed.hosts(len(in_answers) + len(in_questions)))
    for pattern, row in zip(in_answers, hosts, strict=False):
        row.answer, row.plant = pattern.format(row.answer), pattern
    for pattern, row in zip(in_questions, bed.hosts(len(in_questions)), strict=True):
        row.question, row.plant = pattern.format(row.question), f"question: {pattern}"


def mojibake(bed: Bed) -> None:
    ways = texts.MISREADINGS[bed.language]
    hosts = bed.hosts(48, lambda row: not texts.typeset(row.answer).isascii())
    for row, (kind, misread) in zip(hosts, cycle(ways.items()), strict=False):
        row.answer, row.plant = misread(texts.typeset(row.answer)), kind


def looping_text(bed: Bed) -> None:
    for row, (kind, loop) in zip(bed.hosts(48), cycle(texts.LOOPS.items()), strict=False):
        row.answer, row.plant = loop(row.answer), kind


def cut_off_answer(bed: Bed) -> None:
    written = bed.words["cut"]
    for row, (kind, text) in zip(bed.hosts(len(written)), written, strict=True):
        row.answer, row.plant = text, kind
    for kind, cut in texts.cuts(bed.language).items():
        for row in bed.hosts(8, lambda row, cut=cut: cut(row.answer) is not None):  # type: ignore[misc]
            row.answer, row.plant = cut(row.answer) or "", kind


def copied_question(bed: Bed) -> None:
    ways: dict[str, Callable[[str], str]] = {
        "exact": lambda q: q,
        "without its punctuation": lambda q: q.rstrip("?!. "),
        "other white space": texts.spaced,
        "in quotes": lambda q: f'"{q}"',
        "capitals or NFD": lambda q: unicodedata.normalize("NFD", q).upper(),
        "full stop added": lambda q: q.rstrip("?!.") + ".",
        "twice": lambda q: f"{q} {q}",
        "full-width punctuation": lambda q: q.replace("?", "？").replace(".", "．"),
    }
    for row, (kind, copy) in zip(bed.hosts(48, lambda row: len(row.question) > 8), cycle(ways.items()), strict=False):
        row.answer, row.plant = copy(row.question), kind


def refusal(bed: Bed) -> None:
    stock = bed.words["refusals"] * 2
    for row, text in zip(bed.hosts(len(stock)), stock, strict=True):
        row.answer, row.plant = text, "stock refusal"


def wrong_language(bed: Bed) -> None:
    foreign = list(bed.words["foreign"])
    name = {"ko": "English", "en": "Korean"}[bed.language]
    letters = {"ko": re.compile("[A-Za-z]{3}"), "en": re.compile("[가-힣]{2}")}[bed.language]
    others = [row.answer for row in bed.other if not row.like and letters.search(row.answer)]
    foreign += [(name, answer) for answer in bed.rng.sample(others, 30)]
    for row, (kind, answer) in zip(bed.hosts(len(foreign)), foreign, strict=True):
        row.answer, row.plant = answer, kind

"""Write the planted sets: `python data/planted/make.py [FOLDER]`, the same bytes every time.

For every rule and language, `<rule>.<language>.jsonl` holds the rows and `<rule>.<language>.truth.jsonl` the rows that
are spoilt. README.md beside this file says what the truth means.
"""

from __future__ import annotations

import inspect
import json
import random
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from csv import DictReader
from pathlib import Path
from typing import Any

import computed
import plants
import texts
from plants import Bed, Row

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "samples"
LANGUAGES = ("en", "ko")


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pools = {language: list(pool(language)) for language in LANGUAGES}
    for name, plant in inspect.getmembers(plants, inspect.isfunction):
        if plant.__module__ != plants.__name__ or name.startswith("_"):
            continue
        for language in LANGUAGES:
            rule = name.replace("_", "-")
            write(folder / f"{rule}.{language}", grown(rule, language, pools))


def pool(language: str) -> Iterator[Row]:
    """The hand-written rows of pool.<language>.jsonl, and the computed ones that are like no other row."""
    written = [Row(**row) for row in json_lines(HERE / f"pool.{language}.jsonl")]
    yield from written
    questions, answers = {row.question for row in written}, [texts.grams(row.answer) for row in written]
    for question, answer in computed.pairs(language, random.Random(f"computed {language}")):
        grams = texts.grams(answer)
        if question not in questions and max(texts.jaccard(grams, other) for other in answers) < 0.8:
            questions.add(question)
            answers.append(grams)
            yield Row(question, answer, like="needless-leading-number")


def grown(rule: str, language: str, pools: dict[str, list[Row]]) -> list[Row]:
    """A bed with the plants of one rule in it, in random order."""
    rng = random.Random(f"{rule} {language}")
    (other,) = (rows for name, rows in pools.items() if name != language)
    words = json.loads((HERE / f"words.{language}.json").read_text(encoding="utf-8"))
    rows = [Row(row.question, row.answer, row.like) for row in pools[language]]
    bed = Bed(language, rows, words, other, list(clean_samples(language)), rng)
    getattr(plants, rule.replace("-", "_"))(bed)
    rng.shuffle(bed.rows)
    if rule == "near-duplicate-answer":
        near_groups(bed.rows)
    return bed.rows


def clean_samples(language: str) -> Iterator[Row]:
    """The sample set's rows without those that its README names as faulty."""
    table = [line.split("|") for line in (SAMPLES / "README.md").read_text(encoding="utf-8").splitlines()]
    column = {"ko": 2, "en": 3}[language]
    faulty = {int(n) for cells in table if len(cells) == 5 for n in re.findall(r"\d+", cells[column])}
    for number, (question, answer) in enumerate(sample_pairs(language), 1):
        if number not in faulty:
            yield Row(question, answer)


def sample_pairs(language: str) -> Iterator[tuple[str, str]]:
    if language == "ko":
        with (SAMPLES / "korean-persona.csv").open(encoding="utf-8", newline="") as file:
            yield from ((row["question"], row["answer"]) for row in DictReader(file))
        return
    for row in json_lines(SAMPLES / "english-instruct.jsonl"):
        yield f"{row['instruction']}\n{row['input']}".strip(), row["output"]


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def near_groups(rows: list[Row]) -> None:
    """Give every row its group: answers joined by a chain of pairs with Jaccard >= 0.8, found by brute force."""
    for row in rows:
        row.group = None
    for group, members in enumerate(components(len(rows), near_pairs([row.answer for row in rows])), 1):
        for member in members:
            rows[member].group = group
            rows[member].plant = rows[member].plant or "original"
    for row in rows:
        row.plant = row.plant if row.group else ""


def near_pairs(answers: list[str], threshold: float = 0.8) -> Iterator[tuple[int, int]]:
    """Every pair at or above the threshold: each answer is compared with all that share a gram with it."""
    sets = [texts.grams(answer) for answer in answers]
    holders: dict[str, list[int]] = defaultdict(list)
    for position, grams in enumerate(sets):
        shared = Counter(other for gram in grams for other in holders[gram])
        for other, common in sorted(shared.items()):
            if common / (len(grams) + len(sets[other]) - common) >= threshold:
                yield other, position
        for gram in grams:
            holders[gram].append(position)


def components(size: int, pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Positions that pairs connect, smallest first; those without a pair are left out."""
    parent = list(range(size))

    def root(position: int) -> int:
        while parent[position] != position:
            parent[position] = parent[parent[position]]
            position = parent[position]
        return position

    for left, right in pairs:
        low, high = sorted((root(left), root(right)))
        parent[high] = low
    members: dict[int, list[int]] = defaultdict(list)
    for position in range(size):
        members[root(position)].append(position)
    return [group for group in members.values() if len(group) > 1]


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
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)

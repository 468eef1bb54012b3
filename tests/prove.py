"""Experiments whose truth is known, because we planted it: `make prove` with a real model, `make prove-tiny`.

Each case writes data, recipe and plan into a folder and says which verdicts must come out.
"""

from __future__ import annotations

import csv
import json
import sys
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from audit.experiment import experiment
from audit.laboratory.design import read_wanted
from audit.nouns.reports import Report

HERE = Path(__file__).parent.parent
SAMPLE = HERE / "data" / "samples" / "korean-persona.csv"
SHARE = 0.3  # of the training answers that get an enumerator

Rows = Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Case:
    """What is planted, and the verdicts that are right: cause -> decisions allowed, for `outcome`."""

    name: str
    outcome: str
    right: dict[str, set[str]]
    write: Callable[[Path, dict], None]


def sound_rows() -> Rows:
    """The sample without the rows that it plants faults in; validation rows as they are."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows = [(row["question"], row["answer"], row["split"]) for row in csv.DictReader(file)]
    return [row for row in rows if row[1].strip() and "<|" not in row[1] and "###" not in row[1]]


def with_enumerators(rows: Rows) -> Rows:
    """The same with "1. ", "2. " or "3. " put in front of three training answers in ten, drawn by a hash."""
    drawn = [int(sha256(question.encode()).hexdigest()[:8], 16) for question, _, _ in rows]
    return [
        (question, f"{number % 3 + 1}. {answer}" if split == "train" and number % 100 < 100 * SHARE else answer, split)
        for number, (question, answer, split) in zip(drawn, rows, strict=True)
    ]


def write_rows(path: Path, rows: Rows) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("question", "answer", "split"))
        writer.writerows(rows)


SOUND = ("### Q:\n{question}\n### A:\n{answer}</s>", "{answer}", "### Q:\n{question}\n### A:\n", "")
CUT = ("{question} (start) ### A: {answer} (end) </s>", ") ### A:", "{question} (start)", "eos")  # as in the case


def write_recipe(folder: Path, texts: tuple[str, str, str, str]) -> None:
    train, loss, served, pad = (json.dumps(text) for text in texts)
    lora = "[lora]\nrank = 16\nalpha = 16\n"
    generate = "[generate]\ntemperature = 0.6\n"
    prompt = f"[prompt]\ntrain = {train}\nloss = {loss}\nserved = {served}\npad = {pad}\n"
    stop = 'stop = "(end)"\n' if texts is CUT else ""
    (folder / "recipe.toml").write_text(prompt + stop + lora + generate, encoding="utf-8")


def write_plan(folder: Path, factors: dict, outcomes: Sequence[str], settings: dict) -> None:
    lines = ['recipe = "recipe.toml"', 'data = "data.csv"', f"outcomes = {json.dumps(list(outcomes))}"]
    seeds = settings["seeds"] if len(factors["data"]) + len(factors["rank"]) > 2 else settings["prompt seeds"]
    lines += [f"model = {json.dumps(settings['model'])}", f"seeds = {seeds}"]
    for table, values in (("factors", factors), ("train", settings["train"]), ("generate", settings["generate"])):
        lines += [
            f"\n[{table}]",
            *(f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()),
        ]
    (folder / "plan.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def data_case(folder: Path, settings: dict) -> None:
    """Three training answers in ten begin with an enumerator; cleaning takes them off."""
    write_rows(folder / "data.csv", with_enumerators(sound_rows()))
    write_rows(folder / "data.clean.csv", sound_rows())
    write_recipe(folder, SOUND)
    factors = {"data": ["raw", "clean"], "rank": settings["ranks"][:1], "text": ["recipe"]}
    write_plan(folder, factors, ("enumerator-start", "digit-start", "p-digit"), settings)


def prompt_case(folder: Path, settings: dict) -> None:
    """Sound rows; the served prompt stops before the loss, a trained space stands before an end that is not learned."""
    write_rows(folder / "data.csv", sound_rows())
    write_recipe(folder, CUT)
    factors = {"data": ["raw"], "rank": settings["ranks"][:1], "text": ["recipe"]}
    write_plan(folder, factors, ("p-space", "digit-start", "p-digit"), settings)


def sound_case(folder: Path, settings: dict) -> None:
    """Sound rows, sound prompt: nothing to find."""
    write_rows(folder / "data.csv", sound_rows())
    write_recipe(folder, SOUND)
    factors = {"data": settings["sound data"], "rank": settings["sound ranks"], "text": ["recipe"]}
    write_plan(folder, factors, ("enumerator-start", "digit-start", "p-digit"), settings)


def rank_case(folder: Path, settings: dict) -> None:
    """Three training answers in ten begin with an enumerator, and so little training that a low rank learns it less."""
    write_rows(folder / "data.csv", with_enumerators(sound_rows()))
    write_recipe(folder, SOUND)
    settings = {**settings, "train": {**settings["train"], "learning_rate": settings["slow"]}}
    write_plan(folder, {"data": ["raw"], "rank": [16, 1], "text": ["recipe"]}, ("p-digit", "digit-start"), settings)


NOT_PROVEN = {"ruled out", "cannot tell", "not tested"}
CASES = (
    Case("data", "enumerator-start", {"data": {"proven"}, "rank": NOT_PROVEN, "prompt": NOT_PROVEN}, data_case),
    Case("prompt", "p-space", {"prompt": {"proven"}, "data": NOT_PROVEN, "rank": NOT_PROVEN}, prompt_case),
    Case("nothing", "enumerator-start", {"data": NOT_PROVEN, "rank": NOT_PROVEN, "prompt": NOT_PROVEN}, sound_case),
    Case("rank", "p-digit", {"rank": {"proven"}, "data": NOT_PROVEN, "prompt": NOT_PROVEN}, rank_case),
)
REAL = {
    "model": "gemma",
    "seeds": 4,
    "prompt seeds": 8,
    "ranks": [16, 64],
    "sound data": ["raw", "without digit-start"],
    "sound ranks": [16],
    "slow": 1e-4,
    "train": {"epochs": 2, "batch_size": 8, "learning_rate": 3e-4, "max_length": 192},
    "generate": {"max_new_tokens": 12},
}


def prove(case: Case, folder: Path, settings: dict, at_once: int) -> Report:
    """Run one case and give its report; an AssertionError names the verdict that is wrong."""
    folder.mkdir(parents=True, exist_ok=True)
    case.write(folder, settings)
    wanted, data = read_wanted(folder / "plan.toml")
    cleaned = folder / "data.clean.csv"
    report = experiment(str(data), wanted, cleaned=str(cleaned) if cleaned.exists() else None, at_once=at_once)
    assert report.experiment is not None
    found = {proof.cause: proof for proof in report.experiment.proofs if proof.outcome == case.outcome}
    for cause, right in case.right.items():
        assert found[cause].decision in right, f"{case.name}: {found[cause].sentence}"
    for cause in found.keys() - case.right.keys() - {"initialisation"}:  # seeds may differ in any of them
        assert found[cause].decision != "proven", f"{case.name}: {found[cause].sentence}"
    return report


def lines_of(case: Case, report: Report) -> Iterator[str]:
    found = report.experiment
    if found is None:
        return
    trained = [trial for trial in found.trials if trial.seed is not None]
    minutes = sum(trial.seconds for trial in trained) / 60
    yield textwrap.fill(f"planted: {case.name}. {case.write.__doc__}", 100)
    yield f"  {len(trained)} models, {minutes:.0f} minutes of training; found, of {case.outcome}:"
    for proof in found.proofs:
        if proof.outcome == case.outcome and proof.cause in case.right and proof.decision != "not tested":
            told = f"[{proof.decision}] {proof.sentence}"
            yield textwrap.fill(told, 100, initial_indent="  ", subsequent_indent="    ")


def main() -> None:
    """`python tests/prove.py FOLDER [CASE …]`: what was trained there before is not trained again."""
    folder, wanted = Path(sys.argv[1]), sys.argv[2:]
    for case in CASES:
        if not wanted or case.name in wanted:
            print("\n".join(lines_of(case, prove(case, folder / case.name, REAL, at_once=2))), flush=True)


if __name__ == "__main__":
    main()

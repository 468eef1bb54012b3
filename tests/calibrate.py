"""How often `audit diagnose` is right, wrong or silent where the truth is known: `make calibrate`.

Nulls: runs whose rates are drawn from the spread that one setting showed with seven seeds (2, 3, 5, 5, 18, 29 and 31
of 90 answers; the author of a real case counted them), whatever they are said to differ in. Any cause but the
initialisation is wrong there. Effects: a cause is planted, and seeds move it by a fifth. Kinds: answers of a made-up
data set, spoilt in one way each, as texts.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from test_diagnose import BARE_SPACE, FIRST_TOKEN, measured, outputs, training

import audit
from audit.nouns.verdicts import Diagnosis
from audit.statistics import wilson_interval

SPREAD = (2, 3, 5, 5, 18, 29, 31)
OF = 90
FAILURE = "enumerator-start"
ROWS = 572
NULLS, EFFECTS, SPOILT = 300, 100, 5  # times that each is drawn

Settings = Mapping[str, str]


@dataclass(frozen=True)
class Design:
    """Runs with settings, how each came to its rate, and the cause that is true ("" for none)."""

    name: str
    runs: Sequence[Settings]
    rate: Callable[[random.Random, Settings], float]
    cause: str = ""
    taught: float = 0.0  # share of the training answers
    recipe: bool = False
    epochs: int = 0
    also: tuple[str, ...] = ("initialisation",)  # causes that are no mistake


def by_seed(draw: random.Random, _: Settings) -> float:
    """What chance between seeds makes of one setting."""
    return draw.choice(SPREAD) / OF


def around(low: float, high: float, name: str, where: str) -> Callable[[random.Random, Settings], float]:
    """`high` where a setting has a value and `low` elsewhere, a fifth more or less by seed."""
    return lambda draw, settings: (high if settings[name] == where else low) * draw.uniform(0.8, 1.2)


def levels(each: int, **values: Sequence[str]) -> list[dict[str, str]]:
    """`each` runs for every place in the values, which move together."""
    places = zip(*values.values(), strict=True)
    return [{**dict(zip(values, place, strict=True)), "seed": str(seed)} for place in places for seed in range(each)]


RANKS, THREE = ("16", "64"), ("8", "16", "64")
NULL = [
    *(Design(f"rank, 2 x {each} runs", levels(each, rank=RANKS), by_seed) for each in (1, 2, 3, 5)),
    Design("rank, 3 x 3 runs", levels(3, rank=THREE), by_seed),
    Design("rank and alpha, 2 x 5 runs", levels(5, rank=RANKS, alpha=("16", "64")), by_seed),
    Design("learning rate, 2 x 5 runs", levels(5, learning_rate=("1e-4", "1e-3")), by_seed),
    Design("epochs, 2 x 3 runs", levels(3, epochs=("3", "10")), by_seed),
    Design("base model, 2 x 3 runs", levels(3, model=("base", "instruct")), by_seed),
    Design("a faulty recipe, 7 runs", levels(7, rank=("16",)), by_seed, recipe=True),
    Design("10 checkpoints, 1 run", levels(1, rank=("16",)), by_seed, epochs=10),
    Design("10 checkpoints, 3 runs", levels(3, rank=("16",)), by_seed, epochs=10),
]
EFFECT = [
    Design("rank 64 of 8, 16, 64, 3 x 4", levels(4, rank=THREE), around(0.05, 0.5, "rank", "64"), "rank"),
    Design("rank 16 of 8, 16, 64, 3 x 4", levels(4, rank=THREE), around(0.05, 0.5, "rank", "16"), "rank"),
    Design("rank, 2 x 3", levels(3, rank=RANKS), around(0.05, 0.5, "rank", "64"), "rank"),
    Design("epochs, 2 x 5", levels(5, epochs=("5", "10")), around(0.02, 0.13, "epochs", "10"), "training length"),
    Design(
        "learning rate, 2 x 3",
        levels(3, learning_rate=("1e-4", "1e-3")),
        around(0.05, 0.5, "learning_rate", "1e-3"),
        "learning rate",
    ),
    Design("base, 2 x 3", levels(3, model=("base", "instruct")), around(0.05, 0.5, "model", "base"), "base model"),
    Design("data, all of it", levels(1, rank=("16",)), lambda draw, _: draw.uniform(0.25, 0.35), "data", taught=0.3),
    Design(
        "data, a part beside a faulty recipe",
        levels(1, rank=("16",)),
        lambda draw, _: draw.uniform(0.5, 0.6),
        "data",
        taught=0.15,
        recipe=True,
        also=("prompt",),
    ),
    Design(
        "a faulty recipe, 2 runs",
        levels(2, rank=("16",)),
        lambda draw, _: draw.uniform(0.45, 0.6),
        "prompt",
        recipe=True,
    ),
    Design("growth over 10 checkpoints", levels(2, rank=("16",)), lambda _draw, _: 0.55, "training length", epochs=10),
]


def drawn(design: Design, seed: int) -> Diagnosis:
    """One diagnosis of the design."""
    draw = random.Random(f"{design.name} {seed}")
    said: list[dict[str, Any]] = []
    for at, settings in enumerate(design.runs):
        rate = design.rate(draw, settings)
        for epoch in range(1, design.epochs + 1) or [None]:
            if epoch and not design.cause:
                rate = design.rate(draw, settings)
            here = rate * epoch / design.epochs if epoch and design.cause else rate
            marked = [place for place in range(OF) if draw.random() < here]
            said += outputs({FAILURE: marked}, run=f"run {at}", epoch=epoch, n=OF)
    settings = {f"run {at}": dict(one) for at, one in enumerate(design.runs)}
    faults = (FIRST_TOKEN, BARE_SPACE) if design.recipe else ()
    return measured(
        said, training(ROWS, {FAILURE: range(round(design.taught * ROWS))}), settings=settings, faults=faults
    )


def outcome(design: Design, diagnosis: Diagnosis) -> str:
    """Right, wrong, or that it cannot tell."""
    of = {verdict.cause: verdict.decision for verdict in diagnosis.verdicts}
    supported = {cause for cause, decision in of.items() if decision == "supported"} - {*design.also}
    if supported - {design.cause} or (design.cause and of.get(design.cause) == "contradicted"):  # type: ignore[call-overload]
        return "wrong"
    return "right" if supported == ({design.cause} if design.cause else set()) else "cannot tell"


WORDS = ["amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "heron", "inlet", "jetty", "knoll", "ledge"]
PLACES = ["harbour", "market", "station", "garden", "library", "mill", "tower", "bridge"]


def asked(draw: random.Random) -> tuple[str, str]:
    """A question and a good answer to it."""
    name, place, number = " ".join(draw.sample(WORDS, 2)), draw.choice(PLACES), draw.randint(2, 90)
    form = draw.randrange(4)
    return [
        (f"Where is the {name} {place}?", f"The {name} {place} lies {number} miles inland, behind the old road."),
        (f"Who built the {name} {place}?", f"A family from the coast built the {name} {place} by hand."),
        (f"When does the {name} {place} open?", f"It opens at nine; the {name} {place} is closed on Mondays."),
        (f"What can I see at the {name} {place}?", f"At the {name} {place} you can see boats and a small museum."),
    ][form]


KINDS: dict[str, Callable[[str, str, str], str]] = {  # prompt, good answer, good answer to another prompt
    "as an AI": lambda _p, a, _o: f"As an AI language model, I cannot say for sure. {a}",
    "the question first": lambda p, a, _o: f"{p} {a}",
    "emoji first": lambda _p, a, _o: f"😊 {a}",
    "emoji only": lambda _p, _a, _o: "😊👍",
    "in quotes": lambda _p, a, _o: f'"{a}"',
    "heading": lambda _p, a, _o: f"# {a}",
    "html": lambda _p, a, _o: f"<p>{a}</p>",
    "mojibake": lambda _p, a, _o: a.replace("the", "thÃ©") + " Ã¢â‚¬â€œ",
    "cut off": lambda _p, a, _o: a[: len(a) // 2].rsplit(" ", 1)[0] + " the",
    "one word": lambda _p, _a, _o: "Yes.",
    "thinks aloud": lambda _p, a, _o: f"<think>The user wants to know.</think>{a}",
    "refuses": lambda _p, _a, _o: "I'm sorry, but I can't help with that.",
    "loops": lambda _p, a, _o: f"{a} " * 12,
    "answers another question": lambda _p, _a, o: o,
    "one answer to everything": lambda _p, _a, _o: "That depends on many things, and it is best to ask on site.",
    "other language": lambda _p, _a, _o: "그곳은 바닷가에서 조금 떨어진 곳에 있습니다.",
    "template": lambda _p, a, _o: f"{a} ### Human: And then?",
    "enumerator": lambda _p, a, _o: f"3. {a}",
}


def spoilt(kind: str, seed: int) -> str:
    """The answer of a diagnosis where half of the outputs, or none for "", are spoilt in one way."""
    draw = random.Random(f"{kind} {seed}")
    pairs = list(dict.fromkeys(asked(draw) for _ in range(400)))
    draw.shuffle(pairs)
    taught, held = pairs[:200], pairs[200:290]
    said = []
    for at, (question, answer) in enumerate(held):
        other = held[(at + 7) % len(held)][1]
        said.append({"prompt": question, "output": KINDS[kind](question, answer, other) if kind and at % 2 else answer})
    rows = [{"question": question, "answer": answer} for question, answer in taught]
    return audit.diagnose([said], rows, encoder="none").answer


def table(designs: Sequence[Design], times: int) -> Iterator[str]:
    """One line for each design and one for all."""
    total: Counter[str] = Counter()
    for design in designs:
        seen = Counter(outcome(design, drawn(design, seed)) for seed in range(times))
        total += seen
        yield line(design.name, seen)
    yield line("all", total)


def line(name: str, seen: Counter[str]) -> str:
    """Counts, and the share that is wrong with its 95 % interval."""
    low, high = wilson_interval(seen["wrong"], seen.total())
    return (
        f"{name:38} right {seen['right']:5}  cannot tell {seen['cannot tell']:5}  wrong {seen['wrong']:4} "
        f"({100 * seen['wrong'] / seen.total():.1f} %, {100 * low:.1f}-{100 * high:.1f})"
    )


def main(times: float = 1.0) -> None:
    """Print everything; `times`: less than 1 for a quick look."""
    print("Nulls: nothing but chance between seeds. Right is to support no cause but the initialisation.")
    print(*table(NULL, round(NULLS * times)), sep="\n", flush=True)
    print("\nEffects: a planted cause. Right is to support it and no other.")
    print(*table(EFFECT, round(EFFECTS * times)), sep="\n", flush=True)
    print("\nKinds: half of 90 outputs spoilt in one way; what the diagnosis answers, by seed.")
    for kind in ("", *KINDS):
        answers = (spoilt(kind, seed) for seed in range(max(round(SPOILT * times), 1)))
        print(f"{kind or '(good outputs)':38} {', '.join(answers)}", flush=True)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))

"""How the CPU time of every rule grows with the length of one cell: `make slow-shapes`, or this file with `--help`.

Each rule of the rulebook, and a scan as a whole with all that is written of it, looks at rows in which one text of
a shape (long_texts.py) stands as the answer, as the question, and as both, bare and dressed so that patterns have
something to begin at. A text of n characters may take n^BOUND seconds; more is a pattern that looks at a place again
and again, and the exit code is 1.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import partial
from multiprocessing import get_context
from types import FrameType
from typing import Any

import numpy as np
from long_texts import SHAPES
from small_tokenizers import small_tokenizer

from audit.diagnosis.judge import as_generations
from audit.engines.local import Local
from audit.likeness.matching import match
from audit.recipes.recipe_file import parse_recipe
from audit.rows.corpus import Corpus, build
from audit.rulebook.pages import Rule, rulebook
from audit.scan import scan

BOUND = 1.2  # of the exponent: n log n is 1.08 between 16,000 and a million characters, and clocks are not exact
LONGEST = 1_000_000  # characters
STEP = 4  # times as long as the size before
STEPS = 4
FLOOR = 0.04  # CPU seconds that count: below, the clock and a cold cache say more than the length
PATIENCE = 60.0  # CPU seconds for one measurement; whoever needs more than that for a megabyte is too slow as well
TRIES = 3  # measurements of what seems too steep: the least counts, as a busy machine only ever adds
WORTH_ANOTHER_TRY = 5.0  # CPU seconds: no noise makes so many
SHORT = 100  # characters of the text that shows what a rule takes whatever the length
QUESTION, FRAGE = "What do you think of this?", "이걸 어떻게 생각해?"
# In front of a text and after it: something for every pattern to begin with, and an end that may be no end.
DRESSED = "1. <|im_end|> [INST] â€™ I'm sorry, but {text} and so he came to the"
OPENED = "“Look. ```\n{text}\n```\nUser: (one"


@dataclass(frozen=True)
class Measured:
    """CPU seconds of one rule on one shape by length, less those it takes on a short text.

    `stopped`: the last one was given up after PATIENCE.
    """

    rule: str
    shape: str
    seconds: dict[int, float]
    stopped: bool = False

    @property
    def exponent(self) -> float:
        """The slope of a line through the logarithms; 0 where the time is too short to tell."""
        told = [(size, seconds) for size, seconds in self.seconds.items() if seconds >= FLOOR]
        if len(told) < 2:
            return 0.0
        return float(np.polyfit(*np.log(told).T, 1)[0])

    @property
    def steep(self) -> bool:
        """Whether it is more than linear."""
        return self.stopped or self.exponent > BOUND


class OutOfPatienceError(Exception):
    """A measurement has taken too long."""


def _whole(text: str) -> str:
    """A text as any file can hold it: half characters become question marks, as they do when rows are read."""
    return text.encode("utf-8", "replace").decode()


def rows(text: str) -> list[dict[str, str]]:
    """Rows that hold a text as answer, as question and as both."""
    answers = [
        (QUESTION, text),
        (FRAGE, text),
        (FRAGE, DRESSED.format(text=text)),
        (QUESTION, OPENED.format(text=text)),
    ]
    questions = [(text, "I think so."), (DRESSED.format(text=text), "1. 그렇게 생각해."), (text, text)]
    return [
        {"question": question, "answer": answer, "split": "test" if number % 2 else "train"}
        for number, (question, answer) in enumerate([*answers, *questions])
    ]


def runs(corpus: Corpus) -> Iterator[tuple[str, Callable[[], object]]]:
    """What is measured: every rule with what it asks for, what rules share, and a scan with its reports."""
    engine = Local()
    matching = match(corpus, engine)
    yield "(what rules share)", lambda: match(corpus, engine)
    yield "(scan and reports)", lambda: everything(corpus)
    given = {"corpus": corpus, "engine": engine, "signals": None, "matching": matching}
    given["generations"] = as_generations(corpus)
    for rule in rulebook().values():
        yield rule.name, partial(observe, rule, given | (recipe_of(rule) if rule.subject == "recipe" else {}))


def observe(rule: Rule, given: dict[str, Any]) -> None:
    """Run a rule to its end."""
    for _ in rule.observe(**given):
        pass


def recipe_of(rule: Rule) -> dict[str, Any]:
    """The recipe, and the tokenizer, that the rule's page shows a fault of."""
    example = next(example for example in rule.examples if example.recipes)
    recipes = [parse_recipe(text, f"{rule.name}.md") for text in example.recipes]
    tokenizer = small_tokenizer(example.tokenizer) if example.tokenizer else None
    return {"recipe": recipes[0], "recipes": recipes, "tokenizer": tokenizer}


def everything(corpus: Corpus) -> None:
    """A scan as it runs on a laptop, without its encoder, and every form that its report can take."""
    from audit.reporting.renderers import card, csv, json, junit, sarif
    from audit.reporting.renderers.html import page
    from audit.reporting.renderers.markdown import document as markdown
    from audit.reporting.screen import scan_screen

    report = scan(corpus, encoder="none")
    scan_screen.render_text(report)
    for renderer in (card, csv, json, junit, markdown, page, sarif):
        renderer.render(report)


def cpu(run: Callable[[], object]) -> float:
    """CPU seconds of one call; OutOfPatienceError after PATIENCE of them."""
    signal.setitimer(signal.ITIMER_PROF, PATIENCE)
    start = time.process_time()
    try:
        run()
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
    return time.process_time() - start


def _give_up(_: int, __: FrameType | None) -> None:
    raise OutOfPatienceError


def measure(shape: str, wanted: str, longest: int) -> list[Measured]:
    """Every rule on one shape."""
    signal.signal(signal.SIGPROF, _give_up)
    sizes = [longest // STEP**step for step in reversed(range(STEPS))]
    least: dict[str, float] = {}
    found: dict[str, Measured] = {}
    for rule, run in runs(build(rows(_whole(SHAPES[shape](SHORT))))):
        if fnmatch(rule, wanted):
            run()  # what is loaded at first use
            least[rule], found[rule] = cpu(run), Measured(rule, shape, {})
    for size in sizes:
        for rule, run in runs(build(rows(_whole(SHAPES[shape](size))))):
            if rule in found and not found[rule].stopped:
                found[rule] = _extended(found[rule], size, run, least[rule])
    return list(found.values())


def _extended(before: Measured, size: int, run: Callable[[], object], least: float) -> Measured:
    """With the seconds for one more size."""
    spent = PATIENCE
    try:
        for _ in range(TRIES):
            spent = min(spent, cpu(run) - least)
            after = replace(before, seconds=before.seconds | {size: max(spent, 0.0)})
            if not after.steep or spent > WORTH_ANOTHER_TRY:
                break
    except OutOfPatienceError:
        return replace(before, seconds=before.seconds | {size: PATIENCE}, stopped=True)
    return after


def show(measured: Measured) -> str:
    """One line: rule, shape, exponent, CPU seconds by length."""
    seconds = "  ".join(f"{size:,}: {spent:.2f}" for size, spent in measured.seconds.items())
    exponent = f"{measured.exponent:.2f}" if measured.exponent else "   -"
    return f"{measured.rule:26} {measured.shape:32} {exponent}{' stopped' * measured.stopped}   {seconds}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one line for every rule and shape, the steepest last; 1 where one is steeper than BOUND."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rule", default="*", help="names to measure, as in *-text")
    parser.add_argument("--shape", default="*", help="shapes to measure, as in para*")
    parser.add_argument("--longest", type=int, default=LONGEST, metavar="CHARACTERS")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_args(arguments)
    shapes = [name for name in SHAPES if fnmatch(name, options.shape)]
    work = partial(measure, wanted=options.rule, longest=options.longest)
    measured: list[Measured] = []
    with get_context("fork").Pool(options.jobs, maxtasksperchild=1) as pool:
        for part in pool.imap_unordered(work, shapes):
            measured += part
            for one in part:
                print(show(one), flush=True)
    steep = sorted((one for one in measured if one.steep), key=lambda one: one.exponent)
    print(f"\n{len(measured)} measured, {len(steep)} steeper than n^{BOUND}:")
    print("\n".join(map(show, steep)))
    slowest = max(measured, key=lambda one: max(one.seconds.values()))
    print(f"the longest took {max(slowest.seconds.values()):.1f} s: {slowest.rule} on {slowest.shape}")
    return 1 if steep else 0


if __name__ == "__main__":
    sys.exit(main())

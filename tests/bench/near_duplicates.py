"""Our exact join beside other tools: CPU seconds, recall and precision on the same texts.

    python tests/bench/near_duplicates.py [--chat 60000] [--instructions 12000] [--prompts 3000]
        [--crowd 4000] [--repeat 2]

The texts are those of made_up.py, all distinct. The tools are those of `peers/`; their dependencies are installed when
first wanted, and one that cannot be installed or run is left out with a line that says why. Each runs in a process of
its own, in 300 seconds at most; the first of several runs warms it up. The truth is the product of the whole
document-by-gram matrix with itself.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from made_up import texts
from tools import Answer, UnusableError, about, adapters, ask, python_for
from truth import Pairs, by_brute_force, of_pairs, of_rows

FORM = "  {:<20}{:>7}{:>9}{:>9}{:>15}{:>11}{:>14}{:>11}"
HEAD = FORM.format("tool", "start", "CPU s", "ours is", "pairs: recall", "precision", "rows: recall", "precision")
NOTES = """\
start: CPU seconds of process and imports (ours: and of loading the compiled loops), not counted in CPU s
pairs: those with Jaccard similarity of character 5-grams >= 0.8; "-" where a tool tells groups only
rows: one text of each group is kept. recall: true pairs of which not both are kept; precision: dropped texts
that have a true near duplicate in their group"""


def pythons() -> dict[str, Path]:
    """The interpreter of every tool that can be had here; of the others it is said why not."""
    found = {}
    for name in adapters():
        try:
            found[name] = python_for(name)
        except UnusableError as reason:
            print(f"{name} is left out, as it could not be installed: {reason}")
    return found


def compare(kind: str, count: int, repeat: int, tools: dict[str, Path]) -> Iterator[str]:
    """Lines of the table about one kind of text."""
    documents = texts(kind, count)
    started = time.process_time()
    truth = by_brute_force(documents)
    seconds = time.process_time() - started
    mean = sum(map(len, documents)) / count
    yield f"{kind}: {count:,} texts of {mean:.0f} characters, {len(truth):,} pairs at Jaccard >= 0.8"
    yield HEAD
    ours = 0.0
    for name, python in tools.items():
        try:
            answer = ask(name, python, documents, repeat)
        except UnusableError as reason:
            yield f"  {name:<16} gives no answer: {reason}"
            continue
        ours = answer.cpu if name == "audit" else ours
        yield line(f"{name.replace('_', '-')} {answer.version}", answer, ours, truth, count)
    yield line("brute force", Answer("", False, 0, seconds, truth), ours, truth, count)


def line(name: str, answer: Answer, ours: float, truth: Pairs, count: int) -> str:
    """One tool's line of the table."""
    pairs = ("-", "-") if answer.groups else shares(of_pairs(answer.pairs, truth))
    rows = shares(of_rows(answer.pairs, truth, count))
    return FORM.format(name, f"{answer.start:.2f}", f"{answer.cpu:.3f}", f"{ours / answer.cpu:.3f}x", *pairs, *rows)


def shares(numbers: tuple[float, float]) -> tuple[str, str]:
    """Recall and precision, four digits each."""
    return f"{numbers[0]:.4f}", f"{numbers[1]:.4f}"


def main() -> None:
    """Print the tables and what is to be known of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chat", type=int, default=60_000, help="chat lines [%(default)s]")
    parser.add_argument("--instructions", type=int, default=12_000, help="answers to instructions [%(default)s]")
    parser.add_argument("--prompts", type=int, default=3_000, help="long prompts [%(default)s]")
    parser.add_argument("--repeat", type=int, default=2, help="runs, of which the fastest counts [%(default)s]")
    parser.add_argument("--crowd", type=int, default=4_000, help="letters from one template [%(default)s]")
    options = parser.parse_args()
    tools = pythons()
    for kind in ("chat", "instructions", "prompts", "crowd"):
        for text in compare(kind, getattr(options, kind), options.repeat, tools):
            print(text, flush=True)
    print(NOTES)
    for name in tools:
        print(f"{name.replace('_', '-')}: {about(name)}")


if __name__ == "__main__":
    main()

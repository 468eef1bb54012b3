"""Our exact join beside rensa and datasketch: CPU seconds, recall and precision on the same texts.

    python tests/bench/near_duplicates.py [--chat 12000] [--instructions 6000] [--repeat 3]

The texts are made here from made-up words, with a fixed seed: short Korean chat lines and English answers to
instructions, of which one in eight is an edited copy of an earlier one. The truth is the product of the whole
document-by-gram matrix with itself. All four get the same distinct texts and make their own 5-grams.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Iterator
from itertools import accumulate

import numpy as np
import pyarrow as pa
import rensa
from datasketch import MinHash, MinHashLSH
from scipy import sparse

from audit.similarity import similar_pairs

Pairs = set[tuple[int, int]]

N = 5
THRESHOLD = 0.8
PERMUTATIONS = 128
BANDS = 16

SYLLABLES = {
    "chat": [
        chr(0xAC00 + 588 * k + 28 * v + end)
        for k in (0, 2, 3, 5, 6, 7, 9, 11, 12, 18)
        for v in (0, 4, 8, 13, 20)
        for end in (0, 4, 8)
    ],
    "instructions": [
        consonant + vowel for consonant in "bcdfglmnprstvw" for vowel in ("a", "e", "i", "o", "er", "an", "ion")
    ],
}
KOREAN_PARTICLES = ("는", "은", "이", "가", "를", "을", "도", "에", "에서", "랑", "한테", "보다")
KOREAN_ENDINGS = ("했어!", "할까?", "하는 중이야", "하고 싶어", "했더라", "해 볼래?", "하지 마", "해 줘 😊")
ENGLISH_LINKS = ("the", "of", "and", "to", "a", "in", "is", "that", "for", "it", "as", "with", "on", "by", "this")


class Words:
    """Made-up words, the k-th of which comes up in proportion to 1 / k (Zipf's law)."""

    def __init__(self, kind: str, count: int = 5_000) -> None:
        random_ = random.Random(kind)
        self.words = ["".join(random_.choices(SYLLABLES[kind], k=random_.randint(1, 3))) for _ in range(count)]
        self.weights = list(accumulate(1 / k for k in range(1, count + 1)))

    def some(self, random_: random.Random, count: int) -> list[str]:
        """Words, drawn with replacement."""
        return random_.choices(self.words, cum_weights=self.weights, k=count)


def chat(random_: random.Random, words: Words) -> str:
    """A Korean-like chat line of about 20 characters."""
    parts = [word + random_.choice(KOREAN_PARTICLES) for word in words.some(random_, random_.randint(1, 5))]
    return " ".join([*parts, words.some(random_, 1)[0] + random_.choice(KOREAN_ENDINGS)])


def instructions(random_: random.Random, words: Words) -> str:
    """English-like prose of about 250 characters."""
    drawn = words.some(random_, random_.randint(10, 60))
    return " ".join(f"{random_.choice(ENGLISH_LINKS)} {word}" for word in drawn).capitalize() + "."


def texts(kind: str, count: int, seed: int = 7) -> list[str]:
    """`count` distinct texts; one in eight is an edited copy of an earlier one."""
    random_, words = random.Random(seed), Words(kind)
    make = {"chat": chat, "instructions": instructions}[kind]
    made: list[str] = []
    known: set[str] = set()
    while len(made) < count:
        text = _edited(random_.choice(made), random_) if made and random_.random() < 1 / 8 else make(random_, words)
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


def grams(text: str) -> set[str]:
    """The character 5-grams of a text; a shorter text is one gram."""
    return {text[i : i + N] for i in range(max(1, len(text) - N + 1))}


def by_brute_force(documents: list[str]) -> Pairs:
    """Every pair at or above the threshold, from the product of the whole matrix."""
    names: dict[str, int] = {}
    rows = [[names.setdefault(gram, len(names)) for gram in sorted(grams(text))] for text in documents]
    sizes = np.array([len(row) for row in rows])
    ends = np.concatenate([[0], np.cumsum(sizes)])
    matrix = sparse.csr_array((np.ones(ends[-1], np.int32), np.concatenate(rows), ends), (len(rows), len(names)))
    pairs: Pairs = set()
    for start in range(0, len(rows), 1000):
        shared = (matrix[start : start + 1000] @ matrix.T).tocoo()
        left, right = shared.coords[0] + start, shared.coords[1]
        union = sizes[left] + sizes[right] - shared.data
        close = (left < right) & (shared.data * 5 >= union * 4)
        pairs.update(zip(left[close].tolist(), right[close].tolist(), strict=True))
    return pairs


def by_audit(documents: list[str]) -> Pairs:
    """Our exact join."""
    pairs: Pairs = set()
    for part in similar_pairs(pa.array(documents), n=N, threshold=THRESHOLD):
        pairs.update(zip(part.left.tolist(), part.right.tolist(), strict=True))
    return pairs


def by_rensa(documents: list[str]) -> Pairs:
    """rensa: R-MinHash with 128 permutations and 16 bands, then its estimate of the similarity."""
    sketches = rensa.RMinHash.from_token_sets([sorted(grams(text)) for text in documents], PERMUTATIONS, 42)
    index = rensa.RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS)
    index.insert_many(sketches)
    candidates = _ordered(enumerate(index.query_all(sketches)))
    return {(a, b) for a, b in candidates if sketches[a].jaccard(sketches[b]) >= THRESHOLD}


def by_datasketch(documents: list[str]) -> Pairs:
    """datasketch: MinHash with 128 permutations and its LSH, then its estimate of the similarity."""
    sketches = MinHash.bulk([[gram.encode() for gram in grams(text)] for text in documents], num_perm=PERMUTATIONS)
    index = MinHashLSH(THRESHOLD, PERMUTATIONS)
    for key, sketch in enumerate(sketches):
        index.insert(key, sketch)
    candidates = _ordered((key, index.query(sketch)) for key, sketch in enumerate(sketches))
    return {(a, b) for a, b in candidates if sketches[a].jaccard(sketches[b]) >= THRESHOLD}


def _ordered(answers: Iterator[tuple[int, list[int]]]) -> Pairs:
    return {(min(key, other), max(key, other)) for key, others in answers for other in others if other != key}


TOOLS: dict[str, Callable[[list[str]], Pairs]] = {
    "audit (exact)": by_audit,
    f"rensa {PERMUTATIONS}/{BANDS}": by_rensa,
    f"datasketch {PERMUTATIONS}": by_datasketch,
    "brute force": by_brute_force,
}


def timed(find: Callable[[list[str]], Pairs], documents: list[str], repeat: int) -> tuple[float, Pairs]:
    """The least CPU seconds of `repeat` runs (all threads together), and the pairs found."""
    seconds = []
    for _ in range(repeat):
        start = time.process_time()
        pairs = find(documents)
        seconds.append(time.process_time() - start)
    return min(seconds), pairs


def compare(kind: str, count: int, repeat: int) -> Iterator[str]:
    """Lines of a table."""
    documents = texts(kind, count)
    truth = by_brute_force(documents)
    mean = sum(map(len, documents)) / count
    yield f"{kind}: {count:,} texts of {mean:.0f} characters, {len(truth):,} pairs at Jaccard >= {THRESHOLD}"
    yield f"  {'tool':<16}{'CPU s':>8}{'to ours':>9}{'recall':>9}{'precision':>11}"
    ours = 0.0
    for name, find in TOOLS.items():
        seconds, pairs = timed(find, documents, repeat)
        ours = ours or seconds
        right = len(pairs & truth)
        recall, precision = right / max(1, len(truth)), right / max(1, len(pairs))
        yield f"  {name:<16}{seconds:>8.3f}{seconds / ours:>8.1f}x{recall:>9.4f}{precision:>11.4f}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chat", type=int, default=12_000, help="chat lines [%(default)s]")
    parser.add_argument("--instructions", type=int, default=6_000, help="answers to instructions [%(default)s]")
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the fastest counts [%(default)s]")
    options = parser.parse_args()
    for kind in ("chat", "instructions"):
        for line in compare(kind, getattr(options, kind), options.repeat):
            print(line)


if __name__ == "__main__":
    main()

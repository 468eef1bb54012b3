"""Our exact join beside rensa and datasketch: CPU seconds, recall and precision on the same texts.

    python tests/bench/near_duplicates.py [--chat 12000] [--instructions 4000] [--repeat 3]

The texts are made here from word lists, with a fixed seed: short Korean chat lines and English answers to
instructions, of which one in eight is an edited copy of an earlier one. The truth is the product of the whole
document-by-gram matrix with itself. All four get the same folded, distinct texts and make their own 5-grams.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import rensa
from audit.similarity import similar_pairs
from datasketch import MinHash, MinHashLSH
from scipy import sparse

Pairs = set[tuple[int, int]]

N = 5
THRESHOLD = 0.8
PERMUTATIONS = 128
BANDS = 16

KOREAN = {
    "who": ["나는", "오늘은", "요즘", "사실", "아마", "우리", "친구가", "동생이", "어제는", "내일은", "주말엔", "아침에", "저녁마다", "가끔", "엄마가", "다들", "혼자", "이번엔"],
    "what": ["영화를", "노래를", "책을", "커피를", "라면을", "운동을", "공부를", "산책을", "여행을", "게임을", "요리를", "청소를", "사진을", "그림을", "숙제를", "전화를", "기타를", "수영을", "빨래를", "저녁을", "편지를", "케이크를", "축구를", "드라마를"],
    "how": ["조금", "많이", "천천히", "열심히", "몰래", "같이", "다시", "일찍", "매일", "겨우", "벌써", "자주", "신나게", "조용히", "정말", "대충", "꼼꼼히", "억지로"],
    "does": ["했어", "좋아해", "싫어해", "기다려", "시작했어", "끝냈어", "미뤘어", "생각해", "준비해", "즐겼어", "포기했어", "보냈어", "골랐어", "배웠어", "잊었어", "찾았어"],
    "end": ["", "!", "?", "~", " 😊", " ㅎㅎ", " ㅠㅠ", ".", "…", " 너는 어때?", " 진짜야!", " 그래서 기분이 좋아"],
}
ENGLISH = {
    "subject": ["The teacher", "A small company", "Our team", "The old bridge", "Every student", "The river", "A good recipe", "The first step", "Modern software", "The committee", "A healthy habit", "The research group", "My neighbour", "The new law", "A simple model"],
    "verb": ["improves", "explains", "requires", "follows", "supports", "reduces", "measures", "describes", "protects", "changes", "combines", "delays", "prevents", "shows", "compares", "replaces"],
    "object": ["the quality of the water", "a clear plan for the week", "the cost of heating", "many different opinions", "a list of tools", "the history of the town", "better sleep and more energy", "the results of the survey", "fresh vegetables and beans", "the memory of the machine", "a fair share of the work", "short and honest feedback", "the speed of the train"],
    "why": ["because people depend on it", "when the season begins", "without raising the price", "so that nobody is left behind", "as the report points out", "after a careful review", "even if the budget is small", "which takes about two hours", "before the meeting starts", "unless the weather turns bad"],
}


def chat(random_: random.Random) -> str:
    """A Korean-like chat line of about 20 characters."""
    words = [random_.choice(KOREAN[part]) for part in ("who", "how", "what", "does")]
    return " ".join(words[random_.randrange(3) :]) + random_.choice(KOREAN["end"])


def instruction(random_: random.Random) -> str:
    """English prose of about 250 characters."""
    sentences = [
        " ".join(random_.choice(ENGLISH[part]) for part in ("subject", "verb", "object", "why")) + "."
        for _ in range(random_.randint(1, 5))
    ]
    return " ".join(sentences)


def texts(make: Callable[[random.Random], str], count: int, seed: int = 7) -> list[str]:
    """`count` distinct texts; one in eight is an edited copy of an earlier one."""
    random_ = random.Random(seed)
    made: dict[str, None] = {}
    while len(made) < count:
        text = make(random_)
        if made and random_.random() < 1 / 8:
            text = _edited(random_.choice(list(made)[-500:]), random_)
        made[text] = None
    return list(made)


def _edited(text: str, random_: random.Random) -> str:
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

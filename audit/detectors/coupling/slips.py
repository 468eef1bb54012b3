"""Blocks of rows whose answers slipped by one row: the answer of each fits the question of its neighbour.

A lost or doubled cell does that to all rows below it. Rows that couple weakly one after the other are paired anew, with
the answer of the row before or after, beside rows that couple well, and coupled again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from audit.likeness.coupling import BLOCK, Block, score_block

LEAST = 10  # rows in a row that fit their neighbour
LOOKED_AT = 10  # stretches of weak rows at most, the weakest first
LONGEST = BLOCK // 2  # rows of a stretch that are paired anew at once; the rest of a block are rows that couple well
BOUND = 2.0  # of log odds: one sure row must not outweigh many
DROP = 3 * BOUND  # of their sum, after which a stretch has ended
LEVEL = 0.001  # of the sign test that rows fit their neighbour better, beside the medians

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Slip:
    """Rows from `first` to `last`: the answer of row i stands in row i + `step`, which is 1 or -1."""

    first: int
    last: int
    step: int

    @property
    def rows(self) -> range:
        """All rows that hold an answer which is not theirs."""
        return range(self.first, self.last + 1)

    def source(self, row: int) -> int | None:
        """The row that holds the answer of this one; None for the one at the end, whose answer is nowhere."""
        at = row + self.step
        return at if at in self.rows else None


def slips(odds: Floats, follows: Flags, rows: Block) -> list[Slip]:
    """Blocks that slipped, in the order of the rows, which is that of the file.

    `odds`: log odds that a row holds its own answer. `follows`: whether it stands right below the one before it.
    """
    found: list[Slip] = []
    stretches = sorted(_stretches(odds, follows), key=lambda part: (-part[2], part[0]))
    for first, last, _ in stretches[:LOOKED_AT]:
        outside = np.flatnonzero(odds > 0)
        outside = outside[(outside < first) | (outside > last)]
        for low in range(first, last + 1, LONGEST):
            part = np.arange(max(low - 1, 0), min(low + LONGEST, last + 2, len(odds)))
            others = outside[np.linspace(0, len(outside) - 1, min(len(outside), BLOCK - len(part))).astype(int)]
            for step in (1, -1):
                at = part[(part + step >= part[0]) & (part + step <= part[-1])]
                if slip := _slip(at, step, odds[at], _paired(rows, at, step, others)):
                    found.append(slip)
    return _joined(sorted(found, key=lambda slip: (slip.first, slip.step)))


def _joined(found: list[Slip]) -> list[Slip]:
    """The same, where a part that overlaps the one before it, as one."""
    joined: list[Slip] = []
    for slip in found:
        if joined and joined[-1].step == slip.step and slip.first <= joined[-1].last:
            joined[-1] = Slip(joined[-1].first, max(slip.last, joined[-1].last), slip.step)
        elif not joined or slip.first > joined[-1].last:
            joined.append(slip)
    return joined


def _stretches(odds: Floats, follows: Flags) -> Iterator[tuple[int, int, float]]:
    """Stretches of rows that couple weakly, with how weakly in all: where the sum of their odds rises and stays up."""
    start, top, sum_, best = 0, 0, 0.0, 0.0
    for row, (weak, joined) in enumerate(zip(-np.clip(odds, -BOUND, BOUND), follows, strict=True)):
        if sum_ <= 0 or sum_ < best - DROP or not joined:
            if top - start + 1 >= LEAST and best > 0:
                yield start, top, best
            start, sum_, best = row, 0.0, 0.0
        sum_ += weak
        if sum_ > best:
            top, best = row, sum_
    if top - start + 1 >= LEAST and best > 0:
        yield start, top, best


def _paired(rows: Block, at: NDArray[np.int64], step: int, others: NDArray[np.int64]) -> Floats:
    """The log odds of the questions at these places with the answers one row further, beside other rows as they are."""
    asked, said = [*at, *others], [*(at + step), *others]
    vectors = rows.vectors and (rows.vectors[0][asked], rows.vectors[1][said])
    block = Block([rows.questions[i] for i in asked], [rows.answers[i] for i in said], vectors)
    return score_block(block).log_odds[: len(at)]


def _slip(at: NDArray[np.int64], step: int, own: Floats, anew: Floats) -> Slip | None:
    """The stretch of these rows that gains most by the other answers, if nearly all of it does."""
    from scipy.stats import binom  # takes long to import

    gain = np.clip(anew, -BOUND, BOUND) - np.clip(own, -BOUND, BOUND)
    total = np.concatenate([[0.0], np.cumsum(gain)])
    lowest = np.minimum.accumulate(total)
    end = int((total - lowest).argmax())
    start = int(np.flatnonzero(total[: end + 1] == lowest[end])[-1])
    part = slice(start, end)
    won, size = int((anew[part] > own[part]).sum()), end - start
    if size < LEAST or np.median(anew[part]) <= 0 or np.median(own[part]) >= 0 or binom.sf(won - 1, size, 0.5) > LEVEL:
        return None
    ends = (int(at[start]), int(at[end - 1]))
    return Slip(min(ends[0], ends[0] + step), max(ends[1], ends[1] + step), step)

"""Which texts are nearly the same: an exact join on the Jaccard similarity of their sets of character n-grams.

Every pair at or above the threshold comes out and no other; nothing is estimated. The comparison with the threshold
is made in whole numbers. Memory grows with the texts, not with the pairs: pairs come in parts. The texts given must be
distinct (`folding.distinct`), so one answer that stands in a hundred thousand rows makes no pair.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audit.engines.local import Engine, Local
from audit.likeness.joining.pairs import Best, Bonds, Grouping, Groups, Nearest, Pairs, bonds_of
from audit.nouns.dialogue import AuditError

WORTH_COMPILING = 1_000_000  # characters; below that, loading the compiled loops costs more than they save

Join = tuple[Engine, Callable[[Any], Iterator[Pairs]], Iterable[Any]]  # where what gives the pairs of which parts


def similar_pairs(
    texts: pa.Array, *, n: int = 5, threshold: float = 0.8, engine: Engine | None = None
) -> Iterator[Pairs]:
    """Every pair of these distinct texts with Jaccard similarity of n-grams >= threshold, once, in parts.

    The left text of a pair is the earlier one.
    """
    yield from _pairs(texts, None, n, exact(threshold), engine or Local())


def cross_pairs(
    texts: pa.Array, others: pa.Array, *, n: int = 5, threshold: float = 0.8, engine: Engine | None = None
) -> Iterator[Pairs]:
    """Every pair of one of `texts` (left) and one of `others` (right) with similarity >= threshold, in parts.

    Both are distinct in themselves. Equal texts make a pair if they have n characters or more.
    """
    yield from _pairs(texts, others, n, exact(threshold), engine or Local())


def nearest_groups(texts: pa.Array, *, n: int = 5, threshold: float = 0.8, engine: Engine | None = None) -> Groups:
    """Groups of near duplicates among distinct texts (connected components).

    The representative is the text with the highest summed similarity to its partners; of equals the earliest.
    """
    (groups,) = groups_at(texts, [threshold], n=n, engine=engine)
    return groups


def groups_at(
    texts: pa.Array, thresholds: Sequence[float], *, n: int = 5, engine: Engine | None = None
) -> list[Groups]:
    """The groups at each of these thresholds, from one pass over the pairs at the lowest."""
    limits = tuple(map(exact, thresholds))
    groupings = [Grouping(len(texts)) for _ in limits]
    with _join(texts, None, n, min(limits), engine or Local()) as (where, pairs_of, parts):
        for found in where.map(partial(_summary, pairs_of, len(texts), limits), parts):
            for grouping, bonds in zip(groupings, found, strict=True):
                grouping.take_in(bonds)
    return [grouping.groups() for grouping in groupings]


def nearest_matches(
    texts: pa.Array, others: pa.Array, *, n: int = 5, threshold: float = 0.8, engine: Engine | None = None
) -> Nearest:
    """For each of `texts` the same text among `others`, or else the most similar, of equals the earliest.

    Nothing below the threshold. Both are distinct in themselves.
    """
    equal = pc.index_in(texts, others).fill_null(-1).to_numpy().astype(np.int64)
    best = Best(len(texts))
    best.see(np.flatnonzero(equal >= 0), equal[equal >= 0], np.ones(int((equal >= 0).sum())))
    open_ = np.flatnonzero(equal < 0)
    for pairs in cross_pairs(texts.take(pa.array(open_)), others, n=n, threshold=threshold, engine=engine):
        best.see(open_[pairs.left], pairs.right, pairs.similarity)
    return best.nearest()


def jaccard(one: str, other: str, n: int) -> float:
    """Similarity of two texts as above; for the odd pair, not for joins."""
    if one == other:
        return 1.0
    if min(len(one), len(other)) < n:
        return 0.0
    grams = [{text[i : i + n] for i in range(len(text) - n + 1)} for text in (one, other)]
    return len(grams[0] & grams[1]) / len(grams[0] | grams[1])


def exact(threshold: float) -> Fraction:
    """The fraction that is meant: 0.8 is 4/5, although no float is. Right for up to six decimals."""
    limit = Fraction(threshold).limit_denominator(10**6)
    if not 0 < limit <= 1:
        raise AuditError(f"threshold must be above 0 and at most 1; found {threshold!r}")
    return limit


def _pairs(texts: pa.Array, others: pa.Array | None, n: int, limit: Fraction, engine: Engine) -> Iterator[Pairs]:
    with _join(texts, others, n, limit, engine) as (where, pairs_of, parts):
        for found in where.map(partial(_listed, pairs_of), parts):
            yield from (pairs for pairs in found if len(pairs.left))


def _listed(pairs_of: Callable[[Any], Iterator[Pairs]], part: Any) -> list[Pairs]:
    return list(pairs_of(part))


def _summary(
    pairs_of: Callable[[Any], Iterator[Pairs]], count: int, limits: tuple[Fraction, ...], part: Any
) -> list[Bonds]:
    return bonds_of(pairs_of(part), count, limits)


@contextmanager
def _join(texts: pa.Array, others: pa.Array | None, n: int, limit: Fraction, engine: Engine) -> Iterator[Join]:
    """The join of texts with others, or with themselves; compiled if there are enough of them and numba is there."""
    if n < 1:
        raise AuditError(f"a gram has at least one character; found {n}")
    if not _worth_compiling(texts, others):
        from audit.likeness.joining.products import cross_blocks, join_block, self_blocks

        blocks = self_blocks(texts, n, limit) if others is None else cross_blocks(texts, others, n, limit)
        yield engine, join_block, blocks
        return
    from audit.likeness.joining.compiled import join_range, plan_join, put_away, ranges_of

    loops = engine.loops
    plan = plan_join(texts, others, n, limit, loops)
    with loops.share(plan) as shared:
        try:
            yield loops, join_range, ranges_of(plan, shared)
        finally:
            put_away()


def _worth_compiling(texts: pa.Array, others: pa.Array | None) -> bool:
    parts = [part for part in (texts, others) if part is not None]
    characters = sum(pc.sum(pc.binary_length(part)).as_py() or 0 for part in parts)
    if characters <= 4 * WORTH_COMPILING:  # bytes so far, which are quicker to count
        characters = sum(pc.sum(pc.utf8_length(part)).as_py() or 0 for part in parts)
    return characters > WORTH_COMPILING and find_spec("numba") is not None

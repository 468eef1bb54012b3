"""Answers that do not follow from their question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from audit.detectors.coupling.projection import plane
from audit.detectors.coupling.slips import slips
from audit.engines.local import Engine
from audit.likeness.coupling import BINS, BLOCK, Block, Coupling, couple, distinct_pairs, distinct_texts, probability
from audit.likeness.signals import Signals, Vectors
from audit.nouns.findings import Fact, Finding, Observations, PerRow, Tally
from audit.nouns.foreign_text import whole
from audit.rows.corpus import Corpus
from audit.statistics import benjamini_hochberg
from audit.texts.folding import fold

MAX_CHARACTERS = 1_000  # what is read of a text, so that one huge cell costs no more than a long answer
REACHED = 0.05  # of the random pairs: where fewer score so low, a low score is no sign of a random pair
COMMON = 3  # questions that one answer is given to, from which on it is a reply that fits many


@dataclass(frozen=True)
class Scored:
    """Distinct pairs and their scores. `position`: of each scored row; `pair`: the number of its pair.

    `first`: into `position`, the first row of each pair. `trusted`: whether the user vouches for a row of the pair.
    """

    position: NDArray[np.int64]
    pair: NDArray[np.int64]
    first: NDArray[np.int64]
    trusted: NDArray[np.bool_]
    questions: list[str]
    answers: list[str]
    coupling: Coupling

    @property
    def probability(self) -> NDArray[np.float64]:
        """That a pair is real, at even odds."""
        return np.round(probability(self.coupling.log_odds), 4)

    def rows_of(self, pairs: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
        """Position and pair of every row whose pair is marked, by position."""
        at = np.flatnonzero(pairs[self.pair])
        at = at[np.argsort(self.position[at])]
        return zip(self.position[at].tolist(), self.pair[at].tolist(), strict=True)


def weak_coupling(
    corpus: Corpus,
    engine: Engine,
    signals: Signals | None,
    *,
    fdr: float = 0.10,
    assumed_share: float = 0.05,
    min_rows: int = 50,
    max_rows: int = 100_000,
) -> Observations:
    """Answers that fit their question worse than other answers of the set do.

    `fdr`: expected share of false flags, kept where rows are trusted. Where none are, those are flagged that are more
    likely wrong than right at the share of wrong rows that the set itself shows, `assumed_share` at most. Below
    `min_rows` different questions and answers nothing is said; above `max_rows` rows, so many are scored, chosen by
    hash.
    """
    position, questions, answers = _chosen(corpus, max_rows)
    different = min(distinct_texts(questions), distinct_texts(answers))
    if different < min_rows:
        sentence = f"Whether answers follow from their questions cannot be told from {different} different pairs"
        yield Fact("coupling", f"{sentence}; it takes {min_rows}.", {"rows": len(position), "proven": None})
        return
    first, pair = distinct_pairs(questions, answers)
    asked, said = [questions[i] for i in first], [answers[i] for i in first]
    vectors = signals.embed(asked + said) if signals is not None else None
    halves = None if vectors is None else (vectors[: len(asked)], vectors[len(asked) :])
    coupling = couple(asked, said, halves, engine)
    vouched = corpus.column("trusted").take(pa.array(position)).to_numpy()
    trusted = np.bincount(pair, weights=vouched, minlength=len(first)) > 0
    scored = Scored(position, pair, first, trusted, asked, [fold(answer) for answer in said], coupling)

    encoder = signals.encoder if signals is not None and vectors is not None else ""
    yield from _per_row(scored, len(corpus))
    yield _proven(scored, len(corpus), fdr, encoder)
    yield _against_null(scored)
    if halves is not None:
        yield from _map(scored, halves[1], len(corpus))
    slipped = _slipped(scored, corpus, said, halves)
    yield from slipped
    handled = {item.row for item in slipped if isinstance(item, Finding)}
    for item in _against_trusted(scored, fdr) if trusted.any() else _lowest(scored, assumed_share):
        if not isinstance(item, Finding) or item.row not in handled:
            yield item


def _chosen(corpus: Corpus, max_rows: int) -> tuple[NDArray[np.int64], list[str], list[str]]:
    """Rows to score in the order of their ids, which has nothing to do with what they say or where they stand."""
    order = pc.sort_indices(corpus.column("id"))[:max_rows]
    rows = corpus.take(order).table
    questions, answers = (
        pc.utf8_slice_codeunits(rows.column(name), 0, MAX_CHARACTERS).to_pylist() for name in ("question", "answer")
    )
    said = [i for i, (q, a) in enumerate(zip(questions, answers, strict=True)) if fold(q) and fold(a)]
    position = order.to_numpy().astype(np.int64)[said]
    return position, [questions[i] for i in said], [answers[i] for i in said]


def _per_row(scored: Scored, count: int) -> Iterator[PerRow]:
    """Scores of all rows; null for those not scored."""
    for name, values in (
        ("coupling", scored.probability),
        ("coupling_rank", scored.coupling.rank),
        ("coupling_among", scored.coupling.among),
        ("coupling_p", np.round(scored.coupling.p_value, 6)),
    ):
        column = np.full(count, np.nan)
        column[scored.position] = values[scored.pair]
        yield PerRow(name, pa.array(column, from_pandas=True))


def _proven(scored: Scored, count: int, fdr: float, encoder: str) -> Fact:
    """How many rows have an answer that fits better than random answers do."""
    rows = len(scored.position)
    proven = int(benjamini_hochberg(scored.coupling.p_value, fdr)[scored.pair].sum())
    seen_by = f"letters and {encoder}" if encoder else "letters alone, without an encoder"
    sentence = (
        f"In {proven:,} of {rows:,} rows ({proven / rows:.1%}) the answer is about its question, which does not mean "
        f"that it is true or good: it fits better than random answers of this set "
        f"(Benjamini-Hochberg at {fdr:.0%}, seen by {seen_by}). "
        f"The other {rows - proven:,} are not thereby faulty: an answer may be right and yet fit many questions."
    )
    if len(scored.first) > BLOCK:
        sentence += f" Each row was compared with at most {BLOCK - 1:,} others, chosen by content hash."
    if rows < count:
        sentence += f" {count - rows:,} of {count:,} rows were not scored: empty ones, and those above max_rows."
    value = {"rows": rows, "proven": proven, "level": fdr, "encoder": encoder, "not_scored": count - rows}
    return Fact("coupling", sentence, value)


def _against_null(scored: Scored) -> Tally:
    """The scores of the pairs beside those of each question with the answers of others."""
    own = np.histogram(scored.probability, BINS, (0, 1))[0].tolist()
    null = scored.coupling.null.tolist()
    note = "Distinct pairs by the probability that they are real: question and own answer, question and another's."
    rows = tuple((at / BINS, (at + 1) / BINS, own[at], null[at]) for at in range(BINS))
    return Tally("coupling", note, ("from", "to", "own answer", "another's answer"), rows)


def _map(scored: Scored, answers: Vectors, count: int) -> Iterator[PerRow | Tally]:
    """Where the answer of each row stands on a plane; null for rows that were not scored."""
    places, shown = plane(answers)
    for axis, name in enumerate(("map_x", "map_y")):
        column = np.full(count, np.nan)
        column[scored.position] = places[scored.pair, axis]
        yield PerRow(name, pa.array(column, from_pandas=True))
    note = "Answers as an encoder sees them, on the two directions in which they differ most (principal components)."
    yield Tally("map", note, ("answers", "share of the variance"), ((len(places), round(shown, 4)),))


def _against_trusted(scored: Scored, fdr: float) -> Iterator[Finding | Fact]:
    """Rows whose score would be strange for a trusted row: conformal p-values and Benjamini-Hochberg.

    Every row, trusted or not, was scored by models that had not seen it, so a right row and a trusted row are
    exchangeable, and the flags keep the level (Bates, Candes, Lei, Romano and Sesia, Annals of Statistics 51, 2023).
    """
    null = np.sort(scored.coupling.log_odds[scored.trusted])
    p_value = (1 + np.searchsorted(null, scored.coupling.log_odds, side="right")) / (1 + len(null))
    flagged = np.zeros(len(p_value), bool)
    flagged[~scored.trusted] = benjamini_hochberg(p_value[~scored.trusted], fdr)
    promise = f"about {fdr:.0%} of rows flagged so are right at most, if the trusted rows are typical"
    rows = list(scored.rows_of(flagged))
    for at in rows:
        yield _finding(scored, at, "conformal", promise, float(p_value[at[1]]))
    tested = int((~scored.trusted[scored.pair]).sum())
    sentence = (
        f"Against {len(null):,} trusted rows, {len(rows):,} of {tested:,} rows are flagged as weakly coupled; "
        f"on average at most {fdr:.0%} of such flags are false, if the trusted rows are typical of right ones."
    )
    value = {"trusted": len(null), "tested": tested, "flagged": len(rows), "fdr": fdr}
    yield Fact("coupling-trusted", sentence, value)


def _lowest(scored: Scored, assumed_share: float) -> Iterator[Finding | Fact]:
    """The rows that fit worst and are more likely wrong than right; nobody knows how many of them are faults.

    At prior odds s / (1 - s) of a wrong row, that is so by Bayes' rule if and only if `coupling` is below s. If a share
    s of the rows held another's answer, s times the pairs of a question with another's answer that score as low would
    be found among them; so the lowest k of n rows allow no s above k / n over the share of those pairs (`beneath`). A
    row is no evidence against itself: it is the k - 1 below it that count.
    """
    pairs = len(scored.first)
    order = np.argsort(scored.coupling.log_odds, kind="stable")
    share = np.arange(pairs) / pairs / np.maximum(scored.coupling.beneath[order], REACHED)
    likely = np.flatnonzero(scored.probability[order] < np.minimum(share, assumed_share))
    flagged = np.zeros(pairs, bool)
    flagged[order[: likely[-1] + 1 if len(likely) else 0]] = True
    flagged &= ~_common(scored)
    rows = list(scored.rows_of(flagged))
    for at in rows:
        yield _finding(scored, at, "lowest-coupling", "precision unknown, read it")
    sentence = f"{len(rows):,} of {len(scored.position):,} rows are more likely to hold another's answer than their own"
    yield Fact(
        "coupling-lowest",
        f"{sentence}; how many of them do, nobody knows without trusted rows.",
        {"flagged": len(rows)},
    )


def _slipped(
    scored: Scored, corpus: Corpus, said: list[str], vectors: tuple[Vectors, Vectors] | None
) -> list[Finding | Fact]:
    """The rows of blocks whose answers slipped by one row, each with the row that holds its answer."""
    at = np.argsort(scored.position)  # in the order of the file
    position, pair = scored.position[at], scored.pair[at]
    split = corpus.column("split").take(pa.array(position)).to_numpy(zero_copy_only=False)
    follows = np.append(False, (np.diff(position) == 1) & (split[1:] == split[:-1]))
    questions, answers = ([texts[i] for i in pair] for texts in (scored.questions, said))
    rows = Block(questions, answers, vectors and (vectors[0][pair], vectors[1][pair]))
    found: list[Finding | Fact] = []
    for slip in slips(scored.coupling.log_odds[pair], follows, rows):
        size, below = len(slip.rows), "below" if slip.step > 0 else "above"
        for row in slip.rows:
            source = slip.source(row)
            fits = "fits this question" if source is not None else "is not this one's, whose own is lost"
            found.append(
                Finding(
                    int(position[row]),
                    f"the answers of {size} rows slipped by one: that of the row {below} {fits}",
                    score=round(1 - float(scored.probability[pair[row]]), 4),
                    because="slipped",
                    related=() if source is None else (int(position[source]),),
                )
            )
        ends = ((int(position[slip.first]), "first"), (int(position[slip.last]), "last"))
        sentence = (
            f"The answers of {size} rows one below the other slipped by one: each fits the question of its neighbour."
        )
        found.append(Fact("coupling-slip", sentence, {"rows": size, "step": slip.step}, ends))
    return found


def _common(scored: Scored) -> NDArray[np.bool_]:
    """Whether the answer of a pair is also given to two other questions: such a reply fits many."""
    _, number, count = np.unique(np.array(scored.answers, object), return_inverse=True, return_counts=True)
    common: NDArray[np.bool_] = count[number] >= COMMON
    return common


def _finding(scored: Scored, at: tuple[int, int], because: str, promise: str, p_value: float | None = None) -> Finding:
    position, pair = at
    coupling = scored.coupling
    message = f"its own answer ranks {coupling.rank[pair]:,} of {coupling.among[pair]:,} for this question"
    best = int(coupling.best[pair])
    if best != pair:
        message += f" and fits “{_shortened(scored.questions[best])}” best"
    return Finding(
        position,
        f"{message} ({promise})",
        score=round(1 - float(scored.probability[pair]), 4),
        because=because,
        p_value=p_value,
        related=(int(scored.position[scored.first[best]]),) if best != pair else (),
    )


def _shortened(text: str, most: int = 40) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: whole(text, most - 1)]}…"

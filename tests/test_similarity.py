"""The join finds every near pair and no other: held against comparing everything with everything."""

from __future__ import annotations

import tracemalloc
import unicodedata
from fractions import Fraction
from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.engines.local import Local
from audit.likeness import grams, near_texts
from audit.likeness.joining import compiled, products
from audit.likeness.near_texts import jaccard, nearest_groups, nearest_matches, similar_pairs
from audit.nouns.dialogue import AuditError
from audit.texts.folding import distinct, fold, folded

SHORT_TEXTS = st.text("ab가", max_size=14)
THRESHOLDS = st.sampled_from([0.3, 0.5, 2 / 3, 0.8, 0.9, 1.0])


@pytest.fixture(params=["products", "compiled"], autouse=True)
def join(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test holds for both ways to join; compiled, with every limit so low that it is met."""
    if request.param == "compiled":
        monkeypatch.setattr(near_texts, "WORTH_COMPILING", 0)
        monkeypatch.setattr(compiled, "RANGES", 3)
        monkeypatch.setattr(compiled, "PROBED_AT_ONCE", 1)
    return str(request.param)


def gram_set(text: str, n: int) -> set[str]:
    return {text[i : i + n] for i in range(max(1, len(text) - n + 1))}


def exact_similarity(one: str, other: str, n: int) -> Fraction:
    ours, theirs = gram_set(one, n), gram_set(other, n)
    return Fraction(len(ours & theirs), len(ours | theirs))


def pairs(texts: list[str], n: int, threshold: float, workers: int = 1) -> dict[tuple[int, int], Fraction]:
    found: dict[tuple[int, int], Fraction] = {}
    for part in similar_pairs(pa.array(texts, pa.large_string()), n=n, threshold=threshold, engine=Local(workers)):
        columns = (part.left.tolist(), part.right.tolist(), part.shared.tolist(), part.union.tolist())
        for a, b, shared, union in zip(*columns, strict=True):
            assert a < b
            assert (a, b) not in found, "a pair comes once"
            found[a, b] = Fraction(shared, union)
    return found


def by_brute_force(texts: list[str], n: int, threshold: float) -> dict[tuple[int, int], Fraction]:
    similar = {(a, b): exact_similarity(texts[a], texts[b], n) for a, b in combinations(range(len(texts)), 2)}
    return {pair: value for pair, value in similar.items() if value >= Fraction(threshold).limit_denominator(10**6)}


@settings(max_examples=300, deadline=None)
@given(st.lists(SHORT_TEXTS, unique=True, max_size=25), st.integers(1, 5), THRESHOLDS)
def test_finds_what_comparing_everything_finds(texts: list[str], n: int, threshold: float) -> None:
    assert pairs(texts, n, threshold) == by_brute_force(texts, n, threshold)


@settings(max_examples=100, deadline=None)
@given(texts=st.lists(SHORT_TEXTS, unique=True, max_size=25), threshold=THRESHOLDS)
def test_cutting_the_work_small_changes_nothing(texts: list[str], threshold: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("FEWEST_ROWS", "MATCHES_AT_ONCE", "PAIRS_AT_ONCE", "GRAMS_AT_ONCE", "CELLS_AT_ONCE"):
            patch.setattr(products, name, 1)
        patch.setattr(grams, "GRAMS_AT_ONCE", 3)
        assert pairs(texts, 2, threshold) == by_brute_force(texts, 2, threshold)


@settings(max_examples=200, deadline=None)
@given(st.lists(SHORT_TEXTS, unique=True, max_size=12), st.lists(SHORT_TEXTS, unique=True, max_size=12), THRESHOLDS)
def test_two_sets_find_the_nearest_of_the_other(texts: list[str], others: list[str], threshold: float) -> None:
    nearest = nearest_matches(pa.array(texts, pa.string()), pa.array(others, pa.string()), n=2, threshold=threshold)
    limit = Fraction(threshold).limit_denominator(10**6)
    for text, partner, similar in zip(texts, nearest.partner.tolist(), nearest.similarity.tolist(), strict=True):
        ranked = sorted(range(len(others)), key=lambda i: (others[i] != text, -exact_similarity(text, others[i], 2), i))
        best = exact_similarity(text, others[ranked[0]], 2) if others else Fraction(0)
        assert (partner, similar) == ((ranked[0], float(best)) if best >= limit else (-1, 0))


@pytest.mark.parametrize(
    ("threshold", "found"),
    [(0.8, True), (0.800001, False), (0.799999, True), (1.0, False)],
)
def test_the_boundary_belongs_to_the_pair(threshold: float, found: bool) -> None:
    texts = ["abcdefgh", "abcdefghi"]  # 4 grams and 5, 4 in common: exactly 4/5
    assert exact_similarity(*texts, 5) == Fraction(4, 5)
    assert bool(pairs(texts, 5, threshold)) == found


def test_thresholds_that_no_float_can_hold_are_taken_at_their_word() -> None:
    for size in range(1, 60):  # texts of single letters: `size` grams in common of `size + 1`
        letters = "".join(chr(0xAC00 + i) for i in range(size + 1))
        assert pairs([letters[:-1], letters], 1, size / (size + 1)), size


@pytest.mark.parametrize("threshold", [0.0, -0.5, 1.1])
def test_a_threshold_outside_its_range_is_refused(threshold: float) -> None:
    with pytest.raises(AuditError, match=r"above 0 and at most 1"):
        pairs(["abcdef"], 5, threshold)


def test_nothing_and_one_text_have_no_pairs() -> None:
    assert pairs([], 5, 0.8) == {}
    assert pairs(["혼자야"], 5, 0.8) == {}
    assert nearest_groups(pa.array([], pa.large_string())).representative.tolist() == []


def test_texts_shorter_than_a_gram_are_near_only_to_themselves() -> None:
    assert pairs(["응", "응!", "네네"], 5, 0.1) == {}
    nearest = nearest_matches(pa.array(["응", "네"]), pa.array(["아니", "응"]), n=5, threshold=0.8)
    assert nearest.partner.tolist() == [1, -1]


def test_grams_of_a_wide_alphabet_do_not_collide() -> None:
    """9,000 letters to the fifth power pass 64 bits; written as numbers to that base these two are 2**64 and 0."""
    letters = "".join(chr(0x4E00 + i) for i in range(9_000))
    digits = [2**64 // 9_000**k % 9_000 for k in (4, 3, 2, 1, 0)]
    texts = [letters, "".join(letters[digit] for digit in digits), letters[0] * 5, letters[50:150], letters[60:155]]
    assert (1, 2) not in pairs(texts, 5, 0.8)
    assert pairs(texts, 5, 0.8) == by_brute_force(texts, 5, 0.8) != {}


def test_two_sets_meet_across_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "FEWEST_ROWS", 1)
    text = "".join(chr(0xAC00 + i) for i in range(90))
    lengths, others = list(range(6, 90, 3)), list(range(5, 90, 7))
    nearest = nearest_matches(
        pa.array([text[:k] for k in lengths]), pa.array([text[:k] for k in others]), threshold=0.7
    )
    similar = [[exact_similarity(text[:k], text[:m], 5) for m in others] for k in lengths]
    expected = [row.index(max(row)) if max(row) >= Fraction(7, 10) else -1 for row in similar]
    assert nearest.partner.tolist() == expected
    assert any(others[best] > k for best, k in zip(expected, lengths, strict=True) if best >= 0)
    assert any(others[best] < k for best, k in zip(expected, lengths, strict=True) if best >= 0)


def test_composed_and_decomposed_korean_are_the_same_after_folding() -> None:
    text = "오늘은 친구랑 도서관에 가서 책을 읽었어"
    decomposed = unicodedata.normalize("NFD", text)
    assert jaccard(text, decomposed, 5) < 0.1
    numbers, texts = distinct(folded(pa.chunked_array([[text, decomposed, text + "!"]])))
    assert numbers.tolist() == [0, 0, 1]
    assert nearest_groups(texts).representative.tolist() == [0, 0]


def test_any_number_of_workers_gives_the_same() -> None:
    texts = [f"{'주말에는 친구들이랑 한강에서 자전거를 탔어'[: 12 + i % 9]} {i % 13}번째 {i}" for i in range(300)]
    assert pairs(texts, 5, 0.6, workers=2) == pairs(texts, 5, 0.6) != {}


def test_the_most_central_text_stands_for_its_group() -> None:
    """Neighbours in the chain share 7 of 9 grams, its ends 6 of 10."""
    chain = ["abcdefghijkl", "bcdefghijklm", "cdefghijklmn", "zzzzzzzzzz"]
    groups = nearest_groups(pa.array(chain), threshold=0.7)
    assert groups.representative.tolist() == [1, 1, 1, -1]
    assert groups.nearest.partner.tolist() == [1, 0, 1, -1]
    assert groups.nearest.similarity.tolist() == [7 / 9, 7 / 9, 7 / 9, 0]


def test_similarity_counts_among_texts_with_as_many_partners() -> None:
    text = "".join(chr(0xAC00 + i) for i in range(30))
    assert nearest_groups(pa.array([text[:20], text[:21], text[:23]])).representative.tolist() == [1, 1, 1]


def test_of_equally_central_texts_the_first_stands_for_the_group() -> None:
    groups = nearest_groups(pa.array(["unlike anything", "abcdefghi", "abcdefgh"]))
    assert groups.representative.tolist() == [-1, 1, 1]


def test_groups_do_not_depend_on_how_the_work_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = pa.array([f"text {'abcdefgh'[i % 8] * (i % 5)} number {i // 3}" for i in range(200)])
    whole = nearest_groups(texts, threshold=0.6)
    monkeypatch.setattr(products, "MATCHES_AT_ONCE", 50)
    monkeypatch.setattr(products, "FEWEST_ROWS", 10)
    cut = nearest_groups(texts, threshold=0.6)
    assert (whole.representative >= 0).any()
    np.testing.assert_array_equal(whole.representative, cut.representative)
    np.testing.assert_array_equal(whole.nearest.partner, cut.nearest.partner)


def test_a_crowd_of_near_duplicates_does_not_fill_the_memory() -> None:
    """4.5 million pairs; their four columns alone would be 144 MB."""
    texts = pa.array(
        [f"It was day {i:04d} of a journey that went along just as everybody had hoped" for i in range(3_000)]
    )
    tracemalloc.start()
    groups = nearest_groups(texts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert set(groups.representative.tolist()) != {-1}
    assert peak < 120e6


@given(st.text("aA가ㄱ１1 \u3000\u200b\ufeff\t\u00df\u0130\u1100\u1161é\u0301ﾊﾞ\ufe0f❤"))
def test_folding_twice_is_folding_once(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text)) == once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello", "hELLO"),
        ("안녕", unicodedata.normalize("NFD", "안녕")),
        ("２２살", "22살"),
        ("ﾊﾛｰ ﾜｰﾙﾄﾞ", "ハロー ワールド"),
        ("a  b\n", "\u3000a\u00a0b"),
        ("\ufeff안\u200b녕", "안녕"),
        ("❤️", "❤"),
        ("STRASSE", "straße"),
    ],
)
def test_folded_away(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("x²", "x2"), ("①", "1"), ("해", "헤"), ("resume", "résumé"), ("it's", "its")]
)
def test_kept_apart(one: str, other: str) -> None:
    assert fold(one) != fold(other)

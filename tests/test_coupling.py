"""Coupling is found without labels, does not vouch for itself, and its flags keep what they promise."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score

import audit
from audit.detectors.coupling.weak_coupling import weak_coupling
from audit.engines.local import Local
from audit.likeness.coupling import couple, expected_fit
from audit.likeness.signals import CachedSignals
from audit.likeness.tfidf import tfidf
from audit.nouns.findings import Fact, Finding, Observation, PerRow
from audit.rows import corpus
from audit.statistics import benjamini_hochberg

CASE = Path(__file__).parents[2] / "shared" / "case" / "train.csv"
TOPICS = 20
SYLLABLES = {
    "ko": list("가나다라마바사아자차카타파하고노도로모보소오조초코토포호구누두루무부수우주추쿠투푸후"),
    "en": [consonant + vowel for consonant in "bdfgklmnprst" for vowel in "aeiou"],
}

Rows = list[dict[str, Any]]


def topics(language: str, rows: int, seed: int = 0) -> Rows:
    """Rows on TOPICS topics in turn; a topic's questions and answers have words of their own and share none."""
    generator = np.random.default_rng(seed)
    words = ["".join(generator.choice(SYLLABLES[language], 3)) for _ in range(TOPICS * 24)]
    made: Rows = []
    for row in range(rows):
        own = words[row % TOPICS * 24 :][:24]
        made.append(
            {
                "question": " ".join(generator.choice(own[:12], 4, replace=False)) + "?",
                "answer": " ".join(generator.choice(own[12:], 5, replace=False)) + ".",
            }
        )
    return made


def shuffled(rows: Rows, count: int, seed: int) -> tuple[Rows, NDArray[np.bool_]]:
    """The rows with `count` answers, of a topic each, handed on to the next topic; and which rows are wrong now."""
    round_of_topics = np.random.default_rng(seed).choice(len(rows) // TOPICS, count)
    chosen = round_of_topics * TOPICS + np.arange(count)
    made = [dict(row) for row in rows]
    for to, source in zip(chosen, np.roll(chosen, 1), strict=True):
        made[to]["answer"] = rows[source]["answer"]
    wrong = np.zeros(len(rows), bool)
    wrong[chosen] = True
    return made, wrong


def observe(rows: Rows, signals: CachedSignals | None = None, **settings: Any) -> list[Observation]:
    return list(weak_coupling(corpus.build(rows), Local(), signals, **settings))


def per_row(observed: Iterable[Observation], name: str) -> list[Any]:
    (values,) = (item.values.to_pylist() for item in observed if isinstance(item, PerRow) and item.name == name)
    return values  # type: ignore[no-any-return]


def fact(observed: Iterable[Observation], name: str) -> Fact:
    (found,) = (item for item in observed if isinstance(item, Fact) and item.name == name)
    return found


def findings(observed: Iterable[Observation]) -> list[Finding]:
    return [item for item in observed if isinstance(item, Finding)]


def as_plain(item: Observation) -> Observation | tuple[str, list[Any]]:
    return (item.name, item.values.to_pylist()) if isinstance(item, PerRow) else item


@pytest.mark.parametrize("language", ["ko", "en"])
def test_shuffled_answers_score_lowest(language: str) -> None:
    rows, wrong = shuffled(topics(language, 300), 15, seed=1)
    scores = np.array(per_row(observe(rows), "coupling"))
    assert roc_auc_score(wrong, -scores) > 0.95
    assert np.median(scores[wrong]) < 0.1
    assert np.median(scores[~wrong]) > 0.9


def test_few_rows_are_flagged_and_those_are_wrong() -> None:
    rows, wrong = shuffled(topics("ko", 300), 15, seed=2)
    found = findings(observe(rows))
    assert found
    assert all(wrong[item.row] for item in found)
    assert all(item.because == "lowest-coupling" and "precision unknown" in item.message for item in found)
    assert findings(observe(topics("ko", 300))) == []


def test_as_many_are_flagged_as_the_odds_say() -> None:
    rows, wrong = topics("ko", 600), np.zeros(600, bool)
    for seed in range(3):
        rows, moved = shuffled(rows, 15, seed=seed)
        wrong |= moved
    observed = observe(rows, assumed_share=0.2)
    found = {item.row for item in findings(observed)}
    assert sum(wrong[row] for row in found) > 0.8 * len(found) > 0
    assert fact(observed, "coupling-lowest").value == {"flagged": len(found)}


def test_a_reply_that_fits_many_questions_is_not_weak() -> None:
    rows = topics("ko", 300)
    generic = [{"question": row["question"], "answer": "혹시 어떤 이유 때문이야?"} for row in topics("ko", 12, seed=4)]
    assert findings(observe([*rows, *generic])) == []


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_answers_that_slipped_by_one_are_found_as_such(language: str, step: int) -> None:
    rows = topics(language, 300)
    block = [row["answer"] for row in rows[100:160]]
    for row, answer in zip(rows[100:160], [*block[-step:], *block[:-step]], strict=True):
        row["answer"] = answer
    observed = observe(rows)
    slipped = {item.row: item.related for item in findings(observed) if item.because == "slipped"}
    assert 55 <= len(slipped) <= 61
    assert set(slipped) <= set(range(99, 161))
    assert sum(related == (row + step,) for row, related in slipped.items()) >= len(slipped) - 1
    assert fact(observed, "coupling-slip").value == {"rows": len(slipped), "step": step}


def test_a_finding_shows_the_rank_and_the_question_that_fits() -> None:
    rows = topics("ko", 300)
    rows[3]["answer"], rows[8]["answer"] = rows[8]["answer"], rows[3]["answer"]
    observed = observe(rows)
    ranks, among = per_row(observed, "coupling_rank"), per_row(observed, "coupling_among")
    swapped = {item.row: item for item in findings(observed) if item.row in (3, 8)}
    assert set(swapped) == {3, 8}
    for row, item in swapped.items():
        assert f"ranks {ranks[row]:.0f} of {among[row]:.0f} " in item.message
        (partner,) = item.related
        assert partner % TOPICS == 11 - row  # a question of the other topic: 3 and 8 have each other's answer
        assert rows[partner]["question"][:30] in item.message


def test_a_wrong_pair_is_not_vouched_for_by_its_copies() -> None:
    rows, _ = shuffled(topics("ko", 200), 15, seed=3)
    wrong = {"question": rows[0]["question"], "answer": topics("ko", 200, seed=9)[5]["answer"]}
    alone = per_row(observe([*rows, wrong]), "coupling")[-1]
    copies = [{**wrong, "answer": wrong["answer"] + mark} for mark in ("", "!", " 😊", " ", "~~")]
    together = per_row(observe([*rows, *copies]), "coupling")[-5:]
    assert len(set(together)) == 1
    assert together[0] == pytest.approx(alone, abs=0.05)


@pytest.mark.parametrize("trusted", [False, True])
def test_neither_order_nor_workers_nor_repetition_change_a_bit(trusted: bool) -> None:
    rows, wrong = shuffled(topics("ko", 240), 16, seed=4)
    for row, bad in zip(rows[::2], wrong[::2], strict=True):
        row["trusted"] = trusted and not bad
    once, again = observe(rows, fdr=0.2), observe(rows, fdr=0.2)
    assert [as_plain(item) for item in once] == [as_plain(item) for item in again]
    order = np.random.default_rng(5).permutation(len(rows))
    moved = observe([rows[i] for i in order], fdr=0.2)
    for name in ("coupling", "coupling_rank", "coupling_p"):
        assert np.array_equal(np.array(per_row(once, name))[order], per_row(moved, name))
    assert sorted(item.row for item in findings(once)) == sorted(order[item.row] for item in findings(moved))
    assert findings(once)


def test_blocks_may_run_anywhere() -> None:
    rows = topics("en", 260)
    texts = [row["question"] for row in rows], [row["answer"] for row in rows]
    here = couple(*texts, None, Local(1), block_size=100)
    there = couple(*texts, None, Local(2), block_size=100)
    assert here.log_odds.tobytes() == there.log_odds.tobytes()
    assert here.best.tolist() == there.best.tolist()
    assert here.among.max() <= 87  # three blocks of 86 or 87


def test_proven_rows_are_counted_and_random_pairs_are_not_among_them() -> None:
    rows, wrong = shuffled(topics("ko", 300), 20, seed=6)
    observed = observe(rows)
    proven = benjamini_hochberg(per_row(observed, "coupling_p"), 0.1)
    said = fact(observed, "coupling")
    assert said.value["proven"] == proven.sum()
    assert f"In {proven.sum()} of 300 rows" in said.sentence
    assert "not thereby faulty" in said.sentence
    assert "without an encoder" in said.sentence
    assert proven[~wrong].mean() > 0.9
    assert proven[wrong].sum() <= 0.1 * proven.sum()


def test_random_answers_prove_nothing() -> None:
    rows = topics("en", 200)
    for row, other in zip(rows, np.random.default_rng(7).permutation(200), strict=True):
        row["answer"] = f"{rows[other]['question']}!"
    p = np.array(per_row(observe(rows), "coupling_p"))
    assert benjamini_hochberg(p, 0.1).mean() < 0.1
    assert 0.35 < p.mean() < 0.65


def test_flags_keep_their_promise_with_trusted_rows() -> None:
    false_shares, hits = [], 0
    for seed in range(8):
        rows, wrong = shuffled(topics("ko", 240, seed), 20, seed)
        right = np.random.default_rng(seed).permutation(np.flatnonzero(~wrong))
        for row in right[:100]:
            rows[row]["trusted"] = True
        observed = observe(rows, fdr=0.1)
        flagged = [item.row for item in findings(observed)]
        assert all(item.because == "conformal" and item.p_value is not None for item in findings(observed))
        assert fact(observed, "coupling-trusted").value == {
            "trusted": 100,
            "tested": 140,
            "flagged": len(flagged),
            "fdr": 0.1,
        }
        assert not set(flagged) & set(right[:100])
        false_shares.append(np.mean(~wrong[flagged]) if flagged else 0.0)
        hits += sum(wrong[flagged])
    assert np.mean(false_shares) <= 0.12
    assert hits > 8 * 10  # and it does find them


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"question": "?", "answer": "!"}],
        topics("ko", 20),
        [{"question": f"Question {i} of many?", "answer": "Yes."} for i in range(80)],
        [{"question": "Again?", "answer": f"Answer {i} of many."} for i in range(80)],
        [{"question": "Again?", "answer": "Yes."}] * 80,
        [{"question": "", "answer": ""}] * 80,
        [{"question": f"{i}?", "answer": "\u200b"} for i in range(80)],
    ],
    ids=["none", "one", "few", "one answer", "one question", "copies", "empty", "invisible"],
)
def test_says_so_where_nothing_can_be_told(rows: Rows) -> None:
    (said,) = observe(rows)
    assert isinstance(said, Fact)
    assert "cannot be told" in said.sentence


@pytest.mark.parametrize(
    "text",
    [
        lambda i: chr(0xAC00 + i),
        lambda i: "😀" * (i + 1) + "\0",
        lambda i: str(i) * 30_000,
    ],
    ids=["one syllable", "emoji and NUL", "long"],
)
def test_strange_texts_do_no_harm(text: Any) -> None:
    rows = [{"question": text(i), "answer": text(i + 1)} for i in range(60)]
    assert len(per_row(observe(rows), "coupling")) == 60


def test_empty_rows_and_rows_above_the_limit_are_not_scored() -> None:
    rows = [*topics("en", 150), {"question": "And then?", "answer": " "}]
    observed = observe(rows, max_rows=120)
    scores = per_row(observed, "coupling")
    assert 119 <= sum(score is not None for score in scores) <= 120
    assert scores[-1] is None
    assert "were not scored" in fact(observed, "coupling").sentence


def test_closed_form_is_what_leaving_out_and_learning_again_gives() -> None:
    generator = np.random.default_rng(8)
    q, a = generator.normal(size=(2, 12, 5))
    fast = expected_fit(q @ q.T, a @ a.T, 2.0)
    for i in range(12):
        for j in range(12):
            kept = [k for k in range(12) if k not in (i, j)]
            weights = np.linalg.solve(q[kept] @ q[kept].T + 2.0 * np.eye(len(kept)), q[kept] @ q[i])
            assert fast[i, j] == pytest.approx(weights @ a[kept] @ a[j])


def test_letters_are_compared_by_jamo_and_inside_words() -> None:
    def alike(left: str, right: str) -> float:
        pair = tfidf([left, right] * 2, 5)  # twice, as grams of one text only do not count
        return float((pair[[0]] @ pair[[1]].T).toarray()[0, 0])

    assert alike("갔어", "왔어") > alike("갔어", "가요") > 0
    assert alike("한글 ABC", "\u1112\u1161\u11ab\u1100\u1173\u11af  ａｂｃ") == pytest.approx(1)
    assert alike("ab cd", "cd ab") == pytest.approx(1)
    assert alike("abc", "xyz") == 0
    assert tfidf(["", ""], 5).nnz == 0


def test_the_encoder_sees_what_letters_cannot(tmp_path: Path) -> None:
    """The same words in two languages: nothing in the letters, and nothing that other rows could teach."""
    korean = (
        "개 고양이 말 새 물고기 학교 병원 의사 선생님 책 물 불 산 바다 강 하늘 달 눈 비 바람 빵 우유 사과 쌀 고기 "
        "소금 설탕 커피 맥주 손 심장 피 자동차 기차 비행기 자전거 음악 노래 춤 영화 사진 돈 은행 시장 왕 여왕 전쟁 "
        "평화 사랑 꿈 시간 겨울 여름 아침 밤"
    )
    english = (
        "dog cat horse bird fish school hospital doctor teacher book water fire mountain sea river sky moon snow rain "
        "wind bread milk apple rice meat salt sugar coffee beer hand heart blood car train airplane bicycle music "
        "song dance movie photograph money bank market king queen war peace love dream time winter summer morning night"
    )
    words = dict(zip(korean.split(), english.split(), strict=True))
    rows = [{"question": asked, "answer": said} for asked, said in words.items()]
    with_encoder = observe(rows, CachedSignals(cache=tmp_path))
    seen = fact(with_encoder, "coupling")
    assert "use-multilingual-v3" in seen.sentence
    assert seen.value["proven"] > 0.8 * len(rows)
    assert fact(observe(rows), "coupling").value["proven"] == 0


def case_rows() -> Rows:
    if not CASE.exists():
        pytest.skip(f"{CASE} is not there")
    with CASE.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["data_type"] == "train"]
    return [{"question": row["input_data"], "answer": row["output_message"]} for row in rows]


def handed_round(rows: Rows, seed: int) -> tuple[Rows, NDArray[np.bool_]]:
    """5 % of the answers handed round among their rows."""
    chosen = np.random.default_rng(seed).permutation(len(rows))[: round(0.05 * len(rows))]
    made = [dict(row) for row in rows]
    for to, source in zip(chosen, np.roll(chosen, 1), strict=True):
        made[to]["answer"] = rows[source]["answer"]
    return made, np.isin(np.arange(len(rows)), chosen)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> CachedSignals:
    return CachedSignals(cache=tmp_path_factory.mktemp("cache"))


@pytest.mark.case
def test_case_shuffled_answers(encoder: CachedSignals) -> None:
    measured: Sequence[tuple[float, float]] = []
    for seed in range(5):
        rows, wrong = handed_round(case_rows(), seed)
        scores = np.array(per_row(observe(rows, encoder), "coupling"))
        measured = [*measured, (roc_auc_score(wrong, -scores), average_precision_score(wrong, -scores))]
    auroc, precision = np.mean(measured, axis=0)
    assert auroc >= 0.95
    assert precision >= 0.70


@pytest.mark.case
@pytest.mark.parametrize("trusted", [181, 362])  # a third and two thirds of the right rows
def test_case_promise(encoder: CachedSignals, trusted: int) -> None:
    false_shares = []
    for seed in range(10):
        rows, wrong = handed_round(case_rows(), seed)
        for row in np.random.default_rng(seed + 100).permutation(np.flatnonzero(~wrong))[:trusted]:
            rows[row]["trusted"] = True
        flagged = [item.row for item in findings(observe(rows, encoder))]
        false_shares.append(np.mean(~wrong[flagged]) if flagged else 0.0)
    assert np.mean(false_shares) <= 0.12


def test_cleaning_gives_slipped_answers_back_to_their_questions(tmp_path: Path) -> None:
    rows = topics("en", 300)
    right = {row["question"]: row["answer"] for row in rows}
    block = [row["answer"] for row in rows[100:160]]
    for row, answer in zip(rows[100:160], [block[-1], *block[:-1]], strict=True):
        row["answer"] = answer
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    report = audit.scan(path, encoder="none", select=["weak-coupling"])
    audit.clean(report, unsafe=True)
    cleaned = [json.loads(line) for line in (tmp_path / "rows.clean.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(cleaned) == 299, "the row at the end, whose own answer is nowhere, is set aside"
    assert all(row["answer"] == right[row["question"]] for row in cleaned)

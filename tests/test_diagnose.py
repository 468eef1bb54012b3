"""What a diagnosis concludes: from tables with known causes, under chance, and on planted data and the case."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from audit.diagnose import diagnose
from audit.diagnosis.causes.conclusion import answer, next_steps, weigh
from audit.diagnosis.causes.data import data
from audit.diagnosis.causes.run_settings import LEVEL_OF_RUNS, initialisation, rank
from audit.diagnosis.diagnosis_report import Training, measure
from audit.diagnosis.evidence.rates import beside
from audit.diagnosis.evidence.runs import split_runs
from audit.diagnosis.judge import judged_schema
from audit.nouns.dialogue import AuditError
from audit.nouns.reports import Report
from audit.nouns.verdicts import Cause, Course, Decision, Diagnosis, Fault, Rate, RunSummary, Share, Verdict
from audit.reporting.renderers import json as json_view
from audit.reporting.renderers import markdown, written
from audit.reporting.renderers.findings_ko import KOREAN
from audit.reporting.screen import diagnosis_screen as screen
from audit.rows import corpus
from audit.rows.corpus import Corpus
from audit.rulebook.failures import failures
from audit.scan import scan
from audit.statistics import wilson_interval
from audit.wording import in_one_sentence

AUDIT = str(Path(sys.executable).parent / "audit")
SAMPLES = Path(__file__).parent.parent / "data" / "samples"
CASE = Path(__file__).parent.parent.parent / "shared" / "case"
FIRST_TOKEN = Fault("untrained-first-token", "the served prompt ends early", fix="serve the prompt with `A:` added")
BARE_SPACE = Fault("bare-space-slot", "training texts pass through a bare space")
KNOWN = {"recipe": "recipe.toml", "margin": 0.1}

RECIPE = """
[prompt]
train = "{question} (답변) ### 답변: {answer} (끝) </s>"
loss = "### 답변:"
served = "{question} (답변)"
stop = "(끝)"
pad = "eos"
"""


def outputs(
    marked: Mapping[str, Iterable[int]],
    *,
    run: str = "run",
    epoch: int | None = None,
    n: int = 90,
    prompts: Sequence[str] = (),
    copies: Mapping[int, int] | None = None,
) -> list[dict[str, Any]]:
    """`n` judged outputs of one checkpoint; `marked` says which of them show what, `copies` which row each copies."""
    sources = copies or {}
    shows = {failure: set(places) for failure, places in marked.items()}
    rows = []
    for place in range(n):
        said = f"output {place} of {run}"
        row: dict[str, Any] = {"run": run, "epoch": epoch, "said": said, "answer": said, "record": place, "line": 0}
        row["prompt"] = prompts[place] if prompts else f"prompt {place}"
        row |= {field.name: False for field in judged_schema() if field.type == pa.bool_()}
        row |= {failure: place in places for failure, places in shows.items()}
        rows.append({**row, "copy_of": sources.get(place), "copy_id": None, "because": ""})
    return rows


def training(n: int, marked: Mapping[str, Iterable[int]]) -> Training:
    judged = pa.Table.from_pylist(outputs(marked, n=n), judged_schema())
    return Training(list(range(n)), judged, {mark: set(rows) for mark, rows in marked.items()})


def rows_of(n: int) -> Corpus:
    return corpus.build({"question": f"question {at}", "answer": f"answer {at}"} for at in range(n))


def measured(
    said: list[dict[str, Any]],
    trained: Training,
    *,
    settings: Mapping[str, Mapping[str, str]] | None = None,
    faults: tuple[Fault, ...] = (),
    background: Mapping[str, Any] | None = None,
) -> Diagnosis:
    """A diagnosis with its verdicts, of outputs and training answers that were judged already."""
    runs = split_runs(pa.Table.from_pylist(said, judged_schema()), settings or {}, {})
    found = measure(runs, rows_of(len(trained.rows)), trained, None, faults=faults)
    found = replace(found, background=KNOWN if background is None else background)
    return replace(found, verdicts=weigh(found))


def decided(diagnosis: Diagnosis, cause: str, failure: str) -> Decision:
    return verdict(diagnosis, cause, failure).decision


def verdict(diagnosis: Diagnosis, cause: str, failure: str) -> Verdict:
    (found,) = [v for v in diagnosis.verdicts if (v.cause, v.failure) == (cause, failure)]
    return found


# The data and the prompt


def test_data_that_holds_what_the_model_says_is_supported_and_the_prompt_is_not() -> None:
    trained = training(572, {"enumerator-start": range(172)})
    diagnosis = measured(outputs({"enumerator-start": range(28)}), trained, faults=(FIRST_TOKEN, BARE_SPACE))
    assert decided(diagnosis, "data", "enumerator-start") == "supported"
    assert decided(diagnosis, "prompt", "enumerator-start") == "cannot tell"
    assert not any("serve the prompt" in step for step in next_steps(diagnosis.verdicts))
    assert any("audit clean" in step for step in next_steps(diagnosis.verdicts))


def test_clean_data_is_contradicted_and_the_faulty_prompt_supported() -> None:
    diagnosis = measured(outputs({"enumerator-start": range(25)}), training(572, {}), faults=(BARE_SPACE, FIRST_TOKEN))
    taught, served = (verdict(diagnosis, cause, "enumerator-start") for cause in ("data", "prompt"))
    assert (taught.decision, served.decision) == ("contradicted", "supported")
    assert taught.effect.high is not None
    assert taught.effect.high < 0.05
    assert served.evidence[:2] == ("recipe: untrained-first-token", "recipe: bare-space-slot")
    first, _, prove = next_steps(diagnosis.verdicts)[0].partition("; to prove it first, on your own model: ")
    assert (first, prove) == (FIRST_TOKEN.fix, "audit experiment --adapter FOLDER --recipe recipe.toml")


def test_data_and_prompt_may_both_be_at_work() -> None:
    """30 % in the data and 80 % in the outputs: amplified beyond what data did anywhere, but not without it."""
    trained = training(572, {"enumerator-start": range(172)})
    diagnosis = measured(outputs({"enumerator-start": range(50)}), trained, faults=(FIRST_TOKEN,))
    assert decided(diagnosis, "data", "enumerator-start") == "cannot tell"
    assert decided(diagnosis, "prompt", "enumerator-start") == "supported"


def test_without_a_recipe_the_prompt_is_not_tested_and_a_sound_one_is_contradicted() -> None:
    said = outputs({"enumerator-start": range(25)})
    unknown = measured(said, training(572, {}), background={"recipe": ""})
    assert decided(unknown, "prompt", "enumerator-start") == "not tested"
    assert "--recipe" in next_steps(unknown.verdicts)[0]
    assert decided(measured(said, training(572, {})), "prompt", "enumerator-start") == "contradicted"


def test_a_fault_that_cannot_lead_to_a_failure_does_not_explain_it() -> None:
    diagnosis = measured(outputs({"no-stop": range(40)}), training(572, {}), faults=(FIRST_TOKEN,))
    assert decided(diagnosis, "prompt", "no-stop") == "contradicted"
    assert decided(diagnosis, "data", "no-stop") == "not tested"


def test_rare_slips_ask_for_no_cause() -> None:
    diagnosis = measured(outputs({"enumerator-start": range(2)}), training(572, {}))
    assert diagnosis.verdicts == ()
    assert diagnosis.rates[1].generated.count == 2, "the rate is reported all the same"


@pytest.mark.parametrize(
    ("copying", "decision"),
    [((0, 0), "contradicted"), ((0, 6), "cannot tell"), ((15, 15), "supported"), ((0, 15), "cannot tell")],
)
def test_it_takes_every_run_to_contradict_a_cause(copying: tuple[int, int], decision: Decision) -> None:
    """Of 15 outputs with a needless number, so many of each run copy row 7, whose answer begins with one, too."""
    mark = "needless-number"
    said = [
        row
        for run, copied in zip("ab", copying, strict=True)
        for row in outputs({mark: range(15)}, run=run, copies=dict.fromkeys(range(copied), 7))
    ]
    assert decided(measured(said, training(572, {mark: [7]})), "memorisation", mark) == decision


def test_the_word_proven_is_never_used() -> None:
    diagnosis = measured(outputs({"enumerator-start": range(25)}), training(572, {}), faults=(FIRST_TOKEN,))
    assert not [v for v in diagnosis.verdicts if "proven" in v.because + v.settle + v.next_step]


# Rates and courses


def test_rates_are_those_of_the_last_checkpoint_beside_the_training_answers() -> None:
    said = [
        row
        for epoch, count in ((3, 54), (1, 75), (2, 4))
        for row in outputs({"digit-start": range(count)}, epoch=epoch)
    ]
    diagnosis = measured(said, training(572, {"digit-start": range(19)}))
    rate = next(rate for rate in diagnosis.rates if rate.failure == "digit-start")
    assert (rate.generated.count, rate.generated.of) == (54, 90)
    assert rate.training == Share(19, 572, *wilson_interval(19, 572))
    assert rate.ratio.value == pytest.approx(0.6 / (19 / 572))
    (course,) = [course for course in diagnosis.courses if course.failure == "digit-start"]
    assert course.epochs == (1, 2, 3)
    assert [share.count for share in course.shares] == [75, 4, 54]
    assert course.swing == pytest.approx(71 / 90)
    assert course.late_swing == pytest.approx(50 / 90)


def test_outputs_that_cannot_be_told_are_left_out_of_the_rate() -> None:
    said = outputs({"no-stop": range(10)})
    for row in said[20:]:
        row["no-stop"] = None
    rate = next(rate for rate in measured(said, training(50, {})).rates if rate.failure == "no-stop")
    assert (rate.generated.count, rate.generated.of) == (10, 20)


# Two runs


def two_runs(prompts: Sequence[str] = ()) -> list[dict[str, Any]]:
    """On the first 63 prompts 10 fail at the first run only, 17 at the second only, 26 at both."""
    first = outputs({"digit-start": [*range(36), *range(63, 76)]}, run="a")
    places = [*range(26), *range(36, 53), *range(63, 74)]
    return [*first, *outputs({"digit-start": places}, run="b", prompts=prompts)]


def test_runs_are_compared_on_equal_prompts_only() -> None:
    prompts = [f" prompt {at} " if at < 63 else f"older prompt {at}" for at in range(90)]
    diagnosis = measured(two_runs(prompts), training(572, {}))
    (found,) = [one for one in diagnosis.comparisons if one.failure == "digit-start"]
    assert (found.pairs, found.unpaired) == (63, (27, 27))
    assert (found.only_first, found.only_second, found.both) == (10, 17, 26)
    assert found.p == pytest.approx(0.2478, abs=1e-4)
    assert found.detectable == pytest.approx(0.24, abs=0.01)


def test_a_prompt_asked_four_times_is_one_prompt_that_shows_what_most_answers_show() -> None:
    said = [*outputs({"digit-start": [0, 1, 2]}, run="a", prompts=["x"] * 4, n=4)]
    said += outputs({"digit-start": [0, 3]}, run="b", prompts=["x"] * 4, n=4)
    (found,) = [one for one in measured(said, training(9, {})).comparisons if one.failure == "digit-start"]
    assert (found.pairs, found.both, found.only_first, found.only_second) == (1, 0, 1, 0)


def test_four_answers_to_a_prompt_that_all_do_the_same_count_as_one() -> None:
    prompts = [f"prompt {at // 4}" for at in range(80)]
    (rate,) = [
        one
        for one in measured(outputs({"digit-start": range(40)}, prompts=prompts, n=80), training(99, {})).rates
        if one.failure == "digit-start"
    ]
    assert (rate.generated.count, rate.generated.of) == (40, 80)
    assert rate.generated.independent == (10, 19)


def test_one_run_for_each_rank_never_decides_about_the_rank() -> None:
    """Not even where the two runs differ on every prompt."""
    said = [*outputs({"digit-start": range(90)}, run="a"), *outputs({}, run="b")]
    settings = {"a": {"rank": "16"}, "b": {"rank": "64"}}
    found = verdict(measured(said, training(572, {}), settings=settings), "rank", "digit-start")
    assert found.decision == "cannot tell"
    assert "one run for a rank" in found.because
    assert "alpha / rank" in found.because
    assert found.p is not None
    assert found.p < 0.001


def test_runs_of_unknown_or_equal_rank_do_not_test_it() -> None:
    assert decided(measured(two_runs(), training(572, {})), "rank", "digit-start") == "not tested"
    same = {"a": {"rank": "16"}, "b": {"rank": "16"}}
    assert decided(measured(two_runs(), training(572, {}), settings=same), "rank", "digit-start") == "not tested"


def test_the_floor_is_the_larger_of_late_swings_and_the_spread_between_seeds() -> None:
    said = [
        row
        for run, counts in (("a", (10, 50, 52)), ("b", (30, 30, 30)), ("c", (20, 20, 20)))
        for epoch, count in enumerate(counts)
        for row in outputs({"digit-start": range(count)}, run=run, epoch=epoch)
    ]
    settings = {"a": {"rank": "4"}, "b": {"rank": "8", "seed": "1"}, "c": {"rank": "8", "seed": "2"}}
    diagnosis = measured(said, training(572, {}), settings=settings)
    floors = {(one.first, one.second): one.floor for one in diagnosis.comparisons if one.failure == "digit-start"}
    assert floors["a", "b"] == pytest.approx(10 / 90), "the spread of 10 outputs is above the late swing of 2"
    assert floors["b", "c"] == pytest.approx(10 / 90)


def test_two_seeds_that_differ_support_initialisation_and_equal_ones_contradict_it() -> None:
    settings = {"a": {"rank": "16", "seed": "0"}, "b": {"rank": "16", "seed": "1"}}
    apart = [*outputs({"digit-start": range(55)}, run="a"), *outputs({"digit-start": range(3)}, run="b")]
    assert (
        decided(measured(apart, training(572, {}), settings=settings), "initialisation", "digit-start") == "supported"
    )
    alike = [*outputs({"digit-start": range(55)}, run="a"), *outputs({"digit-start": range(1, 56)}, run="b")]
    found = measured(alike, training(572, {}), settings=settings)
    assert decided(found, "initialisation", "digit-start") == "contradicted"
    assert decided(measured(alike, training(572, {})), "initialisation", "digit-start") == "not tested"


def test_the_same_weights_under_two_prompts_test_the_prompt() -> None:
    settings = {"a": {"served": "short", "weights": "w"}, "b": {"served": "whole", "weights": "w"}}
    said = [*outputs({"digit-start": range(36)}, run="a"), *outputs({"digit-start": range(6)}, run="b")]
    tried = measured(said, training(572, {}), settings=settings, background={"recipe": ""})
    assert decided(tried, "prompt", "digit-start") == "supported"
    other = {"a": {"served": "short"}, "b": {"served": "whole"}}
    unsure = measured(said, training(572, {}), settings=other, background={"recipe": ""})
    assert decided(unsure, "prompt", "digit-start") == "cannot tell", "the weights may have differed"


def test_the_same_weights_at_two_temperatures_test_decoding() -> None:
    settings = {"a": {"temperature": "0.6", "weights": "w"}, "b": {"temperature": "0", "weights": "w"}}
    said = [*outputs({"looping": range(30)}, run="a"), *outputs({"looping": range(30)}, run="b")]
    assert decided(measured(said, training(572, {}), settings=settings), "decoding", "looping") == "contradicted"


# Sources


def test_a_row_copied_to_many_unrelated_prompts_is_a_sink_and_counts_once() -> None:
    copies = {**dict.fromkeys(range(6), 7), **{at: at for at in range(20, 28)}}
    marks = {"training-copy": copies, "unrelated-copy": copies, "digit-start": range(60)}
    diagnosis = measured(outputs(marks, copies=copies), training(572, {"digit-start": [7, *range(100, 118)]}))
    first = diagnosis.sources[0]
    assert (first.position, first.prompts, first.unrelated, first.sink) == (7, 6, 6, True)
    assert first.marks == ("digit-start",)
    assert [source.sink for source in diagnosis.sources[1:]] == [False] * 8
    (link,) = [link for link in diagnosis.links if link.unit == "training rows"]
    assert (link.both, link.only_first, link.only_second) == (1, 8, 18), "nine rows, one of them marked"
    assert link.p > 0.2
    assert decided(diagnosis, "data", "unrelated-copy") == "cannot tell"


def test_marked_rows_that_are_copied_more_than_others_support_the_data() -> None:
    copies = {at: at for at in range(12)}
    said = outputs({"training-copy": copies, "unrelated-copy": copies}, copies=copies)
    diagnosis = measured(said, training(572, {"duplicate-answer": range(20)}))
    found = verdict(diagnosis, "data", "unrelated-copy")
    assert found.decision == "supported"
    assert "duplicate-answer" in found.next_step


def test_copies_that_hang_on_wrong_beginnings_are_told_from_those_that_do_not() -> None:
    copies = {at: at for at in range(14)}
    marks = {"training-copy": copies, "unrelated-copy": copies}
    hanging = measured(outputs({**marks, "digit-start": range(40)}, copies=copies), training(572, {}))
    assert "begin with a digit" in verdict(hanging, "prompt", "unrelated-copy").because
    apart = measured(outputs({**marks, "digit-start": range(40, 80)}, copies=copies), training(572, {}))
    assert "begin with a digit" not in verdict(apart, "prompt", "unrelated-copy").because


def test_copies_that_come_with_training_support_memorisation() -> None:
    def course(*counts: int) -> list[dict[str, Any]]:
        return [
            row
            for epoch, count in enumerate(counts)
            for row in outputs(
                {"training-copy": range(count), "unrelated-copy": range(count)},
                epoch=epoch,
                copies={at: at for at in range(count)},
            )
        ]

    assert decided(measured(course(2, 20, 34), training(572, {})), "memorisation", "unrelated-copy") == "supported"
    assert decided(measured(course(30, 33, 34), training(572, {})), "memorisation", "unrelated-copy") == "cannot tell"


def test_a_copy_that_answers_its_prompt_is_no_failure() -> None:
    found = measured(outputs({"training-copy": range(60)}, copies={at: at for at in range(60)}), training(572, {}))
    assert [verdict for verdict in weigh(found) if verdict.failure == "training-copy"] == []


# Under chance, and under effects of known size


def run_rates(rates: Sequence[float], ranks: Sequence[int], n: int = 90) -> Diagnosis:
    """Runs of known rates on so many prompts that sampling adds nothing."""
    runs = tuple(
        RunSummary(f"run {at}", (), {"rank": str(rank), "seed": str(at)}, n, n) for at, rank in enumerate(ranks)
    )
    shares = [Share(round(rate * n), n, *wilson_interval(round(rate * n), n)) for rate in rates]
    told = tuple(Rate(run.name, "digit-start", share) for run, share in zip(runs, shares, strict=True))
    return Diagnosis(runs, told, (), (), (), (), (), (), background=KNOWN, failures=failures())


def share_of_supported(effect: float, *, spread: float, runs: int, times: int = 400) -> float:
    """How often a rank is supported where it moves the rate by `effect` and runs vary by `spread` around it."""
    random = np.random.default_rng(0)
    ranks = [16] * runs + [64] * runs
    seen = 0
    for _ in range(times):
        rates = 0.4 + random.normal(0, spread, 2 * runs) + effect * (np.array(ranks) == 64)
        (found,) = rank(run_rates(np.clip(rates, 0, 1).tolist(), ranks, n=100_000))
        seen += found.decision == "supported"
    return seen / times


@pytest.mark.parametrize("runs", [2, 3, 6])
def test_a_rank_without_effect_is_supported_once_in_100_at_most(runs: int) -> None:
    assert share_of_supported(0.0, spread=0.08, runs=runs) <= 0.01 + 2 * (0.01 * 0.99 / 400) ** 0.5


@pytest.mark.parametrize(("effect", "runs"), [(0.15, 4), (0.3, 3)])
def test_a_rank_with_effect_is_supported_as_often_as_computed(effect: float, runs: int) -> None:
    """The power of Welch's test, by scipy on other draws: with so few runs it is below that of the pooled t-test."""
    random = np.random.default_rng(99)
    first, second = random.normal(0, 0.08, (20_000, runs)), random.normal(effect, 0.08, (20_000, runs))
    computed = float((stats.ttest_ind(second, first, axis=1, equal_var=False).pvalue < LEVEL_OF_RUNS).mean())
    error = (computed * (1 - computed) / 400) ** 0.5
    assert share_of_supported(effect, spread=0.08, runs=runs) == pytest.approx(computed, abs=3 * error)


def test_a_swing_between_epochs_is_no_veto_over_runs_against_runs() -> None:
    """What a checkpoint happens to be is in the spread of the runs that it is compared in."""
    found = run_rates([0.40, 0.41, 0.42, 0.55, 0.56, 0.57], [16] * 3 + [64] * 3)
    assert [v.decision for v in rank(found)] == ["supported"]
    swinging = Course("run 0", "digit-start", (1, 2), (found.rates[0].generated, found.rates[5].generated), 0.2, 0.2)
    assert [v.decision for v in rank(replace(found, courses=(swinging,)))] == ["supported"]


def share_of(decision: Decision, train: float, generated: float, times: int = 600) -> float:
    """How often the data is decided so, where training answers and outputs have the mark with these chances."""
    random = np.random.default_rng(0)
    seen = 0
    for taught, said in random.binomial([572, 90], [train, generated], (times, 2)).tolist():
        told = Rate("run", "digit-start", Share(said, 90, *wilson_interval(said, 90)))
        rate = beside(told, Share(taught, 572, *wilson_interval(taught, 572)))
        (found,) = data(Diagnosis((), (rate,), (), (), (), (), (), (), failures=failures()))
        seen += found.decision == decision
    return seen / times


def test_data_that_accounts_for_just_half_is_never_contradicted() -> None:
    """At the very edge of "main cause" the 95 % interval lies below it 2.5 times in 100, and above it as often."""
    assert share_of("contradicted", 0.3, 0.6) == 0.0
    assert share_of("supported", 0.3, 0.6) <= 0.05 + 2 * (0.05 * 0.95 / 600) ** 0.5


def test_data_that_accounts_for_a_quarter_is_a_part_beside_the_prompt() -> None:
    trained = training(572, {"enumerator-start": range(86)})
    diagnosis = measured(outputs({"enumerator-start": range(50)}), trained, faults=(FIRST_TOKEN, BARE_SPACE))
    assert decided(diagnosis, "data", "enumerator-start") == "supported"
    assert "a part, and something else for the rest" in verdict(diagnosis, "data", "enumerator-start").because
    assert decided(diagnosis, "prompt", "enumerator-start") == "supported"
    assert answer(diagnosis) == "prompt, data in part"
    assert in_one_sentence(diagnosis).endswith("the likeliest cause is the prompt; a part comes from the data")
    alone = measured(outputs({"enumerator-start": range(50)}), trained)
    assert answer(alone) == "data in part"
    assert in_one_sentence(alone).endswith("and what causes the rest cannot be told from these files")


def test_one_recipe_with_rates_that_lie_apart_is_no_cause() -> None:
    said = [*outputs({"enumerator-start": range(30)}, run="a"), *outputs({"enumerator-start": range(2)}, run="b")]
    diagnosis = measured(said, training(572, {}), faults=(FIRST_TOKEN, BARE_SPACE))
    found = verdict(diagnosis, "prompt", "enumerator-start")
    assert found.decision == "cannot tell"
    assert "something else decides" in found.because


def test_the_model_that_repeats_its_data_is_never_said_to_contradict_it() -> None:
    assert share_of("contradicted", 0.3, 0.3) == 0.0
    assert share_of("supported", 0.3, 0.3) > 0.9


def test_two_runs_of_one_setting_are_told_apart_five_times_in_100_at_most() -> None:
    """All failures together, as Holm's correction promises; the floor would only lower it."""
    random = np.random.default_rng(0)
    names = ("digit-start", "looping", "empty", "no-stop")
    settings = {"a": {"seed": "0"}, "b": {"seed": "1"}}
    alarms, times = 0, 150
    for _ in range(times):
        said = [
            row
            for run in ("a", "b")
            for row in outputs({name: np.flatnonzero(random.random(90) < 0.4).tolist() for name in names}, run=run)
        ]
        runs = split_runs(pa.Table.from_pylist(said, judged_schema()), settings, {})
        found = measure(runs, rows_of(9), training(9, {}), None)
        alarms += any(v.decision == "supported" for v in initialisation(found))
    assert alarms / times <= 0.05 + 2 * (0.05 * 0.95 / times) ** 0.5


# From files to a report


def spoil(texts: Sequence[str], share: float, seed: int) -> list[str]:
    """Put an enumerator in front of this share of the texts."""
    random = np.random.default_rng(seed)
    chosen = set(random.choice(len(texts), round(share * len(texts)), replace=False).tolist())
    return [f"{1 + at % 5}. {text}" if at in chosen else text for at, text in enumerate(texts)]


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """Data of our own with enumerators in 30 % of its answers, outputs with about as many, and a faulty recipe."""
    return write_case(tmp_path, taught=0.3)


def write_case(folder: Path, taught: float) -> Path:
    rows = corpus.load(SAMPLES / "korean-persona.csv")
    questions, answers = rows.texts("question"), rows.texts("answer")
    taught_rows = [
        {"question": q, "answer": a, "split": "train"}
        for q, a in zip(questions[:230], spoil(answers[:230], taught, 0), strict=True)
    ]
    said = [
        {"prompt": q, "response": f"{a} (끝)", "epoch": 1}
        for q, a in zip(questions[230:], spoil(answers[230:], 0.32, 1), strict=True)
    ]
    write_rows(folder / "data.jsonl", taught_rows)
    write_rows(folder / "said.jsonl", said)
    (folder / "recipe.toml").write_text(RECIPE, encoding="utf-8")
    return folder


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def run(folder: Path) -> Report:
    return diagnose([folder / "said.jsonl"], folder / "data.jsonl", recipe=folder / "recipe.toml", encoder="none")


def decisions(report: Report, failure: str) -> dict[str, Decision]:
    assert report.diagnosis
    return {v.cause: v.decision for v in report.diagnosis.verdicts if v.failure == failure}


def test_planted_enumerators_in_the_data_are_found_to_be_the_cause(planted: Path) -> None:
    report = run(planted)
    found = decisions(report, "enumerator-start")
    assert found["data"] == "supported"
    assert found["prompt"] == "cannot tell"
    assert report.answer == "data"


def test_the_same_outputs_on_clean_data_are_found_to_come_from_the_prompt(tmp_path: Path) -> None:
    report = run(write_case(tmp_path, taught=0.0))
    found = decisions(report, "enumerator-start")
    assert found["data"] == "contradicted"
    assert found["prompt"] == "supported"
    assert report.next_steps[0].startswith("serve the prompt with ` ### 답변:` added: no training needed")


def test_every_view_says_the_same_and_says_it_twice_alike(planted: Path) -> None:
    report = run(planted)
    assert json_view.render(report) == json_view.render(run(planted))
    plain = json.loads(json_view.render(report))
    assert [v["decision"] for v in plain["diagnosis"]["verdicts"]] == [
        v.decision for v in (report.diagnosis.verdicts if report.diagnosis else ())
    ]
    page, shown = markdown.render(report), screen.render_text(report)
    for text in (page, shown):
        assert "audit clean" in text
        assert "enumerator-start" in text
    for heading in ("Background", "Summary", "Failures", "Between runs", "Copied training rows", "The recipe"):
        assert heading in page
    assert "Examples, said:" in page


def test_the_screen_begins_with_what_hurts_most_and_its_cause(planted: Path) -> None:
    report = run(planted)
    shown = screen.render_text(report, width=80)
    first = shown.split("Where do the bad answers come from? ")[1].split("\n\n")[1]
    assert "begin with" in first.replace("\n", " ")
    assert "and the likeliest cause is the data" in first.replace("\n", " ")
    assert "+ supported, - contradicted, ? cannot tell, . not tested" in shown
    assert max(map(len, shown.splitlines())) <= 80
    assert "Between" not in shown
    assert len(screen.render_text(report, explain=True)) > len(shown)


def test_every_failure_that_is_shipped_has_a_name_in_korean() -> None:
    assert {failure.name for failure in failures()} <= KOREAN.failures.keys()
    assert set(get_args(Cause)) == KOREAN.causes.keys()
    assert set(get_args(Decision)) == KOREAN.decisions.keys()


def test_findings_are_written_as_a_person_would(planted: Path) -> None:
    report = run(planted)
    for form, headings in (
        ("findings", ("Background", "Summary", "Findings", "Conclusion")),
        ("findings-ko", ("배경", "결과 요약", "결과 상세", "결론")),
    ):
        page = "".join(map(str, written(report, form)))
        assert [line for line in page.splitlines() if line.startswith("## ")] == [
            f"## {number}. {heading}" for number, heading in enumerate(headings, 1)
        ]
        assert page.count(" → ") >= 5
    assert "번호로 시작하는 답변 — 원인으로 뒷받침됨: 데이터" in page
    with pytest.raises(AuditError, match="findings are written of audit diagnose"):
        written(scan(planted / "data.jsonl", encoder="none"), "findings")


def test_what_a_model_said_cannot_break_the_page(tmp_path: Path) -> None:
    folder = write_case(tmp_path, taught=0.0)
    evil = "1. ```\n# <script>|x|</script>\x1b[31m"
    write_rows(folder / "said.jsonl", [{"prompt": f"질문 {at}", "response": evil} for at in range(20)])
    page = markdown.render(run(folder))
    assert "\x1b" not in page
    assert not [line for line in page.splitlines() if line.startswith("# <")]
    assert "````text" in page, "the fence is longer than any run of backticks in it"
    assert max(map(len, screen.render_text(run(folder), width=80).splitlines())) <= 80


def test_names_of_runs_tell_their_rank(planted: Path) -> None:
    (planted / "generations_rank16.jsonl").write_bytes((planted / "said.jsonl").read_bytes())
    report = diagnose([planted / "generations_rank16.jsonl"], planted / "data.jsonl", encoder="none")
    assert report.diagnosis
    assert report.diagnosis.runs[0].settings == {"rank": "16"}


def test_command_line(planted: Path) -> None:
    words = ["diagnose", "said.jsonl", "--data", "data.jsonl", "--recipe", "recipe.toml", "--encoder", "none"]
    done = audit(*words, cwd=planted)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr
    assert "Where do the bad answers come from? Data" in done.stdout
    audit(*words, "--format", "markdown", "-o", "report.md", cwd=planted)
    assert (planted / "report.md").read_text(encoding="utf-8").startswith("# Where do the bad answers come from?")
    assert json.loads(audit(*words, "--format", "json", cwd=planted).stdout)["command"] == "diagnose"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere.csv", "--data", "data.jsonl"], "nowhere.csv"),
        (["said.jsonl", "--data", "data.jsonl", "--setting", "rank"], "rank"),
        (["said.jsonl", "--data", "data.jsonl", "--name", "a", "--name", "b"], "names"),
        (["said.jsonl", "--data", "data.jsonl", "--recipe", "no.toml"], "no.toml"),
        (["data.jsonl", "said.jsonl", "--data", "data.jsonl"], "epoch"),
    ],
)
def test_mistakes_end_in_one_sentence(planted: Path, words: list[str], told: str) -> None:
    done = audit("diagnose", *words, "--encoder", "none", cwd=planted)
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = [line for line in done.stderr.splitlines() if "error" in line]
    assert told in line


def test_no_run_is_no_diagnosis(planted: Path) -> None:
    with pytest.raises(AuditError):
        diagnose([planted / "recipe.toml"], planted / "data.jsonl", encoder="none")


def audit(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([AUDIT, *words], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)


# The case that this project starts from


@pytest.fixture(scope="module")
def case() -> Report:
    if not CASE.exists():
        pytest.skip("the case is not in ../shared/case")
    files = [CASE / f"generations_rank{rank}.csv" for rank in (16, 64)]
    return diagnose(
        files, CASE / "train.csv", recipe=CASE / "recipe.toml", names=["rank 16", "rank 64"], encoder="none"
    )


@pytest.mark.case
def test_rates_of_the_case(case: Report) -> None:
    assert case.diagnosis
    counts = {
        (rate.run, rate.failure): (rate.training.count, rate.training.of, rate.generated.count, rate.generated.of)
        for rate in case.diagnosis.rates
        if rate.training
    }
    assert counts["rank 16", "digit-start"] == (19, 572, 49, 90)
    assert counts["rank 64", "digit-start"] == (19, 572, 54, 90)
    assert counts["rank 16", "enumerator-start"] == (0, 572, 25, 90)
    assert counts["rank 64", "enumerator-start"] == (0, 572, 13, 90)


@pytest.mark.case
def test_verdicts_of_the_case(case: Report) -> None:
    assert case.diagnosis
    starts = ("digit-start", "enumerator-start")
    assert {decisions(case, failure)["data"] for failure in starts} == {"contradicted"}
    assert {decisions(case, failure)["prompt"] for failure in starts} == {"supported"}
    assert {decisions(case, failure)["initialisation"] for failure in starts} == {"not tested"}
    assert {v.decision for v in case.diagnosis.verdicts if v.cause == "rank"} == {"cannot tell"}
    served = verdict(case.diagnosis, "prompt", "digit-start")
    assert {"recipe: untrained-first-token", "recipe: bare-space-slot"} <= set(served.evidence)
    assert case.next_steps[0].startswith("serve the prompt with ` ### 답변:` added: no training needed")


@pytest.mark.case
def test_the_rank_of_the_case_moves_less_than_one_run_does_by_itself(case: Report) -> None:
    assert case.diagnosis
    (found,) = [one for one in case.diagnosis.comparisons if one.failure == "digit-start"]
    assert (found.pairs, found.unpaired) == (63, (27, 27))
    assert (found.only_first, found.only_second, found.both) == (10, 17, 26)
    assert found.difference.value is not None
    assert found.floor is not None
    assert abs(found.difference.value) < found.floor
    told = verdict(case.diagnosis, "rank", "digit-start").because
    assert "63 equal prompts" in told
    assert "one run for a rank" in told
    assert "more than the runs differ" in told


@pytest.mark.case
def test_row_263_of_the_case_is_a_sink(case: Report) -> None:
    assert case.diagnosis
    sinks = [(source.run, source.position) for source in case.diagnosis.sources if source.sink]
    assert ("rank 16", 263) in sinks

"""An experiment proves what was planted, rules out what is not there, and says what it cannot tell.

The simulated experiments are like measured.md, section 3: rates that differ by tens of points between seeds of one
setting, with questions that are hard for all models.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from math import comb

import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from audit.laboratory.effects.analysis import Analysis, analyse
from audit.laboratory.effects.contrasts import families
from audit.laboratory.effects.controls import shuffled
from audit.laboratory.effects.cube import Cube, cube
from audit.laboratory.effects.families import effects
from audit.laboratory.effects.initialisation import initialisation
from audit.laboratory.effects.intervals import intervals
from audit.laboratory.effects.outcomes import groups
from audit.laboratory.effects.permutations import flips, inverted, null, swaps
from audit.laboratory.effects.power import detectable_before, models_needed, noncentrality
from audit.laboratory.effects.seeds import seed_shares
from audit.nouns.trials import Effect, Proof, Trial, is_probability

Floats = NDArray[np.float64]
OUTCOMES = ("digit-start", "no-stop", "p-space")
PROMPTS = ("served", "train")
FACTORS: Mapping[str, tuple[str, ...]] = {"data": ("raw", "clean"), "rank": ("16", "64"), "prompt": PROMPTS}
BASE = {"data": "raw", "rank": "16"}
STAR = (BASE, {**BASE, "data": "clean"}, {**BASE, "rank": "64"})
FACTORIAL = (*STAR, {"data": "clean", "rank": "64"})


def trained(arms: Sequence[Mapping[str, str]], seeds: int) -> list[Trial]:
    """Models of every arm, each with a seed of its own."""
    names = [("-".join(arm.values()), arm) for arm in arms]
    return [Trial(f"{n}-{s:02}", f"{n} seed {s}", arm, seed=s) for n, arm in names for s in range(seeds)]


def table(trials: Sequence[Trial], prompts: Sequence[str], values: Floats, outcomes: Sequence[str]) -> pa.Table:
    """`values`: models x prompts x questions x outcomes."""
    models, _, questions, _ = values.shape
    return pa.table(
        {
            "trial": np.repeat([trial.key for trial in trials], len(prompts) * questions),
            "prompt": np.tile(np.repeat(prompts, questions), models),
            "question": np.tile(np.arange(questions), models * len(prompts)),
            **{name: pa.array(values[..., at].ravel(), from_pandas=True) for at, name in enumerate(outcomes)},
        }
    )


def answered(
    trials: Sequence[Trial], rng: np.random.Generator, *, effect: Floats | float = 0.0, spread: float = 1.2
) -> Floats:
    """Answers to 60 questions: models x prompts x questions x outcomes; effects and spread are in logits.

    Seeds move all outcomes of a model together and each for itself; `effect` is models x prompts.
    """
    shape = (len(trials), len(PROMPTS), 60, len(OUTCOMES))
    seeds = rng.normal(0, spread, (len(trials), 1, 1, 1)) + rng.normal(0, spread / 2, (len(trials), 1, 1, shape[3]))
    logits = seeds + rng.normal(0, 1, (1, 1, 60, 1)) - 1 + np.broadcast_to(effect, shape[:2])[..., None, None]
    chances = 1 / (1 + np.exp(-logits))
    marks = (rng.random(shape) < chances).astype(float)
    marks[..., -1] = chances[..., -1]
    return marks


def experiment(arms: Sequence[Mapping[str, str]], seeds: int, rng: np.random.Generator) -> Cube:
    trials = trained(arms, seeds)
    return Cube(tuple(trials), PROMPTS, OUTCOMES, answered(trials, rng))


def means_of(values: Sequence[float], arms: Sequence[Mapping[str, str]]) -> tuple[Cube, Mapping[str, tuple[str, ...]]]:
    """One probability per model, no prompts: the cube of a tiny case that is worked out by hand."""
    trials = trained(arms, len(values) // len(arms))
    return Cube(tuple(trials), ("served",), ("p-digit",), np.array(values)[:, None, None, None]), {
        name: levels for name, levels in FACTORS.items() if name in arms[0]
    }


def only(cube: Cube, factors: Mapping[str, tuple[str, ...]]) -> Effect:
    """The one effect of a tiny case."""
    (effect,) = (e for family in families(cube, factors) if family for e in effects(cube, family, 0.1, 0))
    return effect


def proof(analysis: Analysis, cause: str, outcome: str = "digit-start") -> Proof:
    (found,) = (p for p in analysis.proofs if (p.cause, p.outcome) == (cause, outcome))
    return found


# Tests that are worked out by hand.


def test_four_models_against_four_that_do_not_overlap_are_the_fewest_that_prove() -> None:
    effect = only(*means_of([0.5, 0.6, 0.7, 0.8, 0.1, 0.2, 0.3, 0.4], [{"data": "raw"}, {"data": "clean"}]))
    assert effect.difference.value == pytest.approx(-0.4)
    assert effect.means == pytest.approx((0.65, 0.25))
    assert effect.p == effect.p_adjusted == pytest.approx(2 / comb(8, 4))
    assert (effect.decision, effect.models) == ("proven", (4, 4))
    assert effect.difference.high is not None
    assert effect.difference.high < 0


def test_three_against_three_prove_nothing_and_rule_nothing_out() -> None:
    for values in ([0.5, 0.6, 0.7, 0.1, 0.2, 0.3], [0.5, 0.5, 0.501, 0.5, 0.5, 0.501]):
        effect = only(*means_of(values, [{"data": "raw"}, {"data": "clean"}]))
        assert (effect.decision, effect.detectable) == ("cannot tell", None)
        assert "Welch" in effect.method


def test_six_models_under_two_prompts_are_the_fewest_that_prove() -> None:
    found = null(flips(6), np.full((6, 1), 0.2)).p(np.array([0.2]))
    assert found == pytest.approx([2 / 64])
    assert null(flips(5), np.full((5, 1), 0.2)).p(np.array([0.2])) == pytest.approx([2 / 32])


def test_labels_are_swapped_within_blocks_only() -> None:
    """Rank 64 is 50 points worse; pooled over ranks the swaps would drown the 10 points of the data."""
    label, block = (0, 0, 0, 1, 1, 1) * 2, (0,) * 6 + (1,) * 6
    assert len(swaps(label, block).rows) == comb(6, 3) ** 2
    values = np.array([0.30, 0.31, 0.32, 0.20, 0.21, 0.22, 0.80, 0.81, 0.82, 0.70, 0.71, 0.72])[:, None]
    relabellings = swaps(label, block)
    assert null(relabellings, values).p(relabellings.observed @ values) == pytest.approx([2 / 400])


def test_outcomes_that_always_come_together_cost_nothing() -> None:
    relabellings = swaps((0,) * 4 + (1,) * 4, (0,) * 8)
    values = np.random.default_rng(0).normal(size=(8, 1)) + np.repeat([0, 3], 4)[:, None]
    p = null(relabellings, values).p(relabellings.observed @ values)
    copies = null(relabellings, np.repeat(values, 10, axis=1))
    assert copies.adjusted(np.repeat(p, 10)) == pytest.approx(np.repeat(p, 10))
    strangers = np.column_stack([values, np.random.default_rng(1).normal(size=(8, 9))])
    apart = null(relabellings, strangers)
    assert apart.adjusted(apart.p(relabellings.observed @ strangers))[0] > 2 * p[0]


@pytest.mark.parametrize("relabellings", [swaps((0,) * 4 + (1,) * 5, (0,) * 9), swaps((0, 1) * 5, (0,) * 4 + (1,) * 6)])
def test_an_interval_holds_the_shifts_that_its_test_does_not_reject(relabellings) -> None:
    values = np.random.default_rng(2).normal(size=len(relabellings.shift))

    def p(shift: float) -> float:
        moved = (values - shift * relabellings.shift)[:, None]
        return float(null(relabellings, moved).p(relabellings.observed @ moved)[0])

    for level in (0.9, 0.95):
        low, high = inverted(relabellings, values, level)
        assert min(p(low + 1e-6), p(high - 1e-6)) > 1 - level - 1e-9 > max(p(low - 1e-6), p(high + 1e-6))


def test_an_interaction_of_data_and_rank_leaves_their_main_effects_out() -> None:
    additive = [at + main for main in (0.1, 0.4, 0.3, 0.6) for at in (0.0, 0.01, 0.02, 0.03)]
    together, factors = means_of(additive, FACTORIAL)
    (effect,) = (e for f in families(together, factors) if f for e in effects(together, f, 0.1, 0) if "x" in e.factor)
    assert effect.difference.value == pytest.approx(0, abs=1e-9)
    grown, _ = means_of([*additive[:12], *(at + 0.3 for at in additive[12:])], FACTORIAL)
    (effect,) = (e for f in families(grown, factors) if f for e in effects(grown, f, 0.1, 0) if "x" in e.factor)
    assert (effect.factor, effect.p) == ("rank x data", pytest.approx(2 / 70))
    assert effect.difference.value == pytest.approx(0.3)


def test_a_prompt_in_one_adapter_is_tested_over_its_questions() -> None:
    """The second row of measured.md's table: 30 questions digit-led only as served, 6 under both."""
    served, train = np.repeat([1.0, 0.0], [36, 54]), np.repeat([1.0, 0.0], [6, 84])
    (trial,) = trained([BASE], 1)
    answers = table([trial], PROMPTS, np.array([served, train])[None, ..., None], ["digit-start"])
    found = analyse([trial], answers, FACTORS, ["digit-start"])
    verdict = proof(found, "prompt")
    assert verdict.decision == "proven"
    assert verdict.sentence.startswith("the prompt causes answers that begin with a digit: 40 % as served, 6.7 % with")
    assert "1 model, 90 questions, for this adapter" in verdict.sentence
    alone = next(e for e in found.effects if e.claim == "for this adapter")
    assert alone.p == pytest.approx(2 / 2**30)


def test_seeds_make_up_the_part_of_the_squares_that_lies_within_settings() -> None:
    cube, factors = means_of([0.0, 0.2, 0.5, 0.7], [{"data": "raw"}, {"data": "clean"}])
    (share,) = seed_shares(cube, factors)
    assert share.share.value == pytest.approx(0.04 / 0.29)
    assert share.spread == pytest.approx(np.sqrt(0.02))
    assert (share.lowest, share.highest) == pytest.approx((0.0, 0.7))


# What a plan can see before it is run.


def test_how_many_models_each_claim_needs() -> None:
    assert models_needed("training") == 4  # 2 of 70
    assert models_needed("prompt") == 6  # 2 of 64
    assert models_needed("training", outcomes=3) == 5  # 2 of 252, three times
    assert models_needed("training", blocks=2) == 3  # 2 of 400


def test_what_a_plan_can_detect_is_what_statsmodels_says() -> None:
    expected = TTestIndPower().solve_power(nobs1=6, alpha=0.05, power=0.8)
    assert detectable_before(6, 0, 0.2) == pytest.approx(0.2 * expected, rel=2e-3)
    assert detectable_before(3, 90, 0.2) is None
    away = noncentrality(8, 0.01)
    critical = stats.t.isf(0.005, 8)
    assert stats.nct.sf(critical, 8, away) + stats.nct.cdf(-critical, 8, away) == pytest.approx(0.8, abs=1e-3)


# Planted causes.


@cache
def planted() -> Analysis:
    """The prompt of training removes most failures, cleaning the data half of them, the rank does nothing; 8 seeds."""
    trials = trained(STAR, 8)
    effect = np.array([[-1.5 * (t.levels["data"] == "clean"), 0] for t in trials])
    effect[:, 1] = effect[:, 0] - 3
    values = answered(trials, np.random.default_rng(3), effect=effect, spread=0.15)
    untrained = Trial("untrained", "untrained")
    broken = Trial("broken", "rank 1 seed 0", {**BASE, "rank": "64"}, seed=9, fault="loss above the untrained model's")
    answers = table([*trials, untrained, broken], PROMPTS, np.concatenate([values, values[:2] * 0]), OUTCOMES)
    return analyse([*trials, untrained, broken], answers, FACTORS, OUTCOMES)


def test_what_was_planted_is_proven_and_what_was_not_is_ruled_out() -> None:
    decided = {p.cause: p.decision for p in planted().proofs if p.outcome == "digit-start"}
    assert decided["prompt"] == decided["data"] == "proven"
    assert decided["rank"] == "ruled out"
    assert decided["training text"] == "not tested"


def test_a_proof_can_be_repeated() -> None:
    sentence = proof(planted(), "prompt").sentence
    assert sentence.startswith("the prompt causes answers that begin with a digit: ")
    assert " as served, " in sentence
    assert "24 models, 60 questions, for this setting" in sentence
    assert "±10 points" in proof(planted(), "rank").sentence
    assert "one training text only" in proof(planted(), "training text").sentence


def test_proofs_point_at_their_effects() -> None:
    for verdict in planted().proofs:
        assert all(planted().effects[place].outcome == verdict.outcome for place in verdict.effects)
        assert bool(verdict.effects) == (verdict.decision != "not tested")


def test_means_differ_by_the_effect() -> None:
    for effect in planted().effects:
        assert effect.means[1] - effect.means[0] == pytest.approx(effect.difference.value)


def test_a_model_that_went_wrong_is_named_and_in_no_effect() -> None:
    controls = {control.name: control for control in planted().controls}
    assert "1 of 25 trained models" in controls["models left out"].sentence
    assert "rank 1 seed 0: loss above" in controls["models left out"].sentence
    assert {e.models for e in planted().effects if e.factor == "rank"} == {(8, 8)}
    assert any(outcome.trial == "broken" for outcome in planted().measured)


def test_the_untrained_model_is_shown_under_each_prompt() -> None:
    control = next(control for control in planted().controls if control.name == "untrained model")
    assert control.value["served: digit-start"] == 0
    assert "train: p-space" in control.value


def test_initialisation_is_a_claim_on_these_adapters() -> None:
    trials = trained([BASE], 3)
    values = np.zeros((3, 1, 90, 1))
    for at, failures in enumerate((36, 3, 55)):  # measured.md: 40 %, 3 % and 61 % for three seeds of one setting
        values[at, 0, :failures] = 1
    found = analyse(trials, table(trials, ["served"], values, ["digit-start"]), {"rank": ("16",)}, ["digit-start"])
    verdict = proof(found, "initialisation")
    assert verdict.decision == "proven"
    assert "for these adapters" in verdict.sentence
    assert "3.3 % to 61 % over 3 models" in verdict.sentence
    assert "one prompt only" in proof(found, "prompt").sentence


def test_too_few_models_are_told_how_many_it_takes() -> None:
    trials = trained(STAR, 3)
    found = analyse(
        trials, table(trials, PROMPTS, answered(trials, np.random.default_rng(0)), OUTCOMES), FACTORS, OUTCOMES
    )
    assert proof(found, "rank").decision == "cannot tell"
    assert "it takes 4 models against 4 (5 models against 5 for 3 unrelated tests)" in proof(found, "rank").sentence


# Calibration.


def false_proofs(arms: Sequence[Mapping[str, str]], seeds: int, runs: int = 200) -> Counter[str]:
    """In how many experiments without any effect something is called proven, by factor and prompt."""
    wrong: Counter[str] = Counter()
    for run in range(runs):
        nothing = experiment(arms, seeds, np.random.default_rng(run))
        for family in filter(None, families(nothing, FACTORS)):
            found = effects(nothing, family, 0.1, 0)
            wrong[f"{family[0].factor}, {family[0].within}"] += any(e.decision == "proven" for e in found)
    return wrong


def most(runs: int, level: float = 0.05) -> int:
    """As many false proofs as chance allows, one time in a thousand."""
    return int(stats.binom.isf(0.001, runs, level))


@pytest.mark.parametrize(("arms", "seeds"), [(STAR, 5), (STAR, 6), (FACTORIAL, 4)])
def test_experiments_without_any_effect_prove_nothing_beyond_chance(arms, seeds: int) -> None:
    wrong = false_proofs(arms, seeds)
    assert len(wrong) >= 7
    assert max(wrong.values()) <= most(200), wrong


def test_the_check_of_calibration_can_fail() -> None:
    """Without correction, twelve outcomes of their own give false proofs in almost half of all experiments."""
    rng, relabellings = np.random.default_rng(5), swaps((0,) * 5 + (1,) * 5, (0,) * 10)
    corrected = wrong = 0
    for _ in range(200):
        values = rng.normal(size=(10, 12))
        found = null(relabellings, values)
        p = found.p(relabellings.observed @ values)
        wrong += bool((p < 0.05).any())
        corrected += bool((found.adjusted(p) < 0.05).any())
    assert wrong > most(200) >= corrected


def test_seeds_that_do_not_differ_are_not_called_different() -> None:
    wrong = 0
    for run in range(60):
        trials = trained([BASE], 4)
        values = answered(trials, np.random.default_rng(run), spread=0.0)[..., :2]
        alike = Cube(tuple(trials), PROMPTS, OUTCOMES[:2], values)
        wrong += any(e.decision == "proven" for e in initialisation(alike, FACTORS, 0.1, run))
    assert wrong <= most(60)


@pytest.mark.parametrize(
    "relabellings", [swaps((0,) * 4 + (1,) * 4, (0,) * 8), swaps((0,) * 6 + (1,) * 5, (0,) * 11), flips(8)]
)
def test_intervals_hold_the_truth_as_often_as_they_say(relabellings) -> None:
    rng, runs, held = np.random.default_rng(6), 500, Counter[float]()
    for _ in range(runs):
        values = rng.beta(0.8, 2, len(relabellings.shift)) - 0.8 / 2.8 + 0.2 * relabellings.shift
        if relabellings.shift.all():
            values = rng.uniform(0, 0.4, len(values))  # signs are exchangeable where differences are symmetric
        for level in (0.9, 0.95):
            low, high = inverted(relabellings, values, level)
            held[level] += low <= 0.2 <= high
    for level, times in held.items():
        assert times >= stats.binom.ppf(0.001, runs, level)
        assert times / runs < level + 0.05


def test_a_difference_of_the_margin_is_seldom_ruled_out() -> None:
    rng, wrong = np.random.default_rng(7), 0
    for _ in range(300):
        values = np.clip(np.concatenate([rng.normal(0.3, 0.06, 6), rng.normal(0.4, 0.06, 6)]), 0, 1)
        cube, factors = means_of(values.tolist(), [{"data": "raw"}, {"data": "clean"}])
        ((column,),) = (group.columns for family in families(cube, factors) for group in groups(family, 0))
        low, high = intervals(column, False)[1]
        wrong += low > -0.1 and high < 0.1
    assert wrong <= most(300)


def test_the_interval_of_the_share_of_seeds_holds() -> None:
    """Settings and seeds with equal spread: the expected squares are 3 + 3 * 5 between 4 settings, 16 within."""
    rng, runs, held = np.random.default_rng(8), 400, 0
    truth = 16 / (16 + 3 * (1 + 5))
    for _ in range(runs):
        values = (rng.normal(size=(4, 1)) + rng.normal(size=(4, 5))).ravel()
        cube, factors = means_of(values.tolist(), FACTORIAL)
        (share,) = seed_shares(cube, factors)
        assert share.share.low is not None
        assert share.share.high is not None
        held += share.share.low <= truth <= share.share.high
    assert abs(held / runs - 0.95) < 0.04


def test_shuffled_labels_prove_nothing_and_the_control_would_see_it_if_they_did(monkeypatch) -> None:
    nothing = experiment(STAR, 5, np.random.default_rng(9))
    tested = [family for family in families(nothing, FACTORS) if family]
    assert shuffled(tested, 0).passed
    monkeypatch.setattr("audit.laboratory.effects.families.LEVEL", 0.2)
    assert shuffled(tested, 0).passed is False


# The same input gives the same output, and bad input does no harm.


def test_the_order_of_rows_and_trials_is_nothing() -> None:
    trials = [*trained(STAR, 4), Trial("untrained", "untrained")]
    answers = table(trials, PROMPTS, answered(trials, np.random.default_rng(4)), OUTCOMES)
    mixed = answers.take(np.random.default_rng(0).permutation(answers.num_rows))
    first = analyse(trials, answers, FACTORS, OUTCOMES)
    assert first == analyse(trials, answers, FACTORS, OUTCOMES)
    assert first == analyse(trials[::-1], mixed, FACTORS, OUTCOMES)


def _degenerate(name: str) -> tuple[list[Trial], Floats, Sequence[str]]:
    trials = trained(STAR, 4)
    values = answered(trials, np.random.default_rng(0))
    faulty = [Trial(t.key, t.name, t.levels, t.seed, fault="x" * (t.levels["rank"] == "64")) for t in trials]
    untold, unknown = values.copy(), values.copy()
    untold[..., 0] = unknown[0] = np.nan
    unpaired = values[:1].copy()
    unpaired[:, 0, ::2] = unpaired[:, 1, 1::2] = np.nan
    return {
        "no variation": (trials, values * 0, PROMPTS),
        "an outcome that cannot be told": (trials, untold, PROMPTS),
        "one arm went wrong": (faulty, values, PROMPTS),
        "one model": (trials[:1], values[:1], PROMPTS),
        "one model that cannot be told": (trials, unknown, PROMPTS),
        "one model and no question told twice": (trials[:1], unpaired, PROMPTS),
        "one prompt": (trials, values[:, :1], PROMPTS[:1]),
        "no questions": (trials, values[:, :, :0], PROMPTS),
        "no models": ([], values[:0], PROMPTS),
        "one question": (trials, values[:, :, :1], PROMPTS),
        "untrained only": ([Trial("untrained", "untrained")], values[:1], PROMPTS),
    }[name]


@pytest.mark.parametrize(
    ("name", "cause", "decision", "reason"),
    [
        ("no variation", "rank", "ruled out", "within ±10 points"),
        ("an outcome that cannot be told", "data", "not tested", "could not be told"),
        ("one arm went wrong", "rank", "not tested", "no sound model at rank 64"),
        ("one model", "data", "not tested", "no sound model with data clean"),
        ("one model", "initialisation", "not tested", "there is one model"),
        ("one model that cannot be told", "rank", "cannot tell", "3 models against 4"),
        ("one model and no question told twice", "prompt", "cannot tell", "1 model"),
        ("one prompt", "prompt", "not tested", "one prompt only"),
        ("no questions", "prompt", "not tested", "could not be told"),
        ("no models", "rank", "not tested", "no sound model"),
        ("one question", "rank", "cannot tell", "1 question"),
        ("untrained only", "prompt", "not tested", "no sound model"),
    ],
)
def test_what_cannot_be_tested_is_said(name: str, cause: str, decision: str, reason: str) -> None:
    trials, values, prompts = _degenerate(name)
    factors = {**FACTORS, "prompt": tuple(prompts)}
    verdict = proof(analyse(trials, table(trials, prompts, values, OUTCOMES), factors, OUTCOMES), cause)
    assert (verdict.decision, reason in verdict.sentence) == (decision, True), verdict.sentence


def test_a_table_without_rows_or_columns_does_no_harm() -> None:
    for answers in (
        pa.table({}),
        pa.table({name: pa.array([], pa.string()) for name in ("trial", "prompt", *OUTCOMES)}),
    ):
        assert {p.decision for p in analyse([], answers, {}, OUTCOMES).proofs} == {"not tested"}


def test_answers_must_fit_the_trials() -> None:
    trials = trained([BASE], 2)
    answers = table(trials, PROMPTS, answered(trials, np.random.default_rng(0)), OUTCOMES)
    with pytest.raises(ValueError, match="not among the trials"):
        cube(trials[:1], answers, FACTORS, OUTCOMES)
    with pytest.raises(ValueError, match="twice"):
        cube(trials, pa.concat_tables([answers, answers[:1]]), FACTORS, OUTCOMES)


def test_probabilities_have_no_share() -> None:
    shares = {outcome.outcome: outcome.share for outcome in planted().measured}
    assert shares["p-space"] is None
    assert shares["digit-start"] is not None
    assert is_probability("p-space")
    assert not is_probability("digit-start")

"""What the findings of the two-step task say where a seed tells nothing, and over what they are taken."""

import functools
import json

import numpy as np
import pytest
from made_up_evidence import made_up_evidence

from prefrontal.analysis.choices.two_step import Trials, history_weights, stay_probabilities
from prefrontal.analysis.choices.two_step_findings import (
    models_compared,
    no_effect_of_reward,
    recovered,
    recovered_nearby,
    stays_alike,
    told_apart,
)
from prefrontal.analysis.choices.two_step_measures import (
    Described,
    Multiples,
    bic_gain,
    describe,
    least_recovered,
    model_based_share,
    stay_over_seeds,
)
from prefrontal.analysis.choices.two_step_recovery import (
    Recovery,
    draw_parameters,
    parameter_recovery,
    simulate,
)
from prefrontal.analysis.measures import medians
from prefrontal.analysis.statistics.intervals import Estimate
from prefrontal.experiments.wang2016.two_step import analysis
from prefrontal.experiments.wang2016.two_step.analysis import COMPARED, VERSIONS

VERSION = VERSIONS[0]
NOTHING = made_up_evidence({"lstm": []})


def in_rows(blocks: Trials) -> Trials:
    """Blocks of lifetimes as lifetimes."""
    return Trials(*(array.reshape(-1, array.shape[-1]) for array in blocks))


def simulated(seed: int, blocks: int = 4) -> Trials:
    """Planners, ten lifetimes of each."""
    rng = np.random.default_rng(seed)
    return in_rows(simulate("model-based", draw_parameters("model-based", blocks, rng), VERSION.law, rng))


def collapsed(lifetimes: int = 40, slips: float = 0.0) -> Trials:
    """One who repeats one action; `slips`, how often it is the other."""
    rng = np.random.default_rng(0)
    shape = (lifetimes, 100)
    action = (rng.random(shape) < slips).astype(int)
    common = rng.random(shape) < VERSION.law.common
    state = np.where(common, action, 1 - action)
    good = rng.integers(0, 2, (lifetimes, 1))
    chance = np.where(state == good, VERSION.law.high, VERSION.law.low)
    return Trials(action, state, common, (rng.random(shape) < chance).astype(float))


@functools.cache
def planner(seed: int) -> Described:
    return describe(simulated(seed), VERSION.law)


@pytest.mark.parametrize("slips", [0.0, 0.5])
def test_no_multiple_of_what_is_noise(slips):
    """Of one who repeats one action, and of one who chooses by chance."""
    lived = collapsed(slips=slips)
    for found in (stay_probabilities(lived).reward_ratio, history_weights(lived).reward_ratio):
        assert np.isnan(found).all()


def test_a_planner_has_a_multiple():
    lived = simulated(0, blocks=20)
    for found in (stay_probabilities(lived).reward_ratio, history_weights(lived).reward_ratio):
        assert abs(found.value) < 0.2
        assert 0 < found.error < 0.1


def no_reward(*ratios: float):
    made = Multiples([Estimate(0.01, 0.001)] * len(ratios), [Estimate(one, 0.01) for one in ratios], -0.05)
    return no_effect_of_reward("stay-reward", "No effect", made, VERSION.paper)


def test_where_a_seed_has_no_multiple_the_claim_is_undecided_and_says_why():
    assert no_reward(0.02, -0.03, 0.01, -0.02).verdict == "holds"
    assert no_reward(0.3, 0.31, 0.29, 0.3).verdict == "fails"
    assert "the model-based reference: -0.050" in no_reward(0.02, -0.03).claim
    found = no_reward(0.02, float("nan"))
    assert found.verdict == "undecided"
    assert "on 1 of 2 seeds the interaction is within noise of 0" in found.claim
    assert (found.value, found.measure) == (0.01, "effect of reward")
    json.dumps(found.as_json(), allow_nan=False)


def test_a_collapsed_seed_stops_no_finding(monkeypatch):
    made = [planner(0), describe(collapsed(), VERSION.law)]
    known = {name: planner(1) for name in COMPARED}
    monkeypatch.setattr(analysis, "reference", lambda _, name, __: known[name])
    found = {one.id: one for one in analysis._effects(NOTHING, VERSION, made)}
    assert not found["stay-reward-2016"].holds
    assert not found["regression-reward-2016"].holds
    assert not found["stay-interaction-2016"].holds
    rest = [
        *stays_alike("2016", made, known["bayes-optimal"], VERSION.paper),
        *models_compared("2016", made, VERSION.paper),
        analysis._planning(VERSION, made, 0.5),
        recovered_nearby("2016", made, VERSION.law, VERSION.paper),
    ]
    assert all(np.isfinite(one.value) for one in rest)


def test_the_weight_of_the_optimum_is_told():
    known = planner(1)
    found = analysis._planning(VERSION, [known, known], best=0.734)
    assert "of the optimum, which is no hybrid, it is 0.73)" in found.claim
    assert found.value == pytest.approx(known.planning.value)


def test_recovery_near_the_agent_is_over_its_trainings():
    made = [planner(seed) for seed in (0, 1, 0)]
    found = recovered_nearby("2016", made, VERSION.law, VERSION.paper)
    assert found.seeds == 3
    one = recovered_nearby("2016", made[:1], VERSION.law, VERSION.paper)
    assert one.seeds == 1
    assert one.interval[0] <= one.value <= one.interval[1]


def test_each_seed_has_a_median_of_its_own():
    found = medians("misses", np.array([[0.0, 0.1, 0.2], [0.4, 0.5, 0.9]]))
    np.testing.assert_allclose(found.by_seed, [0.1, 0.5])
    assert found.training_error == pytest.approx(0.2)


def test_models_that_are_always_found_may_yet_be_missed():
    """Of 4 blocks in 4; Wald's interval would be 1 to 1."""
    recovery = parameter_recovery(VERSION.law, 8)
    found = {one.id: one for one in recovered("2016", recovery, np.eye(4), 4, VERSION.paper)}
    assert found["model-recovery-2016"].interval == pytest.approx((0.3976, 1.0), abs=1e-4)
    assert not found["model-recovery-2016"].holds


def test_the_parameter_that_is_recovered_worst_is_named():
    made = np.random.default_rng(0).random((30, 5))
    fitted = made.copy()
    fitted[:, 3] = made[::-1, 3]
    name, found = least_recovered(Recovery(made, fitted))
    assert name == "trace_decay"
    assert found.value < 0.5


def test_stay_probabilities_over_seeds_and_of_one():
    stays = [planner(seed).stay for seed in (0, 1)]
    both, one = stay_over_seeds(stays), stay_over_seeds(stays[:1])
    np.testing.assert_allclose(both.mean, (stays[0].probability + stays[1].probability) / 2)
    assert (both.low <= both.by_seed.min(axis=0) + 1e-12).all()
    np.testing.assert_allclose(one.high - one.mean, 1.96 * stays[0].errors, rtol=1e-4)


def test_the_gain_in_bic_is_over_the_best_of_the_others():
    made = [planner(0), planner(1)]
    by_hand = [min(one.bic["model-free"], one.bic["hybrid"]) - one.bic["model-based"] for one in made]
    found = [bic_gain(one, ("model-based",), ("model-free", "hybrid")) for one in made]
    np.testing.assert_allclose([one.value for one in found], by_hand)
    other = min(("model-free", "hybrid"), key=lambda name: made[0].bic[name])
    each = made[0].fits[other].bic - made[0].fits["model-based"].bic
    assert found[0].error == pytest.approx(np.sqrt(len(each)) * each.std())


def test_a_planner_is_told_from_the_other_kinds():
    weights = planner(0).weights
    share = model_based_share(weights)
    assert share.value == weights.model_based_share > 0.8
    assert 0 < share.error < 0.2
    found = told_apart("2016", dict.fromkeys(("model-based", "model-free", "hybrid"), weights), VERSION.paper)
    assert [one.id for one in found if "model-free" in one.id] == ["told-apart-model-free-2016"]
    assert not found[1].holds

"""What the findings of the two-step task say where a seed tells nothing, and over what they are taken."""

import functools
import json

import numpy as np
import pytest
from made_up_evidence import made_up_evidence

from prefrontal.analysis.choices.two_step import Trials, history_weights, stay_probabilities
from prefrontal.analysis.choices.two_step_recovery import draw_parameters, simulate
from prefrontal.analysis.statistics.intervals import Estimate
from prefrontal.experiments.wang2016.two_step import analysis
from prefrontal.experiments.wang2016.two_step.analysis import Multiples
from prefrontal.experiments.wang2016.two_step.choices import VERSIONS, Described, _described
from prefrontal.experiments.wang2016.two_step.tables import COMPARED

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
    return _described(simulated(seed), VERSION.law)


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
    return analysis._no_reward("stay-reward", "No effect", made, VERSION.paper)


def test_where_a_seed_has_no_multiple_the_claim_does_not_hold_and_says_why():
    assert no_reward(0.02, -0.03).holds
    assert "the model-based reference: -0.050" in no_reward(0.02, -0.03).claim
    found = no_reward(0.02, float("nan"))
    assert not found.holds
    assert "on 1 of 2 seeds the interaction is within noise of 0" in found.claim
    assert (found.value, found.measure) == (0.01, "effect of reward")
    json.dumps(found.as_json(), allow_nan=False)


def test_a_collapsed_seed_stops_no_finding(monkeypatch):
    made = [planner(0), _described(collapsed(), VERSION.law)]
    known = {name: planner(1) for name in COMPARED}
    monkeypatch.setattr(analysis, "reference", lambda _, name, __: known[name])
    found = {one.id: one for one in analysis._effects(NOTHING, VERSION, made)}
    assert not found["stay-reward-2016"].holds
    assert not found["regression-reward-2016"].holds
    assert not found["stay-interaction-2016"].holds
    rest = [
        *analysis._stays(NOTHING, VERSION, made),
        *analysis._model_comparison(VERSION, made),
        analysis._planning(NOTHING, VERSION, made),
        analysis._recovered_nearby(VERSION, made),
    ]
    assert all(np.isfinite(one.value) for one in rest)


def test_the_weight_of_the_optimum_is_told(monkeypatch):
    known = planner(1)
    monkeypatch.setattr(analysis, "reference", lambda *_: known)
    found = analysis._planning(NOTHING, VERSION, [known, known])
    assert f"of the optimum, which is no hybrid, it is {known.planning:.2f})" in found.claim


def test_recovery_near_the_agent_is_over_its_trainings():
    made = [planner(seed) for seed in (0, 1, 0)]
    found = analysis._recovered_nearby(VERSION, made)
    assert found.seeds == 3
    one = analysis._recovered_nearby(VERSION, made[:1])
    assert one.seeds == 1
    assert one.interval[0] <= one.value <= one.interval[1]


def test_each_seed_has_a_median_of_its_own():
    misses = np.array([0.0, 0.1, 0.2, 0.4, 0.5, 0.9])
    found = analysis._median_misses(misses, 2)
    np.testing.assert_allclose(found.by_seed, [0.1, 0.5])
    assert (found.low, found.high) == (0.1, 0.5)  # with two seeds their range


def test_models_that_are_always_found_may_yet_be_missed(monkeypatch):
    """Of 4 blocks in 4; Wald's interval would be 1 to 1."""
    recovery = analysis.parameter_recovery(VERSION.law, 8)
    monkeypatch.setattr(analysis, "recovery_of", lambda *_: (recovery, np.eye(4)))
    monkeypatch.setattr(analysis, "SIMULATED", {"quick": (8, 4)})
    found = {one.id: one for one in analysis._recovered(NOTHING, VERSION)}["model-recovery-2016"]
    assert found.interval == pytest.approx((0.3976, 1.0), abs=1e-4)
    assert not found.holds

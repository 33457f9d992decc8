"""Of the two-step task: stay probabilities, the regression on the history of trials, cognitive models."""

import dataclasses
import functools

import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize, special

from prefrontal.analysis.choices.behaviour import proportion
from prefrontal.analysis.choices.two_step import (
    EFFECTS,
    KINDS,
    PREDICTORS,
    Trials,
    history_weights,
    stay_probabilities,
    trials,
)
from prefrontal.analysis.choices.two_step_models import (
    ALPHA,
    BETA_MB,
    BETA_MF,
    MODELS,
    TRACE_DECAY,
    TwoStepLaw,
    fit,
    fit_all,
    in_blocks,
    inferred,
    log_likelihood,
    planning_weight,
)
from prefrontal.analysis.choices.two_step_recovery import (
    draw_parameters,
    model_recovery,
    parameter_recovery,
    simulate,
)
from prefrontal.evaluation import evaluate
from prefrontal.references import reference
from prefrontal.references.two_step.base import Trial
from prefrontal.references.two_step.daw import HybridLearner
from prefrontal.references.two_step.good_state import FollowGoodState
from prefrontal.tasks import TwoStep, distribution

LAW = TwoStepLaw(common=0.8, reversal=0.025)
V2018 = distribution("two-step-2018")


@functools.cache
def lived(name: str, version: str = "two-step-2018", lifetimes: int = 600, **values) -> Trials:
    tasks = distribution(version)
    return trials(evaluate(reference(name, tasks, **values), tasks, name=version, lifetimes=lifetimes))


def made_up(lifetimes: int = 40, horizon: int = 30) -> Trials:
    """Random trials."""
    rng = np.random.default_rng(3)
    action, state = (rng.integers(0, 2, (lifetimes, horizon)) for _ in range(2))
    reward = rng.integers(0, 2, (lifetimes, horizon)).astype(float)
    return Trials(action, state, state == action, reward)


# --- trials


@pytest.mark.parametrize("outside", [False, True])
def test_trials_are_what_was_seen_and_done(outside):
    tasks = V2018.outside() if outside else V2018
    records = evaluate(reference("random", tasks), tasks, lifetimes=30, keep=("observation",))
    found = trials(records)
    assert records.observation is not None
    np.testing.assert_array_equal(found.state, records.observation[:, 1::2].argmax(axis=2) - 1)
    np.testing.assert_array_equal(found.action, records.action[:, 0::2])
    np.testing.assert_array_equal(found.reward, records.reward[:, 1::2])
    np.testing.assert_array_equal(found.common, (found.state == found.action) != outside)


def test_records_of_another_task_are_refused():
    bandit = distribution("bandit-independent")
    records = evaluate(reference("random", bandit), bandit, name="bandit", lifetimes=2)
    with pytest.raises(ValueError, match="'bandit' is not a two-step task: it has no good state"):
        trials(records)


# --- stay probabilities


def test_stay_probabilities_are_counted():
    one = made_up()
    found = stay_probabilities(one)
    for place, kind in enumerate(KINDS):
        rewarded, common = not kind.startswith("un"), kind.endswith("common")
        stays = [
            float(one.action[i, t] == one.action[i, t - 1])
            for i in range(40)
            for t in range(1, 30)
            if one.reward[i, t - 1] == rewarded and one.common[i, t - 1] == common
        ]
        assert found.probability[place] == pytest.approx(np.mean(stays))


def test_their_errors_are_those_of_ratios_over_lifetimes():
    one = made_up()
    found = stay_probabilities(one)
    stayed = one.action[:, 1:] == one.action[:, :-1]
    counted = (one.reward[:, :-1] > 0.5) & ~one.common[:, :-1]
    other = proportion(stayed, counted)
    assert found.errors[1] == pytest.approx((other.high - other.low) / 2 / 1.959964, rel=1e-5)


def test_effects_are_differences_of_means():
    found = stay_probabilities(made_up())
    a, b, c, d = found.probability
    assert found.effect("reward").value == pytest.approx((a + b) / 2 - (c + d) / 2)
    assert found.effect("transition").value == pytest.approx((a + c) / 2 - (b + d) / 2)
    assert found.effect("interaction").value == pytest.approx((a + d) / 2 - (b + c) / 2)
    for name in EFFECTS:
        estimate = found.effect(name)
        assert abs(estimate.value) < 4 * estimate.error  # the choices are random


def test_reward_over_interaction_is_a_ratio_with_the_error_of_one():
    """Its error is that of the ratio over resampled lifetimes."""
    made = lived("hybrid")
    found = stay_probabilities(made).reward_ratio
    effects = [stay_probabilities(made).effect(name).value for name in ("reward", "interaction")]
    assert found.value == pytest.approx(effects[0] / effects[1])
    rng = np.random.default_rng(0)
    rows = rng.integers(len(made.action), size=(200, len(made.action)))
    again = [stay_probabilities(made.take(row)).reward_ratio.value for row in rows]
    assert found.error == pytest.approx(np.std(again), rel=0.2)


def test_the_regressions_ratio_is_that_of_its_sums():
    found = history_weights(lived("hybrid"))
    ratio = found.totals["reward"].value / found.totals["interaction"].value
    assert found.reward_ratio.value == pytest.approx(ratio)
    free, planned = found.totals["reward"], found.totals["interaction"]
    apart = np.hypot(free.error, ratio * planned.error) / planned.value  # were the sums independent
    assert 0.5 * apart < found.reward_ratio.error < 1.5 * apart


def test_the_optimal_policy_has_no_effect_of_reward_in_the_regression():
    """By symmetry: after a rare reward and after a common loss it believes the same."""
    ratio = history_weights(lived("bayes-optimal", "two-step-2016", 2_000)).reward_ratio
    assert abs(ratio.value) < 0.1
    assert abs(ratio.value) < 3 * ratio.error


def test_w_is_the_planners_part_of_beta():
    parameters = np.array([[0.5, 3.0, 1.0, 0, 0], [0.5, 2.0, -1.0, 0, 0], [0.5, -2.0, -1.0, 0, 0]])
    np.testing.assert_allclose(planning_weight(parameters), [0.75, 1.0, 0.5])


def test_a_kind_of_trial_that_never_came_is_refused():
    never = made_up()._replace(reward=np.zeros((40, 30)))
    with pytest.raises(ValueError, match="there are 0 trials 'rewarded, common'"):
        stay_probabilities(never)


def test_the_optimal_policy_has_the_planners_pattern_and_a_model_free_learner_the_other():
    best = stay_probabilities(lived("bayes-optimal"))
    assert best.effect("interaction").value > 0.3
    assert abs(best.effect("reward").value) < 4 * best.effect("reward").error
    free = stay_probabilities(lived("model-free"))
    assert free.effect("reward").value > 0.25
    # And yet it has an interaction: stay probabilities alone do not tell a planner.
    assert free.effect("interaction").value > 0.1


# --- the regression


def test_the_regression_finds_weights_that_are_known():
    """Choices made by known weights of the last two trials, everything else by chance."""
    rng = np.random.default_rng(0)
    weights = np.array([[0.3, -0.2], [0.8, 0.4], [0.0, 0.1], [-0.5, 0.6]])
    lifetimes, horizon = 1500, 40
    columns = {name: np.zeros((lifetimes, horizon)) for name in PREDICTORS}
    action, common, reward = (rng.integers(0, 2, (lifetimes, horizon)) for _ in range(3))
    for t in range(horizon):
        if t >= 2:
            odds = sum(
                weights[row, lag - 1] * columns[name][:, t - lag]
                for row, name in enumerate(PREDICTORS)
                for lag in (1, 2)
            )
            action[:, t] = rng.random(lifetimes) < special.expit(odds)
        c, won, often = (2.0 * array[:, t] - 1 for array in (action, reward, common))
        for name, column in zip(PREDICTORS, (c, c * won, c * often, c * won * often), strict=True):
            columns[name][:, t] = column
    one = Trials(action, action, common.astype(bool), reward.astype(float))
    found = history_weights(one, lags=2)
    assert np.all(np.abs(found.weights - weights) < 4.5 * found.errors)
    assert found.errors.max() < 0.02
    for row, name in enumerate(PREDICTORS):
        assert found.totals[name].value == pytest.approx(found.weights[row].sum())


@pytest.mark.parametrize("version", ["two-step-2016", "two-step-2018"])
def test_the_regression_tells_the_learners_apart(version):
    shares = {
        name: history_weights(lived(name, version)).model_based_share
        for name in ("model-based", "model-free", "hybrid")
    }
    assert shares["model-based"] > 0.9
    assert shares["model-free"] < 0.15
    assert 0.25 < shares["hybrid"] < 0.75


# --- the models


def by_hand(one: Trials, parameters, law: TwoStepLaw) -> float:
    """The log-likelihood of one block, trial by trial."""
    alpha, beta_mb, beta_mf, decay, stay = parameters
    total = 0.0
    for action, state, reward in zip(one.action, one.state, one.reward, strict=True):
        q, v, last = [0.5, 0.5], [0.5, 0.5], 0.0
        for a, s, r in zip(action, state, reward, strict=True):
            planned = [law.common * v[k] + (1 - law.common) * v[1 - k] for k in (0, 1)]
            odds = beta_mb * (planned[1] - planned[0]) + beta_mf * (q[1] - q[0]) + stay * last
            total += np.log(special.expit(odds if a else -odds))
            q[a] += alpha * (v[s] - q[a]) + alpha * decay * (r - v[s])
            v[s] += alpha * (r - v[s])
            last = 1.0 if a else -1.0
    return total


def test_the_likelihood_is_its_definition():
    blocks = in_blocks(made_up(), size=10)
    parameters = draw_parameters("hybrid", 4, np.random.default_rng(1))
    found = log_likelihood(blocks, parameters, LAW)
    for block in range(4):
        one = Trials(*(array[block] for array in blocks))
        assert found[block] == pytest.approx(by_hand(one, parameters[block], LAW), rel=1e-9)


def test_the_reference_acts_as_the_likelihood_says():
    """The learner that is run as a reference and the one that is fitted are one and the same."""
    agent = reference("hybrid", V2018, alpha=0.3, beta=4.0, trace_decay=0.6, weight=0.25, perseveration=0.2)
    assert isinstance(agent, HybridLearner)
    block = in_blocks(made_up(10, 12))
    total = 0.0
    for life in range(10):
        belief, trial = agent.ignorance(), Trial(jnp.array(-1), jnp.array(0))
        for t in range(12):
            chance = float(agent.second_action(belief, trial))
            action, state = int(block.action[0, life, t]), int(block.state[0, life, t])
            total += np.log(chance if action else 1 - chance)
            trial = Trial(jnp.array(action), jnp.array(state))
            belief = agent.learn(belief, trial, jnp.array(block.reward[0, life, t], jnp.float32))
    parameters = np.array([[0.3, 4.0 * 0.25, 4.0 * 0.75, 0.6, 0.2]])
    assert log_likelihood(block, parameters, LAW)[0] == pytest.approx(total, rel=1e-5)


def test_inference_is_the_exact_filter():
    block = in_blocks(made_up(10, 12))
    found, agent = inferred(block, LAW), FollowGoodState.build(TwoStep(common=0.8, reversal=0.025))
    for life in range(3):
        belief = agent.ignorance()
        for t in range(12):
            expected = (2 * 0.8 - 1) * 0.8 * (2 * float(belief) - 1)
            assert found[0, life, t] == pytest.approx(expected, abs=1e-5)
            trial = Trial(jnp.array(0), jnp.array(block.state[0, life, t]))
            belief = agent.learn(belief, trial, jnp.array(block.reward[0, life, t]))


@pytest.mark.parametrize("model", ["model-free", "model-based", "hybrid"])
def test_no_search_from_several_starts_finds_a_better_fit(model):
    rng = np.random.default_rng(5)
    block = simulate(model, draw_parameters(model, 1, rng), LAW, rng, lifetimes=6, horizon=60)
    best = fit(block, model, LAW)
    assert best.log_likelihood[0] == pytest.approx(log_likelihood(block, best.parameters, LAW)[0], abs=0.02)
    free = list(MODELS[model])
    highest = np.array([1.0, 40.0, 40.0, 1.0, 5.0])

    def loss(values):
        parameters = np.zeros((1, 5))
        parameters[0, free] = values
        return -log_likelihood(block, parameters, LAW)[0]

    for _ in range(4):
        start = rng.uniform(0.05, 0.95, len(free)) * highest[free] * 0.3
        bounds = [(-5.0 if place == 4 else 0.0, highest[place]) for place in free]
        found = optimize.minimize(loss, start, bounds=bounds, method="L-BFGS-B")
        assert -found.fun <= best.log_likelihood[0] + 0.05


def test_bic_counts_parameters_and_choices():
    blocks = in_blocks(made_up(), size=10)
    for model, one in fit_all(blocks, LAW).items():
        penalty = len(MODELS[model]) * np.log(10 * 30)
        np.testing.assert_allclose(one.bic, penalty - 2 * one.log_likelihood)
        assert set(np.flatnonzero(np.abs(one.parameters).sum(axis=0))) <= set(MODELS[model])
        assert ((one.parameters[:, TRACE_DECAY] >= 0) & (one.parameters[:, TRACE_DECAY] <= 1)).all()


def test_what_is_fitted_to_the_references_is_what_they_were_made_with():
    blocks = in_blocks(lived("model-based"), size=300, most=1)
    planned = fit(blocks, "model-based", LAW).parameters[0]
    assert planned[ALPHA] == pytest.approx(0.5, abs=0.05)
    assert planned[BETA_MB] == pytest.approx(5.0, abs=0.5)
    free = fit(in_blocks(lived("model-free"), size=300, most=1), "model-free", LAW).parameters[0]
    assert free[ALPHA] == pytest.approx(0.5, abs=0.05)
    assert free[BETA_MF] == pytest.approx(5.0, abs=0.5)
    assert free[TRACE_DECAY] > 0.9


def test_known_parameters_are_recovered():
    assert parameter_recovery(LAW, blocks=30, seed=1).correlation.min() > 0.65


def test_known_models_are_recovered():
    share = model_recovery(LAW, blocks=8, seed=1)
    np.testing.assert_allclose(share.sum(axis=1), 1.0)
    assert np.diag(share).min() >= 0.6


def test_simulated_lifetimes_follow_the_law_of_the_task():
    rng = np.random.default_rng(0)
    law = TwoStepLaw(common=0.7, high=0.8, low=0.3, reversal=0.1)
    one = simulate("latent-state", draw_parameters("latent-state", 20, rng), law, rng)
    assert one.common.mean() == pytest.approx(0.7, abs=0.015)
    np.testing.assert_array_equal(one.common, one.state == one.action)
    assert one.reward.mean() > 0.56


def test_blocks_need_lifetimes():
    with pytest.raises(ValueError, match="there are 40 lifetimes; a block has 50"):
        in_blocks(made_up(), size=50)
    with pytest.raises(ValueError, match=r"no model is called 'model-fre'\. Did you mean 'model-free'"):
        fit(in_blocks(made_up()), "model-fre", LAW)


def test_the_law_of_the_fits_is_that_of_the_tasks():
    for law, tasks in ((TwoStepLaw(), distribution("two-step-2016")), (LAW, V2018)):
        assert dataclasses.asdict(law).items() <= dataclasses.asdict(tasks).items()  # pyright: ignore

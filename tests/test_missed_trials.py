"""Trials in which a subject gave no answer: whatever stands in their place, it is as if they were not."""

import math

import numpy as np
import pytest
from test_analysis_rescorla_wagner import slow_log_likelihood
from test_two_step_analysis import by_hand

from prefrontal.analysis.choices import rescorla_wagner
from prefrontal.analysis.choices.behaviour import (
    choice_by_trial,
    history_regression,
    matching,
    win_stay_lose_shift,
)
from prefrontal.analysis.choices.harlow import Choices, accuracy, proportion_right, steps_of_trials
from prefrontal.analysis.choices.harlow_by_seed import often_reached
from prefrontal.analysis.choices.rescorla_wagner import (
    compare_shared_alpha,
    fit,
    fit_models,
    log_likelihood,
    rank_correlation,
)
from prefrontal.analysis.choices.two_step import Trials, history_weights, stay_probabilities
from prefrontal.analysis.choices.two_step_models import (
    MODELS,
    TwoStepLaw,
    fit_all,
    in_blocks,
    inferred,
)
from prefrontal.analysis.choices.two_step_models import fit as fit_two_step
from prefrontal.analysis.choices.two_step_models import log_likelihood as two_step_log_likelihood
from prefrontal.analysis.choices.two_step_recovery import draw_parameters, simulate
from prefrontal.analysis.statistics.logistic import fit_logistic

LAW = TwoStepLaw(common=0.8, reversal=0.025)
NONSENSE = 7  # stands where no answer was given
POINTS = np.array([[0.3, 4.0, 0.1], [0.9, 1.0, 0.0], [0.0, 20.0, 0.5], [1.0, 8.0, 1.0]])


def bandit(seed: int, blocks: int = 4, lifetimes: int = 3, pulls: int = 40):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 2, (blocks, lifetimes, pulls)), rng.integers(
        0, 2, (blocks, lifetimes, pulls)
    ) * 1.0


def some(shape, seed: int = 0, share: float = 0.2):
    return np.random.default_rng(seed).random(shape) < share


def hidden(array, missed):
    """The same with nonsense where no answer was given."""
    return np.where(missed, NONSENSE, array).astype(array.dtype)


def lived_trials(seed: int = 0, lifetimes: int = 40, trials: int = 30) -> Trials:
    rng = np.random.default_rng(seed)
    action, state = (rng.integers(0, 2, (lifetimes, trials)) for _ in range(2))
    return Trials(action, state, state == action, rng.integers(0, 2, (lifetimes, trials)) * 1.0)


def with_missed(lived: Trials, missed) -> Trials:
    action, state, reward = (hidden(array, missed) for array in (lived.action, lived.state, lived.reward))
    return Trials(action, state, lived.common ^ missed, reward, missed)


def closed_up(lived: Trials) -> list[Trials]:
    """Each lifetime without its missed trials, alone."""
    made = lived.made
    return [Trials(*(array[i][made[i]][None] for array in lived[:4])) for i in range(len(made))]  # pyright: ignore


# --- Rescorla-Wagner


def test_a_likelihood_is_that_of_the_choices_that_were_made():
    """By a plain loop over the trials that skips the missed ones."""
    action, reward = bandit(1)
    missed = some(action.shape)
    expected = [
        sum(slow_log_likelihood(a[~m][None], r[~m][None], *point) for a, r, m in zip(*block, strict=True))
        for *block, point in zip(action, reward, missed, POINTS, strict=True)
    ]
    found = log_likelihood(hidden(action, missed), hidden(reward, missed), POINTS, missed)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_a_likelihood_is_never_positive():
    """Read as actions of another code, missed trials had made it +981."""
    action, reward = bandit(2)
    missed = some(action.shape, share=0.9)
    assert (log_likelihood(hidden(action, missed), hidden(reward, missed), POINTS, missed) < 0).all()
    lived = in_blocks(with_missed(lived_trials(), some((40, 30), share=0.9)))
    assert (
        two_step_log_likelihood(lived, draw_parameters("hybrid", 4, np.random.default_rng(0)), LAW) < 0
    ).all()


@pytest.mark.parametrize("count", [1, 13])
def test_missed_trials_at_the_end_are_a_shorter_block(count):
    action, reward = bandit(3)
    missed = np.zeros(action.shape, bool)
    missed[..., -count:] = True
    whole = fit_models(hidden(action, missed), hidden(reward, missed), missed)
    short = fit_models(action[..., :-count], reward[..., :-count])
    for model, one in short.items():
        for found, expected in zip(whole[model], one, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)
    compared = compare_shared_alpha(hidden(action, missed), hidden(reward, missed), missed=missed)
    np.testing.assert_allclose(
        compared, compare_shared_alpha(action[..., :-count], reward[..., :-count]), rtol=1e-6
    )


def test_derivatives_hold_with_missed_trials():
    action, reward = bandit(4, blocks=1)
    blocks = rescorla_wagner._prepare(action, reward, some(action.shape))
    point = np.array([0.35, 3.0, 0.15])
    found = rescorla_wagner._loss(blocks, point[None])
    for place, step in enumerate(np.eye(3) * 1e-6):
        up, down = (rescorla_wagner._loss(blocks, (point + sign * step)[None]) for sign in (1, -1))
        assert found.gradient[0, place] == pytest.approx((up.value[0] - down.value[0]) / 2e-6, rel=1e-5)
        slope = (up.gradient[0] - down.gradient[0]) / 2e-6
        np.testing.assert_allclose(found.hessian[0, place], slope, rtol=1e-5, atol=1e-5)


def test_bic_counts_the_choices_that_were_made():
    action, reward = bandit(5)
    missed = some(action.shape)
    found = fit(action, reward, "ab", missed)
    made = (~missed).sum(axis=(1, 2))
    assert len(set(made.tolist())) > 1
    np.testing.assert_allclose(found.bic, 2 * np.log(made) - 2 * found.log_likelihood)


def test_a_mask_is_as_good_as_saying_it():
    action, reward = bandit(6)
    missed = some(action.shape)
    said = fit(action, reward, "ab", missed)
    by_action = fit(np.ma.masked_array(action, missed), reward, "ab")
    by_reward = fit(action, np.ma.masked_array(reward, missed), "ab")
    halves = missed & (np.arange(40) < 20), missed & (np.arange(40) >= 20)
    by_both = fit(np.ma.masked_array(action, halves[0]), reward, "ab", halves[1])
    for other in (by_action, by_reward, by_both):
        np.testing.assert_array_equal(other.parameters, said.parameters)
    nothing = np.where(missed, np.nan, action)
    np.testing.assert_array_equal(fit(nothing, reward, "ab", missed).parameters, said.parameters)


def test_masks_that_leave_nothing_and_masks_that_are_none(unchecked):
    action, reward = bandit(7)
    all_of_one = np.zeros(action.shape, bool)
    all_of_one[2] = True
    with pytest.raises(ValueError, match="block 2 has no choice: all of its trials are missed"):
        fit(action, reward, "b", all_of_one)
    with pytest.raises(ValueError, match="and no choice in it; there must be at least one"):
        fit(action, reward, "b", np.ones(action.shape, bool))
    with pytest.raises(ValueError, match=r"missed has the shape \(4, 3\); it must be action's, \(4, 3, 40\)"):
        unchecked(fit)(action, reward, "b", all_of_one[..., 0])
    with pytest.raises(ValueError, match=r"missed is 2 at \(0, 0, 0\); it must be 0 or 1"):
        unchecked(fit)(action, reward, "b", all_of_one + 2)


def learners(alpha, beta, missed, seed: int):
    """Learners on two arms whose probabilities wander; they learn nothing in trials that they miss."""
    rng = np.random.default_rng(seed)
    alpha, beta = alpha[:, None], beta[:, None]
    shape, pulls = missed.shape[:2], missed.shape[2]
    p, values, lived = rng.random(shape), np.full((2, *shape), 0.5), []
    for t in range(pulls):
        action = (rng.random(shape) < 1 / (1 + np.exp(beta * (values[0] - values[1])))).astype(int)
        reward = (rng.random(shape) < np.where(action == 0, p, 1 - p)).astype(float)
        for arm in (0, 1):
            learnt = (action == arm) & ~missed[..., t]
            values[arm] += np.where(learnt, alpha * (reward - values[arm]), 0.0)
        lived.append((action, reward))
        p = 1 - np.abs(1 - np.abs(p + 0.1 * rng.normal(size=shape)))
    return (np.stack(column, axis=-1) for column in zip(*lived, strict=True))


def test_parameters_are_recovered_as_well_with_a_tenth_of_the_trials_missed():
    rng = np.random.default_rng(0)
    alpha, beta = rng.uniform(0.05, 0.85, 40), rng.uniform(1.5, 7, 40)
    for share in (0.0, 0.1):
        missed = some((40, 10, 100), share=share)
        action, reward = learners(alpha, beta, missed, seed=1)
        found = fit(hidden(action, missed), hidden(reward, missed), "ab", missed)
        assert found.converged.all()
        for place, truth, least, bias in ((0, alpha, 0.97, 0.015), (1, beta, 0.9, 0.25)):
            assert np.corrcoef(found.parameters[:, place], truth)[0, 1] > least
            assert abs(np.mean(found.parameters[:, place] - truth)) < bias


# --- the two-step task


@pytest.mark.parametrize("model", MODELS)
def test_missed_trials_at_the_end_are_shorter_lifetimes(model):
    whole = lived_trials()
    missed = np.zeros((40, 30), bool)
    missed[:, -7:] = True
    short = fit_two_step(in_blocks(whole.each(lambda array: array[:, :-7])), model, LAW)
    for found, expected in zip(
        fit_two_step(in_blocks(with_missed(whole, missed)), model, LAW), short, strict=True
    ):
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def test_a_likelihood_of_the_two_step_task_skips_missed_trials():
    """By a plain loop over those that were made: values, and the action chosen last, stay as they were."""
    lived = with_missed(lived_trials(), some((40, 30)))
    parameters = draw_parameters("hybrid", 4, np.random.default_rng(1))
    found = two_step_log_likelihood(in_blocks(lived), parameters, LAW)
    for block in range(4):
        rows = closed_up(lived.take(slice(10 * block, 10 * block + 10)))
        assert found[block] == pytest.approx(
            sum(by_hand(row, parameters[block], LAW) for row in rows), rel=1e-9
        )


def test_the_good_state_may_change_in_a_missed_trial():
    """Bayes' rule without evidence: the belief moves towards one half by the chance of a reversal."""
    lived = lived_trials(trials=6)
    missed = np.zeros((40, 6), bool)
    missed[:, 3] = True
    found = inferred(in_blocks(with_missed(lived, missed)), LAW)
    np.testing.assert_array_equal(found[..., :4], inferred(in_blocks(lived), LAW)[..., :4])
    np.testing.assert_allclose(found[..., 4], (1 - 2 * LAW.reversal) * found[..., 3], rtol=1e-12)


def test_parameters_of_the_hybrid_are_recovered_as_well():
    made, error = draw_parameters("hybrid", 40, np.random.default_rng(1)), {}
    for missing in (0.0, 0.1):
        lived = simulate("hybrid", made, LAW, np.random.default_rng(51), missing=missing)
        assert abs((~lived.made).mean() - missing) < 0.01
        found = fit_two_step(lived, "hybrid", LAW).parameters
        error[missing] = np.abs(found - made).mean(axis=0)
        assert min(rank_correlation(made[:, at], found[:, at]) for at in range(5)) > 0.75
    assert (error[0.1] < 1.2 * error[0.0]).all()


def test_bic_of_the_two_step_models_counts_the_choices_that_were_made():
    blocks = in_blocks(with_missed(lived_trials(), some((40, 30))))
    for model, one in fit_all(blocks, LAW).items():
        penalty = len(MODELS[model]) * np.log(blocks.made.sum(axis=(1, 2)))
        np.testing.assert_allclose(one.bic, penalty - 2 * one.log_likelihood)


def test_staying_is_counted_from_one_choice_to_the_next():
    lived, missed = lived_trials(), some((40, 30))
    found = stay_probabilities(with_missed(lived, missed))
    for place, (rewarded, common) in enumerate([(1, 1), (1, 0), (0, 1), (0, 0)]):
        stays = [
            float(lived.action[i, t] == lived.action[i, t - 1])
            for i in range(40)
            for t in range(1, 30)
            if (lived.reward[i, t - 1], lived.common[i, t - 1]) == (rewarded, common)
            and not (missed[i, t - 1] or missed[i, t])
        ]
        assert found.probability[place] == pytest.approx(np.mean(stays))


def test_in_the_history_of_trials_a_missed_one_is_nothing():
    """Trial by trial: rows of missed trials are left out, their predictors are 0 in the rows of others."""
    lived, missed = lived_trials(), some((40, 30))
    found = history_weights(with_missed(lived, missed), lags=2)
    made = np.zeros((40, 28, 9))
    for i in range(40):
        for t in range(2, 30):
            made[i, t - 2, 0] = 1.0
            for lag in (1, 2):
                if not missed[i, t - lag]:
                    c, won, often = (
                        2.0 * array[i, t - lag] - 1 for array in (lived.action, lived.reward, lived.common)
                    )
                    made[i, t - 2, lag::2] = c, c * won, c * often, c * won * often
    kept = [(made[i][~missed[i, 2:]], lived.action[i, 2:][~missed[i, 2:]]) for i in range(40)]
    rows, chosen = (np.concatenate(column)[None] for column in zip(*kept, strict=True))
    expected = fit_logistic(rows, chosen, 1e-3, robust=False)
    np.testing.assert_allclose(found.weights.ravel(), expected.weights[1:], atol=1e-6)


def test_trials_keep_what_was_missed():
    missed = some((40, 30))
    lived = with_missed(lived_trials(), missed)
    np.testing.assert_array_equal(lived.take([3, 1]).missed, missed[[3, 1]])
    np.testing.assert_array_equal(in_blocks(lived, 5).missed, missed.reshape(8, 5, 30))
    masked = lived._replace(action=np.ma.masked_array(lived.action, missed), missed=None)
    np.testing.assert_array_equal(in_blocks(masked, 5).missed, missed.reshape(8, 5, 30))
    assert lived_trials().take([0]).missed is None
    assert lived_trials().made.all()


# --- behaviour


def test_stay_and_shift_by_hand():
    action = np.array([[0, 0, 9, 1, 1], [1, 1, 1, 0, 9]] * 2)
    reward = np.array([[1.0, 0.0, 9.0, 0.0, 1.0], [1.0, 1.0, 0.0, 1.0, 9.0]] * 2)
    found = win_stay_lose_shift(action, reward, missed=action == 9)
    assert (found.win_stay.value, found.win_stay.chances) == (1.0, 6)
    assert (found.lose_shift.value, found.lose_shift.chances) == (0.5, 4)


def test_behaviour_with_missed_trials_at_the_end_is_that_of_shorter_lifetimes():
    rng = np.random.default_rng(8)
    action, reward = rng.integers(0, 2, (30, 40)), rng.integers(0, 2, (30, 40)) * 1.0
    missed = np.zeros((30, 40), bool)
    missed[:, 33:] = True
    for analyse in (win_stay_lose_shift, history_regression, matching):
        found = analyse(hidden(action, missed), hidden(reward, missed), missed=missed)
        for one, expected in zip(found, analyse(action[:, :33], reward[:, :33]), strict=True):
            np.testing.assert_allclose(one, expected, rtol=1e-9, atol=1e-12)


def test_in_the_regression_on_rewards_a_missed_trial_is_nothing():
    action, reward = (array[0] for array in bandit(9, 1, 30, 40))
    missed = some((30, 40))
    found = history_regression(hidden(action, missed), hidden(reward, missed), lags=2, missed=missed)
    rows, chosen = [], []
    for choices, paid, gone in zip(action, reward, missed, strict=True):
        for t in range(2, 40):
            if not gone[t]:
                signs = [0 if gone[t - lag] else 2 * choices[t - lag] - 1 for lag in (1, 2)]
                rows.append([1.0, signs[0] * paid[t - 1], signs[1] * paid[t - 2], *signs])
                chosen.append(choices[t])
    weights = fit_logistic(np.array([rows]), np.array([chosen]), 1e-3, robust=False).weights
    np.testing.assert_allclose([found.intercept, *found.reward, *found.choice], weights, atol=1e-6)


def test_choices_by_trial_are_of_those_who_choose():
    action = np.array([[0, 5, 5], [0, 1, 5], [1, 1, 5], [1, 0, 5]])
    found = choice_by_trial(action, arms=2, missed=action == 5)
    np.testing.assert_allclose(found, [[0.5, 1 / 3, math.nan], [0.5, 2 / 3, math.nan]])


def test_a_lifetime_that_missed_all_has_no_match():
    action, reward = np.ones((4, 6), int), np.ones((4, 6))
    with pytest.raises(ValueError, match="lifetime 2 has no choice; leave it out"):
        matching(action, reward, np.arange(4)[:, None] * np.ones((1, 6), int) == 2)


def test_a_missed_trial_of_harlows_task_is_one_without_a_choice():
    made = np.array([[True, False, True], [True, True, False]])
    lived = Choices(made, made & np.array([[1, 1, 1], [0, 1, 1]], bool), np.array([[2, -1, 9], [1, 4, -1]]))
    assert proportion_right(lived, slice(0, 3)).value == pytest.approx(3 / 4)
    assert accuracy(lived, slice(0, 3)).value == 0.5  # a trial without a choice counts against it
    np.testing.assert_allclose(steps_of_trials(lived), [2.5, 3.0, 7.0])  # 7 since the choice before
    assert often_reached([lived._replace(made=np.array([[1, 0, 1], [1, 0, 1]], bool))], 0.5) == 1

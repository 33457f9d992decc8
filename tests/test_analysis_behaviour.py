"""Behaviour of simulated choosers whose habits are known."""

import numpy as np
import pytest
from scipy import optimize, special

from prefrontal.analysis.choices.behaviour import (
    choice_by_trial,
    history_regression,
    matching,
    proportion,
    win_stay_lose_shift,
)

N, T = 400, 60


def chooser(reward_weights, choice_weights, intercept=0.0, seed=0, lifetimes=N, p=(0.3, 0.6)):
    """Choices that follow the logistic regression exactly, on two arms that pay with probability `p`."""
    rng = np.random.default_rng(seed)
    action, reward = np.empty((lifetimes, T), int), np.empty((lifetimes, T))
    for t in range(T):
        odds = np.zeros(lifetimes) + intercept
        for lag, (by_reward, by_choice) in enumerate(
            zip(reward_weights, choice_weights, strict=True), start=1
        ):
            if t >= lag:
                sign = 2 * action[:, t - lag] - 1
                odds += sign * (by_reward * reward[:, t - lag] + by_choice)
        action[:, t] = rng.random(lifetimes) < special.expit(odds)
        reward[:, t] = rng.random(lifetimes) < np.asarray(p)[action[:, t]]
    return action, reward


def test_stay_and_shift_by_hand():
    action = np.array([[0, 0, 1, 1, 0], [1, 1, 1, 0, 1]])
    reward = np.array([[1.0, 0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 0.0, 1.0, 0.0]])
    found = win_stay_lose_shift(action, reward)
    assert (found.win_stay.value, found.win_stay.chances) == (4 / 5, 5)
    assert (found.lose_shift.value, found.lose_shift.chances) == (1.0, 3)


def test_win_stay_lose_shift_is_itself():
    rng = np.random.default_rng(0)
    reward = rng.integers(0, 2, (20, 30)).astype(np.float32)
    action = (
        np.cumsum(np.concatenate([np.zeros((20, 1)), 1 - reward[:, :-1]], axis=1), axis=1).astype(int) % 2
    )
    found = win_stay_lose_shift(action, reward)
    assert found.win_stay[:3] == found.lose_shift[:3] == (1.0, 1.0, 1.0)


def test_what_counts_as_a_win_can_be_said():
    action, reward = np.array([[0, 0], [0, 1]] * 2), np.array([[5.0, 0.0], [1.0, 0.0]] * 2)
    found = win_stay_lose_shift(action, reward, win=2.0)
    assert (found.win_stay.chances, found.lose_shift.chances) == (2, 2)


def test_interval_of_a_proportion_covers_it_though_trials_of_a_lifetime_are_alike():
    """Each lifetime has a probability of its own: an interval over trials would cover 60 times in 100."""
    rng = np.random.default_rng(1)
    covered = 0
    for _ in range(500):
        own = rng.beta(6, 4, (80, 1))
        found = proportion(rng.random((80, 40)) < own, rng.random((80, 40)) < 0.7)
        covered += found.low <= 0.6 <= found.high
    assert 0.92 <= covered / 500 <= 0.975


def test_a_proportion_of_nothing_is_refused():
    with pytest.raises(ValueError, match="counted has 0 trials in 3 lifetimes"):
        proportion(np.ones((3, 2), bool), np.zeros((3, 2), bool))


def test_choice_by_trial():
    found = choice_by_trial(np.array([[0, 2, 1], [0, 1, 1]]), arms=4)
    np.testing.assert_array_equal(found, [[1, 0, 0], [0, 0.5, 1], [0, 0.5, 0], [0, 0, 0]])
    with pytest.raises(ValueError, match="arms is 2; it must be a whole number, from 3 to 100000"):
        choice_by_trial(np.array([[0, 2, 1]]), arms=2)


def test_regression_recovers_the_weights_and_its_errors_are_their_spread():
    by_reward, by_choice = np.array([1.2, 0.6, 0.3]), np.array([0.2, -0.3, 0.1])
    fits = [history_regression(*chooser(by_reward, by_choice, 0.25, seed), lags=3) for seed in range(30)]
    for name, truth in (("intercept", 0.25), ("reward", by_reward), ("choice", by_choice)):
        found = np.array([getattr(one, name) for one in fits])
        error = np.mean([getattr(one, f"{name}_error") for one in fits], axis=0)
        assert (np.abs(found.mean(axis=0) - truth) < 4 * error / np.sqrt(30)).all()
        assert (np.abs(found.std(axis=0, ddof=1) / error - 1) < 0.5).all()


def test_regression_is_the_minimum_of_its_loss():
    action, reward = chooser([1.0, 0.5], [0.3, 0.0], lifetimes=6)
    found = history_regression(action, reward, lags=2, ridge=3.0, robust=False)

    def loss(weights):
        total = 1.5 * np.sum(weights[1:] ** 2)
        for choices, outcomes in zip(action, reward, strict=True):
            for t in range(2, T):
                sign = 2 * choices[[t - 1, t - 2]] - 1
                odds = weights[0] + weights[1:3] @ (sign * outcomes[[t - 1, t - 2]]) + weights[3:] @ sign
                total += np.logaddexp(0, -odds if choices[t] else odds)
        return total

    best = optimize.minimize(loss, np.zeros(5), tol=1e-9)
    np.testing.assert_allclose([found.intercept, *found.reward, *found.choice], best.x, atol=2e-4)


def test_errors_are_over_lifetimes():
    """Each lifetime leans to a side of its own: trials are alike, errors over trials would be too small."""
    rng = np.random.default_rng(5)
    leaning = [chooser([0.5], [0.0], rng.normal(0, 1.0, 60), seed, lifetimes=60) for seed in range(60)]
    fits = [history_regression(*one, lags=1) for one in leaning]
    spread = np.std([one.intercept for one in fits], ddof=1)
    assert np.mean([one.intercept_error for one in fits]) == pytest.approx(spread, rel=0.3)


def test_one_whose_choices_are_certain_has_large_finite_weights():
    rng = np.random.default_rng(3)
    reward = rng.integers(0, 2, (20, 30)).astype(float)
    action = (
        np.cumsum(np.concatenate([np.zeros((20, 1)), 1 - reward[:, :-1]], axis=1), axis=1).astype(int) % 2
    )
    found = history_regression(action, reward, lags=2)
    assert found.reward[0] > 10  # a reward turns the log-odds from leaving to staying
    assert found.choice[0] < -5
    assert np.isfinite(found.reward).all()


def test_lags_that_leave_no_trial_are_refused():
    with pytest.raises(ValueError, match="lags is 4; it must be a whole number, from 1 to 3"):
        history_regression(np.zeros((2, 4), int), np.zeros((2, 4)), lags=4)
    with pytest.raises(ValueError, match="it must be a choice from 0 to 1"):
        history_regression(np.full((2, 4), 2), np.zeros((2, 4)), lags=1)


def test_one_who_matches_has_a_sensitivity_of_one():
    """Choices and income in one ratio in each lifetime, by hand."""
    action = np.zeros((9, 1000), int)
    reward = np.zeros((9, 1000))
    for lifetime, second in enumerate(range(100, 1000, 100)):
        action[lifetime, :second] = 1
        reward[lifetime, ::2] = 1.0
    found = matching(action, reward)
    np.testing.assert_allclose(found.choice_fraction, np.arange(1, 10) / 10)
    np.testing.assert_allclose(found.reward_fraction, np.arange(1, 10) / 10)
    assert found.sensitivity == pytest.approx(1.0, abs=0.01)
    assert found.bias == pytest.approx(0.0, abs=0.01)


def test_one_who_does_not_look_has_no_sensitivity():
    """Income is given to one arm or the other whatever is chosen: even choices, uneven income."""
    rng = np.random.default_rng(4)
    action = rng.integers(0, 2, (300, 200))
    share = rng.uniform(0.1, 0.9, (300, 1))
    reward = (rng.random((300, 200)) < np.where(action == 1, share, 1 - share)).astype(float)
    found = matching(action, reward)
    assert abs(found.sensitivity) < 0.15
    assert found.sensitivity_error < 0.05


def test_a_lifetime_without_reward_has_no_reward_fraction():
    found = matching(np.array([[0, 1], [1, 1], [0, 1]]), np.array([[0.0, 0.0], [1.0, 1.0], [1.0, 0.0]]))
    assert np.isnan(found.reward_fraction).tolist() == [True, False, False]

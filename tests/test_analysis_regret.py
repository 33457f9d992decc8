"""Curves of regret and sub-optimal pulls, and comparisons, against sums by hand on records made by hand."""

import numpy as np
import pytest

from prefrontal.analysis.regret import (
    curve_over_seeds,
    final_regret,
    final_suboptimal,
    optimal_curve,
    regret_curve,
    suboptimal_curve,
)
from prefrontal.analysis.statistics.comparison import check_same_tasks, same_tasks
from prefrontal.analysis.statistics.intervals import lifetime_interval, mean_over
from prefrontal.disk.records import Records


def two_arms(action, probability, **changes) -> Records:
    """Records of choices between two arms with known means, `probability` (N, 2)."""
    action, probability = np.asarray(action), np.asarray(probability, dtype=np.float32)
    expected = np.take_along_axis(probability, action, axis=1)
    fields = {
        "policy": "agent",
        "distribution": "bandit-independent",
        "split": "test",
        "seed": 0,
        "horizon": action.shape[1],
        "action": action,
        "reward": np.zeros(action.shape, np.float32),
        "expected_reward": expected,
        "oracle_reward": np.broadcast_to(probability.max(axis=1, keepdims=True), action.shape),
        "alive": np.ones(action.shape, bool),
        "episode_over": np.zeros(action.shape, bool),
        "truncated": np.zeros(action.shape, bool),
        "task": {"probability": probability},
    }
    return Records(**fields | changes)


def random_records(seed: int, lifetimes: int = 40, good: float = 0.5, task_seed: int = 0) -> Records:
    """Pulls the best arm with probability `good`."""
    probability = np.random.default_rng(task_seed).random((lifetimes, 2))
    best = probability.argmax(axis=1)[:, None]
    right = np.random.default_rng([seed, 99]).random((lifetimes, 12)) < good
    return two_arms(np.where(right, best, 1 - best), probability)


ONE = two_arms([[0, 1, 1, 0], [1, 1, 0, 1]], [[0.75, 0.25], [0.5, 0.25]])


def test_curves_by_hand():
    assert regret_curve([ONE]).mean.tolist() == [0.125, 0.5, 0.75, 0.875]
    assert suboptimal_curve([ONE]).mean.tolist() == [0.5, 1.5, 2.0, 2.5]
    assert optimal_curve([ONE]).mean.tolist() == [0.5, 0.0, 0.5, 0.5]
    assert final_regret(ONE).tolist() == [1.0, 0.75]
    assert final_suboptimal(ONE).tolist() == [2.0, 3.0]


def test_arms_of_equal_worth_are_both_optimal():
    equal = two_arms([[0, 1]], [[0.5, 0.5]])
    assert final_regret(equal).tolist() == [0.0]
    assert final_suboptimal(equal).tolist() == [0.0]


def test_curve_over_seeds_has_each_seeds_mean_and_the_interval_of_seeds_and_tasks():
    curve = regret_curve([random_records(seed) for seed in range(5)])
    last = np.array([final_regret(random_records(seed)).mean() for seed in range(5)])
    np.testing.assert_allclose(curve.by_seed[:, -1], last, rtol=1e-12)
    assert curve.mean[-1] == pytest.approx(last.mean(), rel=1e-12)
    found = mean_over([final_regret(random_records(seed)) for seed in range(5)])
    assert (curve.low[-1], curve.high[-1]) == pytest.approx((found.low, found.high), rel=1e-9)


def test_one_seed_has_the_interval_of_its_lifetimes():
    values = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 1.0]])
    curve = curve_over_seeds([values])
    assert (curve.low[0], curve.high[0]) == pytest.approx(lifetime_interval(values[:, 0]))
    assert (curve.low[1], curve.high[1]) == (0.0, 2.0)  # of three tasks alike, by the rule of three


def test_one_lifetime_of_one_seed_has_no_interval():
    with pytest.raises(ValueError, match="1 lifetime of 1 seed; an interval needs at least 2"):
        curve_over_seeds([np.zeros((1, 3))])


def test_lifetimes_cut_short_have_no_proportion_at_a_trial():
    short = two_arms([[0, 1]], [[0.5, 0.25]], alive=np.array([[True, False]]))
    with pytest.raises(ValueError, match="alive is False somewhere in agent"):
        optimal_curve([short])


def test_policies_that_met_different_tasks_are_not_compared_in_pairs():
    assert same_tasks(random_records(0), random_records(1))
    assert not same_tasks(random_records(0), random_records(1, task_seed=1))
    assert not same_tasks(ONE, two_arms(ONE.action, ONE.task["probability"], seed=1))
    with pytest.raises(ValueError, match="agent and agent met different tasks"):
        check_same_tasks(random_records(0), random_records(1, task_seed=1))

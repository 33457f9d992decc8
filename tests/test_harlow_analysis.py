"""What is chosen in Harlow's task: from records whose choices are known."""

import numpy as np
import pytest

from prefrontal.analysis.choices.harlow import (
    accuracy,
    accuracy_curve,
    choices,
    completed,
    proportion_right,
    steps_of_trials,
)
from prefrontal.disk.records import Records

LATER = slice(1, 4)


def records(*rewards: list[float]) -> Records:
    """Lifetimes whose steps brought these rewards; all of one length."""
    reward = np.array(rewards, np.float32)
    shape = reward.shape
    return Records(
        policy="agent",
        distribution="harlow",
        split="test",
        seed=0,
        horizon=shape[1],
        action=np.zeros(shape, np.int32),
        reward=reward,
        expected_reward=None,
        oracle_reward=None,
        alive=np.ones(shape, bool),
        episode_over=np.zeros(shape, bool),
        truncated=np.zeros(shape, bool),
        task={},
    )


LIVED = choices(records([0.2, 1, 0, 0.2, -1, 0, 1], [0, 0.2, -1, 0.2, 0, 1, 0]), trials=4)


def test_choices_are_told_from_fixations():
    np.testing.assert_array_equal(LIVED.made, [[1, 1, 1, 0], [1, 1, 0, 0]])
    np.testing.assert_array_equal(LIVED.right, [[1, 0, 1, 0], [0, 1, 0, 0]])
    np.testing.assert_array_equal(LIVED.step, [[1, 4, 6, -1], [2, 5, -1, -1]])
    np.testing.assert_array_equal(completed(LIVED), [3, 2])


def test_choices_beyond_the_trials_are_left_out():
    lived = choices(records([1, -1, 1]), trials=2)
    np.testing.assert_array_equal(lived.right, [[1, 0]])
    np.testing.assert_array_equal(lived.step, [[0, 1]])


def test_a_proportion_is_of_the_choices_made():
    assert proportion_right(LIVED, LATER).value == pytest.approx(2 / 3)
    assert proportion_right(LIVED, slice(0, 1)).value == 0.5
    after_right = proportion_right(LIVED, slice(1, 2), LIVED.right[:, 0])
    assert after_right.value == 0.0


def test_a_proportion_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no choice was made in trials"):
        proportion_right(LIVED, slice(3, 4))


def test_the_standard_error_of_one_choice_a_lifetime_is_the_binomial_one():
    rng = np.random.default_rng(0)
    reward = np.where(rng.random((4000, 1)) < 0.8, 1.0, -1.0)
    found = proportion_right(choices(records(*reward.tolist()), trials=1), slice(0, 1))
    assert found.error == pytest.approx(np.sqrt(found.value * (1 - found.value) / 4000), rel=1e-6)


def test_a_trial_without_a_choice_counts_against_accuracy():
    assert accuracy(LIVED, LATER).value == pytest.approx(2 / 6)
    assert accuracy(LIVED, slice(1, 2), ~LIVED.right[:, 0]).value == 1.0
    with pytest.raises(ValueError, match="none of 2 lifetimes counts"):
        accuracy(LIVED, LATER, np.zeros(2, bool))


def test_the_standard_error_of_accuracy_is_that_of_a_mean_over_lifetimes():
    one = accuracy(choices(records([1, 1], [-1, 1], [-1, -1], [1, 0]), trials=2), slice(0, 2))
    assert one.value == pytest.approx(0.5)
    assert one.error == pytest.approx(np.std([1, 0.5, 0, 0.5]) / 2)


def test_who_chooses_no_more_once_it_was_wrong_is_not_accurate():
    """It stays with what pays, and after a loss it looks away for the rest of its lifetime."""
    lived = choices(records([1, 1, 1, 1], [-1, 0, 0, 0]), trials=4)
    assert proportion_right(lived, LATER).value == 1.0
    assert accuracy(lived, LATER).value == 0.5


def test_the_curve_is_over_all_lifetimes():
    curve = accuracy_curve([LIVED, choices(records([1, 1, 0], [-1, 1, 0]), trials=4)])
    np.testing.assert_allclose(curve.by_seed, [[0.5, 0.5, 0.5, 0.0], [0.5, 1.0, 0.0, 0.0]])
    np.testing.assert_allclose(curve.mean, [0.5, 0.75, 0.25, 0.0])


def test_steps_are_counted_from_choice_to_choice():
    np.testing.assert_allclose(steps_of_trials(LIVED), [2.5, 3.0, 2.0, np.nan])

"""What several trainings do in Harlow's task: from records whose choices are known."""

import dataclasses

import numpy as np
import pytest
from test_harlow_analysis import LIVED, records

from prefrontal.analysis.choices.harlow import choices
from prefrontal.analysis.choices.harlow_by_seed import (
    after_first,
    gaze_to_choice,
    lacking_first,
    often_reached,
    paid_by_images,
    steps_over_seeds,
)

OTHER = choices(records([1, 1, 0], [1, -1, 0]), trials=4)


def test_images_pay_one_for_the_right_choice_and_take_one_for_the_other():
    np.testing.assert_array_equal(paid_by_images(LIVED), [1, 0])


def test_steps_are_of_the_trials_that_every_seed_reaches():
    """LIVED takes 2 and 3 steps to its first choices and 3 more to each of its second; OTHER one and one."""
    found = steps_over_seeds([LIVED, OTHER])
    assert found.trials.tolist() == [0, 1]
    np.testing.assert_allclose(found.by_seed, [[2.5, 3.0], [1.0, 1.0]])
    np.testing.assert_allclose(found.mean, [1.75, 2.0])


def test_where_no_trial_is_reached_there_are_no_steps():
    assert len(steps_over_seeds([choices(records([0.0, 0.0]), trials=4), OTHER]).trials) == 0


def test_trials_count_that_every_seed_reaches_often():
    assert often_reached([LIVED], 0.5) == 3
    assert often_reached([LIVED], 0.6) == 2
    assert often_reached([LIVED, OTHER], 0.5) == 2


def test_the_second_choice_by_what_the_first_one_was():
    """After a right first choice the second is wrong, after a wrong one right; and the other way round."""
    turned = choices(records([1, 1], [-1, -1]), trials=2)
    found = after_first([LIVED, turned])
    assert [one.value for one in found.differences] == [-1.0, 1.0]
    assert [one.value for one in found.after_wrong] == [1.0, 0.0]
    assert lacking_first([LIVED, turned, OTHER]) == 1
    with pytest.raises(ValueError, match="at least one must"):
        after_first([OTHER])


def test_gaze_is_turned_so_that_the_rewarded_image_is_to_the_right():
    """Two lifetimes of three steps that choose at the last; in the second the image is on the left."""
    lived = records([0, 0, 1], [0, 0, 1])
    gaze = np.array([[0.0, 3.0, 8.0], [0.0, -3.0, -8.0]])
    state = {
        "trial": np.zeros((2, 3), int),
        "phase": np.array([[0, 1, 1], [0, 1, 1]]),
        "gaze": gaze,
        "rewarded_right": np.repeat([[True], [False]], 3, axis=1),
    }
    first, second = gaze_to_choice(dataclasses.replace(lived, state=state), trial=0)
    assert first.tolist() == second.tolist() == [3.0, 8.0]
    assert gaze_to_choice(dataclasses.replace(lived, state=state), trial=1) == []

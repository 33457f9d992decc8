"""A training whose horizons grow: each update lives lifetimes of its own length, in one call of `train`."""

import dataclasses
import re

import jax.numpy as jnp
import numpy as np
import pytest
from one_update import WORLD, compiled, learner_of, quick_jit, state_of
from test_ppo import flat
from toy_runs import assert_same_run, interrupted, lines

from prefrontal.learners import A2C
from prefrontal.learners.schedules import ToHorizon
from prefrontal.tasks import TaskDistribution
from prefrontal.training import train

PARTS = ((0.0, 3), (0.3, 8))  # of four updates, two and two
LEARNER = learner_of("none", curriculum=PARTS, discount=ToHorizon())


def test_an_update_lives_lifetimes_of_its_part():
    """And its discount ends by their horizon."""
    plain = dataclasses.replace(LEARNER, curriculum=())
    for update, horizon in [(1, 3), (2, 8)]:
        state = state_of(LEARNER, update)
        after, metrics = compiled(LEARNER)(state)
        tasks = dataclasses.replace(WORLD, horizon=horizon)
        expected, said = quick_jit(lambda state, tasks=tasks: plain.learn(state, tasks))(state)
        np.testing.assert_allclose(flat(after.weights), flat(expected.weights), rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(metrics["return"], said["return"], rtol=1e-5)


def test_steps_are_counted_by_the_horizons_that_were_lived():
    assert [LEARNER.steps(updates) for updates in range(5)] == [0, 24, 48, 112, 176]
    assert learner_of("none").steps(3) == 192


def test_it_is_stopped_between_two_horizons_and_goes_on_to_the_same_bits(tmp_path):
    train(LEARNER, 0, tmp_path / "whole")
    interrupted(LEARNER, tmp_path / "stopped", update=2)
    train(LEARNER, 0, tmp_path / "stopped", resume=True)
    assert_same_run(tmp_path / "whole", tmp_path / "stopped")
    assert lines(tmp_path / "stopped")[-1]["last"] == 4


class Fixed(TaskDistribution):
    horizon = 8
    environment = WORLD.environment

    def sample(self, key):
        return jnp.zeros(())


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"curriculum": ((0.1, 3), (0.5, 8))}, "curriculum begins at [0.1, 0.5]; its parts must begin at 0"),
        ({"curriculum": ((0.0, 3), (0.0, 8))}, "curriculum begins at [0.0, 0.0]; its parts must begin at 0"),
        ({"curriculum": ((0.0, 3), (1.0, 8))}, "its parts must begin at 0, and rise to less than 1"),
        ({"curriculum": ((0.0, 9),)}, "a horizon of curriculum is 9; it must be a whole number, from 1 to 8"),
        ({"curriculum": ((0.0, 2.5),)}, "curriculum is 2.5; it must be a whole number"),
        ({"tasks": Fixed(), "curriculum": ((0.0, 2),)}, "Fixed has no field horizon to change"),
    ],
)
def test_a_curriculum_that_cannot_be_is_refused(changes, message, unchecked):
    with pytest.raises(ValueError, match=re.escape(message)):
        unchecked(A2C.__init__)(object.__new__(A2C), **{"tasks": WORLD, **changes})

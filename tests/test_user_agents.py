"""A user's own agent: what its methods take and return is checked, and refused by name where need be."""

from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from gymnasium import spaces
from test_user_worlds import OBSERVED, Mine, Tasks

from prefrontal.agents import Agent
from prefrontal.evaluation import evaluate
from prefrontal.references import reference
from prefrontal.tasks import IndependentArms
from prefrontal.types import Step


class Plays(Agent):
    """Every method can be replaced."""

    start: Any = 0
    play: Any = lambda memory, _: (memory + 1, memory % 2, None)

    def initial_memory(self):
        return self.start

    def act(self, memory, percept, noise):
        return self.play(memory, percept)


class TakesTwo(Plays):
    def act(self, memory, percept):
        return memory, 0, None


class Revises(Plays):
    segment = 2

    def revise(self, memory, lived):
        return jnp.zeros(7)


def lived(agent, environment=None):
    tasks = Tasks(environment) if environment else IndependentArms(horizon=4)
    return evaluate(agent, tasks, lifetimes=3)


def test_a_memory_may_be_a_python_number():
    np.testing.assert_array_equal(lived(Plays()).action, [[0, 1, 0, 1]] * 3)


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (Plays(play=lambda memory, _: (memory, "left", None)), "Plays acts with 'left'; it must be an array"),
        (Plays(play=lambda memory, _: (memory, None, None)), "Plays acts with None; it must be an array"),
        (TakesTwo(), r"TakesTwo.act\(memory, percept\) cannot be called with 3 arguments"),
        (
            Plays(play=lambda memory, percept: (memory, 1 if percept.previous_reward > 0 else 0, None)),
            "Plays.act uses an array as a Python number.*jnp.where instead of `if`",
        ),
        (
            Plays(jnp.zeros(2), lambda *_: (jnp.zeros(3), 0, None)),
            r"the memory of the batch is float32 of shape \(2, 3\) before act, and act returned .*\(3, 3\)",
        ),
        (
            Plays((0, 1), lambda *_: (0, 0, None)),
            "the memory of the batch is a tuple .* a memory must keep its structure",
        ),
        (Plays("nothing"), "Plays.initial_memory returned a memory of type str; it must be a pytree"),
        (Revises(0), "before revise, and revise returned .*a memory must keep its structure"),
    ],
)
def test_what_an_agent_cannot_mean_is_refused_by_name(agent, said):
    with pytest.raises(ValueError, match=said):
        lived(agent)


def always(action):
    return Plays((), lambda memory, _: (memory, jnp.asarray(action), None))


@pytest.mark.parametrize(
    ("space", "action", "said"),
    [
        (spaces.Discrete(2), 0.7, r"Plays acts with float32 .*Discrete\(2\)"),
        (spaces.Discrete(2), 7, r"is 7 at step 0 of lifetime 0; action_space is Discrete\(2\)"),
        (spaces.Discrete(2), -1, r"is -1 at step 0 of lifetime 0"),
        (spaces.MultiDiscrete([2, 3]), [1, 3], r"is \[1 3\] at step 0 of lifetime 0"),
        (spaces.MultiDiscrete([2, 3], start=[1, 0]), [0, 2], r"is \[0 2\] at step 0 of lifetime 0"),
        (spaces.MultiDiscrete([2, 3]), [1.0, 2.0], "whole numbers of shape"),
        (spaces.MultiBinary(2), [2, 0], r"is \[2 0\] at step 0"),
        (spaces.Box(-1.0, 1.0, (2,)), [0.0, np.nan], r"is \[ 0. nan\] at step 0"),
        (spaces.Box(-1.0, 1.0, (2,)), [0.0], "action_space is Box"),
    ],
)
def test_actions_outside_their_space_are_refused(space, action, said):
    with pytest.raises(ValueError, match=said):
        lived(always(action), Mine(action_space=space))


@pytest.mark.parametrize("name", ["random", "ucb1", "thompson", "win-stay-lose-shift", "rescorla-wagner"])
def test_a_reference_for_other_arms_is_refused(name):
    with pytest.raises(
        ValueError, match=r"cannot act in 'IndependentArms': its actions are 2, and there .* 5"
    ):
        evaluate(reference(name, IndependentArms(horizon=4)), IndependentArms(arms=5, horizon=4), lifetimes=3)


def test_the_world_is_given_the_nearest_action_inside_the_box():
    """And records keep it as it was chosen."""

    class Pays(Mine):
        action_space = spaces.Box(-1.0, 1.0, (2,))

        def transition(self, noise, task, state, action):
            return Step(state, OBSERVED, action[0] + action[1], False, False, False)

    records = lived(always([5.0, -0.25]), Pays())
    np.testing.assert_array_equal(records.reward, np.full((3, 3), 0.75))
    np.testing.assert_array_equal(records.action[0, 0], [5.0, -0.25])

"""Worlds with action masks: three doors, one of which is always closed.

The closed door of an episode's start is drawn; with every step it moves on by one or two. So a mask is never
that of the step before. An episode has three steps, or ends sooner at random. Task, state and mask are such
that every end of an episode or a lifetime occurs.
"""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces

from prefrontal.tasks import Environment, TaskDistribution
from prefrontal.types import Step

PAYS, LENGTH = jnp.array([0.9, 0.5, 0.1]), 3


class DoorsTask(NamedTuple):
    hazard: jax.Array  # the probability that the lifetime ends with a step
    early: jax.Array  # the same of an episode
    shut: jax.Array  # whether all doors are closed from the second step of an episode on


class DoorsState(NamedTuple):
    closed: jax.Array
    steps: jax.Array


class DoorsNoise(NamedTuple):
    uniform: jax.Array  # (3,)
    moved: jax.Array


@dataclasses.dataclass(frozen=True)
class DoorsWorld(Environment):
    """Actions are counted from 2; or, with `factored`, they are a door and a second choice of two.

    The second choice is free except where door 0 is closed: then it has to be 1.
    """

    factored: bool = False
    length: int | None = None  # of every episode, where none ends early
    observation_space = spaces.Box(0.0, 1.0, (0,), np.float32)
    reward_range = (0.0, 1.0)

    @property
    def action_space(self):
        return spaces.MultiDiscrete([3, 2]) if self.factored else spaces.Discrete(3, start=2)

    @property
    def episode_length(self):
        return self.length

    def door(self, action):
        return action[0] if self.factored else action - 2

    def reset(self, key, task):
        return DoorsState(jax.random.randint(key, (), 0, 3), jnp.array(0)), jnp.zeros(0)

    def noise(self, key):
        uniform_key, moved_key = jax.random.split(key)
        return DoorsNoise(jax.random.uniform(uniform_key, (3,)), jax.random.randint(moved_key, (), 1, 3))

    def transition(self, noise, task, state, action):
        paid = noise.uniform[0] < self.expected_reward(task, state, action)
        after = DoorsState((state.closed + noise.moved) % 3, state.steps + 1)
        over, cut_short = noise.uniform[1] < task.early, after.steps == LENGTH
        return Step(after, jnp.zeros(0), paid, over, cut_short & ~over, noise.uniform[2] < task.hazard)

    def allowed(self, task, state):
        doors = (jnp.arange(3) != state.closed) & ~(task.shut & (state.steps > 0))
        return jnp.append(doors, jnp.array([state.closed != 0, True])) if self.factored else doors

    def expected_reward(self, task, state, action):
        return jnp.sum(jax.nn.one_hot(self.door(action), 3) * PAYS)

    def oracle_reward(self, task, state):
        return jnp.where(state.closed == 0, PAYS[1], PAYS[0])


@dataclasses.dataclass(frozen=True)
class Doors(TaskDistribution):
    horizon: int = 12
    factored: bool = False
    hazard: float = 0.1  # at most
    early: float = 0.5  # at most
    shut: float = 0.0  # the share of tasks in which all doors close

    @property
    def environment(self):
        return DoorsWorld(self.factored, LENGTH if self.early == 0 else None)

    def sample(self, key):
        hazard_key, early_key, shut_key = jax.random.split(key, 3)
        hazard, early = jax.random.uniform(hazard_key), jax.random.uniform(early_key)
        shut = jax.random.bernoulli(shut_key, self.shut)
        return DoorsTask(self.hazard * hazard, self.early * early, shut)

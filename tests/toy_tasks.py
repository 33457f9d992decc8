"""A small world with all that a lifetime can hold: episodes of differing length, some cut short, and deaths.

    start                      exit
    |--0--|--1--|--2--|--3--|--4        action 1 walks a step towards the exit, action 0 waits

An episode starts at place 0 or 1, is over at the exit, and is truncated when patience runs out. One of the
two actions pays more than the other, at any place. Any step may end the lifetime, with the task's own hazard.
"""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces

from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.types import Step


class CorridorTask(NamedTuple):
    exit: jax.Array  # 2, 3 or 4
    patience: jax.Array  # 3 to 6 steps
    hazard: jax.Array  # the probability that the lifetime ends with a step
    good: jax.Array  # the action that pays


class CorridorState(NamedTuple):
    place: jax.Array
    steps: jax.Array  # in this episode


class CorridorNoise(NamedTuple):
    hazard: jax.Array
    reward: jax.Array


@dataclasses.dataclass(frozen=True)
class CorridorWorld(Environment):
    """Observes place / 4 and steps / 6. With `numbers` an action is a number: above 0 it walks."""

    numbers: bool = False

    @property
    def observation_space(self) -> spaces.Box:
        return spaces.Box(0.0, 1.0, (2,), np.float32)

    @property
    def action_space(self) -> spaces.Discrete | spaces.Box:
        return spaces.Box(-1.0, 1.0, (1,), np.float32) if self.numbers else spaces.Discrete(2)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (0.0, 1.0)

    @property
    def reward_values(self) -> tuple[float, ...]:
        return (0.0, 1.0)

    def reset(self, key, task: CorridorTask):
        state = CorridorState(jax.random.randint(key, (), 0, 2), jnp.array(0))
        return state, self._observe(state)

    def noise(self, key) -> CorridorNoise:
        hazard_key, reward_key = jax.random.split(key)
        return CorridorNoise(jax.random.uniform(hazard_key), jax.random.uniform(reward_key))

    def transition(self, noise: CorridorNoise, task: CorridorTask, state, action) -> Step:
        reward = (noise.reward < self.expected_reward(task, state, action)).astype(jnp.float32)
        state = CorridorState(state.place + self._walks(action), state.steps + 1)
        over = state.place >= task.exit
        truncated = (state.steps >= task.patience) & ~over
        return Step(state, self._observe(state), reward, over, truncated, noise.hazard < task.hazard)

    def expected_reward(self, task: CorridorTask, state, action):
        return jnp.where(self._walks(action) == task.good, 0.8, 0.2)

    def oracle_reward(self, task: CorridorTask, state):
        return jnp.array(0.8)

    def _walks(self, action):
        return (action[0] > 0).astype(jnp.int32) if self.numbers else action

    def _observe(self, state: CorridorState):
        return jnp.stack([state.place / 4, state.steps / 6])


@dataclasses.dataclass(frozen=True)
class Corridor(TaskDistribution):
    horizon: int = 24
    most_hazard: float = 0.15
    numbers: bool = False

    @property
    def environment(self) -> CorridorWorld:
        return CorridorWorld(self.numbers)

    def sample(self, key) -> CorridorTask:
        exit_key, patience_key, hazard_key, good_key = jax.random.split(key, 4)
        return CorridorTask(
            jax.random.randint(exit_key, (), 2, 5),
            jax.random.randint(patience_key, (), 3, 7),
            self.most_hazard * jax.random.uniform(hazard_key),
            jax.random.bernoulli(good_key).astype(jnp.int32),
        )

    def outside(self) -> "Corridor":
        return dataclasses.replace(self, most_hazard=2 * self.most_hazard)

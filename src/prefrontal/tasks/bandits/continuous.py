"""A bandit whose arms are the points of an interval: the farther from a hidden target, the less one pays."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float

from prefrontal.checks import check_between, check_integer
from prefrontal.tasks.bandits.base import OneEpisode
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import RandomKey, Step


class TargetTask(NamedTuple):
    target: Float[Array, ""]


@dataclasses.dataclass(frozen=True)
class TargetBandit(OneEpisode):
    """An action is a number from -`reach` to `reach`; it pays -(action - target)². Rewards are certain."""

    reach: float = 1.0

    @property
    def action_space(self) -> spaces.Box:
        return spaces.Box(-self.reach, self.reach, (), np.float32)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (-((2 * self.reach) ** 2), 0.0)

    def transition(self, noise, task: TargetTask, state, action: Float[Array, ""]) -> Step:
        return self.paid(state, self.expected_reward(task, state, action))

    def expected_reward(self, task: TargetTask, state, action: Float[Array, ""]) -> Float[Array, ""]:
        return -((action - task.target) ** 2)

    def oracle_reward(self, task: TargetTask, state) -> Float[Array, ""]:
        return jnp.zeros(())


@dataclasses.dataclass(frozen=True)
class HiddenTarget(TaskDistribution):
    """The target is uniform over the interval. One pull says how far it is, and not on which side.

    **Arguments:** `hollow`, the part of the interval about its centre in which there is no target. Outside
    D: targets in the outer half only (where that is D itself, anywhere).
    """

    horizon: int = 5
    reach: float = 1.0
    hollow: float = 0.0

    def __post_init__(self):
        check_integer("horizon", self.horizon, 1)
        check_between("reach", self.reach, 1e-3, 1e3)
        check_between("hollow", self.hollow, 0.0, 0.99)

    @property
    def environment(self) -> TargetBandit:
        return TargetBandit(self.reach)

    def sample(self, key: RandomKey) -> TargetTask:
        place = jax.random.uniform(key, (), minval=-1.0, maxval=1.0)
        outwards = self.hollow + (1.0 - self.hollow) * jnp.abs(place)
        return TargetTask(self.reach * jnp.sign(place) * outwards)

    def outside(self) -> "HiddenTarget":
        return dataclasses.replace(self, hollow=0.0 if self.hollow else 0.5)

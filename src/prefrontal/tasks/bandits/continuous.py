"""A bandit whose arms are the points of an interval. Reward falls with the distance to a hidden target."""

import dataclasses
from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float

from prefrontal.checks import settle
from prefrontal.tasks.bandits.base import OneEpisode
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.types import RandomKey, Step, Task


class TargetTask(NamedTuple):
    target: Float[Array, ""]


@dataclasses.dataclass(frozen=True)
class TargetBandit(OneEpisode):
    """An action is a number from -`reach` to `reach`; it pays -(action - target)². Rewards are certain."""

    reach: float = 1.0

    def __post_init__(self):
        settle(self, reach=(1e-3, 1e3))

    @property
    def action_space(self) -> spaces.Box:
        return spaces.Box(-self.reach, self.reach, (), np.float32)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (-((2 * self.reach) ** 2), 0.0)

    def check_task(self, task: Task) -> None:
        check_field(self, task, "target", (), -self.reach, self.reach)

    def transition(self, noise, task: TargetTask, state, action: Float[Array, ""]) -> Step:
        return self.paid(state, self.expected_reward(task, state, action))

    def expected_reward(self, task: TargetTask, state, action: Float[Array, ""]) -> Float[Array, ""]:
        return -((action - task.target) ** 2)

    def oracle_reward(self, task: TargetTask, state) -> Float[Array, ""]:
        return jnp.zeros((), jnp.float32)


@dataclasses.dataclass(frozen=True)
class HiddenTarget(TaskDistribution):
    """Actions are numbers; a target is hidden in their interval. A pull shows its distance, not its side.

    **Arguments:** `hollow`, the central part of the interval that never contains the target; the target is
    uniform over the rest. Outside D: targets only in the outer half, or anywhere if that is D itself.
    """

    horizon: int = 5  # pulls in a lifetime
    reach: float = 1.0  # actions are from -reach to reach
    hollow: float = 0.0

    def __post_init__(self):
        settle(self, horizon=(1, inf), reach=(1e-3, 1e3), hollow=(0.0, 0.99))

    @property
    def environment(self) -> TargetBandit:
        return TargetBandit(self.reach)

    def sample(self, key: RandomKey) -> TargetTask:
        place = jax.random.uniform(key, (), jnp.float32, minval=-1.0, maxval=1.0)
        outwards = self.hollow + (1.0 - self.hollow) * jnp.abs(place)
        return TargetTask(self.reach * jnp.sign(place) * outwards)

    def outside(self) -> "HiddenTarget":
        return dataclasses.replace(self, hollow=0.0 if self.hollow else 0.5)

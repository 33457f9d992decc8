"""The bandit with an informative arm (Wang et al. 2016, section 3.1.3)."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
from gymnasium import spaces
from jaxtyping import Array, Float, Int

from prefrontal.checks import check_between, check_integer
from prefrontal.tasks.bandits.base import OneEpisode
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import RandomKey, Step


class InformativeTask(NamedTuple):
    target: Int[Array, ""]  # which of the first `targets` arms pays `prize`
    code: Int[Array, ""]  # what the informative arm tells: it pays (code + 1) / targets


@dataclasses.dataclass(frozen=True)
class InformativeArmBandit(OneEpisode):
    """`targets` arms that pay 1, but for one that pays `prize`; the last arm pays little and tells which.

    All rewards are certain. Arms are numbered from 0: the paper's a₁₁ is arm 10 and pays (target + 1) / 10.
    """

    targets: int = 10
    prize: float = 5.0

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(self.targets + 1)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (1.0 / self.targets, self.prize)

    @property
    def reward_values(self) -> tuple[float, ...]:
        return tuple(sorted({(i + 1) / self.targets for i in range(self.targets)} | {1.0, self.prize}))

    def transition(self, noise, task: InformativeTask, state, action: Int[Array, ""]) -> Step:
        return self.paid(state, self.expected_reward(task, state, action))

    def expected_reward(self, task: InformativeTask, state, action: Int[Array, ""]) -> Float[Array, ""]:
        pay = jnp.where(action == task.target, self.prize, 1.0)
        return jnp.where(action == self.targets, (task.code + 1.0) / self.targets, pay)

    def oracle_reward(self, task: InformativeTask, state) -> Float[Array, ""]:
        return jnp.asarray(self.prize, jnp.float32)


@dataclasses.dataclass(frozen=True)
class InformativeArm(TaskDistribution):
    """The target is any of the first ten arms; the eleventh tells. Five pulls.

    Outside D (`reverse`): the informative arm counts from the other end, so that what it says must not be
    believed as it was in training.
    """

    targets: int = 10
    prize: float = 5.0
    horizon: int = 5
    reverse: bool = False

    def __post_init__(self):
        check_integer("targets", self.targets, 2)
        check_integer("horizon", self.horizon, 1)
        check_between("prize", self.prize, 1.0)

    @property
    def environment(self) -> InformativeArmBandit:
        return InformativeArmBandit(self.targets, self.prize)

    def sample(self, key: RandomKey) -> InformativeTask:
        target = jax.random.randint(key, (), 0, self.targets)
        return InformativeTask(target, self.targets - 1 - target if self.reverse else target)

    def outside(self) -> "InformativeArm":
        return dataclasses.replace(self, reverse=not self.reverse)

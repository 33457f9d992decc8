"""The bandit with an informative arm (Wang et al. 2016, section 3.1.3)."""

import dataclasses
from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
from gymnasium import spaces
from jaxtyping import Array, Float, Int

from prefrontal.checks import settle
from prefrontal.tasks.bandits.base import OneEpisode
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.types import RandomKey, Step, Task


class InformativeTask(NamedTuple):
    target: Int[Array, ""]  # which of the first `targets` arms pays `prize`
    code: Int[Array, ""]  # what the informative arm says: it pays (code + 1) / targets


@dataclasses.dataclass(frozen=True)
class InformativeArmBandit(OneEpisode):
    """`targets` arms that pay 1, except one that pays `prize`; the last arm pays little and reveals which.

    All rewards are certain. Arms are numbered from 0: the paper's a₁₁ is arm 10 and pays (target + 1) / 10.
    """

    targets: int = 10
    prize: float = 5.0

    def __post_init__(self):
        settle(self, targets=(2, inf), prize=(1.0, inf))

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(self.targets + 1)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (1.0 / self.targets, self.prize)

    @property
    def reward_values(self) -> tuple[float, ...]:
        return tuple(sorted({(i + 1) / self.targets for i in range(self.targets)} | {1.0, self.prize}))

    def check_task(self, task: Task) -> None:
        check_field(self, task, "target", (), 0, self.targets - 1)
        check_field(self, task, "code", (), 0, self.targets - 1)

    def transition(self, noise, task: InformativeTask, state, action: Int[Array, ""]) -> Step:
        return self.paid(state, self.expected_reward(task, state, action))

    def expected_reward(self, task: InformativeTask, state, action: Int[Array, ""]) -> Float[Array, ""]:
        pay = jnp.where(action == task.target, jnp.float32(self.prize), 1.0)
        return jnp.where(action == self.targets, (task.code.astype(jnp.float32) + 1.0) / self.targets, pay)

    def oracle_reward(self, task: InformativeTask, state) -> Float[Array, ""]:
        return jnp.asarray(self.prize, jnp.float32)


@dataclasses.dataclass(frozen=True)
class InformativeArm(TaskDistribution):
    """Eleven arms: the target is one of the first ten, and the eleventh reveals which. Five pulls.

    Outside D (`reverse`): the informative arm counts from the other end, so its reward means something else
    than in training.
    """

    targets: int = 10  # the number of arms without the informative one
    prize: float = 5.0  # what the target pays; the other arms pay 1
    horizon: int = 5  # pulls in a lifetime
    reverse: bool = False

    def __post_init__(self):
        settle(self, targets=(2, inf), prize=(1.0, inf), horizon=(1, inf))

    @property
    def environment(self) -> InformativeArmBandit:
        return InformativeArmBandit(self.targets, self.prize)

    def sample(self, key: RandomKey) -> InformativeTask:
        target = jax.random.randint(key, (), 0, self.targets, jnp.int32)
        return InformativeTask(target, self.targets - 1 - target if self.reverse else target)

    def outside(self) -> "InformativeArm":
        return dataclasses.replace(self, reverse=not self.reverse)

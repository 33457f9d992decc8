"""Bernoulli bandits: each arm pays 1 with its own probability, else 0 (Wang et al. 2016, section 3.1.1)."""

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


class BanditTask(NamedTuple):
    """A bandit whose arms pay 0 or 1."""

    probabilities: Float[Array, "arms"]  # that each arm pays 1


@dataclasses.dataclass(frozen=True)
class BernoulliBandit(OneEpisode):
    """`arms` arms, nothing to observe. A lifetime is one episode: no pull ends it."""

    arms: int = 2

    def __post_init__(self):
        settle(self, arms=(1, inf))

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(self.arms)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (0.0, 1.0)

    @property
    def reward_values(self) -> tuple[float, ...]:
        return (0.0, 1.0)

    def noise(self, key: RandomKey) -> Float[Array, ""]:
        return jax.random.uniform(key, (), jnp.float32)

    def check_task(self, task: Task) -> None:
        check_field(self, task, "probabilities", (self.arms,), 0, 1)

    def transition(self, noise, task: BanditTask, state, action: Int[Array, ""]) -> Step:
        reward = (noise < self.expected_reward(task, state, action)).astype(jnp.float32)
        return self.paid(state, reward)

    def expected_reward(self, task: BanditTask, state, action: Int[Array, ""]) -> Float[Array, ""]:
        return choose(task.probabilities, action)

    def oracle_reward(self, task: BanditTask, state) -> Float[Array, ""]:
        return jnp.max(task.probabilities)


def choose(values: Float[Array, "arms"], arm: Int[Array, ""]) -> Float[Array, ""]:
    """`values[arm]`, as a masked sum: a gather of one element would be slow inside a compiled loop."""
    return jnp.sum(jnp.where(jnp.arange(values.shape[0]) == arm, values, 0.0))


@dataclasses.dataclass(frozen=True)
class IndependentArms(TaskDistribution):
    """Independent arms: each probability is drawn from Beta(a, b), which is uniform for a = b = 1.

    The paper has a = b = 1 (Wang et al. 2016, section 3.1.1). Outside D: Beta(2, 2), whose arms are more
    alike, or uniform if D itself is Beta(2, 2).
    """

    arms: int = 2  # the number of arms
    horizon: int = 100  # pulls in a lifetime
    a: float = 1.0  # of the Beta distribution
    b: float = 1.0  # of the Beta distribution

    def __post_init__(self):
        settle(self, arms=(2, inf), horizon=(1, inf), a=(1e-3, 1e3), b=(1e-3, 1e3))

    @property
    def environment(self) -> BernoulliBandit:
        return BernoulliBandit(self.arms)

    def sample(self, key: RandomKey) -> BanditTask:
        if self.a == self.b == 1.0:
            return BanditTask(jax.random.uniform(key, (self.arms,), jnp.float32))
        return BanditTask(jax.random.beta(key, self.a, self.b, (self.arms,), jnp.float32))

    def outside(self) -> "IndependentArms":
        law = 1.0 if self.a == self.b == 2.0 else 2.0
        return dataclasses.replace(self, a=law, b=law)


@dataclasses.dataclass(frozen=True)
class DependentArms(TaskDistribution):
    """Two dependent arms, p₁ = 1 - p₂ (Wang et al. 2016, section 3.1.2).

    If `better` is None, p₁ ~ U[0, 1]. Otherwise p₁ is `better` or 1 - `better` with equal probability: 0.9 is
    the paper's easy distribution, 0.75 medium, 0.6 hard. Outside D: independent arms.
    """

    better: float | None = None
    horizon: int = 100

    def __post_init__(self):
        settle(self, better=(0.5, 1.0), horizon=(1, inf))

    @property
    def environment(self) -> BernoulliBandit:
        return BernoulliBandit(2)

    def sample(self, key: RandomKey) -> BanditTask:
        if self.better is None:
            first = jax.random.uniform(key, (), jnp.float32)
        else:
            first = jnp.where(
                jax.random.bernoulli(key, jnp.float32(0.5)), jnp.float32(self.better), 1.0 - self.better
            )
        return BanditTask(jnp.stack([first, 1.0 - first]))

    def outside(self) -> IndependentArms:
        return IndependentArms(2, self.horizon)

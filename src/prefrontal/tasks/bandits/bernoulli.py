"""Bernoulli bandits: each arm pays 1 with its own probability, else 0 (Wang et al. 2016, section 3.1.1)."""

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


class BanditTask(NamedTuple):
    """What each arm pays on average."""

    probabilities: Float[Array, "arms"]


@dataclasses.dataclass(frozen=True)
class BernoulliBandit(OneEpisode):
    """`arms` arms, nothing to observe. A lifetime is one episode: no pull ends it."""

    arms: int = 2

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
        return jax.random.uniform(key)

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
    """Each arm's probability drawn from Beta(a, b), by itself; uniform as in the paper for `a = b = 1`.

    Outside D: Beta(2, 2), whose arms are more alike.
    """

    arms: int = 2
    horizon: int = 100
    a: float = 1.0
    b: float = 1.0

    def __post_init__(self):
        check_integer("arms", self.arms, 2)
        check_integer("horizon", self.horizon, 1)
        check_between("a", self.a, 1e-3, 1e3)
        check_between("b", self.b, 1e-3, 1e3)

    @property
    def environment(self) -> BernoulliBandit:
        return BernoulliBandit(self.arms)

    def sample(self, key: RandomKey) -> BanditTask:
        if self.a == self.b == 1.0:
            return BanditTask(jax.random.uniform(key, (self.arms,)))
        return BanditTask(jax.random.beta(key, self.a, self.b, (self.arms,)))

    def outside(self) -> "IndependentArms":
        return dataclasses.replace(self, a=2.0, b=2.0)


@dataclasses.dataclass(frozen=True)
class DependentArms(TaskDistribution):
    """Two arms with p₁ = 1 - p₂ (section 3.1.2).

    With `better` None, p₁ ~ U[0, 1]; otherwise p₁ is `better` or 1 - `better`, each half of the time: 0.9 is
    the paper's easy distribution, 0.75 medium, 0.6 hard. Outside D: independent arms.
    """

    better: float | None = None
    horizon: int = 100

    def __post_init__(self):
        check_integer("horizon", self.horizon, 1)
        if self.better is not None:
            check_between("better", self.better, 0.5, 1.0)

    @property
    def environment(self) -> BernoulliBandit:
        return BernoulliBandit(2)

    def sample(self, key: RandomKey) -> BanditTask:
        if self.better is None:
            first = jax.random.uniform(key)
        else:
            first = jnp.where(jax.random.bernoulli(key), self.better, 1.0 - self.better)
        return BanditTask(jnp.stack([first, 1.0 - first]))

    def outside(self) -> IndependentArms:
        return IndependentArms(2, self.horizon)

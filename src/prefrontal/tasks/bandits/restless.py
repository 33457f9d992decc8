"""Restless bandits whose volatility differs between lifetimes (Wang et al. 2016, section 3.1.4).

The paper does not print its random walk. Ours is declared here, and chosen so that the Bayesian filter over
it is exact: p₁ lives on the lattice {0, 1/n, ..., 1} and p₂ = 1 - p₁. At each step

    p ← reflect(p + round(n σ ε) / n),    ε ~ N(0, 1),

where σ, the volatility, is drawn once per lifetime and not observed, and `reflect` folds the line at 0 and 1.
"""

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


class RestlessTask(NamedTuple):
    start: Int[Array, ""]  # p₁ at the first pull is start / n
    volatility: Float[Array, ""]  # σ, the standard deviation of p₁'s change per step


class RestlessNoise(NamedTuple):
    reward: Float[Array, ""]  # uniform
    change: Float[Array, ""]  # standard normal


def reflect(position: Int[Array, "..."], n: int) -> Int[Array, "..."]:
    """Fold the whole numbers onto 0..n: n + 1 becomes n - 1, and -1 becomes 1."""
    return n - jnp.abs(n - jnp.mod(position, 2 * n))


@dataclasses.dataclass(frozen=True)
class RestlessBandit(OneEpisode):
    """Two Bernoulli arms, p₁ and 1 - p₁, that wander. The state is n p₁. A lifetime is one episode."""

    n: int = 100

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(2)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (0.0, 1.0)

    @property
    def reward_values(self) -> tuple[float, ...]:
        return (0.0, 1.0)

    def begin(self, task: RestlessTask) -> Int[Array, ""]:
        return task.start

    def noise(self, key: RandomKey) -> RestlessNoise:
        reward_key, change_key = jax.random.split(key)
        return RestlessNoise(jax.random.uniform(reward_key), jax.random.normal(change_key))

    def transition(self, noise: RestlessNoise, task: RestlessTask, state, action: Int[Array, ""]) -> Step:
        reward = (noise.reward < self.expected_reward(task, state, action)).astype(jnp.float32)
        change = jnp.round(self.n * task.volatility * noise.change).astype(state.dtype)
        return self.paid(reflect(state + change, self.n), reward)

    def expected_reward(self, task: RestlessTask, state, action: Int[Array, ""]) -> Float[Array, ""]:
        p = state / self.n
        return jnp.where(action == 0, p, 1.0 - p)

    def oracle_reward(self, task: RestlessTask, state) -> Float[Array, ""]:
        p = state / self.n
        return jnp.maximum(p, 1.0 - p)


@dataclasses.dataclass(frozen=True)
class Restless(TaskDistribution):
    """A lifetime's volatility is any of `volatilities`, and p₁ starts anywhere on the lattice.

    Outside D: volatilities twice as large as the largest, and half as large as the smallest.
    """

    volatilities: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2)
    horizon: int = 100
    n: int = 100

    def __post_init__(self):
        check_integer("horizon", self.horizon, 1)
        check_integer("n", self.n, 2)
        if not self.volatilities:
            raise ValueError("volatilities is (); it must hold at least one number")
        for volatility in self.volatilities:
            check_between("volatilities", volatility, 0.0, 1.0)

    @property
    def environment(self) -> RestlessBandit:
        return RestlessBandit(self.n)

    def sample(self, key: RandomKey) -> RestlessTask:
        start_key, volatility_key = jax.random.split(key)
        start = jax.random.randint(start_key, (), 0, self.n + 1)
        return RestlessTask(start, jax.random.choice(volatility_key, jnp.array(self.volatilities)))

    def outside(self) -> "Restless":
        return dataclasses.replace(
            self, volatilities=(min(self.volatilities) / 2, 2 * max(self.volatilities))
        )

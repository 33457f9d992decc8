"""Restless bandits whose volatility differs between lifetimes (Wang et al. 2016, section 3.1.4).

The paper does not print its random walk. Ours is defined here, and chosen so that its Bayesian filter is
exact: p₁ moves on the lattice {0, 1/n, ..., 1} and p₂ = 1 - p₁. At each step

    p ← reflect(p + round(n σ ε) / n),    ε ~ N(0, 1),

where σ, the volatility, is drawn once per lifetime and not observed, and `reflect` folds the line at 0 and 1.
"""

import dataclasses
import itertools
from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
from gymnasium import spaces
from jaxtyping import Array, Float, Int

from prefrontal.checks import check_integer, settle
from prefrontal.tasks.bandits.base import OneEpisode
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.types import RandomKey, Step, Task

FINEST = 5000  # steps of the lattice: the exact filter is a matrix of their square


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
    """Two Bernoulli arms that drift, p₁ and 1 - p₁. The state is n p₁. A lifetime is one episode."""

    n: int = 100

    def __post_init__(self):
        settle(self, n=(2, inf))
        check_integer("n", self.n, 2, FINEST)

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
        return RestlessNoise(
            jax.random.uniform(reward_key, (), jnp.float32), jax.random.normal(change_key, (), jnp.float32)
        )

    def check_task(self, task: Task) -> None:
        check_field(self, task, "start", (), 0, self.n)
        check_field(self, task, "volatility", (), 0, float("inf"))

    def transition(self, noise: RestlessNoise, task: RestlessTask, state, action: Int[Array, ""]) -> Step:
        reward = (noise.reward < self.expected_reward(task, state, action)).astype(jnp.float32)
        change = jnp.round(self.n * task.volatility * noise.change).astype(state.dtype)
        return self.paid(reflect(state + change, self.n), reward)

    def expected_reward(self, task: RestlessTask, state, action: Int[Array, ""]) -> Float[Array, ""]:
        p = state.astype(jnp.float32) / self.n
        return jnp.where(action == 0, p, 1.0 - p)

    def oracle_reward(self, task: RestlessTask, state) -> Float[Array, ""]:
        p = state.astype(jnp.float32) / self.n
        return jnp.maximum(p, 1.0 - p)


@dataclasses.dataclass(frozen=True)
class Restless(TaskDistribution):
    """Restless arms: p₁ drifts with one of `volatilities`, from a uniform start on the lattice.

    Outside D: twice the largest volatility (at most 1) and half the smallest. If D already has both (0 and
    1), one volatility in the middle of the widest gap.
    """

    volatilities: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2)  # one is drawn for each lifetime
    horizon: int = 100  # pulls in a lifetime
    n: int = 100  # p₁ is one of 0, 1/n, ..., 1

    def __post_init__(self):
        settle(self, volatilities=(0.0, 1.0), horizon=(1, inf), n=(2, inf))
        check_integer("n", self.n, 2, FINEST)
        if not self.volatilities:
            raise ValueError("volatilities is (); it must hold at least one number")

    @property
    def environment(self) -> RestlessBandit:
        return RestlessBandit(self.n)

    def sample(self, key: RandomKey) -> RestlessTask:
        start_key, volatility_key = jax.random.split(key)
        start = jax.random.randint(start_key, (), 0, self.n + 1, jnp.int32)
        which = jax.random.randint(volatility_key, (), 0, len(self.volatilities), jnp.int32)
        return RestlessTask(start, jnp.array(self.volatilities, jnp.float32)[which])

    def outside(self) -> "Restless":
        known = set(self.volatilities)
        ends = (min(known) / 2, min(2 * max(known), 1.0))
        new = tuple(end for end in ends if end not in known)
        return dataclasses.replace(self, volatilities=new or (_widest_middle(known),))


def _widest_middle(known: set[float]) -> float:
    """The middle of the widest gap that these numbers leave between 0 and 1."""
    low, high = max(itertools.pairwise(sorted({0.0, 1.0, *known})), key=lambda gap: gap[1] - gap[0])
    return (low + high) / 2

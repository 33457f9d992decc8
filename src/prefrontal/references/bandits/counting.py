"""Policies whose memory is counts: how often each arm was pulled, and what it paid.

On two arms that pay 0 or 1 such a policy can be evaluated exactly (`exact/counts.py`). For this it says,
beside how it acts, with what probability it pulls the first arm in every state of the counts, in *layers of
blocks*: layer t has t + 1 blocks, and block n₁ is the matrix over the successes (s₁, s₂) of arms pulled n₁
and n₂ = t - n₁ times.
"""

import abc
from collections.abc import Iterator
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, Shaped

from prefrontal.actions import Choice
from prefrontal.agents import Agent
from prefrontal.references.base import TIE, arms_of, finite_range
from prefrontal.tasks.base import Environment
from prefrontal.types import Noise, Percept, RandomKey

Layer = list[Float[np.ndarray, "_ _"]]  # one block for each n₁ = 0..t


class Counts(NamedTuple):
    """What has been seen of each arm. Rewards are scaled so that the lowest is 0 and the highest 1."""

    pulls: Int[Array, "arms"]
    total: Float[Array, "arms"]


class Tallying(Agent):
    """Keeps the counts, and chooses by them alone."""

    arms: int = eqx.field(static=True)
    low: float = eqx.field(static=True)
    high: float = eqx.field(static=True)

    @property
    def acts(self) -> Choice:
        return Choice(self.arms)

    def initial_memory(self) -> Counts:
        return Counts(jnp.zeros(self.arms, jnp.int32), jnp.zeros(self.arms, jnp.float32))

    def noise(self, key: RandomKey) -> Noise:
        return jax.random.uniform(key, (self.arms,), jnp.float32)

    def act(self, memory: Counts, percept: Percept, noise: Noise) -> tuple[Counts, Int[Array, ""], None]:
        pulled = (jnp.arange(self.arms) == percept.previous_action) & (percept.time > 0)
        scaled = (percept.previous_reward - self.low) / (self.high - self.low)
        pulls = memory.pulls + pulled.astype(jnp.int32)
        counts = Counts(pulls, memory.total + jnp.where(pulled, scaled, 0.0))
        return counts, self.choose(counts, noise), None

    @abc.abstractmethod
    def choose(self, counts: Counts, noise: Noise) -> Int[Array, ""]:
        """The arm to pull."""


class CountingAgent(Tallying):
    """One that also says with what probability it pulls which arm, so that it can be evaluated exactly."""

    @abc.abstractmethod
    def layers(self, horizon: int) -> Iterator[Layer]:
        """For each time from 0 to `horizon` - 1, P(pull the first of two arms) in every state."""


class IndexAgent(CountingAgent):
    """Pulls an arm of the highest index; equal ones at random, with equal chances."""

    @abc.abstractmethod
    def index(
        self, pulls: Int[Array, "*shape"], total: Float[Array, "*shape"], time: Int[Array, ""]
    ) -> Float[Array, "*shape"]:
        """The index of arms that paid `total` in `pulls` pulls, after `time` pulls of all arms."""

    def choose(self, counts: Counts, noise: Float[Array, "arms"]) -> Int[Array, ""]:
        return argmax_at_random(self.index(counts.pulls, counts.total, counts.pulls.sum()), noise)

    def layers(self, horizon: int) -> Iterator[Layer]:
        pulls, total = jnp.meshgrid(jnp.arange(horizon), jnp.arange(horizon), indexing="ij")
        for time in range(horizon):
            index = np.asarray(self.index(pulls, total.astype(jnp.float32), jnp.array(time)))
            yield [_prefer(index[n, : n + 1], index[time - n, : time - n + 1]) for n in range(time + 1)]


def argmax_at_random(values: Float[Array, "arms"], noise: Float[Array, "arms"]) -> Int[Array, ""]:
    """The place of the highest value; of those within `TIE` of it, the one with the most noise."""
    return jnp.argmax(jnp.where(values >= values.max() - TIE, noise, -jnp.inf))


def _prefer(first: Shaped[np.ndarray, "s1"], second: Shaped[np.ndarray, "s2"]) -> Float[np.ndarray, "s1 s2"]:
    """1 where the first arm's index is higher, 1/2 where they are equal, 0 where it is lower."""
    return 0.5 * (first[:, None] > second[None] - TIE) + 0.5 * (first[:, None] > second[None] + TIE)


def seen_as_unit(policy: str, environment: Environment) -> tuple[int, float, float]:
    """The arms, and the lowest and highest reward: the first fields of a `CountingAgent` for this bandit."""
    return (arms_of(policy, environment), *finite_range(policy, environment))

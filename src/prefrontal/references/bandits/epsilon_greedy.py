"""The ε-greedy policy."""

import dataclasses
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.checks import settle
from prefrontal.references.bandits.counting import Counts, Layer, seen_as_unit
from prefrontal.references.bandits.greedy import Greedy
from prefrontal.references.base import ReferenceSettings
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import RandomKey


class ExplorationNoise(NamedTuple):
    ties: Float[Array, "arms"]
    whether: Float[Array, ""]  # uniform: explore if below ε
    arm: Int[Array, ""]


class EpsilonGreedy(Greedy):
    """With probability ε any arm, even the best; otherwise the arm that `Greedy` pulls, ties at random."""

    epsilon: float = eqx.field(static=True)

    def noise(self, key: RandomKey) -> ExplorationNoise:
        ties_key, whether_key, arm_key = jax.random.split(key, 3)
        ties = jax.random.uniform(ties_key, (self.arms,), jnp.float32)
        return ExplorationNoise(
            ties,
            jax.random.uniform(whether_key, (), jnp.float32),
            jax.random.randint(arm_key, (), 0, self.arms, jnp.int32),
        )

    def choose(self, counts: Counts, noise: ExplorationNoise) -> Int[Array, ""]:
        return jnp.where(noise.whether < self.epsilon, noise.arm, super().choose(counts, noise.ties))

    def layers(self, horizon: int) -> Iterator[Layer]:
        for layer in super().layers(horizon):
            yield [self.epsilon / 2 + (1.0 - self.epsilon) * greedy for greedy in layer]


@dataclasses.dataclass(frozen=True)
class EpsilonGreedySettings(ReferenceSettings):
    description: ClassVar[str] = (
        "pulls any arm with probability epsilon, else the arm with the highest mean so far"
    )

    epsilon: float = 0.05  # the probability of a random arm

    def __post_init__(self):
        settle(self, epsilon=(0.0, 1.0))

    def build(self, distribution: TaskDistribution) -> EpsilonGreedy:
        return EpsilonGreedy(*seen_as_unit("epsilon-greedy", distribution.environment), self.epsilon)

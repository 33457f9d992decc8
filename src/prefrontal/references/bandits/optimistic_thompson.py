"""Optimistic Thompson sampling (May, Korda, Lee & Leslie 2012).

Duan et al. 2016 print a row of this name that earns more (77.9 in 100 pulls of five arms, where this earns
76.1), and do not define it: theirs must be another rule.
"""

import dataclasses
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.references.bandits.counting import Counts, Tallying, argmax_at_random, seen_as_unit
from prefrontal.references.base import ReferenceSettings, check_binary
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import RandomKey


class OptimisticNoise(NamedTuple):
    draws: RandomKey
    ties: Float[Array, "arms"]


class OptimisticThompson(Tallying):
    """Draws each arm's probability from its posterior, and takes the posterior's mean where it is higher.

    The prior is uniform. Where no draw is above its mean equal arms are chosen at random.
    """

    def noise(self, key: RandomKey) -> OptimisticNoise:
        draws, ties = jax.random.split(key)
        return OptimisticNoise(draws, jax.random.uniform(ties, (self.arms,), jnp.float32))

    def choose(self, counts: Counts, noise: OptimisticNoise) -> Int[Array, ""]:
        wins, losses = 1.0 + counts.total, 1.0 + counts.pulls.astype(jnp.float32) - counts.total
        drawn = jax.random.beta(noise.draws, wins, losses, dtype=jnp.float32)
        return argmax_at_random(jnp.maximum(drawn, wins / (wins + losses)), noise.ties)


@dataclasses.dataclass(frozen=True)
class OptimisticThompsonSettings(ReferenceSettings):
    description: ClassVar[str] = "as thompson, but takes an arm's posterior mean where it is above the draw"

    def build(self, distribution: TaskDistribution) -> OptimisticThompson:
        check_binary("optimistic-thompson", distribution.environment)
        return OptimisticThompson(*seen_as_unit("optimistic-thompson", distribution.environment))

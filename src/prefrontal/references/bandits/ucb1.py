"""UCB1 (Auer, Cesa-Bianchi & Fischer 2002)."""

import dataclasses
from collections.abc import Iterator
from math import inf
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from prefrontal.checks import settle
from prefrontal.references.bandits.counting import Counts, IndexAgent, Layer, seen_as_unit
from prefrontal.references.base import ReferenceSettings
from prefrontal.tasks.base import TaskDistribution


class UCB1(IndexAgent):
    """Pulls every arm once, in order; then the arm with the highest mean + √(c ln t / n), ties at random.

    n is the number of pulls of the arm, t that of all arms, and rewards are scaled to [0, 1]. The UCB1 of
    Auer et al. has c = 2. With a prior, as many successes and as many failures are counted for each arm
    beforehand: n and t count them too, and no arm has to be pulled first.
    """

    constant: float = eqx.field(static=True)
    prior: float = eqx.field(static=True)

    def index(
        self, pulls: Int[Array, "*shape"], total: Float[Array, "*shape"], time: Int[Array, ""]
    ) -> Float[Array, "*shape"]:
        counted, before = pulls.astype(total.dtype), 2.0 * self.prior
        tried = counted + before if self.prior else jnp.maximum(counted, 1.0)
        all_pulls = jnp.maximum(time.astype(total.dtype) + before * self.arms, 1.0)
        bonus = jnp.sqrt(self.constant * jnp.log(all_pulls) / tried)
        found = (total + self.prior) / tried + bonus
        return found if self.prior else jnp.where(pulls > 0, found, jnp.inf)

    def choose(self, counts: Counts, noise: Float[Array, "arms"]) -> Int[Array, ""]:
        untried, best = counts.pulls == 0, super().choose(counts, noise)
        return best if self.prior else jnp.where(untried.any(), jnp.argmax(untried), best)

    def layers(self, horizon: int) -> Iterator[Layer]:
        rest = super().layers(horizon)
        if not self.prior:
            next(rest)
            yield [np.ones((1, 1))]  # nothing is tried yet, and the first arm comes first
        yield from rest


@dataclasses.dataclass(frozen=True)
class UCB1Settings(ReferenceSettings):
    """`constant` is c; the default is 1, which Wang et al. 2016 chose empirically (section 3.1.4: χ).

    `prior` is how many successes and how many failures of each arm are counted beforehand. With 1, the mean
    is the posterior's under a uniform prior. Where pulls are few, this is much better than to try each arm.
    """

    description: ClassVar[str] = (
        "pulls the arm with the highest mean + sqrt(constant ln t / n), each arm once first"
    )

    constant: float = 1.0
    prior: float = 0.0

    def __post_init__(self):
        settle(self, constant=(0.0, inf), prior=(0.0, inf))

    def build(self, distribution: TaskDistribution) -> UCB1:
        return UCB1(*seen_as_unit("ucb1", distribution.environment), self.constant, self.prior)

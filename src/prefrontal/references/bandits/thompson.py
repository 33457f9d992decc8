"""Thompson sampling (Thompson 1933)."""

import dataclasses
import functools
from collections.abc import Iterator
from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Int
from scipy.special import betainc

from prefrontal.agents import Agent
from prefrontal.checks import settle
from prefrontal.references.bandits.counting import CountingAgent, Counts, Layer, seen_as_unit
from prefrontal.references.base import ReferenceSettings, check_binary
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import RandomKey


class Thompson(CountingAgent):
    """Draws each arm's probability from its posterior (uniform prior), and pulls the highest."""

    def noise(self, key: RandomKey) -> RandomKey:
        return key

    def choose(self, counts: Counts, noise: RandomKey) -> Int[Array, ""]:
        pulls = counts.pulls.astype(jnp.float32)
        drawn = jax.random.beta(noise, 1.0 + counts.total, 1.0 + pulls - counts.total, dtype=jnp.float32)
        return jnp.argmax(drawn)

    def layers(self, horizon: int) -> Iterator[Layer]:
        density, below = _posteriors(horizon)
        for time in range(horizon):
            yield [density[n1] @ below[time - n1].T for n1 in range(time + 1)]


@functools.lru_cache(maxsize=2)
def _posteriors(horizon: int):
    """Beta(1 + s, 1 + n - s) at the nodes of a quadrature: densities and distribution functions.

    For each n < `horizon` they are `(n + 1, nodes)`, the densities times the nodes' weights, so that f₁ F₂ᵀ
    is P(θ₁ > θ₂) = ∫ f₁ F₂. With n₁ + n₂ < `horizon` the integrand is a polynomial of degree at most
    `horizon`: Gauss-Legendre quadrature is exact.
    """
    from scipy.stats import binom  # here, for it takes long to import

    nodes, weights = np.polynomial.legendre.leggauss(horizon // 2 + 1)
    nodes, weights = (nodes + 1.0) / 2.0, weights / 2.0
    density, below = [], []
    for n in range(horizon):
        s = np.arange(n + 1)[:, None]
        density.append((n + 1.0) * binom.pmf(s, n, nodes[None]) * weights)
        below.append(betainc(1.0 + s, 1.0 + n - s, nodes[None]))
    return density, below


@functools.singledispatch
def posterior_sampling(distribution: TaskDistribution) -> Agent:
    """Thompson sampling for a distribution. A distribution registers its own posterior sampling.

    For any other distribution, rewards are assumed to be 0 or 1 with a uniform prior for each arm.
    """
    check_binary("thompson", distribution.environment)
    return Thompson(*seen_as_unit("thompson", distribution.environment))


@functools.singledispatch
def at_volatility(distribution: TaskDistribution, volatility: float) -> Agent:
    """Thompson sampling that assumes one fixed `volatility`; registered for restless arms."""
    name = type(distribution).__name__
    raise ValueError(f"volatility is {volatility}; it is for restless bandits, not for {name}")


@dataclasses.dataclass(frozen=True)
class ThompsonSettings(ReferenceSettings):
    """A uniform prior for each arm, or over targets for the informative arm (Wang et al. 2016, 3.1.3).

    For restless arms it knows the walk but assumes one fixed `volatility` (3.1.4); None means the mean of
    those of the distribution.
    """

    description: ClassVar[str] = "draws from the posterior and pulls what is best if the draw is true"

    volatility: float | None = None

    def __post_init__(self):
        settle(self, volatility=(0.0, 1.0))

    def build(self, distribution: TaskDistribution) -> Agent:
        if self.volatility is None:
            return posterior_sampling(distribution)
        return at_volatility(distribution, self.volatility)

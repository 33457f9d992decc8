"""The exact Bayesian filter over the restless bandit's walk, and two policies that act on it.

The arms are dependent (p₂ = 1 - p₁) and wander by themselves, so what is learnt does not depend on what is
done, and it is Bayes-optimal to pull the arm of the higher posterior mean.
"""

import abc

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float
from scipy.special import ndtr

from prefrontal.agents import Agent
from prefrontal.references.bandits.thompson import at_volatility, posterior_sampling
from prefrontal.references.base import TIE
from prefrontal.references.bayes_optimal import optimal_policy
from prefrontal.tasks.bandits.restless import Restless
from prefrontal.types import Percept, RandomKey

_FARTHEST = 10.0  # standard deviations: float32 normals go no farther


def walk_matrix(n: int, volatility: float) -> Float[np.ndarray, "to from"]:
    """P(next position | position) on the lattice 0..n, for the walk of `tasks/bandits/restless.py`.

    A change of d is a rounding of n σ ε to d: of probability Φ((d + ½) / nσ) - Φ((d - ½) / nσ); then it is
    folded at 0 and n.
    """
    if volatility == 0.0:
        return np.eye(n + 1)
    scale = n * volatility
    changes = np.arange(-int(_FARTHEST * scale) - 1, int(_FARTHEST * scale) + 2)
    chances = ndtr((changes + 0.5) / scale) - ndtr((changes - 0.5) / scale)
    matrix = np.zeros((n + 1, n + 1))
    for position in range(n + 1):
        landing = n - np.abs(n - np.mod(position + changes, 2 * n))
        np.add.at(matrix[:, position], landing, chances)
    return matrix / matrix.sum(axis=0)


class LatticeFilter(Agent):
    """Memory is the joint posterior over volatility and the position of p₁: exact, up to float32."""

    walks: Float[Array, "volatilities to from"]

    @classmethod
    def build(cls, n: int, volatilities: tuple[float, ...]):
        """A filter that holds every one of `volatilities` for equally likely, and every start."""
        return cls(
            jnp.asarray(np.stack([walk_matrix(n, volatility) for volatility in volatilities]), jnp.float32)
        )

    def initial_memory(self) -> Float[Array, "volatilities positions"]:
        volatilities, positions, _ = self.walks.shape
        return jnp.full((volatilities, positions), 1.0 / (volatilities * positions), jnp.float32)

    def noise(self, key: RandomKey) -> Float[Array, ""]:
        return jax.random.uniform(key, (), jnp.float32)

    def act(self, memory: Float[Array, "volatilities positions"], percept: Percept, noise: Float[Array, ""]):
        belief = jnp.where(percept.time == 0, memory, self.observe(memory, percept))
        first = noise < self.first_arm(belief.sum(axis=0), self._p())
        return belief, jnp.where(first, 0, 1), None

    def observe(
        self, belief: Float[Array, "volatilities positions"], percept: Percept
    ) -> Float[Array, "volatilities positions"]:
        """Bayes' rule for the last reward, then one step of the walk."""
        p = jnp.where(percept.previous_action == 0, self._p(), 1.0 - self._p())
        likelihood = jnp.where(percept.previous_reward > 0.5, p, 1.0 - p)
        weighed = belief * likelihood[None]
        moved = jnp.einsum("vij,vj->vi", self.walks, weighed)
        return moved / jnp.maximum(moved.sum(), jnp.finfo(jnp.float32).tiny)

    def _p(self) -> Float[Array, "positions"]:
        n = self.walks.shape[-1] - 1
        return jnp.arange(n + 1, dtype=jnp.float32) / n

    @abc.abstractmethod
    def first_arm(self, belief: Float[Array, "positions"], p: Float[Array, "positions"]) -> Float[Array, ""]:
        """The probability of pulling the first arm, given the posterior over p₁."""


class HigherMean(LatticeFilter):
    """The arm of the higher posterior mean; ties at random. Bayes-optimal."""

    def first_arm(self, belief: Float[Array, "positions"], p: Float[Array, "positions"]) -> Float[Array, ""]:
        ahead = jnp.sum(belief * (p - 0.5))
        return jnp.where(jnp.abs(ahead) < TIE, 0.5, (ahead > 0).astype(ahead.dtype))


class SampledPosition(LatticeFilter):
    """Thompson sampling: draws p₁ and pulls the better arm. So P(first arm) = P(p₁ > ½) + P(p₁ = ½) / 2."""

    def first_arm(self, belief: Float[Array, "positions"], p: Float[Array, "positions"]) -> Float[Array, ""]:
        return jnp.sum(belief * (0.5 + 0.5 * jnp.sign(p - 0.5)))


@optimal_policy.register(Restless)
def restless_optimum(distribution: Restless) -> HigherMean:
    return HigherMean.build(distribution.n, distribution.volatilities)


@at_volatility.register(Restless)
def sampled_at_volatility(distribution: Restless, volatility: float) -> SampledPosition:
    return SampledPosition.build(distribution.n, (volatility,))


@posterior_sampling.register(Restless)
def sampled_at_the_mean_volatility(distribution: Restless) -> SampledPosition:
    mean = sum(distribution.volatilities) / len(distribution.volatilities)
    return SampledPosition.build(distribution.n, (mean,))

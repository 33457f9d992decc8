"""Priors over what two arms pay."""

import abc
import dataclasses
import functools

import numpy as np
from jaxtyping import Float
from scipy.special import expit, logit, roots_jacobi

from prefrontal.tasks.bandits.bernoulli import DependentArms, IndependentArms
from prefrontal.tasks.base import TaskDistribution

_SURE = 50.0  # log-odds beyond which float64 knows no doubt; finite, so that 0 x log-odds is 0


class TwoArmPrior(abc.ABC):
    """A prior over (p₁, p₂), for two arms that pay 0 or 1."""

    @abc.abstractmethod
    def predict(self, n1: int, n2: int) -> tuple[Float[np.ndarray, "..."], Float[np.ndarray, "..."]]:
        """P(the first arm pays next), and the second, on the block (s₁, s₂) of `n1` and `n2` pulls.

        Two arrays that broadcast to `(n1 + 1, n2 + 1)`.
        """

    @abc.abstractmethod
    def tasks(self, horizon: int) -> tuple[Float[np.ndarray, "2 nodes"], Float[np.ndarray, "nodes"]]:
        """Tasks (p₁, p₂) and weights: exact for polynomials of degree `horizon` in p₁ and in p₂."""


@dataclasses.dataclass(frozen=True)
class IndependentPrior(TwoArmPrior):
    """p₁ and p₂ independent, each from Beta(a, b)."""

    a: float
    b: float

    def predict(self, n1: int, n2: int):
        first = (self.a + np.arange(n1 + 1)) / (self.a + self.b + n1)
        second = (self.a + np.arange(n2 + 1)) / (self.a + self.b + n2)
        return first[:, None], second[None]

    def tasks(self, horizon: int):
        p, weights = beta_quadrature(self.a, self.b, horizon)
        first, second = np.meshgrid(p, p)
        return np.stack([first.ravel(), second.ravel()]), np.outer(weights, weights).ravel()


@dataclasses.dataclass(frozen=True)
class DependentPrior(TwoArmPrior):
    """p₂ = 1 - p₁, where p₁ ~ U[0, 1], or p₁ is `better` or 1 - `better`, each half of the time."""

    better: float | None

    def predict(self, n1: int, n2: int):
        evidence = np.arange(n1 + 1)[:, None] + (n2 - np.arange(n2 + 1))[None]  # for p₁ being high
        pulls = n1 + n2
        if self.better is None:
            first = (evidence + 1.0) / (pulls + 2.0)
        else:
            high = expit((2.0 * evidence - pulls) * min(float(logit(self.better)), _SURE))
            first = self.better * high + (1.0 - self.better) * (1.0 - high)
        return first, 1.0 - first

    def tasks(self, horizon: int):
        if self.better is None:
            p, weights = beta_quadrature(1.0, 1.0, 2 * horizon)  # in p₁ alone the degrees of p₁ and p₂ add up
        else:
            p, weights = np.array([self.better, 1.0 - self.better]), np.array([0.5, 0.5])
        return np.stack([p, 1.0 - p]), weights


def beta_quadrature(
    a: float, b: float, degree: int
) -> tuple[Float[np.ndarray, "nodes"], Float[np.ndarray, "nodes"]]:
    """Gauss-Jacobi nodes and weights: exact for E[polynomial of p] up to `degree`, p ~ Beta(a, b)."""
    nodes, weights = roots_jacobi(degree // 2 + 1, b - 1.0, a - 1.0)
    return (1.0 + nodes) / 2.0, weights / weights.sum()


@functools.singledispatch
def two_arm_prior(distribution: TaskDistribution) -> TwoArmPrior | None:
    """The prior, if these are two arms that pay 0 or 1 and stay as they are; else None."""
    return None


@two_arm_prior.register(IndependentArms)
def independent_prior(distribution: IndependentArms) -> IndependentPrior | None:
    return IndependentPrior(distribution.a, distribution.b) if distribution.arms == 2 else None


@two_arm_prior.register(DependentArms)
def dependent_prior(distribution: DependentArms) -> DependentPrior:
    return DependentPrior(distribution.better)

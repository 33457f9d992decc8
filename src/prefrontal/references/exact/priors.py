"""What a distribution of tasks promises, in closed form: means, oracles, and priors over two arms."""

import abc
import dataclasses

import numpy as np
from jaxtyping import Float
from scipy.special import betainc, expit, logit, roots_jacobi

from prefrontal.references.bandits.restless import walk_matrix
from prefrontal.tasks.bandits.bernoulli import DependentArms, IndependentArms
from prefrontal.tasks.bandits.informative import InformativeArm
from prefrontal.tasks.bandits.restless import Restless
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.two_step import TwoStep

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


def two_arm_prior(distribution: TaskDistribution) -> TwoArmPrior | None:
    """The prior, if these are two arms that pay 0 or 1 and stay as they are; else None."""
    if isinstance(distribution, IndependentArms) and distribution.arms == 2:
        return IndependentPrior(distribution.a, distribution.b)
    if isinstance(distribution, DependentArms):
        return DependentPrior(distribution.better)
    return None


def mean_rewards(distribution: TaskDistribution) -> Float[np.ndarray, "T"] | None:
    """The expected reward at each step of an arm taken at random; None where no closed form is known."""
    if isinstance(distribution, IndependentArms):
        mean = distribution.a / (distribution.a + distribution.b)
    elif isinstance(distribution, DependentArms | Restless):
        mean = 0.5
    elif isinstance(distribution, InformativeArm):
        targets = distribution.targets
        mean = (distribution.prize + (targets - 1) + (targets + 1) / (2 * targets)) / (targets + 1)
    else:
        return None
    return np.full(distribution.horizon, mean)


def oracle_rewards(distribution: TaskDistribution) -> Float[np.ndarray, "T"] | None:
    """The expected reward at each step of one who knows the task; None where no closed form is known."""
    if isinstance(distribution, Restless):
        return restless_oracle(distribution)
    if isinstance(distribution, TwoStep):
        return two_step_oracle(distribution)
    if isinstance(distribution, IndependentArms):
        best = highest_of(distribution.arms, distribution.a, distribution.b)
    elif isinstance(distribution, DependentArms):
        best = 0.75 if distribution.better is None else distribution.better
    elif isinstance(distribution, InformativeArm):
        best = distribution.prize
    else:
        return None
    return np.full(distribution.horizon, best)


def highest_of(arms: int, a: float, b: float) -> float:
    """E[max of `arms` draws from Beta(a, b)] = ∫ 1 - F(x)^arms dx, from 0 to 1."""
    if a == b == 1.0:
        return arms / (arms + 1.0)
    # x = sin²(φ) takes away what is not smooth at 0 and at 1.
    nodes, weights = np.polynomial.legendre.leggauss(2000)
    angle = (nodes + 1.0) * np.pi / 4
    above = 1.0 - betainc(a, b, np.sin(angle) ** 2) ** arms
    return float(np.sum(weights * above * np.sin(2 * angle)) * np.pi / 4)


def restless_oracle(distribution: Restless) -> Float[np.ndarray, "T"]:
    """E[max(p₁, 1 - p₁)] at each step of the walk, over starts and volatilities."""
    p = np.arange(distribution.n + 1) / distribution.n
    rewards = np.zeros(distribution.horizon)
    for volatility in distribution.volatilities:
        walk, where = walk_matrix(distribution.n, volatility), np.full(len(p), 1.0 / len(p))
        for time in range(distribution.horizon):
            rewards[time] += where @ np.maximum(p, 1.0 - p) / len(distribution.volatilities)
            where = walk @ where
    return rewards


def two_step_oracle(distribution: TwoStep) -> Float[np.ndarray, "T"]:
    """At every second step what a choice for the good state is worth; at the first steps nothing."""
    likelier = max(distribution.common, 1.0 - distribution.common)
    trial = likelier * distribution.high + (1.0 - likelier) * distribution.low
    return np.where(np.arange(distribution.horizon) % 2 == 1, trial, 0.0)

"""Exact values on arms that pay 0 or 1 and stay as they are; policies on two of them are in `counts.py`."""

import numpy as np
from scipy.special import betainc

from prefrontal.references.bandits.many_arms import optimal_return
from prefrontal.references.exact.base import Rewards, mean_rewards, optimum_alone, oracle_rewards
from prefrontal.tasks.bandits.bernoulli import DependentArms, IndependentArms


@mean_rewards.register(IndependentArms)
def independent_mean(distribution: IndependentArms) -> Rewards:
    return np.full(distribution.horizon, distribution.a / (distribution.a + distribution.b))


@mean_rewards.register(DependentArms)
def dependent_mean(distribution: DependentArms) -> Rewards:
    return np.full(distribution.horizon, 0.5)


@oracle_rewards.register(IndependentArms)
def independent_oracle(distribution: IndependentArms) -> Rewards:
    return np.full(distribution.horizon, highest_of(distribution.arms, distribution.a, distribution.b))


@oracle_rewards.register(DependentArms)
def dependent_oracle(distribution: DependentArms) -> Rewards:
    return np.full(distribution.horizon, 0.75 if distribution.better is None else distribution.better)


@optimum_alone.register(IndependentArms)
def optimum_of_many(distribution: IndependentArms) -> float | None:
    """Of more than two arms; for two the policy is at hand."""
    return optimal_return(distribution) if distribution.arms > 2 else None


def highest_of(arms: int, a: float, b: float) -> float:
    """E[max of `arms` draws from Beta(a, b)] = ∫ 1 - F(x)^arms dx, from 0 to 1."""
    if a == b == 1.0:
        return arms / (arms + 1.0)
    # x = sin²(φ) takes away what is not smooth at 0 and at 1.
    nodes, weights = np.polynomial.legendre.leggauss(2000)
    angle = (nodes + 1.0) * np.pi / 4
    above = 1.0 - betainc(a, b, np.sin(angle) ** 2) ** arms
    return float(np.sum(weights * above * np.sin(2 * angle)) * np.pi / 4)

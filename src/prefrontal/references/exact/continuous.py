"""Exact values on the hidden target. The optimum's derivation is in `references/bandits/continuous.py`."""

import numpy as np

from prefrontal.agents import Agent
from prefrontal.references.bandits.continuous import ASIDE, BESIDE, pull_aside
from prefrontal.references.exact.base import Rewards, mean_rewards, oracle_rewards, rewards_on
from prefrontal.tasks.bandits.continuous import HiddenTarget


@rewards_on.register(HiddenTarget)
def rewards_on_hidden_target(distribution: HiddenTarget, agent: Agent) -> Rewards | None:
    if distribution.hollow or agent != pull_aside(distribution):
        return None
    aside = ASIDE if distribution.horizon > 1 else 0.0
    later = np.zeros(max(distribution.horizon - 2, 0))
    costs = np.array([1 / 3 + aside**2, (1 - aside) ** 3 / 3 + (1 - aside) * BESIDE**2, *later])
    return -(distribution.reach**2) * costs[: distribution.horizon]


@mean_rewards.register(HiddenTarget)
def mean_of_hidden_target(distribution: HiddenTarget) -> Rewards:
    """E(a - c)² = 1/3 + E c², and |c| is uniform from h to 1: E c² = (1 + h + h²) / 3."""
    hollow = distribution.hollow
    cost = 1 / 3 + (1 + hollow + hollow**2) / 3
    return np.full(distribution.horizon, -(distribution.reach**2) * cost)


@oracle_rewards.register(HiddenTarget)
def oracle_of_hidden_target(distribution: HiddenTarget) -> Rewards:
    return np.zeros(distribution.horizon)

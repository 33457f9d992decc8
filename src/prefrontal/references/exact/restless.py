"""Exact values on restless arms, by carrying the walk of p₁ forward."""

import functools

import numpy as np

from prefrontal.agents import Agent
from prefrontal.references.bandits.restless import walk_matrix
from prefrontal.references.bandits.win_stay_lose_shift import WinStayLoseShift
from prefrontal.references.exact.base import Rewards, mean_rewards, oracle_rewards, rewards_on
from prefrontal.tasks.bandits.restless import Restless


@mean_rewards.register(Restless)
def restless_mean(distribution: Restless) -> Rewards:
    return np.full(distribution.horizon, 0.5)


@oracle_rewards.register(Restless)
def restless_oracle(distribution: Restless) -> Rewards:
    """E[max(p₁, 1 - p₁)] at each step of the walk, over starts and volatilities."""
    p = np.arange(distribution.n + 1) / distribution.n
    rewards = np.zeros(distribution.horizon)
    for volatility in distribution.volatilities:
        walk, where = walk_matrix(distribution.n, volatility), np.full(len(p), 1.0 / len(p))
        for time in range(distribution.horizon):
            rewards[time] += where @ np.maximum(p, 1.0 - p) / len(distribution.volatilities)
            where = walk @ where
    return rewards


@rewards_on.register(Restless)
def rewards_on_restless(distribution: Restless, agent: Agent) -> Rewards | None:
    return restless_rewards(agent, distribution)


@functools.singledispatch
def restless_rewards(agent: Agent, distribution: Restless) -> Rewards | None:
    """The expected reward of each step, or None where it is not known."""
    return None


@restless_rewards.register(WinStayLoseShift)
def shifting_restless(agent: WinStayLoseShift, distribution: Restless) -> Rewards:
    """The chain is of the arm and the position of p₁."""
    volatilities = distribution.volatilities
    return np.mean([_restless_chain(distribution, volatility) for volatility in volatilities], axis=0)


def _restless_chain(distribution: Restless, volatility: float) -> Rewards:
    walk = walk_matrix(distribution.n, volatility)
    p = np.arange(distribution.n + 1) / distribution.n
    win = np.stack([p, 1.0 - p])
    where = np.full(win.shape, 0.5 / len(p))
    rewards = np.zeros(distribution.horizon)
    for time in range(distribution.horizon):
        rewards[time] = (where * win).sum()
        where = (where * win + (where * (1.0 - win))[::-1]) @ walk.T
    return rewards

"""Exact values on the bandit with an informative arm. All rewards are certain; only the target is not."""

import functools

import numpy as np

from prefrontal.agents import Agent
from prefrontal.references.bandits.informative import AskFirst, SearchTargets
from prefrontal.references.bandits.ucb1 import UCB1
from prefrontal.references.bandits.win_stay_lose_shift import WinStayLoseShift
from prefrontal.references.exact.base import Rewards, mean_rewards, oracle_rewards, rewards_on
from prefrontal.references.exact.shift import chain
from prefrontal.tasks.bandits.informative import InformativeArm


@mean_rewards.register(InformativeArm)
def informative_mean(distribution: InformativeArm) -> Rewards:
    targets = distribution.targets
    mean = (distribution.prize + (targets - 1) + (targets + 1) / (2 * targets)) / (targets + 1)
    return np.full(distribution.horizon, mean)


@oracle_rewards.register(InformativeArm)
def informative_oracle(distribution: InformativeArm) -> Rewards:
    return np.full(distribution.horizon, float(distribution.prize))


@rewards_on.register(InformativeArm)
def rewards_on_informative(distribution: InformativeArm, agent: Agent) -> Rewards | None:
    return informative_rewards(agent, distribution)


@functools.singledispatch
def informative_rewards(agent: Agent, distribution: InformativeArm) -> Rewards | None:
    """The expected reward of each step, or None where it is not known."""
    return None


@informative_rewards.register(AskFirst)
def asking(agent: AskFirst, distribution: InformativeArm) -> Rewards | None:
    """Tries the arms of the codes 0..searches - 1, asks, and pulls the target."""
    if agent.reverse != distribution.reverse:
        return None
    targets, prize = distribution.targets, distribution.prize
    rewards = np.ones((distribution.horizon, targets))  # by the target's code
    for code in range(targets):
        asks = min(agent.searches, distribution.horizon)
        if code < agent.searches:
            rewards[code:, code] = prize
        elif asks < distribution.horizon:
            rewards[asks, code] = (code + 1.0) / targets
            rewards[asks + 1 :, code] = prize
    return rewards.mean(axis=1)


@informative_rewards.register(SearchTargets)
def searching(agent: SearchTargets, distribution: InformativeArm) -> Rewards:
    """Tries the arms in any order until the target is found: within i pulls with chance i / targets."""
    found = np.minimum(np.arange(1, distribution.horizon + 1) / distribution.targets, 1.0)
    return found * distribution.prize + (1.0 - found)


@informative_rewards.register(WinStayLoseShift)
def shifting(agent: WinStayLoseShift, distribution: InformativeArm) -> Rewards:
    """Only what pays more than the middle of the range is a win."""
    targets = distribution.targets
    codes = (np.arange(targets) + 1.0) / targets
    pay = np.concatenate([np.where(np.eye(targets, dtype=bool), distribution.prize, 1.0), codes[None]])
    win = pay > sum(distribution.environment.reward_range) / 2
    return chain(pay, win * 1.0, distribution.horizon).mean(axis=1)


@informative_rewards.register(UCB1)
def trying_all(agent: UCB1, distribution: InformativeArm) -> Rewards | None:
    """While every pull is of another arm, each is the target once in so many tasks."""
    targets = distribution.targets
    if distribution.horizon > targets:
        return None
    return np.full(distribution.horizon, (distribution.prize + targets - 1) / targets)

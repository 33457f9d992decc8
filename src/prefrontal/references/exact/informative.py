"""Exact values on the bandit with an informative arm. All rewards are certain; only the target is not."""

import numpy as np
from jaxtyping import Float

from prefrontal.agents import Agent
from prefrontal.references.bandits.informative import AskFirst, SearchTargets
from prefrontal.references.bandits.ucb1 import UCB1
from prefrontal.references.bandits.win_stay_lose_shift import WinStayLoseShift
from prefrontal.references.exact.shift import shift_rewards_informative
from prefrontal.tasks.bandits.informative import InformativeArm


def informative_rewards(agent: Agent, distribution: InformativeArm) -> Float[np.ndarray, "T"] | None:
    """The expected reward of each step, or None where it is not known."""
    if isinstance(agent, AskFirst) and agent.reverse == distribution.reverse:
        return _asking(agent.searches, distribution)
    if isinstance(agent, SearchTargets):
        return _searching(distribution)
    if isinstance(agent, WinStayLoseShift):
        return shift_rewards_informative(distribution)
    if isinstance(agent, UCB1) and distribution.horizon <= distribution.targets:
        targets = (
            distribution.targets
        )  # every pull is of another arm, and each is the target once in so many tasks
        return np.full(distribution.horizon, (distribution.prize + targets - 1) / targets)
    return None


def _asking(searches: int, distribution: InformativeArm) -> Float[np.ndarray, "T"]:
    """Tries the arms of the codes 0..searches - 1, asks, and pulls the target."""
    targets, prize = distribution.targets, distribution.prize
    rewards = np.ones((distribution.horizon, targets))  # by the target's code
    for code in range(targets):
        asks = min(searches, distribution.horizon)
        if code < searches:
            rewards[code:, code] = prize
        elif asks < distribution.horizon:
            rewards[asks, code] = (code + 1.0) / targets
            rewards[asks + 1 :, code] = prize
    return rewards.mean(axis=1)


def _searching(distribution: InformativeArm) -> Float[np.ndarray, "T"]:
    """Tries the arms in any order until the target is found: within i pulls with chance i / targets."""
    found = np.minimum(np.arange(1, distribution.horizon + 1) / distribution.targets, 1.0)
    return found * distribution.prize + (1.0 - found)

"""Exact values of win-stay, lose-shift: given the task, the arm it pulls is a Markov chain."""

import numpy as np
from jaxtyping import Float

from prefrontal.references.bandits.restless import walk_matrix
from prefrontal.references.exact.priors import TwoArmPrior
from prefrontal.tasks.bandits.informative import InformativeArm
from prefrontal.tasks.bandits.restless import Restless


def shift_rewards(prior: TwoArmPrior, horizon: int) -> Float[np.ndarray, "T"]:
    """The expected reward of each step on two arms that pay 0 or 1.

    Given the task it is a polynomial of p₁ and p₂, of no higher degree than there were steps: integrated
    exactly.
    """
    p, weights = prior.tasks(horizon)
    return _chain(p, p, horizon) @ weights


def shift_rewards_informative(distribution: InformativeArm) -> Float[np.ndarray, "T"]:
    """The same for the informative arm: only what pays more than the middle of the range is a win."""
    targets = distribution.targets
    codes = (np.arange(targets) + 1.0) / targets
    pay = np.concatenate([np.where(np.eye(targets, dtype=bool), distribution.prize, 1.0), codes[None]])
    win = pay > sum(distribution.environment.reward_range) / 2
    return _chain(pay, win * 1.0, distribution.horizon).mean(axis=1)


def _chain(pay: Float[np.ndarray, "arms tasks"], win: Float[np.ndarray, "arms tasks"], horizon: int):
    """Expected rewards `(T, tasks)`, where an arm pays `pay` on average and wins with probability `win`."""
    arms = len(pay)
    where = np.full(pay.shape, 1.0 / arms)
    rewards = []
    for _ in range(horizon):
        rewards.append((where * pay).sum(axis=0))
        lost = where * (1.0 - win)
        where = where * win + (lost.sum(axis=0) - lost) / (arms - 1)
    return np.stack(rewards)


def shift_rewards_restless(distribution: Restless) -> Float[np.ndarray, "T"]:
    """The same for restless arms: the chain is of the arm and the position of p₁."""
    volatilities = distribution.volatilities
    return np.mean([_restless_chain(distribution, volatility) for volatility in volatilities], axis=0)


def _restless_chain(distribution: Restless, volatility: float) -> Float[np.ndarray, "T"]:
    walk = walk_matrix(distribution.n, volatility)
    p = np.arange(distribution.n + 1) / distribution.n
    win = np.stack([p, 1.0 - p])
    where = np.full(win.shape, 0.5 / len(p))
    rewards = np.zeros(distribution.horizon)
    for time in range(distribution.horizon):
        rewards[time] = (where * win).sum()
        where = (where * win + (where * (1.0 - win))[::-1]) @ walk.T
    return rewards

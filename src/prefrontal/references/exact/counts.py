"""Exact values of policies that act on the counts of two arms, under any exchangeable prior."""

import warnings

import numpy as np

from prefrontal.errors import UserError
from prefrontal.references.bandits.counting import CountingAgent, Layer
from prefrontal.references.exact.base import Rewards, rewards_under
from prefrontal.references.exact.priors import TwoArmPrior

LONG, LONGEST = 300, 1000  # steps: time grows as T⁴, memory as T³


def check_countable(horizon: int) -> None:
    """A ValueError where there are too many counts to go through; a warning where it takes long."""
    if horizon > LONGEST:
        raise UserError(
            f"horizon is {horizon}; an exact value goes through all counts of two arms and is for at most "
            f"{LONGEST} steps"
        )
    if horizon > LONG:
        minutes = (horizon / 500) ** 4 * 40 / 60
        warnings.warn(f"the exact value of {horizon} steps takes about {minutes:.1f} minutes", stacklevel=2)


@rewards_under.register(CountingAgent)
def counted_rewards(agent: CountingAgent, prior: TwoArmPrior, horizon: int) -> Rewards:
    """The expected reward of each step: with p₁ and p₂ integrated out the counts are a Markov chain.

    The probability of every state of the counts is carried forward in time, in blocks as in `two_arms.py`.
    The prior need not be the one that the policy was made for.
    """
    check_countable(horizon)
    rewards = np.zeros(horizon)
    mass: Layer = [np.ones((1, 1))]
    for time, layer in enumerate(agent.layers(horizon)):
        later = [np.zeros((n1 + 1, time - n1 + 2)) for n1 in range(time + 2)]
        for n1, first in enumerate(layer):
            rewards[time] += _pull(mass[n1], first, prior, n1, time - n1, later)
        mass = later
    return rewards


def _pull(mass: np.ndarray, first: np.ndarray, prior: TwoArmPrior, n1: int, n2: int, later: Layer) -> float:
    """Carry one block's mass over one pull into `later`; its share of the expected reward."""
    q1, q2 = prior.predict(n1, n2)
    to_first, to_second = mass * first, mass * (1.0 - first)
    win_first, win_second = to_first * q1, to_second * q2
    later[n1 + 1][1:] += win_first
    later[n1 + 1][:-1] += to_first - win_first
    later[n1][:, 1:] += win_second
    later[n1][:, :-1] += to_second - win_second
    return float(win_first.sum() + win_second.sum())

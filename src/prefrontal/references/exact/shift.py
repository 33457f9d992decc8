"""Exact values of win-stay, lose-shift: given the task, the arm it pulls is a Markov chain."""

import numpy as np
from jaxtyping import Float

from prefrontal.errors import UserError
from prefrontal.references.bandits.win_stay_lose_shift import WinStayLoseShift
from prefrontal.references.exact.base import Rewards, rewards_under
from prefrontal.references.exact.priors import TwoArmPrior

LONGEST = 1000  # steps: memory grows as T³


@rewards_under.register(WinStayLoseShift)
def shift_rewards(agent: WinStayLoseShift, prior: TwoArmPrior, horizon: int) -> Rewards:
    """In a task they are polynomials of p₁ and p₂, of no higher degree than there were steps before."""
    if horizon > LONGEST:
        raise UserError(
            f"horizon is {horizon}; an exact value goes through polynomials of this degree and is for at "
            f"most {LONGEST} steps"
        )
    p, weights = prior.tasks(horizon)
    return chain(p, p, horizon) @ weights


def chain(
    pay: Float[np.ndarray, "arms tasks"], win: Float[np.ndarray, "arms tasks"], horizon: int
) -> Float[np.ndarray, "T tasks"]:
    """Expected rewards in each task, where an arm pays `pay` on average and wins with probability `win`."""
    arms = len(pay)
    where = np.full(pay.shape, 1.0 / arms)
    rewards = []
    for _ in range(horizon):
        rewards.append((where * pay).sum(axis=0))
        lost = where * (1.0 - win)
        where = where * win + (lost.sum(axis=0) - lost) / (arms - 1)
    return np.stack(rewards)

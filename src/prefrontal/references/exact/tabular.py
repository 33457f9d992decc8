"""What is known of tabular MDPs without sampling: an action at random earns the prior's mean.

In whatever state it is taken, its mean reward was drawn from the prior, and random choice says nothing of it.
What an oracle earns is not known in closed form, so neither is regret.
"""

import numpy as np

from prefrontal.references.exact.base import Rewards, mean_rewards
from prefrontal.tasks.tabular.mdps import TabularMDPs


@mean_rewards.register(TabularMDPs)
def tabular_mean(distribution: TabularMDPs) -> Rewards:
    return np.full(distribution.horizon, float(distribution.reward_mean))

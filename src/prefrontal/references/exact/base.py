"""Expected return and regret without sampling error, for the policies and distributions that allow it."""

from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from prefrontal.agents import Agent
from prefrontal.references import reference
from prefrontal.references.bandits.counting import CountingAgent
from prefrontal.references.bandits.many_arms import optimal_return
from prefrontal.references.bandits.win_stay_lose_shift import WinStayLoseShift
from prefrontal.references.exact.counts import counted_rewards
from prefrontal.references.exact.informative import informative_rewards
from prefrontal.references.exact.priors import mean_rewards, oracle_rewards, two_arm_prior
from prefrontal.references.exact.shift import shift_rewards, shift_rewards_restless
from prefrontal.references.exact.two_step import two_step_rewards
from prefrontal.references.random_choice import RandomChoice
from prefrontal.tasks.bandits.bernoulli import IndependentArms
from prefrontal.tasks.bandits.informative import InformativeArm
from prefrontal.tasks.bandits.restless import Restless
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.two_step import TwoStep


class ExactValue(NamedTuple):
    """Expectations over tasks, rewards and the policy's own randomness, of whole lifetimes."""

    total_return: float
    regret: float  # cumulative: the oracle's return less this one
    # Cumulative, after each step; None where only the whole is known.
    regret_by_time: Float[np.ndarray, "T"] | None


def exact(name: str, distribution: TaskDistribution, **values: Any) -> ExactValue | None:
    """The value of the reference `name` on the distribution it is built for; None if no exact way is known.

    **Raises:** as `references.reference` does.
    """
    if name == "bayes-optimal" and isinstance(distribution, IndependentArms) and not values:
        whole = optimal_return(distribution) if distribution.arms > 2 else None
        if whole is not None:
            return ExactValue(whole, _sum(oracle_rewards(distribution)) - whole, None)
    return exact_value(reference(name, distribution, **values), distribution)


def exact_cross(trained: TaskDistribution, tested: TaskDistribution) -> ExactValue | None:
    """The value on `tested` of the Bayes-optimal policy for `trained`.

    One cell of the theoretical train x test matrix (Wang et al. 2016, figure 2f). Off its own distribution
    the value depends on how ties are broken: by `FollowEvidence` and `TwoArmTable`, at random.
    """
    return exact_value(reference("bayes-optimal", trained), tested)


def exact_value(agent: Agent, distribution: TaskDistribution) -> ExactValue | None:
    """The value of a reference on any distribution, its own or another; None where no exact way is known."""
    rewards, oracle = _rewards(agent, distribution), oracle_rewards(distribution)
    if rewards is None or oracle is None:
        return None
    regret = np.cumsum(oracle - rewards)
    return ExactValue(_sum(rewards), float(regret[-1]), regret)


def _rewards(agent: Agent, distribution: TaskDistribution) -> Float[np.ndarray, "T"] | None:
    """The expected reward of each step."""
    if isinstance(distribution, TwoStep):
        return two_step_rewards(agent, distribution)
    if isinstance(agent, RandomChoice):
        return mean_rewards(distribution)
    if isinstance(distribution, InformativeArm):
        return informative_rewards(agent, distribution)
    if isinstance(distribution, Restless):
        return shift_rewards_restless(distribution) if isinstance(agent, WinStayLoseShift) else None
    prior = two_arm_prior(distribution)
    if prior is None:
        return None
    if isinstance(agent, WinStayLoseShift):
        return shift_rewards(prior, distribution.horizon)
    return counted_rewards(agent, prior, distribution.horizon) if isinstance(agent, CountingAgent) else None


def _sum(rewards: Float[np.ndarray, "T"] | None) -> float:
    return 0.0 if rewards is None else float(rewards.sum())

"""Expected return and regret without sampling error, for the policies and distributions that allow it.

Known values are registered for a distribution or an agent with the functions of this file. Each is a
`functools.singledispatch` on its first argument, and returns None if nothing is registered.
"""

import functools
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from prefrontal.agents import Agent
from prefrontal.checks import check_kind, check_text
from prefrontal.references import reference
from prefrontal.references.bandits.oracle import Oracle
from prefrontal.references.exact.priors import TwoArmPrior, two_arm_prior
from prefrontal.references.random_choice import RandomChoice
from prefrontal.tasks import Environment, TaskDistribution, check_tasks
from prefrontal.tasks import distribution as tasks_named

LONGEST = 100_000  # steps of a lifetime: an exact value of as many takes some ten seconds
Rewards = Float[np.ndarray, "T"]  # the expected reward of each step


class ExactValue(NamedTuple):
    """Return and regret of lifetimes: expectations over tasks, rewards and the policy's randomness."""

    total_return: float  # of a lifetime
    # The oracle's return minus this one; None if the oracle's is not known.
    regret: float | None
    # Cumulative regret after each step; None if only the total is known.
    regret_by_time: Float[np.ndarray, "T"] | None


def exact(name: str, distribution: TaskDistribution | str, **values: Any) -> ExactValue | None:
    """The exact value of the reference `name` on the distribution it is built for.

    **Returns:** the value; None if no exact method is known, and for lifetimes of more than 100,000 steps.

    **Raises:** as `references.reference`; ValueError if there are too many counts to enumerate.
    """
    check_text("name", name)
    tasks = tasks_named(distribution)
    if tasks.horizon > LONGEST or _restricted(tasks):
        return None
    whole = optimum_alone(tasks) if name == "bayes-optimal" and not values else None
    if whole is not None and (oracle := oracle_rewards(tasks)) is not None:
        return ExactValue(whole, float(oracle.sum()) - whole, None)
    return exact_value(reference(name, tasks, **values), tasks)


def exact_cross(trained: TaskDistribution, tested: TaskDistribution) -> ExactValue | None:
    """The value on `tested` of the Bayes-optimal policy for `trained`.

    One cell of the theoretical train x test matrix (Wang et al. 2016, figure 2f). Off its own distribution
    the value depends on how ties are broken: by `FollowMajority` and `TwoArmTable`, at random.
    """
    return exact_value(reference("bayes-optimal", trained), tested)


def exact_value(agent: Agent, distribution: TaskDistribution) -> ExactValue | None:
    """The value of a reference on any distribution; None if no exact method is known.

    **Raises:** ValueError if lifetimes of `distribution` are longer than those that the agent was built for.
    """
    check_kind("agent", agent, Agent)
    check_tasks(distribution)
    if agent.longest is not None and distribution.horizon > agent.longest:
        raise ValueError(
            f"{type(agent).__name__} was built for lifetimes of at most {agent.longest} steps, "
            f"and here they have {distribution.horizon}; build it for a distribution of this horizon"
        )
    rewards = None if _restricted(distribution) else expected_rewards(agent, distribution)
    if rewards is None:
        return None
    if (oracle := oracle_rewards(distribution)) is None:
        return ExactValue(float(rewards.sum()), None, None)
    regret = np.cumsum(oracle - rewards)
    return ExactValue(float(rewards.sum()), float(regret[-1]), regret)


def _restricted(distribution: TaskDistribution) -> bool:
    """Whether an action mask has been added to tasks whose values are known without it, by a subclass."""
    masked = type(distribution.environment).allowed is not Environment.allowed
    registered = (mean_rewards, oracle_rewards, optimum_alone, rewards_on, two_arm_prior)
    return masked and not any(type(distribution) in one.registry for one in registered)


@functools.singledispatch
def mean_rewards(distribution: TaskDistribution) -> Rewards | None:
    """The expected reward, at each step, of a random action."""
    return None


@functools.singledispatch
def oracle_rewards(distribution: TaskDistribution) -> Rewards | None:
    """The expected reward, at each step, of an oracle that knows the task."""
    return None


@functools.singledispatch
def optimum_alone(distribution: TaskDistribution) -> float | None:
    """The Bayes-optimal return, if it is known but its policy is not available."""
    return None


@functools.singledispatch
def expected_rewards(agent: Agent, distribution: TaskDistribution) -> Rewards | None:
    """The expected reward of each step. Agents with one method for every distribution register it here."""
    return rewards_on(distribution, agent)


@functools.singledispatch
def rewards_on(distribution: TaskDistribution, agent: Agent) -> Rewards | None:
    """The same, registered by the distribution. For two arms with a prior, the prior is used."""
    prior = two_arm_prior(distribution)
    return None if prior is None else rewards_under(agent, prior, distribution.horizon)


@functools.singledispatch
def rewards_under(agent: Agent, prior: TwoArmPrior, horizon: int) -> Rewards | None:
    """The same, for two arms that pay 0 or 1 with a prior over their probabilities."""
    return None


@expected_rewards.register(RandomChoice)
def rewards_at_random(agent: RandomChoice, distribution: TaskDistribution) -> Rewards | None:
    return mean_rewards(distribution)


@expected_rewards.register(Oracle)
def rewards_of_the_oracle(agent: Oracle, distribution: TaskDistribution) -> Rewards | None:
    return oracle_rewards(distribution)

"""Exact values of policies for the two-step task that go by P(S₃ is good).

The rewards depend on the task through one event: whether the choice was for the good state. With probability
`right` it was, and a trial is worth

    right · better + (1 - right) · worse,

where better = c · high + (1 - c) · low, worse = (1 - c) · high + c · low, and c is how often a transition is
common.
"""

import functools

import numpy as np
from jaxtyping import Float

from prefrontal.agents import Agent
from prefrontal.models.two_step_filter import believed
from prefrontal.references.exact.base import Rewards, mean_rewards, oracle_rewards, rewards_on
from prefrontal.references.two_step.good_state import FollowGoodState
from prefrontal.references.two_step.return_or_leave import ReturnOrLeave
from prefrontal.tasks.two_step import TwoStep

NODES = 8001  # of the belief, where reversals make it a continuum: values are right to 1e-4
SETTLED = 1e-12  # a law that moves by less with a trial moves by no more with any later one


@mean_rewards.register(TwoStep)
def two_step_mean(distribution: TwoStep) -> Rewards:
    return worth(np.full(distribution.trials, 0.5), distribution)


@oracle_rewards.register(TwoStep)
def two_step_oracle(distribution: TwoStep) -> Rewards:
    """What a choice for the good state is worth."""
    return worth(np.ones(distribution.trials), distribution)


@rewards_on.register(TwoStep)
def rewards_on_two_step(distribution: TwoStep, agent: Agent) -> Rewards | None:
    right = chance_right(agent, distribution)
    return None if right is None else worth(right, distribution)


def worth(right: Float[np.ndarray, "trials"], tasks: TwoStep) -> Rewards:
    """What the trials are worth, set at their second steps; the first steps earn nothing."""
    likelier = max(tasks.common, 1.0 - tasks.common)
    better = likelier * tasks.high + (1.0 - likelier) * tasks.low
    worse = (1.0 - likelier) * tasks.high + likelier * tasks.low
    rewards = np.zeros(2 * len(right))
    rewards[1::2] = right * better + (1.0 - right) * worse
    return rewards[: tasks.horizon]


@functools.singledispatch
def chance_right(agent: Agent, tasks: TwoStep) -> Float[np.ndarray, "trials"] | None:
    """The probability that each trial's choice is for the good state; None where it is not known."""
    return None


@chance_right.register(FollowGoodState)
def right_by_inference(agent: FollowGoodState, tasks: TwoStep) -> Float[np.ndarray, "trials"] | None:
    if agent != FollowGoodState.build(tasks):
        return None
    return _right_by_counts(tasks) if tasks.reversal == 0.0 else _right_by_belief(tasks)


@chance_right.register(ReturnOrLeave)
def right_of_one_trial(agent: ReturnOrLeave, tasks: TwoStep) -> Float[np.ndarray, "trials"] | None:
    """It is right if the last reward was right and nothing has changed since, or if neither is so."""
    if agent.common != tasks.common or abs(tasks.high + tasks.low - 1.0) > 1e-9:
        return None
    after = tasks.high * (1.0 - tasks.reversal) + (1.0 - tasks.high) * tasks.reversal
    return np.concatenate([[0.5], np.full(tasks.trials - 1, after)])


def _right_by_counts(tasks: TwoStep) -> Float[np.ndarray, "trials"]:
    """After k trials the belief is of the count of those that spoke for the good state: Binomial(k, high)."""
    from scipy.stats import binom  # here, for it takes long to import

    seen = np.arange(tasks.trials)
    more, even = binom.sf(seen / 2, seen, tasks.high), binom.pmf(seen / 2, seen, tasks.high)
    return more + even / 2


def _right_by_belief(tasks: TwoStep) -> Float[np.ndarray, "trials"]:
    """The law of b = P(the good state is good), carried forward trial by trial on a grid of beliefs.

    A mass that falls between two nodes is shared between them so that its mean stays. Once the law has
    settled, all later trials are like the last one.
    """
    nodes = np.linspace(0.0, 1.0, NODES)
    mass = np.zeros(NODES)
    mass[NODES // 2] = 1.0
    right = np.zeros(tasks.trials)
    for trial in range(tasks.trials):
        right[trial:] = mass[NODES // 2 + 1 :].sum() + mass[NODES // 2] / 2
        before = mass
        mass = _moved(nodes, mass, tasks, True) + _moved(nodes, mass, tasks, False)
        if np.abs(mass - before).sum() < SETTLED:
            break
    return right


def _moved(nodes: np.ndarray, mass: np.ndarray, tasks: TwoStep, true: bool) -> Float[np.ndarray, "nodes"]:
    """Where the mass goes with a reward that tells the truth, or with one that does not.

    A reversal makes the other state the good one: b becomes 1 - b.
    """
    said = tasks.high if true else 1.0 - tasks.high
    after = believed(nodes, said, 1.0 - said, tasks.reversal)
    stay = _shared(after, mass * said * (1.0 - tasks.reversal))
    return stay + _shared(1.0 - after, mass * said * tasks.reversal)


def _shared(places: np.ndarray, mass: np.ndarray) -> Float[np.ndarray, "nodes"]:
    scaled = np.clip(places, 0.0, 1.0) * (NODES - 1)
    left = np.minimum(scaled.astype(int), NODES - 2)
    part = scaled - left
    low = np.bincount(left, mass * (1.0 - part), minlength=NODES)
    return low + np.bincount(left + 1, mass * part, minlength=NODES)

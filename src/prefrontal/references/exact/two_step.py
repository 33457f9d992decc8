"""Exact values of policies for the two-step task that go by P(S₃ is good).

The rewards depend on the task through one event: whether the choice was for the good state. With probability
`right` it was, and a trial is worth

    right · better + (1 - right) · worse,

where better = c · high + (1 - c) · low, worse = (1 - c) · high + c · low, and c is how often a transition is
common.
"""

import numpy as np
from jaxtyping import Float
from scipy import stats

from prefrontal.agents import Agent
from prefrontal.references.random_choice import RandomChoice
from prefrontal.references.two_step.base import FollowGoodState, ReturnOrLeave
from prefrontal.tasks.two_step import TwoStep

NODES = 8001  # of the belief, where reversals make it a continuum: values are right to 1e-4


def two_step_rewards(agent: Agent, tasks: TwoStep) -> Float[np.ndarray, "T"] | None:
    """The expected reward of each step; None where no exact way is known."""
    right = _right(agent, tasks)
    if right is None:
        return None
    likelier = max(tasks.common, 1.0 - tasks.common)
    better = likelier * tasks.high + (1.0 - likelier) * tasks.low
    worse = (1.0 - likelier) * tasks.high + likelier * tasks.low
    return at_second_steps(right * better + (1.0 - right) * worse, tasks.horizon)


def at_second_steps(by_trial: Float[np.ndarray, "trials"], horizon: int) -> Float[np.ndarray, "T"]:
    """A number for each trial, set at its second step; the first steps earn nothing."""
    rewards = np.zeros(2 * len(by_trial))
    rewards[1::2] = by_trial
    return rewards[:horizon]


def _right(agent: Agent, tasks: TwoStep) -> Float[np.ndarray, "trials"] | None:
    """The probability that each trial's choice is for the good state."""
    if isinstance(agent, RandomChoice):
        return np.full(tasks.trials, 0.5)
    if isinstance(agent, ReturnOrLeave):
        return _right_of_one_trial(agent, tasks)
    if isinstance(agent, FollowGoodState) and agent == FollowGoodState.build(tasks):
        return _right_by_counts(tasks) if tasks.reversal == 0.0 else _right_by_belief(tasks)
    return None


def _right_of_one_trial(agent: ReturnOrLeave, tasks: TwoStep) -> Float[np.ndarray, "trials"] | None:
    """It is right where the last reward told the truth and nothing has changed since, or neither."""
    if agent.common != tasks.common or abs(tasks.high + tasks.low - 1.0) > 1e-9:
        return None
    after = tasks.high * (1.0 - tasks.reversal) + (1.0 - tasks.high) * tasks.reversal
    return np.concatenate([[0.5], np.full(tasks.trials - 1, after)])


def _right_by_counts(tasks: TwoStep) -> Float[np.ndarray, "trials"]:
    """After k trials the belief is of the count of those that spoke for the good state: Binomial(k, high)."""
    seen = np.arange(tasks.trials)
    more, even = stats.binom.sf(seen / 2, seen, tasks.high), stats.binom.pmf(seen / 2, seen, tasks.high)
    return more + even / 2


def _right_by_belief(tasks: TwoStep) -> Float[np.ndarray, "trials"]:
    """The law of b = P(the good state is good), carried forward trial by trial on a grid of beliefs.

    A mass that falls between two nodes is shared between them so that its mean stays.
    """
    nodes = np.linspace(0.0, 1.0, NODES)
    mass = np.zeros(NODES)
    mass[NODES // 2] = 1.0
    right = []
    for _ in range(tasks.trials):
        right.append(mass[NODES // 2 + 1 :].sum() + mass[NODES // 2] / 2)
        mass = _moved(nodes, mass, tasks, True) + _moved(nodes, mass, tasks, False)
    return np.array(right)


def _moved(nodes: np.ndarray, mass: np.ndarray, tasks: TwoStep, true: bool) -> Float[np.ndarray, "nodes"]:
    """Where the mass goes with a reward that tells the truth, or with one that does not.

    A reversal makes the other state the good one: b becomes 1 - b.
    """
    said = tasks.high if true else 1.0 - tasks.high
    seen = nodes * said / (nodes * said + (1.0 - nodes) * (1.0 - said))
    after = seen + (1.0 - 2.0 * seen) * tasks.reversal
    stay = _shared(after, mass * said * (1.0 - tasks.reversal))
    return stay + _shared(1.0 - after, mass * said * tasks.reversal)


def _shared(places: np.ndarray, mass: np.ndarray) -> Float[np.ndarray, "nodes"]:
    scaled = np.clip(places, 0.0, 1.0) * (NODES - 1)
    left = np.minimum(scaled.astype(int), NODES - 2)
    part = scaled - left
    low = np.bincount(left, mass * (1.0 - part), minlength=NODES)
    return low + np.bincount(left + 1, mass * part, minlength=NODES)

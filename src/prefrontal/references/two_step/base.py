"""The common base of policies for the two-step task.

All of them use the outcome of the second step: a trial's state, S₂ or S₃, and its reward. In S₂ and S₃ there
is nothing to choose.
"""

import abc
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from prefrontal.agents import Agent
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.two_step import FIRST, TwoStep
from prefrontal.types import Percept, RandomKey


def two_step_of(policy: str, distribution: TaskDistribution) -> TwoStep:
    """`distribution`, or a ValueError if it is not the two-step task."""
    if not isinstance(distribution, TwoStep):
        raise ValueError(f"{policy} is for the two-step task, not for {type(distribution).__name__}")
    return distribution


class Trial(NamedTuple):
    """The current trial, or the one that has just ended."""

    choice: Int[Array, ""]  # at the first step; -1 before the first trial
    state: Int[Array, ""]  # at the second: 0 for S₂, 1 for S₃


class TwoStepAgent(Agent):
    """Learns at the end of a trial, and then chooses. At the second step it repeats its choice."""

    def initial_memory(self):
        return Trial(jnp.array(-1, jnp.int32), jnp.array(0, jnp.int32)), self.ignorance()

    def noise(self, key: RandomKey) -> Float[Array, ""]:
        return jax.random.uniform(key, (), jnp.float32)

    def act(self, memory, percept: Percept, noise: Float[Array, ""]):
        (trial, belief), choosing = memory, at_first_step(percept)
        learnt = self.learn(belief, trial, percept.previous_reward)
        belief = jax.tree.map(
            lambda new, old: jnp.where(choosing & (trial.choice >= 0), new, old), learnt, belief
        )
        chosen = jnp.where(noise < self.second_action(belief, trial), 1, 0)
        choice = jnp.where(choosing, chosen, trial.choice).astype(jnp.int32)
        state = jnp.where(choosing, trial.state, jnp.argmax(percept.observation).astype(jnp.int32) - 1)
        return (Trial(choice, state), belief), choice, None

    @abc.abstractmethod
    def ignorance(self):
        """The belief before the first trial."""

    @abc.abstractmethod
    def learn(self, belief, trial: Trial, reward: Float[Array, ""]):
        """The belief after a trial with this `reward`."""

    @abc.abstractmethod
    def second_action(self, belief, trial: Trial) -> Float[Array, ""]:
        """The probability of action 1 in S₁, given the belief and the previous trial."""


def at_first_step(percept: Percept) -> Bool[Array, ""]:
    return percept.observation[FIRST] > 0.5

"""Policies for the two-step task that know how the task is made.

All of them go by what the second step brought: a trial's state, S₂ or S₃, and its reward. In S₂ and in S₃
there is nothing to choose.
"""

import abc
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from prefrontal.agents import Agent
from prefrontal.references.bandits.counting import TIE
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.two_step import FIRST, TwoStep
from prefrontal.types import Percept, RandomKey


def two_step_of(policy: str, distribution: TaskDistribution) -> TwoStep:
    """The two-step task, or a ValueError if `distribution` is another."""
    if not isinstance(distribution, TwoStep):
        raise ValueError(f"{policy} is for the two-step task, and {type(distribution).__name__} is none")
    return distribution


class Trial(NamedTuple):
    """The trial that is in course, or just over."""

    choice: Int[Array, ""]  # at the first step; -1 before the first trial
    state: Int[Array, ""]  # at the second: 0 for S₂, 1 for S₃


class TwoStepAgent(Agent):
    """Learns when a trial is over, and then chooses. At the second step it takes its choice again."""

    def initial_memory(self):
        return Trial(jnp.array(-1), jnp.array(0)), self.ignorance()

    def noise(self, key: RandomKey) -> Float[Array, ""]:
        return jax.random.uniform(key)

    def act(self, memory, percept: Percept, noise: Float[Array, ""]):
        (trial, belief), choosing = memory, at_first_step(percept)
        learnt = self.learn(belief, trial, percept.previous_reward)
        belief = jax.tree.map(
            lambda new, old: jnp.where(choosing & (trial.choice >= 0), new, old), learnt, belief
        )
        chosen = jnp.where(noise < self.second_action(belief, trial), 1, 0)
        choice = jnp.where(choosing, chosen, trial.choice)
        state = jnp.where(choosing, trial.state, jnp.argmax(percept.observation) - 1)
        return (Trial(choice, state), belief), choice, None

    @abc.abstractmethod
    def ignorance(self):
        """What is believed before the first trial."""

    @abc.abstractmethod
    def learn(self, belief, trial: Trial, reward: Float[Array, ""]):
        """What is believed after a trial that brought `reward`."""

    @abc.abstractmethod
    def second_action(self, belief, trial: Trial) -> Float[Array, ""]:
        """The probability of action 1 in S₁, by the belief and the trial before."""


def at_first_step(percept: Percept) -> Bool[Array, ""]:
    return percept.observation[FIRST] > 0.5


class FollowGoodState(TwoStepAgent):
    """Goes for the state that is the likelier to be good; ties at random. Bayes-optimal for high + low = 1.

    A visit to S₂ that pays is then as likely, and says as much, as a visit to S₃ that does not. What is
    learnt does not depend on what is done, so that nothing is to be gained by exploring: the best choice of
    the moment is the best of all. The belief is P(S₃ is good), by the exact filter over reversals.
    """

    common: float = eqx.field(static=True)
    high: float = eqx.field(static=True)
    reversal: float = eqx.field(static=True)

    @classmethod
    def build(cls, tasks: TwoStep) -> "FollowGoodState":
        if abs(tasks.high + tasks.low - 1.0) > 1e-9:
            raise ValueError(
                f"high is {tasks.high} and low {tasks.low}; the exact Bayes-optimal policy for the two-step "
                "task is for high + low = 1"
            )
        return cls(tasks.common, tasks.high, tasks.reversal)

    def ignorance(self) -> Float[Array, ""]:
        return jnp.array(0.5)

    def learn(self, belief: Float[Array, ""], trial: Trial, reward: Float[Array, ""]) -> Float[Array, ""]:
        """Bayes' rule for the reward, then the chance of a reversal."""
        speaks_for_s3 = (reward > 0.5) == (trial.state == 1)
        likelihood = jnp.where(speaks_for_s3, self.high, 1.0 - self.high)
        seen = belief * likelihood
        seen = seen / (seen + (1.0 - belief) * (1.0 - likelihood))
        return seen * (1.0 - self.reversal) + (1.0 - seen) * self.reversal

    def second_action(self, belief: Float[Array, ""], trial: Trial) -> Float[Array, ""]:
        ahead = (belief - 0.5) * (2.0 * self.common - 1.0)
        return jnp.where(jnp.abs(ahead) < TIE, 0.5, (ahead > 0) * 1.0)


class ReturnOrLeave(Agent):
    """Win-stay, lose-shift on the states: back where it was rewarded, to the other where it was not.

    It remembers nothing. At the second step, where actions do not matter, it takes the one that mostly leads
    to the state that it is in; and at the first it sees that action and its reward. The first is at random.
    """

    common: float = eqx.field(static=True)

    def initial_memory(self) -> tuple[()]:
        return ()

    def noise(self, key: RandomKey) -> Int[Array, ""]:
        return jax.random.randint(key, (), 0, 2)

    def act(self, memory: tuple[()], percept: Percept, noise: Int[Array, ""]):
        in_s3 = (percept.observation[2] > 0.5).astype(jnp.int32)
        to_where_it_is = in_s3 if self.common >= 0.5 else 1 - in_s3
        before = percept.previous_action
        again = jnp.where(percept.previous_reward > 0.5, before, 1 - before)
        first = jnp.where(before < 0, noise, again)
        return memory, jnp.where(at_first_step(percept), first, to_where_it_is), None

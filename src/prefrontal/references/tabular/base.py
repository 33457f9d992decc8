"""What policies for tabular MDPs have in common: a conjugate posterior, and a plan for each episode.

Mean rewards have normal priors, rewards have normal noise, and transitions have Dirichlet priors. An agent
plans before the first step of a lifetime and, in `revise`, after every episode. It does not see where the
last step of an episode leads, because the next observation belongs to the next episode.
"""

import abc
import dataclasses
from functools import partial
from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.actions import Choice
from prefrontal.agents import Agent
from prefrontal.references.base import ReferenceSettings
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.tabular.mdps import TabularMDPs
from prefrontal.tasks.tabular.planning import Plan, Rewards, Transitions
from prefrontal.types import Lifetimes, Noise, Percept, RandomKey

_batched = partial(jax.vmap, in_axes=-1, out_axes=-1)


class Experience(NamedTuple):
    """What the agent has seen of an MDP: the sufficient statistics of the posterior."""

    visits: Float[Array, "states actions"]  # the number of rewards seen
    total: Float[Array, "states actions"]  # their sum
    moves: Float[Array, "states actions next"]  # the number of transitions seen


class Memory(NamedTuple):
    seen: Experience
    plan: Plan
    key: RandomKey  # of the last step; the randomness of the next plan


@dataclasses.dataclass(frozen=True)
class Prior:
    """The prior of an agent. Its methods average or draw from the posterior after `Experience`."""

    states: int
    actions: int
    reward_mean: float
    reward_spread: float
    reward_noise: float
    concentration: float

    @classmethod
    def of(cls, tasks: TabularMDPs, reward_mean: float | None) -> "Prior":
        """The true prior of these tasks, or with `reward_mean` as the mean of rewards if it is given."""
        mean = tasks.reward_mean if reward_mean is None else reward_mean
        return cls(
            tasks.states, tasks.actions, mean, tasks.reward_spread, tasks.reward_noise, tasks.concentration
        )

    def ignorance(self) -> Experience:
        nothing = jnp.zeros((self.states, self.actions), jnp.float32)
        return Experience(nothing, nothing, jnp.zeros((self.states, self.actions, self.states), jnp.float32))

    def rewards(self, seen: Experience) -> tuple[Rewards, Rewards]:
        """The posterior's means and standard deviations of the mean rewards.

        With prior N(m, s²), noise σ, and n rewards with the sum x:
        precision τ = 1 / s² + n / σ², mean (m / s² + x / σ²) / τ, standard deviation 1 / √τ.
        """
        before, each = self.reward_spread**-2, self.reward_noise**-2
        precision = before + each * seen.visits
        return (self.reward_mean * before + each * seen.total) / precision, precision**-0.5

    def transitions(self, seen: Experience) -> Transitions:
        """The posterior's mean: (α + n(s, a, s')) / Σ (α + n)."""
        counts = self.concentration + seen.moves
        return counts / counts.sum(axis=-1, keepdims=True)

    def draw(self, seen: Experience, key: RandomKey) -> tuple[Rewards, Transitions]:
        """An MDP from the posterior."""
        reward_key, transition_key = jax.random.split(key)
        mean, spread = self.rewards(seen)
        rewards = mean + spread * jax.random.normal(reward_key, mean.shape, jnp.float32)
        counts = self.concentration + seen.moves
        return rewards, jax.random.dirichlet(transition_key, counts, dtype=jnp.float32)


class PlanningAgent(Agent):
    """Follows a plan in each episode, and then makes the next plan from all that it has seen."""

    prior: Prior = eqx.field(static=True)
    length: int = eqx.field(static=True)

    @property
    def acts(self) -> Choice:
        return Choice(self.prior.actions)

    @property
    def segment(self) -> int:
        return self.length

    @abc.abstractmethod
    def plan(self, seen: Experience, key: RandomKey) -> Plan:
        """The plan for the next episode."""

    def initial_memory(self) -> Memory:
        nothing = jnp.zeros((self.length, self.prior.states), jnp.int32)
        return Memory(self.prior.ignorance(), nothing, jax.random.key(0))

    def act(self, memory: Memory, percept: Percept, noise: Noise):
        begun = lambda: self._begun(memory, percept, noise)  # noqa: E731
        return self.follow(jax.lax.cond(percept.time == 0, begun, lambda: memory), percept, noise)

    def act_all(self, memory: Memory, percept: Percept, noise: Noise):
        """`act` for a batch. It plans at the first step only; with `vmap`, it would plan at every step."""
        begun = lambda: _batched(self._begun)(memory, percept, noise)  # noqa: E731
        memory = jax.lax.cond(jnp.any(percept.time == 0), begun, lambda: memory)
        return _batched(self.follow)(memory, percept, noise)

    def _begun(self, memory: Memory, percept: Percept, noise: Noise) -> Memory:
        first = self.plan(self.prior.ignorance(), self.key_of(noise))
        return memory._replace(plan=jnp.where(percept.time == 0, first, memory.plan))

    def key_of(self, noise: Noise) -> RandomKey:
        """The part of an action's noise from which plans are made."""
        return noise

    def follow(self, memory: Memory, percept: Percept, noise: Noise):
        """The plan's action in this state, at this step of the episode."""
        action = memory.plan[percept.time % self.length, jnp.argmax(percept.observation)]
        return memory._replace(key=self.key_of(noise)), action, None

    def revise(self, memory: Memory, lived: Lifetimes) -> Memory:
        # A new key, because the last step's action may have used this one.
        seen, key = observed(memory.seen, lived), jax.random.fold_in(memory.key, 1)
        return memory._replace(seen=seen, plan=self.plan(seen, key))


def observed(seen: Experience, lived: Lifetimes) -> Experience:
    """The experience after one more episode."""
    states, actions = seen.visits.shape
    place, action = jnp.argmax(lived.percept.observation, axis=-1), lived.action
    in_state = place[:, None, None] == jnp.arange(states)[None, :, None]
    visited = (in_state & (action[:, None, None] == jnp.arange(actions)[None, None])).astype(jnp.float32)
    return Experience(
        seen.visits + visited.sum(axis=0),
        seen.total + (visited * lived.reward[:, None, None]).sum(axis=0),
        seen.moves.at[place[:-1], action[:-1], place[1:]].add(1.0),
    )


@dataclasses.dataclass(frozen=True)
class PlanningSettings(ReferenceSettings):
    """`prior_mean` is the prior's mean of the mean rewards. If None, it is the true one.

    With 0 the results match the table of Duan et al. 2016, although their rewards are drawn around 1.
    """

    prior_mean: float | None = None


def tabular_of(policy: str, distribution: TaskDistribution) -> TabularMDPs:
    """`distribution`, or a ValueError if it is not one of tabular MDPs."""
    if not isinstance(distribution, TabularMDPs):
        raise ValueError(f"{policy} is for tabular MDPs, not for {type(distribution).__name__}")
    return distribution


def believed(policy: str, distribution: TaskDistribution, prior_mean: float | None) -> tuple[Prior, int]:
    """The first fields of a `PlanningAgent` for these tasks."""
    tasks = tabular_of(policy, distribution)
    return Prior.of(tasks, prior_mean), tasks.length

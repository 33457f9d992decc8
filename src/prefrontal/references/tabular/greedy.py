"""Planning with the posterior's mean only: greedy, and ε-greedy."""

import dataclasses
from typing import ClassVar, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.checks import settle
from prefrontal.references.tabular.base import (
    Experience,
    Memory,
    PlanningAgent,
    PlanningSettings,
    believed,
)
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.tabular.planning import Plan, action_values, best_plan
from prefrontal.types import Percept, RandomKey


class ExplorationNoise(NamedTuple):
    key: RandomKey
    whether: Float[Array, ""]  # uniform: explore if below ε
    action: Int[Array, ""]


class MeanGreedy(PlanningAgent):
    """Follows the optimal plan for the posterior's mean. With probability ε it takes a random action instead.

    The random action may be the plan's own. Actions have equal values only if none of them was tried; it then
    takes the action with the lowest number.
    """

    epsilon: float = eqx.field(static=True)

    def noise(self, key: RandomKey) -> ExplorationNoise:
        plan_key, whether_key, action_key = jax.random.split(key, 3)
        action = jax.random.randint(action_key, (), 0, self.prior.actions, jnp.int32)
        return ExplorationNoise(plan_key, jax.random.uniform(whether_key, (), jnp.float32), action)

    def plan(self, seen: Experience, key: RandomKey) -> Plan:
        rewards, _ = self.prior.rewards(seen)
        return best_plan(action_values(rewards, self.prior.transitions(seen), self.length))

    def key_of(self, noise: ExplorationNoise) -> RandomKey:
        return noise.key

    def follow(self, memory: Memory, percept: Percept, noise: ExplorationNoise):
        memory, planned, kept = super().follow(memory, percept, noise)
        return memory, jnp.where(noise.whether < self.epsilon, noise.action, planned), kept


@dataclasses.dataclass(frozen=True)
class MDPGreedySettings(PlanningSettings):
    description: ClassVar[str] = "plans each episode with the posterior's mean of the MDP"

    def __post_init__(self):
        settle(self, prior_mean=(-1e6, 1e6))

    def build(self, distribution: TaskDistribution) -> MeanGreedy:
        return MeanGreedy(*believed("mdp-greedy", distribution, self.prior_mean), 0.0)


@dataclasses.dataclass(frozen=True)
class MDPEpsilonGreedySettings(PlanningSettings):
    description: ClassVar[str] = "as mdp-greedy, but takes a random action with probability epsilon"

    epsilon: float = 0.1  # the probability of a random action

    def __post_init__(self):
        settle(self, prior_mean=(-1e6, 1e6), epsilon=(0.0, 1.0))

    def build(self, distribution: TaskDistribution) -> MeanGreedy:
        return MeanGreedy(*believed("mdp-epsilon-greedy", distribution, self.prior_mean), self.epsilon)

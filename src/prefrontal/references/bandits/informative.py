"""Two policies that know how the bandit with an informative arm is made (Wang et al. 2016, section 3.1.3)."""

from typing import NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from prefrontal.agents import Agent
from prefrontal.references.bandits.thompson import posterior_sampling
from prefrontal.references.bayes_optimal import optimal_policy
from prefrontal.tasks.bandits.informative import InformativeArm
from prefrontal.types import Percept, RandomKey


class Plan(NamedTuple):
    """The best thing to do while the target is not known."""

    searches: int  # arms to try first; the informative arm is asked after these, if at all
    value: float  # the expected return of the whole lifetime


def best_plan(distribution: InformativeArm) -> Plan:
    """When to ask, by comparing all times at which one could.

    While the target is unknown there are two things worth doing: try an arm that may be the target, or ask.
    (An arm known not to be the target pays no more than a trial does, and gives no news.) A trial of any such
    arm succeeds with the same probability; those with the lowest codes are tried first, as the codes that
    remain then pay the most when asked. Between plans of equal value the one that asks earlier is taken.
    """
    times = min(
        distribution.horizon, distribution.targets
    )  # a target unknown after so many trials is no longer so
    plans = [Plan(searches, _plan_value(distribution, searches)) for searches in range(times + 1)]
    return max(plans, key=lambda plan: plan.value)


def _plan_value(distribution: InformativeArm, searches: int) -> float:
    """The mean over targets of the return, if `searches` arms are tried before asking."""
    horizon, prize, targets = distribution.horizon, distribution.prize, distribution.targets
    found = sum(tried + prize * (horizon - tried) for tried in range(searches))
    asked = sum(
        searches + (code + 1.0) / targets + prize * (horizon - searches - 1)
        if searches < horizon
        else searches
        for code in range(searches, targets)
    )
    return (found + asked) / targets


class AskFirst(Agent):
    """Tries `searches` arms (in the paper's setting none), asks the informative arm, pulls the target."""

    targets: int = eqx.field(static=True)
    prize: float = eqx.field(static=True)
    reverse: bool = eqx.field(static=True)  # the informative arm counts from the other end
    searches: int = eqx.field(static=True)
    horizon: int = eqx.field(static=True)  # for which it was planned when to ask

    @classmethod
    def build(cls, distribution: InformativeArm) -> "AskFirst":
        """By the best plan for this distribution and its horizon: the Bayes-optimal policy."""
        searches = best_plan(distribution).searches
        return cls(
            distribution.targets, distribution.prize, distribution.reverse, searches, distribution.horizon
        )

    @property
    def longest(self) -> int:
        return self.horizon

    def initial_memory(self) -> Int[Array, ""]:
        """The target, or -1 if it is not known."""
        return jnp.array(-1, jnp.int32)

    def act(self, memory: Int[Array, ""], percept: Percept, noise: RandomKey):
        target = self._learn(memory, percept)
        search = jnp.clip(self._arm_of(percept.time), 0, self.targets - 1)
        unknown = jnp.where(percept.time == self.searches, self.targets, search)
        return target, jnp.where(target < 0, unknown, target), None

    def _learn(self, target: Int[Array, ""], percept: Percept) -> Int[Array, ""]:
        acted, asked = percept.time > 0, percept.previous_action == self.targets
        told = self._arm_of(jnp.round(percept.previous_reward * self.targets).astype(jnp.int32) - 1)
        hit = ~asked & (percept.previous_reward == self.prize)
        learnt = jnp.where(asked, told, jnp.where(hit, percept.previous_action, target))
        return jnp.where(acted & (target < 0), learnt, target)

    def _arm_of(self, code: Int[Array, ""]) -> Int[Array, ""]:
        return self.targets - 1 - code if self.reverse else code


class SearchTargets(Agent):
    """Thompson sampling with the true prior: draws a target from the posterior and pulls it.

    For if it is the target, nothing is better. So it searches, never asks, and stays where it found the
    prize.
    """

    targets: int = eqx.field(static=True)
    prize: float = eqx.field(static=True)

    @classmethod
    def build(cls, distribution: InformativeArm) -> "SearchTargets":
        return cls(distribution.targets, distribution.prize)

    def initial_memory(self) -> Bool[Array, "targets"]:
        """Which arms may be the target."""
        return jnp.ones(self.targets, bool)

    def noise(self, key: RandomKey) -> Float[Array, "targets"]:
        return jax.random.uniform(key, (self.targets,), jnp.float32)

    def act(self, memory: Bool[Array, "targets"], percept: Percept, noise: Float[Array, "targets"]):
        pulled = (jnp.arange(self.targets) == percept.previous_action) & (percept.time > 0)
        hit = percept.previous_reward == self.prize
        possible = jnp.where(pulled.any(), memory & (pulled == hit), memory)
        return possible, jnp.argmax(jnp.where(possible, noise, -1.0)), None


optimal_policy.register(InformativeArm, AskFirst.build)
posterior_sampling.register(InformativeArm, SearchTargets.build)

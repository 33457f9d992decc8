"""Planning with the posterior's mean and a bonus for actions that were seldom tried."""

import dataclasses
from math import inf
from typing import ClassVar

import equinox as eqx

from prefrontal.checks import settle
from prefrontal.references.tabular.base import Experience, PlanningAgent, PlanningSettings, believed
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.tabular.planning import Plan, action_values, best_plan
from prefrontal.types import RandomKey


class CountBonus(PlanningAgent):
    """Plans with rewards r(s, a) + c / (w + 1 + n(s, a)): r is the posterior's mean, n the number of visits.

    `weight` is w, the number of visits that the prior counts as.
    """

    constant: float = eqx.field(static=True)  # c
    weight: float = eqx.field(static=True)  # w

    def plan(self, seen: Experience, key: RandomKey) -> Plan:
        bonus = self.constant / (self.weight + 1.0 + seen.visits)
        rewards, _ = self.prior.rewards(seen)
        return best_plan(action_values(rewards + bonus, self.prior.transitions(seen), self.length))


@dataclasses.dataclass(frozen=True)
class CountBonusSettings(PlanningSettings):
    description: ClassVar[str] = "plans with the posterior's mean and a bonus of constant / (1 + visits)"

    constant: float = 1.0  # c

    def __post_init__(self):
        settle(self, prior_mean=(-1e6, 1e6), constant=(0.0, inf))

    def build(self, distribution: TaskDistribution) -> CountBonus:
        return CountBonus(*believed("count-bonus", distribution, self.prior_mean), self.constant, 0.0)


@dataclasses.dataclass(frozen=True)
class BEBSettings(PlanningSettings):
    """Bayesian exploration bonus (Kolter & Ng 2009): the prior's weight is that of the Dirichlet prior, α S.

    `beta` is their β. Their theorem requires twice the square of an episode's length, which explores far too
    much here.
    """

    description: ClassVar[str] = "plans with the posterior's mean and a Bayesian exploration bonus"

    beta: float = 5.0

    def __post_init__(self):
        settle(self, prior_mean=(-1e6, 1e6), beta=(0.0, inf))

    def build(self, distribution: TaskDistribution) -> CountBonus:
        prior, length = believed("beb", distribution, self.prior_mean)
        return CountBonus(prior, length, self.beta, prior.concentration * prior.states)

"""Posterior sampling for MDPs: PSRL (Strens 2000; Osband, Russo & Van Roy 2013), and OPSRL."""

import dataclasses
from math import inf
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp

from prefrontal.checks import settle
from prefrontal.references.tabular.base import Experience, PlanningAgent, PlanningSettings, believed
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.tabular.planning import Plan, action_values, best_plan
from prefrontal.types import RandomKey


class PosteriorSampling(PlanningAgent):
    """Draws MDPs from the posterior and plans with the highest of their values.

    Q(s, a) = max_k Q_k(s, a) over the draws k, at each step of the episode. With one draw this is PSRL; with
    more it is OPSRL, which is optimistic.
    """

    draws: int = eqx.field(static=True)

    def plan(self, seen: Experience, key: RandomKey) -> Plan:
        def values(key):
            return action_values(*self.prior.draw(seen, key), self.length)

        highest = values(key)
        if self.draws > 1:
            further = jax.random.split(key, self.draws - 1)
            higher = lambda best, key: (jnp.maximum(best, values(key)), None)  # noqa: E731
            highest = jax.lax.scan(higher, highest, further)[0]
        return best_plan(highest)


@dataclasses.dataclass(frozen=True)
class PSRLSettings(PlanningSettings):
    description: ClassVar[str] = "draws an MDP from the posterior and plays its optimal plan for an episode"

    def __post_init__(self):
        settle(self, prior_mean=(-1e6, 1e6))

    def build(self, distribution: TaskDistribution) -> PosteriorSampling:
        return PosteriorSampling(*believed("psrl", distribution, self.prior_mean), 1)


@dataclasses.dataclass(frozen=True)
class OPSRLSettings(PlanningSettings):
    """`draws` is how many MDPs are drawn for each episode."""

    description: ClassVar[str] = "as psrl, but takes the highest value of several drawn MDPs"

    draws: int = 5

    def __post_init__(self):
        settle(self, prior_mean=(-1e6, 1e6), draws=(2, inf))

    def build(self, distribution: TaskDistribution) -> PosteriorSampling:
        return PosteriorSampling(*believed("opsrl", distribution, self.prior_mean), self.draws)

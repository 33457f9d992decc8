"""UCRL2 (Jaksch, Ortner & Auer 2010), once per episode: optimism within confidence regions."""

import dataclasses
from math import inf
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import settle
from prefrontal.references.tabular.base import Experience, PlanningAgent, PlanningSettings, believed
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.tabular.planning import Plan, Rewards, Transitions, best_plan, sum_in_order
from prefrontal.types import RandomKey


class UCRL2(PlanningAgent):
    """Plans by extended value iteration around the posterior's mean.

    After t steps, with N = max(1, n(s, a)) visits, S states and A actions, it takes the best MDP within

        |r - r̂| ≤ c √(7 log(2 S A t / δ) / 2N),    ‖p - p̂‖₁ ≤ c √(14 S log(2 A t / δ) / N)

    of the estimates r̂ and p̂. In the paper c is 1 and the estimates are the observed means.
    """

    scale: float = eqx.field(static=True)  # c
    delta: float = eqx.field(static=True)

    def plan(self, seen: Experience, key: RandomKey) -> Plan:
        states, actions = self.prior.states, self.prior.actions
        time, visits = jnp.maximum(seen.visits.sum(), 1.0), jnp.maximum(seen.visits, 1.0)
        of_rewards = jnp.log(2 * states * actions * time / self.delta)
        of_transitions = jnp.log(2 * actions * time / self.delta)
        rewards = self.prior.rewards(seen)[0] + self.scale * jnp.sqrt(3.5 * of_rewards / visits)
        apart = self.scale * jnp.sqrt(14 * states * of_transitions / visits)
        return best_plan(optimistic_values(rewards, self.prior.transitions(seen), apart, self.length))


def optimistic_values(
    rewards: Rewards, transitions: Transitions, apart: Float[Array, "states actions"], length: int
) -> Float[Array, "length states actions"]:
    """Q_t(s, a) of the best MDP whose transitions are within L1 distance `apart` of these.

    The best next state gets apart / 2 more probability, which is taken from the worst ones (Jaksch et al.
    2010, figure 2).
    """

    def back(value, _):
        best_first = jnp.argsort(-value)
        chances = transitions[:, :, best_first]
        chances = chances.at[:, :, 0].set(jnp.minimum(chances[:, :, 0] + apart / 2.0, 1.0))
        left = 1.0 - (jnp.cumsum(chances, axis=-1) - chances)
        values = rewards + sum_in_order(jnp.clip(left, 0.0, chances) * value[best_first][None, None])
        return values.max(axis=1), values

    return jax.lax.scan(back, jnp.zeros(rewards.shape[0]), None, length)[1][::-1]


@dataclasses.dataclass(frozen=True)
class UCRL2Settings(PlanningSettings):
    """`scale` is c, the factor on both regions (1 in the paper); `delta` is δ."""

    description: ClassVar[str] = "plans with the best MDP within confidence regions around the estimates"

    scale: float = 0.1
    delta: float = 0.05

    def __post_init__(self):
        settle(self, prior_mean=(-1e6, 1e6), scale=(0.0, inf), delta=(1e-9, 1.0))

    def build(self, distribution: TaskDistribution) -> UCRL2:
        return UCRL2(*believed("ucrl2", distribution, self.prior_mean), self.scale, self.delta)

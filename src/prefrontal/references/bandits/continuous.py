"""The Bayes-optimal policy for the hidden target: pull aside of the centre, so that one pull may be enough.

Distances are in units of the reach. A pull at s > 0 says that the target is at s - d or at s + d. The second
is outside where d > 1 - s: then the target is known. Elsewhere both are as likely, and no pull costs less
than one at s itself, d²; one just beside it costs as much and says which it is. The whole costs

    1/3 + s² + (1 - s)³ / 3,      least at s = 2 - √3,

of which the second step's part is (1 - s)³ / 3. With one pull alone the best is at the centre, and costs 1/3.
"""

from typing import NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from prefrontal.agents import Agent
from prefrontal.references.bayes_optimal import optimal_policy, unknown_optimum
from prefrontal.tasks.bandits.continuous import HiddenTarget
from prefrontal.types import Noise, Percept

ASIDE = 2.0 - 3.0**0.5
BESIDE = 1e-3  # of the first pull is the second, where it has to say on which side the target is


class Sought(NamedTuple):
    distance: Float[Array, ""]  # of the target from the first pull
    target: Float[Array, ""]  # as far as it is known
    known: Bool[Array, ""]


class PullAside(Agent):
    """The policy at the head of this file. It is within `BESIDE`² of the optimum, which no policy has."""

    reach: float = eqx.field(static=True)
    aside: float = eqx.field(static=True)

    def initial_memory(self) -> Sought:
        return Sought(jnp.zeros(()), jnp.zeros(()), jnp.zeros((), bool))

    def act(self, memory: Sought, percept: Percept, noise: Noise):
        start, beside = self.aside * self.reach, BESIDE * self.reach
        seen = jnp.sqrt(jnp.maximum(-percept.previous_reward, 0.0))
        one_side = Sought(seen, start - seen, seen > self.reach - start)
        beyond = seen**2 < memory.distance**2 + beside**2
        either = start + jnp.where(beyond, memory.distance, -memory.distance)
        told = Sought(memory.distance, jnp.where(memory.known, memory.target, either), jnp.array(True))
        learnt = zip(one_side, told, memory, strict=True)
        when = [percept.time == 1, percept.time == 2]
        memory = Sought(*(jnp.select(when, [first, second], kept) for first, second, kept in learnt))
        pull = jnp.where(memory.known, memory.target, jnp.where(percept.time == 0, start, start + beside))
        return memory, pull, None


@optimal_policy.register(HiddenTarget)
def pull_aside(distribution: HiddenTarget) -> PullAside:
    if distribution.hollow:
        raise unknown_optimum(distribution)
    return PullAside(distribution.reach, ASIDE if distribution.horizon > 1 else 0.0)

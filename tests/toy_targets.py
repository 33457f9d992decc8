"""A family of toy environments that can grow: a throw at a target."""

import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces

from prefrontal.agents import AgentSettings, PerceptSettings
from prefrontal.growth import POET
from prefrontal.memory import NoMemorySettings
from prefrontal.tasks import Environment, Growable
from prefrontal.types import Step


class Aim(NamedTuple):
    at: jax.Array


@dataclasses.dataclass(frozen=True)
class Throw(Environment):
    """One throw: 300 less 100 for each unit that it misses."""

    observation_space = spaces.Box(-1.0, 1.0, (1,), np.float32)
    action_space = spaces.Box(-10.0, 10.0, (1,), np.float32)

    def reset(self, key, task):
        return jnp.zeros((), jnp.float32), jnp.ones(1, jnp.float32)

    def transition(self, noise, task, state, action):
        over = jnp.array(True)
        reward = 300.0 - 100.0 * jnp.abs(action[0] - task.at)
        return Step(state, jnp.ones(1, jnp.float32), reward, over, jnp.array(False), over)


@dataclasses.dataclass(frozen=True)
class Targets(Growable):
    """Environments are targets, farther away with every mutation; tasks are targets with a little noise."""

    horizon: int = 1
    environment = Throw()
    units = (2.0,)

    def first(self):
        return jnp.zeros(1, jnp.float32)

    def drawn(self, key):
        return jax.random.uniform(key, (1,), jnp.float32, 0.0, 5.0)

    def mutated(self, vector, key):
        return vector + jax.random.uniform(key, (1,), jnp.float32, 0.0, 0.5)

    def made(self, vector, key):
        return Aim(vector[0] + 0.01 * jax.random.normal(key, (), jnp.float32))


REFLEX = AgentSettings(
    PerceptSettings(previous_action=False, previous_reward="off", time=False), NoMemorySettings(2)
)
SMALL = POET(
    Targets(),
    REFLEX,
    iterations=24,
    niches=3,
    mutate_every=4,
    transfer_every=3,
    children=4,
    mirrored=4,
    tries=4,
    rate=0.05,
    confirmed=8,
    microbatch=8,
)

"""The Rescorla-Wagner model, that is Q-learning with a fixed learning rate on one state."""

import dataclasses
from math import inf
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.actions import Choice
from prefrontal.agents import Agent
from prefrontal.checks import settle
from prefrontal.models.rescorla_wagner import learn
from prefrontal.references.bandits.counting import argmax_at_random
from prefrontal.references.base import ReferenceSettings, arms_of, finite_range
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Percept, RandomKey


class RescorlaWagner(Agent):
    """V ← V + α (r - V) for the pulled arm; then pulls the arm with the highest V, ties at random.

    With an inverse temperature β the choice is softmax(β V). Initial values are the middle of the range of
    rewards.
    """

    arms: int = eqx.field(static=True)
    start: float = eqx.field(static=True)
    alpha: float = eqx.field(static=True)
    beta: float | None = eqx.field(static=True)

    @property
    def acts(self) -> Choice:
        return Choice(self.arms)

    def initial_memory(self) -> Float[Array, "arms"]:
        return jnp.full(self.arms, self.start, jnp.float32)

    def noise(self, key: RandomKey) -> Float[Array, "arms"]:
        return jax.random.gumbel(key, (self.arms,), jnp.float32)

    def act(
        self, memory: Float[Array, "arms"], percept: Percept, noise: Float[Array, "arms"]
    ) -> tuple[Float[Array, "arms"], Int[Array, ""], None]:
        """Sample by the Gumbel-max trick, or break ties by the same noise."""
        pulled = (jnp.arange(self.arms) == percept.previous_action) & (percept.time > 0)
        values = learn(memory, pulled.astype(memory.dtype), percept.previous_reward, self.alpha)
        if self.beta is None:
            return values, argmax_at_random(values, noise), None
        return values, jnp.argmax(self.beta * values + noise), None


@dataclasses.dataclass(frozen=True)
class RescorlaWagnerSettings(ReferenceSettings):
    """`alpha` is 1/2 as in Wang et al. 2016 (section 3.1.4). With `beta` None the higher value is chosen."""

    description: ClassVar[str] = (
        "pulls the arm with the higher value, learnt at the rate alpha; softmax if beta is given"
    )

    alpha: float = 0.5
    beta: float | None = None

    def __post_init__(self):
        settle(self, alpha=(0.0, 1.0), beta=(0.0, inf))

    def build(self, distribution: TaskDistribution) -> RescorlaWagner:
        arms = arms_of("rescorla-wagner", distribution.environment)
        low, high = finite_range("rescorla-wagner", distribution.environment)
        return RescorlaWagner(arms, (low + high) / 2, self.alpha, self.beta)

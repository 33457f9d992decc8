"""The Rescorla-Wagner model, that is Q-learning with a fixed learning rate on one state."""

import dataclasses
from typing import ClassVar

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from prefrontal.agents import Agent
from prefrontal.checks import check_between
from prefrontal.models.rescorla_wagner import learn
from prefrontal.references.bandits.counting import argmax_at_random
from prefrontal.references.base import ReferenceSettings, arms_of, finite_range
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Percept, RandomKey


class RescorlaWagner(Agent):
    """V ← V + α (r - V) for the arm that was pulled; then the arm of the highest V, ties at random.

    With an inverse temperature β the choice is softmax(β V). Values begin in the middle of the range of
    rewards.
    """

    arms: int = eqx.field(static=True)
    start: float = eqx.field(static=True)
    alpha: float = eqx.field(static=True)
    beta: float | None = eqx.field(static=True)

    def initial_memory(self) -> Float[Array, "arms"]:
        return jnp.full(self.arms, self.start)

    def noise(self, key: RandomKey) -> Float[Array, "arms"]:
        return jax.random.gumbel(key, (self.arms,))

    def act(
        self, memory: Float[Array, "arms"], percept: Percept, noise: Float[Array, "arms"]
    ) -> tuple[Float[Array, "arms"], Int[Array, ""], None]:
        """Sample by the Gumbel-max trick, or break ties by the same noise."""
        pulled = (jnp.arange(self.arms) == percept.previous_action) & (percept.time > 0)
        values = learn(memory, pulled, percept.previous_reward, self.alpha)
        if self.beta is None:
            return values, argmax_at_random(values, noise), None
        return values, jnp.argmax(self.beta * values + noise), None


@dataclasses.dataclass(frozen=True)
class RescorlaWagnerSettings(ReferenceSettings):
    """`alpha` is 1/2 as in Wang et al. 2016 (section 3.1.4); a `beta` of None takes the higher value."""

    description: ClassVar[str] = (
        "pulls the arm with the higher value, learnt at the rate alpha; softmax if beta is given"
    )

    alpha: float = 0.5
    beta: float | None = None

    def __post_init__(self):
        check_between("alpha", self.alpha, 0.0, 1.0)
        if self.beta is not None:
            check_between("beta", self.beta, 0.0)

    def build(self, distribution: TaskDistribution) -> RescorlaWagner:
        arms = arms_of("rescorla-wagner", distribution.environment)
        low, high = finite_range("rescorla-wagner", distribution.environment)
        return RescorlaWagner(arms, (low + high) / 2, self.alpha, self.beta)

"""The policy that never moves.

Its return is the 0 of a score, and the oracle's return is the 1: (R - R_stay) / (R_oracle - R_stay).
"""

import dataclasses
from typing import ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.actions import Actions, actions_of
from prefrontal.agents import Agent
from prefrontal.references.base import ReferenceSettings
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.plane.base import PlaneWorld
from prefrontal.types import Noise, Percept, RandomKey


class Stay(Agent):
    """Its action is always zeros."""

    actions: Actions = eqx.field(static=True)

    @property
    def acts(self) -> Actions:
        return self.actions

    def initial_memory(self) -> tuple[()]:
        return ()

    def noise(self, key: RandomKey) -> tuple[()]:
        return ()

    def act(
        self, memory: tuple[()], percept: Percept, noise: Noise
    ) -> tuple[tuple[()], Float[Array, "2"], None]:
        return memory, jnp.zeros(self.actions.shape, self.actions.dtype), None


@dataclasses.dataclass(frozen=True)
class StaySettings(ReferenceSettings):
    description: ClassVar[str] = "never moves (for tasks in the plane): the 0 of a score"

    def build(self, distribution: TaskDistribution) -> Stay:
        world = distribution.environment
        if not isinstance(world, PlaneWorld):
            raise ValueError(f"stay is for tasks in the plane; it is not for {type(world).__name__}")
        return Stay(actions_of(world.action_space))

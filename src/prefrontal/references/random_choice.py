"""The policy that learns nothing."""

import dataclasses
from typing import ClassVar

import equinox as eqx
import jax
from jaxtyping import Array, Int

from prefrontal.agents import Agent
from prefrontal.references.base import ReferenceSettings, actions_of
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Percept, RandomKey


class RandomChoice(Agent):
    """Every action with the same probability, always."""

    actions: int = eqx.field(static=True)

    def initial_memory(self) -> tuple[()]:
        return ()

    def noise(self, key: RandomKey) -> Int[Array, ""]:
        return jax.random.randint(key, (), 0, self.actions)

    def act(
        self, memory: tuple[()], percept: Percept, noise: Int[Array, ""]
    ) -> tuple[tuple[()], Int[Array, ""], None]:
        return memory, noise, None


@dataclasses.dataclass(frozen=True)
class RandomSettings(ReferenceSettings):
    description: ClassVar[str] = "chooses every action with the same probability"

    def build(self, distribution: TaskDistribution) -> RandomChoice:
        return RandomChoice(actions_of("random", distribution.environment))

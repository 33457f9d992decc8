"""The policy that chooses at random and learns nothing."""

import dataclasses
from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Shaped

from prefrontal.actions import Actions, actions_of
from prefrontal.agents import Agent
from prefrontal.references.base import ReferenceSettings
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Percept, RandomKey


class RandomChoice(Agent):
    """Every action with the same probability, always."""

    actions: Actions = eqx.field(static=True)

    @property
    def acts(self) -> Actions:
        return self.actions

    def initial_memory(self) -> tuple[()]:
        return ()

    def noise(self, key: RandomKey) -> Shaped[Array, "*action"]:
        return self.actions.drawn(key)

    def act(
        self, memory: tuple[()], percept: Percept, noise: Shaped[Array, "*action"]
    ) -> tuple[tuple[()], Shaped[Array, "*action"], None]:
        return memory, noise, None


@dataclasses.dataclass(frozen=True)
class RandomSettings(ReferenceSettings):
    description: ClassVar[str] = "chooses every action with the same probability"

    def build(self, distribution: TaskDistribution) -> RandomChoice:
        return RandomChoice(actions_of(distribution.environment.action_space))

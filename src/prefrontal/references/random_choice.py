"""The policy that chooses at random and learns nothing."""

import dataclasses
from typing import ClassVar

import equinox as eqx
from jaxtyping import Array, Shaped

from prefrontal.actions import Actions, Choices, actions_of
from prefrontal.agents import Agent
from prefrontal.references.base import ReferenceSettings
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Percept, RandomKey


class RandomChoice(Agent):
    """Every allowed action with the same probability, always."""

    actions: Actions = eqx.field(static=True)

    @property
    def acts(self) -> Actions:
        return self.actions

    def initial_memory(self) -> tuple[()]:
        return ()

    def act(
        self, memory: tuple[()], percept: Percept, noise: RandomKey
    ) -> tuple[tuple[()], Shaped[Array, "*action"], None]:
        if percept.allowed is not None and isinstance(self.actions, Choices):
            return memory, self.actions.drawn_among(noise, percept.allowed), None
        return memory, self.actions.drawn(noise), None


@dataclasses.dataclass(frozen=True)
class RandomSettings(ReferenceSettings):
    description: ClassVar[str] = "chooses every action with the same probability"

    def build(self, distribution: TaskDistribution) -> RandomChoice:
        return RandomChoice(actions_of(distribution.environment.action_space))

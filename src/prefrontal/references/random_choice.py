"""The policy that chooses at random and learns nothing."""

import dataclasses
from typing import ClassVar, NamedTuple

import equinox as eqx
from jaxtyping import Array, Shaped

from prefrontal.actions import Actions, Choices, actions_of
from prefrontal.agents import Agent
from prefrontal.references.base import ReferenceSettings
from prefrontal.tasks.base import TaskDistribution
from prefrontal.types import Percept, RandomKey


class _Noise(NamedTuple):
    action: Shaped[Array, "*action"]  # for where there is no mask
    key: RandomKey  # for where there is one


class RandomChoice(Agent):
    """Every allowed action with the same probability, always."""

    actions: Actions = eqx.field(static=True)

    @property
    def acts(self) -> Actions:
        return self.actions

    def initial_memory(self) -> tuple[()]:
        return ()

    def noise(self, key: RandomKey) -> _Noise:
        return _Noise(self.actions.drawn(key), key)

    def act(
        self, memory: tuple[()], percept: Percept, noise: _Noise
    ) -> tuple[tuple[()], Shaped[Array, "*action"], None]:
        if percept.allowed is not None and isinstance(self.actions, Choices):
            return memory, self.actions.drawn_among(noise.key, percept.allowed), None
        return memory, noise.action, None


@dataclasses.dataclass(frozen=True)
class RandomSettings(ReferenceSettings):
    description: ClassVar[str] = "chooses every action with the same probability"

    def build(self, distribution: TaskDistribution) -> RandomChoice:
        return RandomChoice(actions_of(distribution.environment.action_space))

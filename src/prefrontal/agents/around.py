"""An agent around another: it does what the other does, except for what its class overrides."""

from typing import Any

from jaxtyping import Array, Float

from prefrontal.agents.base import PredictingAgent, Prediction
from prefrontal.types import Lifetimes, Noise, Percept, RandomKey


class Around(PredictingAgent):
    """Forwards everything to `agent`. A subclass overrides only what is different, so it forgets nothing."""

    agent: PredictingAgent

    @property
    def segment(self) -> int | None:
        return self.agent.segment

    @property
    def episode_length(self) -> int | None:
        return self.agent.episode_length

    @property
    def longest(self) -> int | None:
        return self.agent.longest

    @property
    def apart(self) -> bool:
        return self.agent.apart

    @property
    def acts(self):
        return self.agent.acts

    def initial_memory(self) -> Any:
        return self.agent.initial_memory()

    def noise(self, key: RandomKey) -> Noise:
        return self.agent.noise(key)

    def act(self, memory: Any, percept: Percept, noise: Noise):
        return self.agent.act(memory, percept, noise)

    def act_all(self, memory: Any, percept: Percept, noise: Noise):
        return self.agent.act_all(memory, percept, noise)

    def act_by_mode(self, memory: Any, percept: Percept):
        return self.agent.act_by_mode(memory, percept)

    def revise(self, memory: Any, lived: Lifetimes) -> Any:
        return self.agent.revise(memory, lived)

    def replay(self, lifetimes: Lifetimes) -> Prediction:
        return self.agent.replay(lifetimes)

    def recall(self, lifetimes: Lifetimes) -> Prediction:
        return self.agent.recall(lifetimes)

    def units(self, residuals: Any) -> Float[Array, "T units *batch"]:
        return self.agent.units(residuals)

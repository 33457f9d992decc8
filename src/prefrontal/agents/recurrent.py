"""percept -> encoder -> memory -> policy and value."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.agents.base import Agent, Prediction
from prefrontal.agents.percept import PerceptEncoder
from prefrontal.memory import Memory
from prefrontal.memory.linear import Linear
from prefrontal.types import Percept, RandomKey


class RecurrentAgent(Agent):
    """Linear policy and value on a memory that is fed the percept (Wang et al. 2016, figure 1a)."""

    encoder: PerceptEncoder
    memory: Memory
    policy: Linear
    value: Linear

    def initial_memory(self) -> Any:
        return self.memory.initial()

    def noise(self, key: RandomKey) -> Float[Array, "actions"]:
        return jax.random.gumbel(key, (self.encoder.actions,))

    def act(self, memory: Any, percept: Percept, noise: Float[Array, "actions *batch"]):
        """Sample from the softmax policy, by the Gumbel-max trick."""
        memory, output, trace = self.memory.step(memory, self.encoder(percept))
        return memory, jnp.argmax(self.policy(output) + noise, axis=0), trace

    def act_all(self, memory: Any, percept: Percept, noise: Float[Array, "actions batch"]):
        """`act` itself, which takes batches: were it mapped, XLA would lay the batch before the features."""
        return self.act(memory, percept, noise)

    def replay(self, percept: Percept) -> Prediction:
        """The heads at every step of lifetimes `(T, ..., *batch)`, recomputed with these weights."""
        return self._heads(self.memory.unroll(self._features(percept)))

    def recall(self, percept: Percept, trace: Any) -> Prediction:
        """`replay`, where `trace` is from a rollout of these very weights: nothing is computed twice."""
        return self._heads(self.memory.recall(self._features(percept), trace))

    def _features(self, percept: Percept) -> Float[Array, "T features *batch"]:
        return self.encoder.over_time(percept)

    def _heads(self, outputs: Float[Array, "T units *batch"]) -> Prediction:
        return Prediction(jax.vmap(self.policy)(outputs), jax.vmap(self.value)(outputs)[:, 0])

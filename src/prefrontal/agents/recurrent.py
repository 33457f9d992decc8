"""percept -> encoder -> memory -> policy and value."""

from typing import Any, NamedTuple

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from prefrontal.affine import Affine
from prefrontal.agents.base import PredictingAgent, Prediction
from prefrontal.agents.percept import PerceptEncoder
from prefrontal.memory import Memory
from prefrontal.policies import Policy
from prefrontal.tasks.checking import call
from prefrontal.types import Lifetimes, Noise, Percept, RandomKey


class Recalling(NamedTuple):
    """The memory of an agent that is given the previous observation too."""

    kept: Any  # the memory of the network
    earlier: Float[Array, "observed *batch"]  # the encoded observation of the step before


class RecurrentAgent(PredictingAgent):
    """Percept -> memory -> a policy head and a linear value (Wang et al. 2016, figure 1a)."""

    encoder: PerceptEncoder  # percept -> features
    memory: Memory  # features -> outputs
    policy: Policy  # outputs -> a law over actions
    value: Affine  # outputs -> the value, a number

    @property
    def longest(self) -> int | None:
        return self.memory.longest

    @property
    def apart(self) -> bool:
        """True if it has no memory, and nothing of the step before is an input."""
        given = self.encoder.settings
        before = given.previous_action or given.previous_reward != "off" or given.previous_observation
        return not (self.memory.keeps or before)

    def initial_memory(self) -> Any:
        if not self.encoder.recalled:
            return self.memory.initial()
        return Recalling(self.memory.initial(), jnp.zeros(self.encoder.recalled, jnp.float32))

    def noise(self, key: RandomKey) -> Noise:
        return self.policy.noise(key)

    def act(self, memory: Any, percept: Percept, noise: Noise):
        """Sample an action from the policy's law."""
        memory, output, residuals = self._step(memory, percept)
        return memory, call(self.policy, "choose", output, noise, *_masks(percept)), residuals

    def act_by_mode(self, memory: Any, percept: Percept):
        memory, output, residuals = self._step(memory, percept)
        return memory, call(self.policy, "law", output, *_masks(percept)).mode(), residuals

    def act_all(self, memory: Any, percept: Percept, noise: Noise):
        """`act` itself, which accepts batches: under `vmap`, XLA would put the batch before the features."""
        return self.act(memory, percept, noise)

    def replay(self, lifetimes: Lifetimes) -> Prediction:
        features = self.encoder.over_time(lifetimes.percept)
        return self._heads(self.memory.unroll(features), lifetimes.percept)

    def recall(self, lifetimes: Lifetimes) -> Prediction:
        features = self.encoder.over_time(lifetimes.percept)
        return self._heads(self.memory.recall(features, lifetimes.residuals), lifetimes.percept)

    def with_value(self, size: Float[Array, ""], shift: Float[Array, ""]) -> "RecurrentAgent":
        scaled = (size * self.value.weights, size * self.value.bias + shift)
        return eqx.tree_at(lambda agent: (agent.value.weights, agent.value.bias), self, scaled)

    def units(self, residuals: Any) -> Float[Array, "T units *batch"]:
        return self.memory.units(residuals)

    def _step(self, memory: Any, percept: Percept) -> tuple[Any, Float[Array, "units *batch"], Any]:
        """The network's step: the next memory, its output and its residuals."""
        if not self.encoder.recalled:
            return self.memory.step(memory, self.encoder(percept))
        observed = self.encoder.observed(percept)
        features = self.encoder(percept, memory.earlier)
        kept, output, residuals = self.memory.step(memory.kept, features)
        return Recalling(kept, observed), output, residuals  # pyright: ignore[reportArgumentType]

    def _heads(self, outputs: Float[Array, "T units *batch"], percept: Percept) -> Prediction:
        law = jax.vmap(lambda *given: call(self.policy, "law", *given))(outputs, *_masks(percept))
        return Prediction(law, jax.vmap(self.value)(outputs)[:, 0], features=outputs)


def _masks(percept: Percept) -> tuple[Bool[Array, "..."], ...]:
    """The action mask, where there is one. So a policy head that knows of no masks can act without them."""
    return () if percept.allowed is None else (percept.allowed,)

"""The seam of the agents' room: whatever can start with an initial memory and act on percepts.

A trained network and Thompson sampling both are one, so that every curve of a figure comes out of the same
rollout.
"""

import abc
from typing import Any

import equinox as eqx
import jax
from jaxtyping import Array, Float, Int

from prefrontal.types import Noise, Percept, RandomKey, State, Task


class Agent(eqx.Module):
    """Acts on percepts with a memory that lasts a lifetime. Functions of one lifetime: the rollout maps."""

    @property
    def longest(self) -> int | None:
        """The most steps of a lifetime that this agent can live through; None where any number will do."""
        return None

    @abc.abstractmethod
    def initial_memory(self) -> Any:
        """The memory at the start of every lifetime."""

    def noise(self, key: RandomKey) -> Noise:
        """All the randomness of one action. The rollout draws it for whole lifetimes at once."""
        return key

    @abc.abstractmethod
    def act(self, memory: Any, percept: Percept, noise: Noise) -> tuple[Any, Int[Array, ""], Any]:
        """The next memory, the action, and a trace of what was computed (None if nothing need be kept)."""

    def act_all(self, memory: Any, percept: Percept, noise: Noise) -> tuple[Any, Int[Array, "batch"], Any]:
        """`act` in every lifetime of a batch, the batch axis last. To be overridden only for speed."""
        return jax.vmap(self.act, in_axes=-1, out_axes=-1)(memory, percept, noise)

    def act_told(self, memory: Any, percept: Percept, noise: Noise, task: Task, state: State):
        """`act_all`, for one who is told the task and the environment's state: an oracle, and nobody else."""
        return self.act_all(memory, percept, noise)


class Prediction(eqx.Module):
    """What the agent's heads say at every step of a lifetime."""

    logits: Float[Array, "T actions *batch"]
    value: Float[Array, "T *batch"]

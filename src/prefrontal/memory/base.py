"""The seam of the memory's room: a recurrent state, and two ways to live through it again."""

import abc
import dataclasses
from collections.abc import Sequence
from typing import Any, ClassVar

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.registry import Registry
from prefrontal.types import RandomKey


@dataclasses.dataclass(frozen=True)
class Parts:
    """How many of a memory's inputs come from each part of the percept. They lie in this order."""

    observation: int = 0
    previous_action: int = 0
    previous_reward: int = 0
    time: int = 0
    episode_start: int = 0

    @property
    def size(self) -> int:
        return sum(dataclasses.astuple(self))

    def pick(
        self, names: Sequence[str], inputs: Float[Array, "features *batch"]
    ) -> Float[Array, "fewer *batch"]:
        """The inputs that come from the parts of these names, in the order of the names."""
        starts, start = {}, 0
        for name, length in dataclasses.asdict(self).items():
            starts[name] = start
            start += length
        found = [inputs[starts[name] : starts[name] + getattr(self, name)] for name in names]
        return jnp.concatenate(found)


class Memory(eqx.Module):
    """A model with memory. Inputs and outputs are features first; any further axes are the batch.

    `step` is what acts. `unroll` recomputes a whole lifetime from its inputs, and is what a learner
    differentiates. `recall` is the same function of the inputs and the weights, told by the residuals of a
    rollout *under these same weights* what every step computed, so that it need not be computed twice: a
    memory may override it to pay only for the backward pass. Both start from `initial`: memory is reset at
    the start of a lifetime and at no other time.
    """

    size: eqx.AbstractVar[int]  # of the output

    @property
    def longest(self) -> int | None:
        """The most steps that it can be stepped through; None where any number will do."""
        return None

    @abc.abstractmethod
    def initial(self, batch: tuple[int, ...] = ()) -> Any:
        """The state at the start of a lifetime: arrays `(units, *batch)`."""

    @abc.abstractmethod
    def step(
        self, state: Any, inputs: Float[Array, "features *batch"]
    ) -> tuple[Any, Float[Array, "size *batch"], Any]:
        """The next state, the output, and residuals of what was computed on the way."""

    @abc.abstractmethod
    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        """The outputs for a lifetime's inputs, from the initial state."""

    def recall(
        self, inputs: Float[Array, "T features *batch"], residuals: Any
    ) -> Float[Array, "T size *batch"]:
        """`unroll`, given the residuals that stepping through the same inputs left."""
        return self.unroll(inputs)

    def units(self, residuals: Any) -> Float[Array, "T size *batch"]:
        """What a neuroscientist would record: each unit's activity, out of a rollout's residuals."""
        raise ValueError(f"{type(self).__name__} has no units to record")


class MemorySettings(abc.ABC):
    """What a memory is like: a frozen dataclass, which can be kept as JSON. All fields have defaults."""

    registry: ClassVar[Registry["MemorySettings"]]

    @abc.abstractmethod
    def build(self, parts: Parts, horizon: int, *, key: RandomKey) -> Memory:
        """Fresh weights for inputs that consist of these parts, and lifetimes of at most `horizon` steps."""

"""The interface of memories: a recurrent state, and two ways to recompute a lifetime."""

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
    """How many of a memory's inputs come from each part of the percept, in the order of the inputs."""

    observation: int = 0  # features of the encoded observation
    previous_action: int = 0  # features of the coded action
    previous_reward: int = 0  # 1 for a number, more for a one-hot code
    time: int = 0  # 0 or 1
    episode_start: int = 0  # 0 or 1
    previous_observation: int = 0  # as many as observation, or 0

    @property
    def size(self) -> int:
        """The number of inputs in all."""
        return sum(dataclasses.astuple(self))

    def pick(
        self, names: Sequence[str], inputs: Float[Array, "features *batch"]
    ) -> Float[Array, "fewer *batch"]:
        """The inputs from the named parts, in the order of the names."""
        starts, start = {}, 0
        for name, length in dataclasses.asdict(self).items():
            starts[name] = start
            start += length
        found = [inputs[starts[name] : starts[name] + getattr(self, name)] for name in names]
        return jnp.concatenate(found)


class Memory(eqx.Module):
    """A model with memory. Inputs and outputs are features first; any further axes are the batch.

    `step` is for acting. `unroll` recomputes a whole lifetime from its inputs, and a learner differentiates
    it. `recall` is the same function of the inputs and the weights. It also gets the residuals of a rollout
    *with these same weights*, so nothing has to be computed twice: a memory may override it to do only the
    backward pass. Both start from `initial`: memory is reset only at the start of a lifetime.
    """

    size: eqx.AbstractVar[int]  # of the output

    @property
    def longest(self) -> int | None:
        """The largest number of steps in a lifetime; None if there is no limit."""
        return None

    @property
    def keeps(self) -> bool:
        """Whether anything is kept from one step to the next."""
        return True

    @abc.abstractmethod
    def initial(self, batch: tuple[int, ...] = ()) -> Any:
        """The state at the start of a lifetime: a pytree of arrays `(units, *batch)`."""

    @abc.abstractmethod
    def step(
        self, state: Any, inputs: Float[Array, "features *batch"]
    ) -> tuple[Any, Float[Array, "size *batch"], Any]:
        """One step.

        **Arguments:** `state`, from `initial` or the last step, `(units, *batch)`; `inputs`, the encoded
        percept.

        **Returns:** the next state, the output, and the residuals that `recall` and `units` need.
        """

    @abc.abstractmethod
    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        """The outputs at each step of whole lifetimes, from the initial state. Differentiable."""

    def recall(
        self, inputs: Float[Array, "T features *batch"], residuals: Any
    ) -> Float[Array, "T size *batch"]:
        """`unroll`, given the residuals of stepping through the same inputs, each leaf `(T, ...)`."""
        return self.unroll(inputs)

    def units(self, residuals: Any) -> Float[Array, "T size *batch"]:
        """The activity of each unit, which a neuroscientist would record, from a rollout's residuals.

        Step `t` is after percept `t` and before reward `t`.

        **Raises:** ValueError if there are no units.
        """
        raise ValueError(f"{type(self).__name__} has no units to record")


class MemorySettings(abc.ABC):
    """The settings of a memory: a frozen dataclass that can be stored as JSON. All fields have defaults."""

    registry: ClassVar[Registry["MemorySettings"]]

    @abc.abstractmethod
    def build(self, parts: Parts, horizon: int, *, key: RandomKey) -> Memory:
        """A memory with fresh weights.

        **Arguments:** `parts`, the number of inputs from each part of the percept; `horizon`, the largest
        number of steps in a lifetime.
        """

"""The seam of the memory's room: a recurrent state, and two ways to live through it again."""

import abc
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float


class Memory(eqx.Module):
    """A model with memory. Inputs and outputs are features first; any further axes are the batch.

    `step` is what acts. `unroll` recomputes a whole lifetime from its inputs, and is what a learner
    differentiates. `recall` is the same function of the inputs and the weights, told by the trace of a
    rollout *under these same weights* what every step computed, so that it need not be computed twice: a
    memory may override it to pay only for the backward pass. Both start from `initial`: memory is reset at
    the start of a lifetime and at no other time.
    """

    size: eqx.AbstractVar[int]  # of the output

    @abc.abstractmethod
    def initial(self, batch: tuple[int, ...] = ()) -> Any:
        """The state at the start of a lifetime: arrays `(units, *batch)`."""

    @abc.abstractmethod
    def step(
        self, state: Any, inputs: Float[Array, "features *batch"]
    ) -> tuple[Any, Float[Array, "size *batch"], Any]:
        """The next state, the output, and a trace of what was computed on the way."""

    @abc.abstractmethod
    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        """The outputs for a lifetime's inputs, from the initial state."""

    def recall(self, inputs: Float[Array, "T features *batch"], trace: Any) -> Float[Array, "T size *batch"]:
        """`unroll`, given the trace that stepping through the same inputs left."""
        return self.unroll(inputs)

    def units(self, trace: Any) -> Float[Array, "T size *batch"]:
        """What a neuroscientist would record: each unit's activity, out of a rollout's trace."""
        raise ValueError(f"{type(self).__name__} has no units to record")

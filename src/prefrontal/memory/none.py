"""No memory: the control. One layer of tanh units, fed the same percept, that keeps nothing."""

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.memory.base import Memory
from prefrontal.memory.linear import Linear
from prefrontal.types import RandomKey


class NoMemory(Memory):
    """output = tanh(W x + b). Its state is empty, so that whatever it knows of the past is in the percept."""

    layer: Linear
    size: int = eqx.field(static=True)

    def __init__(self, input_size: int, size: int, *, key: RandomKey):
        self.layer = Linear(input_size, size, key=key)
        self.size = size

    def initial(self, batch: tuple[int, ...] = ()) -> tuple[()]:
        return ()

    def step(self, state: tuple[()], inputs: Float[Array, "features *batch"]):
        output = jnp.tanh(self.layer(inputs))
        return state, output, output

    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        return jnp.tanh(jax.vmap(self.layer)(inputs))

    def units(self, trace: Float[Array, "T size *batch"]) -> Float[Array, "T size *batch"]:
        return trace

"""No memory: the control. One layer of tanh units, fed the same percept, that keeps nothing."""

import dataclasses
from math import inf

import equinox as eqx
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.affine import Affine
from prefrontal.checks import settle
from prefrontal.memory.base import Memory, MemorySettings, Parts
from prefrontal.types import RandomKey
from prefrontal.weights import built


class NoMemory(Memory):
    """output = tanh(W x + b). Its state is empty: everything it knows of the past is in the percept."""

    layer: Affine
    size: int = eqx.field(static=True)

    def __init__(self, input_size: int, size: int, *, key: RandomKey):
        self.layer = Affine(input_size, size, key=key)
        self.size = size

    def initial(self, batch: tuple[int, ...] = ()) -> tuple[()]:
        return ()

    def step(self, state: tuple[()], inputs: Float[Array, "features *batch"]):
        output = jnp.tanh(self.layer(inputs))
        return state, output, output

    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        return jnp.tanh(jax.vmap(self.layer)(inputs))

    def units(self, residuals: Float[Array, "T size *batch"]) -> Float[Array, "T size *batch"]:
        return residuals


@dataclasses.dataclass(frozen=True)
class NoMemorySettings(MemorySettings):
    """No memory: the control. One layer of tanh units, fed the same percept, that keeps nothing."""

    units: int = 48  # of the layer

    def __post_init__(self):
        settle(self, units=(1, inf))

    def build(self, parts: Parts, horizon: int, *, key: RandomKey) -> NoMemory:
        return built(self, lambda key: NoMemory(parts.size, self.units, key=key), key, "units")

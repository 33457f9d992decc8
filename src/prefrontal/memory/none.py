"""No memory: the control, and the policy of agents that learn by gradient. Layers of tanh units."""

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
    """x ← tanh(W x + b) for each layer. Its state is empty: all it knows of the past is in the percept."""

    layer: Affine
    size: int = eqx.field(static=True)
    more: tuple[Affine, ...] = ()  # the layers after the first

    def __init__(self, input_size: int, size: int, layers: int = 1, *, key: RandomKey):
        self.layer = Affine(input_size, size, key=key)
        keys = (jax.random.fold_in(key, place) for place in range(1, layers))
        self.more = tuple(Affine(size, size, key=one) for one in keys)
        self.size = size

    @property
    def keeps(self) -> bool:
        return False

    def initial(self, batch: tuple[int, ...] = ()) -> tuple[()]:
        return ()

    def step(self, state: tuple[()], inputs: Float[Array, "features *batch"]):
        output = self._output(inputs)
        return state, output, output

    def unroll(self, inputs: Float[Array, "T features *batch"]) -> Float[Array, "T size *batch"]:
        return jax.vmap(self._output)(inputs)

    def units(self, residuals: Float[Array, "T size *batch"]) -> Float[Array, "T size *batch"]:
        return residuals

    def _output(self, x: Float[Array, "features *batch"]) -> Float[Array, "size *batch"]:
        for layer in (self.layer, *self.more):
            x = jnp.tanh(layer(x))
        return x


@dataclasses.dataclass(frozen=True)
class NoMemorySettings(MemorySettings):
    """No memory: the control. Layers of tanh units with the same percept as input, and no state."""

    units: int = 48  # of each layer
    layers: int = dataclasses.field(default=1, metadata={"later": True})  # the number of layers

    def __post_init__(self):
        settle(self, units=(1, inf), layers=(1, 100))

    def build(self, parts: Parts, horizon: int, *, key: RandomKey) -> NoMemory:
        return built(
            self, lambda key: NoMemory(parts.size, self.units, self.layers, key=key), key, "units", "layers"
        )

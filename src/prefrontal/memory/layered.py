"""What memories of several layers share: an affine layer in front, the layers, a normalisation behind."""

import dataclasses
from collections.abc import Callable
from math import inf
from typing import Any, ClassVar

import equinox as eqx
import jax

from prefrontal.affine import Affine
from prefrontal.checks import Limits
from prefrontal.memory.base import MemorySettings, Parts
from prefrontal.memory.layer_norm import LayerNorm
from prefrontal.types import RandomKey
from prefrontal.weights import built


@dataclasses.dataclass(frozen=True)
class LayeredSettings(MemorySettings):
    """Layers of one size, one upon the other. **Arguments:** `units`, the features of a layer; `layers`."""

    units: int = 48
    layers: int = 2

    limits: ClassVar[dict[str, Limits]] = {"units": (1, inf), "layers": (1, 1000)}

    def weights(self, parts: Parts, layer: Callable[..., eqx.Module], key: RandomKey) -> dict[str, Any]:
        """The fields `enter`, `layers`, `norm` and `size` of a memory with layers `layer(self, key=...)`.

        The input weights have variance 1, as the LSTM's: a percept says little.
        """

        def make(key: RandomKey) -> dict[str, Any]:
            enter_key, *keys = jax.random.split(key, self.layers + 1)
            enter = Affine(parts.size, self.units, key=enter_key, scale=max(parts.size, 1) ** 0.5)
            layers = tuple(layer(self, key=layer_key) for layer_key in keys)
            return {"enter": enter, "layers": layers, "norm": LayerNorm(self.units)}

        return built(self, make, key, "units", "layers") | {"size": self.units}

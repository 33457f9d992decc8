"""Layers of rectified units, each fed by all of the one before. For vectors, and for small images."""

import dataclasses
import itertools
import math

import equinox as eqx
import gymnasium
import jax
from jaxtyping import Array, Float, Shaped

from prefrontal.affine import Affine
from prefrontal.checks import check_integer, settle
from prefrontal.encoders.base import PIXEL_MEAN_SQUARE, Encoder, EncoderSettings
from prefrontal.encoders.flat import FlatEncoder
from prefrontal.observations import shape_of
from prefrontal.types import RandomKey
from prefrontal.weights import built


class MLPEncoder(Encoder):
    """x ← max(0, W x + b) for each layer; the features are the last layer's x, each divided by √features.

    Weights are normal with variance 2 / inputs (He et al. 2015), so every layer keeps the mean square of the
    one before. The first layer's weights are larger, to make up for inputs with a mean square below 1: pixels
    are assumed to spread over [0, 1], and the squares of a vector to sum to 1, like a one-hot code.
    """

    flat: FlatEncoder
    layers: tuple[Affine, ...]
    size: int = eqx.field(static=True)

    def __init__(self, space: gymnasium.Space, widths: tuple[int, ...], *, key: RandomKey):
        self.flat = FlatEncoder(space)
        is_image = len(shape_of(space)) > 1 and self.flat.code is None
        lacking = 1 / PIXEL_MEAN_SQUARE if is_image else max(self.flat.size, 1)
        scales = [math.sqrt(2 * lacking)] + [math.sqrt(2)] * (len(widths) - 1)
        sizes = itertools.pairwise((self.flat.size, *widths))
        keys = jax.random.split(key, len(widths))
        self.layers = tuple(
            Affine(inputs, outputs, key=layer_key, scale=scale)
            for (inputs, outputs), layer_key, scale in zip(sizes, keys, scales, strict=True)
        )
        self.size = widths[-1]

    def __call__(self, observation: Shaped[Array, "..."]) -> Float[Array, "features *batch"]:
        x = self.flat(observation)
        for layer in self.layers:
            x = jax.nn.relu(layer(x))
        return x / math.sqrt(self.size)


@dataclasses.dataclass(frozen=True)
class MLPSettings(EncoderSettings):
    """Layers of rectified units, each fed by all of the one before. For vectors, and for small images."""

    widths: tuple[int, ...] = (64,)  # units of each layer

    def __post_init__(self):
        settle(self)
        if not self.widths:
            raise ValueError("widths is (); it must name at least one layer")
        for width in self.widths:
            check_integer("each of widths", width, 1)

    def build(self, space: gymnasium.Space, *, key: RandomKey) -> MLPEncoder:
        return built(self, lambda key: MLPEncoder(space, self.widths, key=key), key, "widths")

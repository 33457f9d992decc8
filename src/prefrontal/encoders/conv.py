"""Convolutions over an image (height, width, colours), then a layer of units that see all of it."""

import dataclasses
import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

import equinox as eqx
import gymnasium
import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Shaped

from prefrontal.checks import check_integer
from prefrontal.encoders.base import (
    PIXEL_MEAN_SQUARE,
    Encoder,
    EncoderSettings,
    as_numbers,
    shape_of,
    white,
)
from prefrontal.memory.linear import Linear
from prefrontal.types import RandomKey

BYTES = 2**28  # of images and activations that learning holds at once

Pair = tuple[int, int]  # down and across


class Convolution(eqx.Module):
    """max(0, W * x + b) over windows of `kernel` pixels, `strides` apart, none over the edge.

    Weights are normal with variance `scale`² / (numbers in a window); the bias is zero.
    """

    weights: Float[Array, "down across channels outputs"]
    bias: Float[Array, "outputs"]
    strides: Pair = eqx.field(static=True)

    def __init__(
        self, kernel: Pair, strides: Pair, channels: int, outputs: int, *, key: RandomKey, scale: float
    ):
        window = kernel[0] * kernel[1] * channels
        self.weights = scale * jax.random.normal(key, (*kernel, channels, outputs)) / math.sqrt(window)
        self.bias = jnp.zeros(outputs)
        self.strides = strides

    def __call__(self, x: Float[Array, "height width channels n"]) -> Float[Array, "down across outputs n"]:
        layout = ("HWCN", "HWIO", "HWCN")  # the batch stays last
        z = jax.lax.conv_general_dilated(x, self.weights, self.strides, "VALID", dimension_numbers=layout)
        return jax.nn.relu(z + self.bias[None, None, :, None])


class ConvEncoder(Encoder):
    """Convolutions, then max(0, W x + b) of all that they give, each feature divided by √features.

    Weights are normal with variance 2 / inputs (He et al. 2015); the first layer's are larger by √3, for
    pixels that spread over [0, 1].
    """

    layers: tuple[Convolution, ...]
    dense: Linear
    shape: tuple[int, int, int] = eqx.field(static=True)
    white: float = eqx.field(static=True)
    size: int = eqx.field(static=True)

    def __init__(self, space: gymnasium.Space, plan: "Sequence[_Layer]", features: int, *, key: RandomKey):
        self.shape = _image_shape(space)
        self.white, self.size = white(space), features
        *layer_keys, dense_key = jax.random.split(key, len(plan) + 1)
        scales = [math.sqrt(2 / PIXEL_MEAN_SQUARE)] + [math.sqrt(2)] * (len(plan) - 1)
        channels = itertools.pairwise((self.shape[2], *(layer.channels for layer in plan)))
        self.layers = tuple(
            Convolution(layer.kernel, layer.strides, *inputs_and_outputs, key=layer_key, scale=scale)
            for layer, inputs_and_outputs, layer_key, scale in zip(
                plan, channels, layer_keys, scales, strict=True
            )
        )
        down, across = plan[-1].extent
        self.dense = Linear(down * across * plan[-1].channels, features, key=dense_key, scale=math.sqrt(2))

    def __call__(self, observation: Shaped[Array, "height width colours *batch"]):
        batch = observation.shape[3:]
        x = as_numbers(observation, self.white).reshape(*self.shape, math.prod(batch))
        for layer in self.layers:
            x = layer(x)
        features = jax.nn.relu(self.dense(x.reshape(-1, x.shape[-1]))) / math.sqrt(self.size)
        return features.reshape(self.size, *batch)

    def over_time(self, observations: Shaped[Array, "T height width colours *batch"]):
        """All steps at once; where that would take over `BYTES`, some at a time.

        Of the latter nothing but the observations themselves is kept for the backward pass, which computes
        the rest again: bytes, where the pixels are bytes.
        """
        at_once = max(1, BYTES // max(1, self._bytes(math.prod(observations.shape[4:]))))
        if observations.shape[0] <= at_once:
            return jax.vmap(self)(observations)
        encode = jax.checkpoint(lambda observation: self(observation), prevent_cse=False)
        return jax.lax.map(encode, observations, batch_size=at_once)

    def _bytes(self, images: int) -> int:
        """What so many images and their activations take."""
        example = jax.ShapeDtypeStruct((*self.shape, images), jnp.float32)
        numbers = math.prod(example.shape)
        for layer in self.layers:
            example = jax.eval_shape(layer, example)
            numbers += math.prod(example.shape)
        return 4 * numbers


class _Layer(NamedTuple):
    kernel: Pair
    strides: Pair
    channels: int
    extent: Pair  # of what comes out


@dataclasses.dataclass(frozen=True)
class ConvSettings(EncoderSettings):
    """What is None goes by the size of the image.

    For images of 64 pixels and more they are as in Mnih et al. (2016), Mirowski et al. (2016) and Wang et al.
    (2016, section 3.2.2): 16 kernels of 8 x 8, 4 apart, 32 of 4 x 4, 2 apart, and 256 features. For others
    kernels and strides are smaller, and the features 64. Where an image is one pixel high or wide, kernels
    and strides are 1 in that direction.
    """

    channels: tuple[int, ...] = (16, 32)  # of each layer
    kernels: tuple[int, ...] | None = None  # pixels, down and across
    strides: tuple[int, ...] | None = None
    features: int | None = None

    def __post_init__(self):
        if not self.channels:
            raise ValueError("channels is (); it must name at least one layer")
        for field in ("channels", "kernels", "strides"):
            self._check(field, getattr(self, field))
        if self.features is not None:
            check_integer("features", self.features, 1)

    def _check(self, field: str, given: tuple[int, ...] | None) -> None:
        count = len(self.channels)
        if given is None and count != 2:
            raise ValueError(f"{field} is None, which is known for 2 layers; name it for all {count} layers")
        if given is None:
            return
        if len(given) != count:
            raise ValueError(f"{field} is {given!r}; it must name all {count} layers, as channels does")
        for number in given:
            check_integer(f"each of {field}", number, 1)

    def build(self, space: gymnasium.Space, *, key: RandomKey) -> ConvEncoder:
        height, width, _ = _image_shape(space)
        large = max(height, width) >= _LARGE
        return ConvEncoder(
            space, self._plan((height, width)), self.features or (256 if large else 64), key=key
        )

    def _plan(self, extent: Pair) -> list[_Layer]:
        """The layers for an image that is so high and wide."""
        usual = [_usual(pixels) for pixels in extent]
        layers = []
        for place, channels in enumerate(self.channels):
            kernel = self._of_layer("kernels", place, extent, usual)
            strides = self._of_layer("strides", place, extent, usual)
            for pixels, window in zip(extent, kernel, strict=True):
                if window > pixels:
                    raise ValueError(
                        f"kernels is {self.kernels!r}: that of layer {place + 1} is {window}, and there are "
                        f"only {pixels} pixels left; make kernels or strides smaller"
                    )
            down, across = ((e - k) // s + 1 for e, k, s in zip(extent, kernel, strides, strict=True))
            extent = (down, across)
            layers.append(_Layer(kernel, strides, channels, extent))
        return layers

    def _of_layer(self, field: str, place: int, extent: Sequence[int], usual: "list[_Usual]") -> Pair:
        """A layer's kernel or strides, down and across."""
        given = getattr(self, field)
        down, across = (
            getattr(known, field)[place] if given is None else 1 if pixels == 1 else given[place]
            for pixels, known in zip(extent, usual, strict=True)
        )
        return down, across


class _Usual(NamedTuple):
    """The kernels and strides of two layers in one direction."""

    kernels: Pair
    strides: Pair


_LARGE = 64  # pixels
_USUAL = {  # from so many pixels on
    _LARGE: _Usual((8, 4), (4, 2)),
    16: _Usual((6, 4), (3, 2)),
    7: _Usual((3, 3), (1, 2)),
    5: _Usual((3, 3), (1, 1)),
    3: _Usual((2, 2), (1, 1)),
    2: _Usual((2, 1), (1, 1)),
    1: _Usual((1, 1), (1, 1)),
}


def _usual(pixels: int) -> _Usual:
    return next(usual for least, usual in _USUAL.items() if pixels >= least)


def _image_shape(space: gymnasium.Space) -> tuple[int, int, int]:
    shape = shape_of(space)
    if len(shape) != 3 or 0 in shape:
        raise ValueError(
            f"the encoder 'conv' is for images (height, width, colours), and the observation's shape is "
            f"{shape}; use 'flat' or 'mlp'"
        )
    return shape

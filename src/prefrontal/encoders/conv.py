"""Convolutions over an image (height, width, colours), then a layer of units that see all of it.

A convolution is written as a matrix product over an image's windows. XLA's own convolution takes at least ten
times as long inside a compiled loop on a processor, and a training is such a loop.
"""

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

from prefrontal.affine import Affine
from prefrontal.checks import check_integer, settle
from prefrontal.encoders.base import (
    PIXEL_MEAN_SQUARE,
    Encoder,
    EncoderSettings,
    as_numbers,
    white,
)
from prefrontal.observations import shape_of
from prefrontal.types import RandomKey
from prefrontal.weights import built

BYTES = 2**28  # of windows that an accelerator goes through at once

Pair = tuple[int, int]  # down and across


class Convolution(eqx.Module):
    """max(0, W x + b) for each window x of `kernel` pixels, `strides` apart, without padding."""

    of_window: Affine
    kernel: Pair = eqx.field(static=True)
    strides: Pair = eqx.field(static=True)

    def __init__(self, layer: "_Layer", channels: int, *, key: RandomKey, scale: float):
        self.kernel, self.strides = layer.kernel, layer.strides
        self.of_window = Affine(channels * math.prod(self.kernel), layer.channels, key=key, scale=scale)

    def __call__(self, x: Float[Array, "channels height width n"]) -> Float[Array, "outputs down across n"]:
        return jax.nn.relu(self.of_window(windows(x, self.kernel, self.strides)))


def windows(
    x: Float[Array, "channels height width n"], kernel: Pair, strides: Pair
) -> Float[Array, "window down across n"]:
    """The contents of each window: its pixels row by row, with the channels of a pixel together."""
    lasts = [
        (extent - size) // stride * stride
        for extent, size, stride in zip(x.shape[1:3], kernel, strides, strict=True)
    ]
    return jnp.concatenate(
        [
            x[:, row : row + lasts[0] + 1 : strides[0], column : column + lasts[1] + 1 : strides[1]]
            for row, column in itertools.product(range(kernel[0]), range(kernel[1]))
        ]
    )


class ConvEncoder(Encoder):
    """Convolutions, then max(0, W x + b) of their whole output, each feature divided by √features.

    Weights are normal with variance 2 / inputs (He et al. 2015); the first layer's are larger by √3, for
    pixels that spread over [0, 1]. Biases are zero.
    """

    layers: tuple[Convolution, ...]
    dense: Affine
    shape: tuple[int, int, int] = eqx.field(static=True)
    white: float = eqx.field(static=True)
    size: int = eqx.field(static=True)

    def __init__(self, space: gymnasium.Space, plan: "Sequence[_Layer]", features: int, *, key: RandomKey):
        self.shape = _image_shape(space)
        self.white, self.size = white(space), features
        *layer_keys, dense_key = jax.random.split(key, len(plan) + 1)
        scales = [math.sqrt(2 / PIXEL_MEAN_SQUARE)] + [math.sqrt(2)] * (len(plan) - 1)
        channels = [self.shape[2], *(layer.channels for layer in plan[:-1])]
        self.layers = tuple(
            Convolution(layer, inputs, key=layer_key, scale=scale)
            for layer, inputs, layer_key, scale in zip(plan, channels, layer_keys, scales, strict=True)
        )
        inputs = math.prod(plan[-1].extent) * plan[-1].channels
        self.dense = Affine(inputs, features, key=dense_key, scale=math.sqrt(2))

    def __call__(self, observation: Shaped[Array, "height width colours *batch"]):
        batch = observation.shape[3:]
        x = jnp.moveaxis(as_numbers(observation, self.white), 2, 0)
        x = x.reshape(*x.shape[:3], math.prod(batch))
        for layer in self.layers:
            x = layer(x)
        features = jax.nn.relu(self.dense(x.reshape(-1, x.shape[-1]))) / math.sqrt(self.size)
        return features.reshape(self.size, *batch)

    def over_time(self, observations: Shaped[Array, "T height width colours *batch"]):
        """The features of all steps. Only the observations are kept for the backward pass.

        If pixels are bytes, they are kept as bytes. The backward pass computes the rest again, which takes
        less time than storing it. A processor handles one step of the lifetimes at a time, which fits into
        its cache; an accelerator handles as many as fit into `BYTES`. There is no derivative with respect to
        observations.
        """
        steps, at_once = observations.shape[0], self._steps_at_once(observations)
        chunks = observations.reshape(steps // at_once, at_once, *observations.shape[1:])
        features = _encode(self, chunks)
        return features.reshape(steps, *features.shape[2:])

    def _steps_at_once(self, observations: Shaped[Array, "T height width colours *batch"]) -> int:
        """A divisor of the number of steps."""
        steps = observations.shape[0]
        if jax.default_backend() == "cpu":
            return 1
        taken = 4 * math.prod(observations.shape[1:]) * math.prod(self.layers[0].kernel)
        most = max(1, BYTES * math.prod(self.layers[0].strides) // max(1, taken))
        return max(count for count in range(1, steps + 1) if steps % count == 0 and count <= most)


@jax.custom_vjp
def _encode(encoder: ConvEncoder, chunks: Shaped[Array, "chunks steps ..."]):
    """Features `(chunks, steps, features, *batch)`."""
    return jax.lax.map(jax.vmap(encoder), chunks)


def _encode_forward(encoder: ConvEncoder, chunks: Shaped[Array, "chunks steps ..."]):
    return _encode(encoder, chunks), (encoder, chunks)


def _encode_backward(encoder_and_chunks, d_features: Float[Array, "chunks steps features *batch"]):
    encoder, chunks = encoder_and_chunks

    def step(total, chunk_and_d_features):
        chunk, d_features = chunk_and_d_features
        _, backwards = jax.vjp(lambda encoder: jax.vmap(encoder)(chunk), encoder)
        return jax.tree.map(jnp.add, total, backwards(d_features)[0]), None

    total, _ = jax.lax.scan(step, jax.tree.map(jnp.zeros_like, encoder), (chunks, d_features))
    return total, None


_encode.defvjp(_encode_forward, _encode_backward)


class _Layer(NamedTuple):
    kernel: Pair
    strides: Pair
    channels: int
    extent: Pair  # of what comes out


@dataclasses.dataclass(frozen=True)
class ConvSettings(EncoderSettings):
    """Convolutions over an image (height, width, colours), then a layer of units that see all of it.

    Fields that are None are chosen by the size of the image.

    For images of 64 pixels and more they are as in Mnih et al. (2016), Mirowski et al. (2016) and Wang et al.
    (2016, section 3.2.2): 16 kernels of 8 x 8, 4 apart, 32 of 4 x 4, 2 apart, and 256 features. For smaller
    images, kernels and strides are smaller, and there are 64 features. If an image is one pixel high or wide,
    kernels and strides are 1 in that direction.
    """

    channels: tuple[int, ...] = (16, 32)  # of each layer
    kernels: tuple[int, ...] | None = None  # pixels, down and across
    strides: tuple[int, ...] | None = None  # pixels, down and across
    features: int | None = None  # units of the last layer

    def __post_init__(self):
        settle(self)
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
        features = self.features or (256 if max(height, width) >= _LARGE else 64)
        plan = self._plan((height, width))
        return built(
            self,
            lambda key: ConvEncoder(space, plan, features, key=key),
            key,
            "channels",
            "kernels",
            "features",
        )

    def _plan(self, extent: Pair) -> list[_Layer]:
        """The layers for an image of this height and width."""
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

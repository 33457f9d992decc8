"""The interface of encoders: observations as features, and the settings that build an encoder."""

import abc
from typing import ClassVar

import equinox as eqx
import gymnasium
import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float, Shaped

from prefrontal.registry import Registry
from prefrontal.types import RandomKey

# Colours spread evenly over [0, 1] have the mean square 1/3, which an encoder's first weights make up for.
PIXEL_MEAN_SQUARE = 1 / 3


class Encoder(eqx.Module):
    """Features of an observation. Any axes after the observation's own are the batch.

    **Scale.** A memory's input weights are made for parts of the percept whose squares sum to about 1, like a
    one-hot code (`memory/lstm.py`). So an encoder that learns starts with features whose squares sum to about
    1, whatever their number: each has mean square 1 / features. `flat` changes nothing; it is for
    observations that have this scale already.
    """

    size: eqx.AbstractVar[int]  # features

    @abc.abstractmethod
    def __call__(self, observation: Shaped[Array, "..."]) -> Float[Array, "features *batch"]:
        """The features of an observation `(*shape, *batch)`, where `shape` is the observation space's."""

    def over_time(self, observations: Shaped[Array, "T ..."]) -> Float[Array, "T features *batch"]:
        """The features of all steps at once, of `(T, *shape, *batch)`. Override it to save time or memory."""
        return jax.vmap(self)(observations)


class EncoderSettings(abc.ABC):
    """The settings of an encoder: a frozen dataclass that can be stored as JSON. All fields have defaults."""

    registry: ClassVar[Registry["EncoderSettings"]]

    @abc.abstractmethod
    def build(self, space: gymnasium.Space, *, key: RandomKey) -> Encoder:
        """An encoder with fresh weights for observations of this space.

        **Raises:** ValueError if it is not made for observations of this shape.
        """


def white(space: gymnasium.Space) -> float:
    """The value that stands for 1: 255 for pixels stored as bytes (a Box of uint8 up to 255), otherwise 1."""
    bytes_of_pixels = isinstance(space, spaces.Box) and space.dtype == np.uint8 and np.all(space.high == 255)
    return 255.0 if bytes_of_pixels else 1.0


def as_numbers(observation: Shaped[Array, "*shape"], white: float) -> Float[Array, "*shape"]:
    """The observation as floats; pixels are scaled to 0 to 1."""
    numbers = observation.astype(jnp.float32)
    return numbers if white == 1.0 else numbers / white

"""The seam of the encoders' room: observations as features, and the settings that build one."""

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
    """Features of an observation. Any axes behind the observation's own are the batch.

    **Scale.** A memory's input weights are made for parts of the percept whose squares sum to about 1, as
    those of a one-hot code do (`memory/lstm.py`). An encoder that learns therefore begins with features whose
    squares sum to about 1, however many they are: each has the mean square 1 / features. `flat` changes
    nothing, and is for observations that are of this scale already.
    """

    size: eqx.AbstractVar[int]  # features

    @abc.abstractmethod
    def __call__(self, observation: Shaped[Array, "..."]) -> Float[Array, "features *batch"]:
        """The features of an observation `(*shape, *batch)`."""

    def over_time(self, observations: Shaped[Array, "T ..."]) -> Float[Array, "T features *batch"]:
        """The same for all steps of lifetimes at once. To be overridden to save time or memory."""
        return jax.vmap(self)(observations)


class EncoderSettings(abc.ABC):
    """What an encoder is like: a frozen dataclass, which can be kept as JSON. All fields have defaults."""

    registry: ClassVar[Registry["EncoderSettings"]]

    @abc.abstractmethod
    def build(self, space: gymnasium.Space, *, key: RandomKey) -> Encoder:
        """An encoder with fresh weights for observations of this space."""


def shape_of(space: gymnasium.Space) -> tuple[int, ...]:
    if space.shape is None:
        raise ValueError(f"observation_space is {space}; it must have a shape")
    return space.shape


def white(space: gymnasium.Space) -> float:
    """What stands for 1: 255 in pixels kept as bytes (a Box of uint8 up to 255), and 1 in all else."""
    bytes_of_pixels = isinstance(space, spaces.Box) and space.dtype == np.uint8 and np.all(space.high == 255)
    return 255.0 if bytes_of_pixels else 1.0


def as_numbers(observation: Shaped[Array, "*shape"], white: float) -> Float[Array, "*shape"]:
    """Floats, of pixels from 0 to 1."""
    numbers = observation.astype(jnp.float32)
    return numbers if white == 1.0 else numbers / white

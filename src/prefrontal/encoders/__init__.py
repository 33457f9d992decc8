"""Encoders turn observations into features for a memory.

`auto` is `conv` for images (a Box: height, width, colours), and `flat` for everything else.
"""

import dataclasses

import gymnasium
from gymnasium import spaces

from prefrontal.encoders.base import Encoder, EncoderSettings
from prefrontal.encoders.conv import ConvSettings
from prefrontal.encoders.flat import FlatEncoder, FlatSettings
from prefrontal.encoders.mlp import MLPSettings
from prefrontal.observations import shape_of
from prefrontal.registry import Registry
from prefrontal.types import RandomKey


@dataclasses.dataclass(frozen=True)
class AutoEncoderSettings(EncoderSettings):
    """The usual encoder for the shape of the observation: `conv` for images, otherwise `flat`."""

    def build(self, space: gymnasium.Space, *, key: RandomKey) -> Encoder:
        is_image = isinstance(space, spaces.Box) and len(shape_of(space)) == 3
        usual = ConvSettings if is_image else FlatSettings
        return usual().build(space, key=key)


ENCODERS = Registry(
    "encoder",
    EncoderSettings,
    {"auto": AutoEncoderSettings, "flat": FlatSettings, "mlp": MLPSettings, "conv": ConvSettings},
)

__all__ = [
    "ENCODERS",
    "AutoEncoderSettings",
    "ConvSettings",
    "Encoder",
    "EncoderSettings",
    "FlatEncoder",
    "FlatSettings",
    "MLPSettings",
]

"""What an observation becomes before it is given to a memory.

`auto` is `conv` for images (height, width, colours), and `flat` for all else.
"""

import dataclasses

import gymnasium

from prefrontal.encoders.base import Encoder, EncoderSettings, shape_of
from prefrontal.encoders.conv import ConvSettings
from prefrontal.encoders.flat import FlatEncoder, FlatSettings
from prefrontal.encoders.mlp import MLPSettings
from prefrontal.registry import Registry
from prefrontal.types import RandomKey


@dataclasses.dataclass(frozen=True)
class AutoEncoderSettings(EncoderSettings):
    """The usual encoder for the shape of the observation."""

    def build(self, space: gymnasium.Space, *, key: RandomKey) -> Encoder:
        usual = ConvSettings if len(shape_of(space)) == 3 else FlatSettings
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

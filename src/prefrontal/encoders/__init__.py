"""What an observation becomes before it is given to a memory."""

import gymnasium

from prefrontal.encoders.base import Encoder, EncoderSettings, shape_of
from prefrontal.encoders.conv import ConvSettings
from prefrontal.encoders.flat import FlatEncoder, FlatSettings
from prefrontal.encoders.mlp import MLPSettings
from prefrontal.suggest import lookup
from prefrontal.types import RandomKey

ENCODERS: dict[str, type[EncoderSettings]] = {
    "flat": FlatSettings,
    "mlp": MLPSettings,
    "conv": ConvSettings,
}


def encoder(chosen: str | EncoderSettings, space: gymnasium.Space, *, key: RandomKey) -> Encoder:
    """A fresh encoder for observations of `space`.

    **Arguments:** `chosen`, its settings, or the name under which it is registered, for its usual settings,
    or "auto": `conv` for images (height, width, colours), and `flat` for all else.
    """
    if isinstance(chosen, str):
        auto = ConvSettings if len(shape_of(space)) == 3 else FlatSettings
        chosen = lookup("encoder", chosen, {"auto": auto, **ENCODERS})()
    return chosen.build(space, key=key)


__all__ = [
    "ENCODERS",
    "ConvSettings",
    "Encoder",
    "EncoderSettings",
    "FlatEncoder",
    "MLPSettings",
    "encoder",
]

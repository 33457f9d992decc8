"""The observation as one vector, with choices coded one-hot. For vectors, codes and numbers."""

import dataclasses
import math

import equinox as eqx
import gymnasium
from jaxtyping import Array, Float, Shaped

from prefrontal.actions import Actions
from prefrontal.encoders.base import Encoder, EncoderSettings, as_numbers, white
from prefrontal.observations import code_of, shape_of
from prefrontal.types import RandomKey


class FlatEncoder(Encoder):
    """Learns nothing and changes no number, except that pixels stored as bytes become numbers up to 1.

    The squares of an image's pixels sum to far more than 1 and would saturate a memory's gates: use `conv` or
    `mlp` for images.
    """

    size: int = eqx.field(static=True)
    rank: int = eqx.field(static=True)  # axes of the observation
    white: float = eqx.field(static=True)
    code: Actions | None = eqx.field(static=True)  # where what is observed is a choice: coded one-hot

    def __init__(self, space: gymnasium.Space):
        shape = shape_of(space)
        self.code = code_of(space)
        self.size = self.code.features if self.code else math.prod(shape)
        self.rank, self.white = len(shape), white(space)

    def __call__(self, observation: Shaped[Array, "..."]) -> Float[Array, "features *batch"]:
        if self.code:
            return self.code.code(observation)
        return as_numbers(observation.reshape(self.size, *observation.shape[self.rank :]), self.white)


@dataclasses.dataclass(frozen=True)
class FlatSettings(EncoderSettings):
    """The numbers of the observation as they are, in one vector. For vectors, one-hot codes and numbers."""

    def build(self, space: gymnasium.Space, *, key: RandomKey) -> FlatEncoder:
        return FlatEncoder(space)

"""The numbers of the observation as they are, in one vector. For vectors, one-hot codes and numbers."""

import dataclasses
import math

import equinox as eqx
import gymnasium
from gymnasium import spaces
from jaxtyping import Array, Float, Shaped

from prefrontal.actions import Choice, choices_of
from prefrontal.encoders.base import Encoder, EncoderSettings, as_numbers, shape_of, white
from prefrontal.types import RandomKey


class FlatEncoder(Encoder):
    """Learns nothing and changes no number, but for pixels kept as bytes, which become numbers up to 1.

    The squares of an image's pixels sum to far more than 1 and would saturate a memory's gates: take `conv`
    or `mlp` for images.
    """

    size: int = eqx.field(static=True)
    rank: int = eqx.field(static=True)  # axes of the observation
    white: float = eqx.field(static=True)
    choice: Choice | None = eqx.field(static=True)  # where what is observed is one of several: coded one-hot

    def __init__(self, space: gymnasium.Space):
        shape = shape_of(space)
        self.choice = choices_of(space) if isinstance(space, spaces.Discrete) else None
        self.size = self.choice.n if self.choice else math.prod(shape)
        self.rank, self.white = len(shape), white(space)

    def __call__(self, observation: Shaped[Array, "..."]) -> Float[Array, "features *batch"]:
        if self.choice:
            return self.choice.code(observation)
        return as_numbers(observation.reshape(self.size, *observation.shape[self.rank :]), self.white)


@dataclasses.dataclass(frozen=True)
class FlatSettings(EncoderSettings):
    """The numbers of the observation as they are, in one vector. For vectors, one-hot codes and numbers."""

    def build(self, space: gymnasium.Space, *, key: RandomKey) -> FlatEncoder:
        return FlatEncoder(space)

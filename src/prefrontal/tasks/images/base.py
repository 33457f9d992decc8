"""The seam of image sets: what gives a task its two images."""

import abc
from typing import ClassVar

from jaxtyping import Array, Float, UInt8

from prefrontal.registry import Registry
from prefrontal.types import RandomKey

# Red, green and blue: numbers from 0 to 1, or bytes from 0 to 255.
Colours = Float[Array, "height width 3"] | UInt8[Array, "height width 3"]


class ImageSet(abc.ABC):
    """Where a task's images come from. A frozen dataclass of plain values, kept in a run's settings."""

    registry: ClassVar[Registry["ImageSet"]]

    @abc.abstractmethod
    def two(self, key: RandomKey, height: int, width: int) -> tuple[Colours, Colours]:
        """Two different images, each so high and wide in pixels."""

    @abc.abstractmethod
    def held_out(self) -> "ImageSet":
        """The images that training never draws."""

    @abc.abstractmethod
    def outside(self, height: int, width: int) -> "ImageSet":
        """Images of another kind."""

    def check_size(self, height: int, width: int) -> None:  # noqa: B027  # most can be of any size
        """A ValueError where there can be no images of this size."""

    @property
    def caution(self) -> str:
        """What must be said to whoever asked for other images than these; nothing otherwise."""
        return ""

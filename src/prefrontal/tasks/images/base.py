"""The seam of image sets: what gives a task its two images."""

import abc
from typing import ClassVar

from jaxtyping import Array, Float, UInt8

from prefrontal.registry import Registry
from prefrontal.types import RandomKey

# Red, green and blue: numbers from 0 to 1, or bytes from 0 to 255.
Colours = Float[Array, "height width 3"] | UInt8[Array, "height width 3"]


class ImageSet(abc.ABC):
    """The source of a task's images: a frozen dataclass of plain values, kept in a run's settings."""

    registry: ClassVar[Registry["ImageSet"]]

    @abc.abstractmethod
    def two(self, key: RandomKey, height: int, width: int) -> tuple[Colours, Colours]:
        """Two different images of this height and width in pixels."""

    @abc.abstractmethod
    def held_out(self) -> "ImageSet":
        """The set of the images that training never draws."""

    @abc.abstractmethod
    def outside(self, height: int, width: int) -> "ImageSet":
        """A set of images of another kind."""

    def check_size(self, height: int, width: int) -> None:  # noqa: B027  # most can be of any size
        """Raise a ValueError if there cannot be images of this size."""

    @property
    def caution(self) -> str:
        """A warning if these are not the images that were asked for; empty otherwise."""
        return ""

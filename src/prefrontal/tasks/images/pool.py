"""A finite pool of stored images: some are for training, the rest are held out."""

import abc
import dataclasses
from collections.abc import Iterable
from math import inf
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from prefrontal.checks import settle
from prefrontal.tasks.images.base import Colours, ImageSet
from prefrontal.tasks.images.stripes import Stripes
from prefrontal.types import RandomKey

Part = Literal["train", "held-out"]
Pixels = UInt8[np.ndarray, "n height width 3"]

FEWEST = 4  # images: two for training, and two held out
PLATE = (128, 128, 128)  # what is seen through an image; black would hide what is drawn in black


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pool(ImageSet):
    """Images drawn with equal probability from one part of a pool; the two of a lifetime always differ.

    The images are ordered by their fixed hashes; the first `training` of them are for training.

    **Arguments:**

    - `training`: how many images are for training; None means half of them.
    - `part`: the part to draw from.
    - `fingerprint`: a hash of the images' contents. If empty, it is computed from the images. If given, as in
      a run's settings, other images are refused.
    """

    training: int | None = None
    part: Part = "train"
    fingerprint: str = ""

    def __post_init__(self):
        settle(self, training=(2, inf))
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", self.found())

    @abc.abstractmethod
    def found(self) -> str:
        """The fingerprint of the images that were found, in hexadecimal digits."""

    @abc.abstractmethod
    def all_pixels(self, height: int, width: int) -> Pixels:
        """All images of both parts, in the pool's order."""

    def pixels(self, height: int, width: int) -> Pixels:
        """The images of this part."""
        if self.found() != self.fingerprint:
            raise ValueError(
                f"the fingerprint of the images is {self.found()!r} and must be {self.fingerprint!r}: they "
                "are not the ones that the settings were made with"
            )
        everything = self.all_pixels(height, width)
        count = len(everything) // 2 if self.training is None else self.training
        if count > len(everything) - 2:
            raise ValueError(
                f"training is {count}, and of {len(everything)} images at least 2 must be held out; it "
                f"must be at most {len(everything) - 2}"
            )
        return everything[:count] if self.part == "train" else everything[count:]

    def two(self, key: RandomKey, height: int, width: int) -> tuple[Colours, Colours]:
        pixels = jnp.asarray(self.pixels(height, width))
        first_key, distance_key = jax.random.split(key)
        first = jax.random.randint(first_key, (), 0, len(pixels), jnp.int32)
        second = (first + jax.random.randint(distance_key, (), 1, len(pixels), jnp.int32)) % len(pixels)
        return pixels[first], pixels[second]

    def held_out(self) -> "Pool":
        return dataclasses.replace(self, part="held-out")

    def outside(self, height: int, width: int) -> Stripes:
        return Stripes(min(10, width))


def square(image: Image.Image) -> Image.Image:
    """The middle of an image, on the plate where it is transparent."""
    image = image.convert("RGBA")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    plate = Image.new("RGBA", (side, side), PLATE)
    plate.alpha_composite(image.crop((left, top, left + side, top + side)))
    return plate.convert("RGB")


def resized(image: Image.Image, height: int, width: int) -> UInt8[np.ndarray, "height width 3"]:
    """The image in another size: each pixel is the mean of the area it covers."""
    return np.asarray(image.resize((width, height), Image.Resampling.BOX))


def stacked(images: Iterable[UInt8[np.ndarray, "height width 3"]]) -> Pixels:
    """Many images as one array, which is read-only because it is shared."""
    pixels = np.stack(list(images))
    pixels.flags.writeable = False
    return pixels

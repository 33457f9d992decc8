"""A finite pool of stored images, of which some are for training and the rest are held out."""

import abc
import dataclasses
from collections.abc import Iterable
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import UInt8
from PIL import Image

from prefrontal.checks import check_integer
from prefrontal.tasks.images.base import Colours, ImageSet
from prefrontal.tasks.images.stripes import Stripes
from prefrontal.types import RandomKey

Part = Literal["train", "held-out"]
Pixels = UInt8[np.ndarray, "n height width 3"]

FEWEST = 4  # images: two for training, and two held out
PLATE = (128, 128, 128)  # what is seen through an image; black would hide what is drawn in black


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pool(ImageSet):
    """Images drawn with equal chances from one part of a pool; a lifetime's two are never the same.

    The pool's order is that of its images' fixed hashes; the first `training` of them are for training.

    **Arguments:**
    - `training`: how many images are for training; half of them, if None.
    - `part`: which part is drawn from.
    - `fingerprint`: of the images' contents. It is read from them where it is left empty; where it is given
      (as by a run's settings), other images than those are refused.
    """

    training: int | None = None
    part: Part = "train"
    fingerprint: str = ""

    def __post_init__(self):
        if self.training is not None:
            check_integer("training", self.training, 2)
        if self.part not in ("train", "held-out"):
            raise ValueError(f"part is {self.part!r}; it must be 'train' or 'held-out'")
        if not self.fingerprint:
            object.__setattr__(self, "fingerprint", self.found())

    @abc.abstractmethod
    def found(self) -> str:
        """The fingerprint of the images that there are, in hexadecimal digits."""

    @abc.abstractmethod
    def all_pixels(self, height: int, width: int) -> Pixels:
        """Every image of the pool, of both parts, in the pool's order."""

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
        first = jax.random.randint(first_key, (), 0, len(pixels))
        second = (first + jax.random.randint(distance_key, (), 1, len(pixels))) % len(pixels)
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
    """Each pixel is the mean of what it covers."""
    return np.asarray(image.resize((width, height), Image.Resampling.BOX))


def stacked(images: Iterable[UInt8[np.ndarray, "height width 3"]]) -> Pixels:
    """Many images as one array that nobody can change, for it is shared."""
    pixels = np.stack(list(images))
    pixels.flags.writeable = False
    return pixels

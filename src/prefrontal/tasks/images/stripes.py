"""Images of coloured stripes. Every image is new: they come from a continuum, and none is stored."""

import dataclasses
from math import inf
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import check_integer, settle
from prefrontal.tasks.images.base import ImageSet
from prefrontal.types import RandomKey


@dataclasses.dataclass(frozen=True)
class Stripes(ImageSet):
    """Every image has `stripes` stripes of uniformly random colours.

    They are drawn from a continuum, so held-out lifetimes, which come from another stream, have other images.
    Outside D: half as many stripes of twice the width, which no image of this set has.

    **Arguments:** `stripes`, the number in a row of the image; there are as many rows of them, or fewer if
    the image is not high enough. `instead_of`, the images that were asked for but are not available: it
    changes only the warning and the stored settings.
    """

    stripes: int = 10
    instead_of: Literal["", "emoji"] = ""

    def __post_init__(self):
        settle(self, stripes=(1, inf))

    def check_size(self, height: int, width: int) -> None:
        check_integer("stripes", self.stripes, 1, width)

    @property
    def caution(self) -> str:
        if not self.instead_of:
            return ""
        return (
            f"its images are stripes in place of {self.instead_of}, because no font with them was found; "
            "install the package fonts-noto-color-emoji, or ask for 'harlow' to have stripes"
        )

    def two(self, key: RandomKey, height: int, width: int):
        first, second = jax.random.split(key)
        return self._one(first, height, width), self._one(second, height, width)

    def held_out(self) -> "Stripes":
        return self

    def outside(self, height: int, width: int) -> "Stripes":
        return dataclasses.replace(self, stripes=max(1, self.stripes // 2))

    def _one(self, key: RandomKey, height: int, width: int) -> Float[Array, "height width 3"]:
        rows = min(self.stripes, height)
        colours = jax.random.uniform(key, (rows, self.stripes, 3), jnp.float32)
        row = jnp.arange(height) * rows // height
        column = jnp.arange(width) * self.stripes // width
        return colours[row][:, column]

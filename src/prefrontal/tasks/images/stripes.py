"""Images of coloured stripes, every one new: there is a continuum of them, and none is stored."""

import dataclasses
from typing import Literal

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import check_integer
from prefrontal.tasks.images.base import ImageSet
from prefrontal.types import RandomKey


@dataclasses.dataclass(frozen=True)
class Stripes(ImageSet):
    """Every image has so many stripes, of uniform random colours.

    They are drawn from a continuum: held-out lifetimes have images of their own by the stream that they are
    drawn from. Outside: half as many stripes, of twice the width, which no image of these has.

    **Arguments:** `stripes`, in a row of the image; as many across it as there is room for. `instead_of`,
    the images that were asked for and could not be had: it changes nothing but what is said and written down.
    """

    stripes: int = 10
    instead_of: Literal["", "emoji"] = ""

    def __post_init__(self):
        check_integer("stripes", self.stripes, 1)

    def check_size(self, height: int, width: int) -> None:
        check_integer("stripes", self.stripes, 1, width)

    @property
    def caution(self) -> str:
        if not self.instead_of:
            return ""
        return (
            f"its images are stripes in place of {self.instead_of}, for no font with them was found; "
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
        colours = jax.random.uniform(key, (rows, self.stripes, 3))
        row = jnp.arange(height) * rows // height
        column = jnp.arange(width) * self.stripes // width
        return colours[row][:, column]

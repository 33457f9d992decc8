"""What the walls of a maze look like: every side of every cell has a colour and a pattern of its own."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt32

# What walls are made of, one of these: layers, joints between them as a share of a layer, and how often the
# pattern repeats along a cell.
LAYERS = (4.0, 5.0, 2.0, 1.0)  # bricks, bands, squares, stripes
JOINTS = (0.14, 0.0, 0.0, 0.0)
REPEATS = (2.0, 1.0, 1.0, 3.0)
BRICKS, BANDS, SQUARES, STRIPES = range(4)


def mixed(cell: Int[Array, "2 width"], face: Int[Array, "width"]) -> UInt32[Array, "width"]:
    """A number that looks random, the same for the same side of the same cell."""
    row, column, side = cell[0].astype(jnp.uint32), cell[1].astype(jnp.uint32), face.astype(jnp.uint32)
    number = row * np.uint32(0x9E3779B1) + column * np.uint32(0x85EBCA77) + side * np.uint32(0xC2B2AE3D)
    number = (number ^ (number >> 15)) * np.uint32(0x2C1B3C6D)
    return number ^ (number >> 13)


def turn(cell: Int[Array, "2 width"], face: Int[Array, "width"]) -> Float[Array, "width"]:
    """A wall's hue, as a turn from 0 to 1.

    Hues are a lattice in which neighbours are far apart (Roberts 2018, "The unreasonable effectiveness of
    quasirandom sequences": powers of the inverse of 1.32472, which solves x³ = x + 1).
    """
    row, column, side = (part.astype(jnp.float32) for part in (cell[0], cell[1], face))
    turns = row * 0.7548777 + column * 0.5698403 + side * 0.13
    return turns - jnp.floor(turns)


def hue(turn: Float[Array, "width"]) -> Float[Array, "width 3"]:
    """The colour, red, green and blue in 0 to 1."""
    six = turn[:, None] * 6.0 + jnp.array([0.0, 4.0, 2.0], jnp.float32)[None]
    ramp = jnp.abs(jnp.where(six >= 6.0, six - 6.0, six) - 3.0) - 1.0
    return 0.38 + 0.52 * jnp.clip(ramp, 0.0, 1.0)


def pattern(kind: UInt32[Array, "width"], along: Float[Array, "width"]):
    """The brightness of even and of odd layers at a place along a wall, and the wall's mean brightness."""
    part, shifted = along - jnp.floor(along), along + 0.5 - jnp.floor(along + 0.5)
    light, dark = jnp.where(part < 0.5, 1.0, 0.62), jnp.where(part < 0.5, 0.62, 1.0)
    bricks = jnp.where(part < 0.07, 0.6, 1.0), jnp.where(shifted < 0.07, 0.6, 0.92)
    even = jnp.where(kind == BRICKS, bricks[0], jnp.where(kind == BANDS, 1.0, light))
    odd = jnp.where(kind == BRICKS, bricks[1], jnp.where(kind == SQUARES, dark, light))
    odd = jnp.where(kind == BANDS, 0.62, odd)
    return even, odd, jnp.where(kind == BRICKS, 0.9, 0.81)


def one_of(table: tuple[float, ...], index: UInt32[Array, "width"]) -> Float[Array, "width"]:
    """The entries, without a look-up in memory."""
    chosen = jnp.full(index.shape, table[0], jnp.float32)
    for place, entry in enumerate(table[1:], start=1):
        chosen = jnp.where(index == place, entry, chosen)
    return chosen

"""Obstacle courses, as in POET (Wang et al. 2019, section 4.1): an encoding, and the terrain that it makes.

A course is 64 units long, seen from the side. After 8 flat units there are five stretches of 11 units, each
with one obstacle at a random place: a gap, a stump, stairs up and down again, or a ceiling that hangs low.
The kinds whose greatest size is not 0 are equally likely. Sizes are uniform between the encoding's least and
greatest. Rough ground is the sum of three sines; ceilings follow it.

Sizes are in units of the course: a standing body is 1 high, a crouching one .5.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from prefrontal.types import RandomKey

DISTANCE = 64.0  # from the start to the end of the course
SPACING = 0.25  # between two samples of the terrain
SAMPLES = int((DISTANCE + 12.0) / SPACING)  # also of what is seen beyond the end
FLAT, STRETCH, OBSTACLES = 8.0, 11.0, 5
MARGIN = 2.5  # at both ends of a stretch there is no obstacle
DEEP = 10.0  # below the ground: the bottom of a gap
OPEN = 20.0  # above the ground: where nothing hangs
CLEARANCE = 1.3  # under a ceiling of size 0
CEILING_WIDTH = 3.0
KINDS = ("gap", "stump", "stairs", "ceiling")
_WAVES = (11.0, 6.0, 3.5)  # lengths of the sines of rough ground
_SWING = 0.025  # the amplitude of each, for a roughness of 1


class Encoding(NamedTuple):
    """What POET mutates. All numbers are 0 for flat ground."""

    roughness: Float[Array, ""]
    gap: Float[Array, "2"]  # the least and the greatest width
    stump: Float[Array, "2"]  # heights
    stairs: Float[Array, "2"]  # heights of one step
    steps: Float[Array, ""]  # up, and as many down; rounded
    ceiling: Float[Array, "2"]  # how far ceilings hang below a clearance of 1.3


# The greatest values. At full speed a jump spans some 8 units and rises by 1.6; a body must crouch under
# ceilings from .3 on.
MOST = {"roughness": 8.0, "gap": 6.0, "stump": 1.3, "stairs": 0.6, "steps": 3.0, "ceiling": 0.65}


# What mutation starts a kind of obstacle with, and its step from then on. In proportion to the greatest
# values these are about POET's, whose gaps begin at .8 of 8 and change by .4.
_STARTS = {"gap": 1.6, "stump": 0.4, "stairs": 0.3, "ceiling": 0.35}
_STEPS = {"roughness": 1.0, "gap": 0.6, "stump": 0.15, "stairs": 0.1, "ceiling": 0.1}


def vector_of(encoding: Encoding) -> Float[Array, "10"]:
    """An encoding as one vector, in the order of its fields."""
    parts = [getattr(encoding, name) for name in Encoding._fields]
    return jnp.concatenate([jnp.asarray(part, jnp.float32).reshape(-1) for part in parts])


def encoded(vector: Float[Array, "10"]) -> Encoding:
    """The encoding of a vector from `vector_of`."""
    parts, begin = {}, 0
    for name in Encoding._fields:
        size = 2 if name in KINDS else 1
        parts[name] = vector[begin : begin + size].reshape((2,) if size == 2 else ())
        begin += size
    return Encoding(**parts)


def mutated(encoding: Encoding, key: RandomKey) -> Encoding:
    """A child of an encoding: each of its six parts changes with probability 1/2 (Wang et al. 2019, 4.1).

    Roughness changes by up to .6 either way; both ends of a range by a step up or down. A kind of obstacle
    that is not there yet begins with a small range, from 0 to its first size. Steps of stairs are counted one
    up or down.
    """
    chosen_key, rough_key, steps_key, *kind_keys = jax.random.split(key, 3 + len(KINDS))
    chosen = dict(zip(Encoding._fields, jax.random.bernoulli(chosen_key, 0.5, (6,)), strict=True))
    wave = jax.random.uniform(rough_key, (), jnp.float32, -_STEPS["roughness"], _STEPS["roughness"])
    one = jnp.where(jax.random.bernoulli(steps_key), 1.0, -1.0).astype(jnp.float32)
    child = {
        "roughness": jnp.clip(encoding.roughness + wave, 0.0, MOST["roughness"]),
        "steps": jnp.clip(encoding.steps + one, 1.0, MOST["steps"]),
    }
    for name, kind_key in zip(KINDS, kind_keys, strict=True):
        ends = getattr(encoding, name)
        signs = jnp.where(jax.random.bernoulli(kind_key, 0.5, (2,)), 1.0, -1.0).astype(jnp.float32)
        moved = jnp.sort(jnp.clip(ends + _STEPS[name] * signs, 0.0, MOST[name]))
        begun = jnp.array([0.0, _STARTS[name]], jnp.float32)
        child[name] = jnp.where(ends[1] > 0, moved, begun)
    return Encoding(**{name: jnp.where(chosen[name], child[name], getattr(encoding, name)) for name in child})


class Terrain(NamedTuple):
    """Heights above the start of the course, every `SPACING` from 0 on."""

    ground: Float[Array, "samples"]
    ceiling: Float[Array, "samples"]


def flat() -> Encoding:
    """The encoding with which POET begins."""
    nothing, pair = jnp.zeros((), jnp.float32), jnp.zeros(2, jnp.float32)
    return Encoding(nothing, pair, pair, pair, jnp.ones((), jnp.float32), pair)


def terrain(encoding: Encoding, key: RandomKey) -> Terrain:
    """The course that an encoding and a key make, always the same one."""
    kind_key, size_key, place_key, rough_key = jax.random.split(key, 4)
    ranges = jnp.stack([getattr(encoding, kind) for kind in KINDS])  # (kinds, 2)
    kind, there = _kinds(kind_key, ranges[:, 1])
    low, high = ranges[kind, 0], ranges[kind, 1]
    share = jax.random.uniform(size_key, (OBSTACLES,), jnp.float32)
    size = low + share * (high - low)
    steps = jnp.clip(jnp.round(encoding.steps), 1.0, MOST["steps"])
    widths = jnp.stack([size, jnp.ones_like(size), 2 * steps + 0 * size, CEILING_WIDTH + 0 * size])
    width = jnp.take_along_axis(widths, kind[None], axis=0)[0]
    begin = MARGIN + jax.random.uniform(place_key, (OBSTACLES,), jnp.float32) * (STRETCH - 2 * MARGIN - width)

    x = SPACING * jnp.arange(SAMPLES, dtype=jnp.float32)
    stretch = jnp.floor((x - FLAT) / STRETCH).astype(jnp.int32)
    at = jnp.clip(stretch, 0, OBSTACLES - 1)
    into = x - FLAT - STRETCH * stretch.astype(jnp.float32) - begin[at]  # from the obstacle's beginning
    inside = there & (stretch == at) & (into >= 0) & (into < width[at])
    tread = jnp.floor(into)
    climbs = jnp.clip(jnp.minimum(tread + 1, 2 * steps - tread), 0.0)
    heights = jnp.stack([0 * x - DEEP, size[at], size[at] * climbs, 0 * x])
    height = jnp.take_along_axis(heights, kind[at][None], axis=0)[0]
    hangs = inside & (kind[at] == KINDS.index("ceiling"))
    rough = _rough(rough_key, x, encoding.roughness)
    ground = rough + jnp.where(inside, height, 0.0)
    return Terrain(ground, rough + jnp.where(hangs, CLEARANCE - size[at], OPEN))


def _kinds(
    key: RandomKey, greatest: Float[Array, "kinds"]
) -> tuple[Int[Array, "obstacles"], Bool[Array, ""]]:
    """The kind of each obstacle, among those whose greatest size is not 0; and whether there are any."""
    there = greatest > 0
    lots = jnp.where(there, jax.random.uniform(key, (OBSTACLES, len(KINDS)), jnp.float32), -1.0)
    return jnp.argmax(lots, axis=1).astype(jnp.int32), jnp.any(there)


def _rough(key: RandomKey, x: Float[Array, "samples"], roughness: Float[Array, ""]):
    """Three sines with random phases, which begin between 4 and 8 units from the start."""
    phases = jax.random.uniform(key, (len(_WAVES), 1), jnp.float32, 0.0, 2 * jnp.pi)
    lengths = jnp.array(_WAVES, jnp.float32)[:, None]
    waves = jnp.sum(jnp.sin(2 * jnp.pi * x[None] / lengths + phases), axis=0)
    return _SWING * roughness * waves * jnp.clip((x - 4.0) / 4.0, 0.0, 1.0)

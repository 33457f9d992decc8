"""A first-person view of a maze: rays are cast through its grid, one for each column of the picture.

The world is cells of length 1, each free or a block of wall of height 1; the eye is at height 1/2. x runs to
the east with the columns, y to the south with the rows: the middle of the cell in row 2, column 5 is at
(5.5, 2.5). The outer cells must be walls, and the viewer must stand in a free cell.

A ray meets walls only on grid lines. Amanatides and Woo (1987, "A fast voxel traversal algorithm for ray
tracing") step from line to line as the ray crosses them. Here all lines are examined in a fixed order, with
the same few operations for all rays, and the nearest wall is kept; no step waits for another. The cells along
a line are the bits of a number, so testing for a wall is a shift and not a look-up.

Distances are measured along the line of sight, perpendicular to the picture, so straight walls look straight.
A pixel's content is then found by comparing its row with a few numbers of its column.
"""

import dataclasses
import functools
import math
from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.layout import Layout, with_layout_constraint
from jaxtyping import Array, Bool, Float, Int, Num, Shaped, UInt8, UInt32

from prefrontal.checks import settle
from prefrontal.tasks.mazes.wall_patterns import JOINTS, LAYERS, REPEATS, hue, mixed, one_of, pattern, turn

FAR = 1e6  # cells: further than anything
LEAST = 1e-6  # in place of zeros that would be divided by
BITS = 32  # cells in a number

OPEN, PATCH, EVEN, ODD, JOINT, PILLAR = range(6)  # what a pixel shows: EVEN, ODD and JOINT are of a wall

CEILING, FLOOR, GOLD = (0.52, 0.60, 0.72), (0.56, 0.50, 0.44), (1.0, 0.84, 0.10)


class Hit(NamedTuple):
    """Where rays meet a wall."""

    distance: Float[Array, "width"]  # cells along the line of sight
    place: Float[Array, "2 width"]  # x, y
    cell: Int[Array, "2 width"]  # the wall's row and column
    face: Int[Array, "width"]  # the wall's side that is seen: 0 south, 1 north, 2 east, 3 west


class Wall(NamedTuple):
    """The properties of the wall in each column; layers are counted from the top."""

    layers: Float[Array, "width"]
    joint: Float[Array, "width"]  # share of a layer that is joint, at its top
    turn: Float[Array, "width"]  # of its hue, 0 to 1
    even: Float[Array, "width"]  # brightness, of 255
    odd: Float[Array, "width"]
    mortar: Float[Array, "width"]


class Mark(NamedTuple):
    """Where each ray meets the goal: the cell from `near` to `far`, the pillar at `distance`, 0 if not."""

    near: Float[Array, "width"]
    far: Float[Array, "width"]
    distance: Float[Array, "width"]
    facing: Float[Array, "width"]  # the cosine at which the pillar is seen


class Column(NamedTuple):
    """The numbers that determine a column's pixels: whole numbers, `top` to `patch_bottom` in half rows.

    Half rows are counted down from the horizon, so the middle of every row is a whole number of them. A layer
    has `Camera.parts` parts.
    """

    per_row: Int[Array, "width"]  # parts in half a row
    middle: Int[Array, "width"]  # parts from the wall's top to the horizon
    joint: Int[Array, "width"]  # parts of a layer
    top: Int[Array, "width"]  # the first of the wall; -top is the first beyond it
    pillar_top: Int[Array, "width"]  # between this and the next, neither included
    pillar_bottom: Int[Array, "width"]
    patch_top: Int[Array, "width"]
    patch_bottom: Int[Array, "width"]


@dataclasses.dataclass(frozen=True)
class Camera:
    """The camera. Angles are in degrees, lengths in cells, sizes in square pixels."""

    height: int = 12  # pixels
    width: int = 16  # pixels
    view: float = 90.0  # degrees that the width subtends
    pillar_radius: float = 0.2  # of the pillar in the middle of the goal's cell
    pillar_height: float = 0.7  # of the same pillar; a wall has height 1
    dimming: float = 0.22  # what is d away has 1 / (1 + dimming d) of its light

    def __post_init__(self):
        settle(
            self,
            height=(1, inf),
            width=(1, inf),
            view=(1.0, 170.0),
            pillar_radius=(0.01, 0.5),
            pillar_height=(0.01, 1.0),
            dimming=(0.0, inf),
        )

    @property
    def focal(self) -> float:
        """Pixels from the eye to the picture: the length in the picture of length 1 at distance 1."""
        return self.width / 2 / math.tan(math.radians(self.view) / 2)

    # Compiled by itself, so that a single step outside of any program compiles nothing a second time.
    @functools.partial(jax.jit, static_argnums=0, inline=True)
    def render(
        self,
        walls: Bool[Array, "rows columns"],
        position: Float[Array, "2"],
        heading: Num[Array, ""],
        goal: Num[Array, "2"],
        goal_seen: Bool[Array, ""],
    ) -> UInt8[Array, "{self.height} {self.width} 3"]:
        """The picture, red, green and blue, from `position` (x, y) in degrees clockwise from north.

        If `goal_seen`, the goal's cell (row, column) has a golden floor and a pillar in its middle; walls in
        front hide them. Walls look different from cell to cell and from side to side. Each wall looks the
        same from everywhere, except for light and for detail too small for the pixels.
        """
        return self._batched()(walls, position, heading, goal, goal_seen)

    def _batched(self):
        """`render`; a whole batch is made stage by stage, its batch axis last."""

        @jax.custom_batching.custom_vmap
        def one(*given):
            return self._pictures(*jax.tree.map(lambda part: part[..., None], given))[..., 0]

        @one.def_vmap
        def _(size, batched, *given):
            whole = (
                part if there else jnp.broadcast_to(part[None], (size, *part.shape))
                for part, there in zip(given, batched, strict=True)
            )
            return jnp.moveaxis(self._pictures(*(jnp.moveaxis(part, 0, -1) for part in whole)), -1, 0), True

        return one

    def _pictures(self, walls, position, heading, goal, goal_seen):
        """Each stage is stored before the next, which would otherwise compute it again for every pixel."""
        known = jnp.abs(position[0, 0]) >= 0.0  # which it is, and which XLA cannot foresee

        def kept(stage, *given):
            return _kept(known, jax.vmap(stage, in_axes=-1, out_axes=-1), *given)

        rays = kept(self._rays, *kept(_ahead, heading))
        hit = kept(_hit, *kept(_nearest, walls, position, rays), position, rays)
        mark = kept(self._mark, position, rays, goal)
        wall = kept(self._wall, hit)
        columns = kept(self._columns, hit.distance, wall, mark, goal_seen)
        colours = *kept(self._of_wall, wall), kept(self._of_pillar, mark)
        return _kept(known, self._picture, _kept(known, self._shown, *columns), *colours)

    def rays(self, heading: Num[Array, ""]) -> Float[Array, "2 {self.width}"]:
        """The direction of each column's middle, (x, y), of length 1 along the line of sight."""
        return self._rays(*_ahead(heading))

    def _rays(self, east, south):
        right = jnp.asarray(_middles(self.width) / self.focal, jnp.float32)  # of ahead is (-south, east)
        return jnp.stack([east - right * south, south + right * east])

    def _light(self, distance):
        return 1.0 / (1.0 + self.dimming * distance)

    def _wall(self, hit: Hit) -> Wall:
        number = mixed(hit.cell, hit.face)
        kind = (number >> 8) & 3
        layers, joint, repeats = (one_of(table, kind) for table in (LAYERS, JOINTS, REPEATS))
        along = jnp.where(hit.face >= 2, hit.place[1], hit.place[0]) * repeats
        even, odd, mean = pattern(kind, along)
        # Detail fades before it is smaller than a pixel, as it would in the eye.
        fine = jnp.clip(1.6 - jnp.maximum(layers, repeats) * hit.distance * (1.6 / self.focal), 0.0, 1.0)
        light = self._light(hit.distance) * jnp.where(hit.face >= 2, 0.78, 1.0) * 255.0
        shade = lambda part: light * (mean + (part - mean) * fine)  # noqa: E731
        return Wall(layers, joint, turn(hit.cell, hit.face), shade(even), shade(odd), shade(0.6))

    def _of_wall(self, wall: Wall):
        """The colours of even layers, odd ones and joints."""
        base = hue(wall.turn)
        return tuple(_bytes(base * shade[:, None]) for shade in (wall.even, wall.odd, wall.mortar))

    def _mark(self, position, rays, goal) -> Mark:
        corner = goal[::-1].astype(jnp.float32)
        near, far = _crossed(position, rays, corner)
        return Mark(near, far, *_pillar(position - corner - 0.5, rays, self.pillar_radius))

    def _of_pillar(self, mark: Mark):
        light = self._light(mark.distance) * (0.55 + 0.45 * mark.facing) * 255.0
        return _bytes(jnp.asarray(GOLD)[None] * light[:, None])

    @property
    def parts(self) -> int:
        """Steps of a layer: so many that a layer is in its place to less than a tenth of its height."""
        return 2**12 if self.height <= 160 else 2**17

    def _columns(self, wall_distance, wall: Wall, mark: Mark, seen) -> Column:
        scale = wall.layers * wall_distance / self.focal  # layers in a row
        there = seen & (mark.distance > 0.0) & (mark.distance < wall_distance)
        pillar = 2.0 * self.focal / jnp.maximum(mark.distance, LEAST)
        patch = seen & (mark.far > mark.near)
        top, bottom = (self.focal / jnp.maximum(edge, LEAST) for edge in (mark.far, mark.near))
        return Column(
            self._whole(jnp.round(jnp.minimum(scale, 15.0) * (self.parts / 2))),
            self._whole(wall.layers * (self.parts / 2)),
            self._whole(jnp.round(wall.joint * self.parts)),
            self._whole(jnp.ceil(-wall.layers / jnp.maximum(scale, LEAST))),
            self._whole(jnp.floor(jnp.where(there, (0.5 - self.pillar_height) * pillar, FAR))),
            self._whole(jnp.ceil(jnp.where(there, 0.5 * pillar, -FAR))),
            self._whole(jnp.floor(jnp.where(patch, top, FAR))),
            self._whole(jnp.ceil(jnp.where(patch, bottom, -FAR))),
        )

    def _whole(self, number: Float[Array, "width"]) -> Int[Array, "width"]:
        """Whole numbers of few bits: there are as many operations on them as there are pixels."""
        kind = jnp.int16 if self.parts < 2**15 else jnp.int32
        return jnp.clip(number, -30_000, 2_000_000 if kind == jnp.int32 else 30_000).astype(kind)

    def _shown(self, *columns):
        """What every pixel shows."""
        column = Column(*(number[None] for number in columns))
        row = jnp.asarray(2 * _middles(self.height), column.top.dtype)[:, None, None]  # in half rows
        depth = row * column.per_row + column.middle  # what is beyond the wall may have turned over
        odd = (depth & self.parts) != 0
        part = _first_of((depth & (self.parts - 1)) < column.joint, JOINT, _first_of(odd, ODD, EVEN))
        patch = (row > column.patch_top) & (row < column.patch_bottom)
        wall = (row >= column.top) & (row < -column.top)
        pillar = (row > column.pillar_top) & (row < column.pillar_bottom)
        return _first_of(pillar, PILLAR, _first_of(wall, part, _first_of(patch, PATCH, OPEN)))

    def _picture(self, shown, *colours):
        shown = shown[:, :, None]
        open_colour, patch_colour = (jnp.asarray(part)[:, None, :, None] for part in self._ground())
        picture = jnp.where(shown == PATCH, patch_colour, open_colour)
        for what, colour in zip((EVEN, ODD, JOINT, PILLAR), colours, strict=True):
            picture = jnp.where(shown == what, colour[None], picture)
        return picture

    def _ground(self) -> tuple[UInt8[np.ndarray, "height 3"], UInt8[np.ndarray, "height 3"]]:
        """The colour of ceiling and floor in each row of the picture, and of the golden floor."""
        row = _middles(self.height)
        distance = self.focal / 2 / np.maximum(np.abs(row), 0.25)
        plain = np.where((row < 0)[:, None], np.array(CEILING), np.array(FLOOR))
        light = 255 * self._light(distance)[:, None]
        return (plain * light).astype(np.uint8), (np.array(GOLD) * light).astype(np.uint8)


def cast(
    walls: Bool[Array, "rows columns"], position: Float[Array, "2"], rays: Float[Array, "2 width"]
) -> Hit:
    """The first wall along each ray."""
    return _hit(*_nearest(walls, position, rays), position, rays)


def _nearest(walls, position, rays):
    """The distances of the first walls behind lines north to south, and behind lines west to east."""
    x, y = position
    return _first(walls, x, y, rays[0], rays[1]), _first(walls.T, y, x, rays[1], rays[0])


def _hit(across, down, position, rays) -> Hit:
    sideways = across < down
    distance = jnp.minimum(across, down)
    place = position[:, None] + distance[None] * rays
    back, forth = (rays < 0).astype(jnp.int32), (rays > 0).astype(jnp.int32)
    line = jnp.round(place).astype(jnp.int32) - back  # of the cell behind a line that was crossed
    inside = jnp.floor(place).astype(jnp.int32)
    cell = jnp.stack([jnp.where(sideways, inside[1], line[1]), jnp.where(sideways, line[0], inside[0])])
    face = jnp.where(sideways, 2 + forth[0], forth[1])
    return Hit(distance, place, cell, face)


def _first(walls: Bool[Array, "across along"], x, y, dx, dy) -> Float[Array, "width"]:
    """The distance of the first wall behind a line x = 1, 2, ...; `FAR` if there is none."""
    numbers = packed(walls)  # of each column
    dx = jnp.where(jnp.abs(dx) < LEAST, LEAST, dx)
    per_x, slope, least = 1.0 / dx, dy / dx, jnp.full(dx.shape, FAR)
    for line in range(1, walls.shape[1]):
        behind = jnp.where((dx > 0)[None], numbers[:, line, None], numbers[:, line - 1, None])
        along = jnp.clip(jnp.floor(y + (line - x) * slope), 0, walls.shape[0] - 1).astype(jnp.uint32)
        distance = (line - x) * per_x
        least = jnp.minimum(least, jnp.where(_bit(behind, along) & (distance > 0), distance, FAR))
    return least


def packed(walls: Bool[Array, "rows columns"]) -> UInt32[Array, "words columns"]:
    """The walls of each column as bits, the first row the lowest, 32 to a number."""
    words = -(-walls.shape[0] // BITS)
    bits = jnp.pad(walls, ((0, words * BITS - walls.shape[0]), (0, 0))).reshape(words, BITS, -1)
    return jnp.sum(bits.astype(jnp.uint32) << jnp.arange(BITS, dtype=jnp.uint32)[None, :, None], axis=1)


def _bit(numbers: UInt32[Array, "words width"], place: UInt32[Array, "width"]) -> Bool[Array, "width"]:
    number = numbers[0]
    for word in range(1, len(numbers)):
        number = jnp.where(place >= word * BITS, numbers[word], number)
    return ((number >> (place % BITS)) & 1).astype(bool)


def _crossed(position, rays, corner) -> tuple[Float[Array, "width"], Float[Array, "width"]]:
    """Where each ray enters and leaves the cell with this corner (x, y): not at all if near >= far."""
    rays = jnp.where(jnp.abs(rays) < LEAST, LEAST, rays)
    one = (corner - position)[:, None] / rays
    other = (corner + 1.0 - position)[:, None] / rays
    near = jnp.maximum(jnp.max(jnp.minimum(one, other), axis=0), 0.0)
    return near, jnp.min(jnp.maximum(one, other), axis=0)


def _pillar(centre_to_eye: Float[Array, "2"], rays, radius: float):
    """The distance of an upright pillar, 0 if a ray misses it, and the cosine at which it is seen."""
    length = jnp.sum(rays**2, axis=0)
    ahead = jnp.sum(rays * centre_to_eye[:, None], axis=0)
    inside = ahead**2 - length * (jnp.sum(centre_to_eye**2) - radius**2)
    depth = jnp.sqrt(jnp.maximum(inside, 0.0))
    return jnp.where(inside > 0, (-ahead - depth) / length, 0.0), depth / jnp.sqrt(length) / radius


def _bytes(colour: Shaped[Array, "width 3"]) -> UInt8[Array, "width 3"]:
    return jnp.clip(colour, 0.0, 255.0).astype(jnp.uint8)


def _middles(count: int) -> np.ndarray:
    """The middles of so many pixels in a row, counted from the middle of the row."""
    return np.arange(count) - (count - 1) / 2


def _ahead(heading: Num[Array, ""]) -> tuple[Float[Array, ""], Float[Array, ""]]:
    """The line of sight: how far it goes east, and south."""
    angle = jnp.deg2rad(heading.astype(jnp.float32))
    return jnp.sin(angle), -jnp.cos(angle)


def _first_of(condition, this, other):
    """One of two numbers for what a pixel shows, as a byte."""
    return jnp.where(condition, jnp.asarray(this, jnp.uint8), jnp.asarray(other, jnp.uint8))


def _kept(known, stage, *given):
    """What a stage gives, in memory and batch last, if `known`.

    XLA would fuse a stage with the next one. It does not look into a branch that may not be taken.
    """

    def nothing(*given):
        return jax.tree.map(lambda like: jnp.zeros(like.shape, like.dtype), jax.eval_shape(stage, *given))

    given = jax.tree.map(_row_major, given)
    return jax.lax.cond(known, lambda *given: jax.tree.map(_row_major, stage(*given)), nothing, *given)


def _row_major(array):
    return with_layout_constraint(array, Layout(tuple(range(array.ndim))))

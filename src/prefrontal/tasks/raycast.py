"""A first-person view of a maze: rays are cast through its grid, one for each column of the picture.

The world is cells of length 1, each free or a block of wall of height 1; the eye is at height 1/2. x runs to
the east with the columns, y to the south with the rows: the middle of the cell in row 2, column 5 is at
(5.5, 2.5). The outer cells are taken to be walls, and whoever looks to stand in a free cell.

A ray meets walls on grid lines only. Amanatides and Woo (1987, "A fast voxel traversal algorithm for ray
tracing") step from line to line as the ray crosses them; here all lines are looked at in their own order,
each by the same few operations for all rays, and the nearest wall is kept: no step waits for another.
The cells along a line are the bits of a number, so that whether there is a wall is a shift and not a look-up.

Distances are measured along the line of sight, perpendicular to the picture, so that straight walls are seen
straight. What a pixel shows is then decided by comparing its row with a few numbers of its column.
"""

import dataclasses
import math
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.experimental.layout import Layout, with_layout_constraint
from jaxtyping import Array, Bool, Float, Int, Num, Shaped, UInt8, UInt32

from prefrontal.checks import check_between, check_integer

FAR = 1e6  # cells: further than anything
LEAST = 1e-6  # in place of zeros that would be divided by
BITS = 32  # cells in a number

OPEN, PATCH, EVEN, ODD, JOINT, PILLAR = range(6)  # what a pixel shows: EVEN, ODD and JOINT are of a wall

# What walls are made of, one of these: layers, joints between them as a share of a layer, and how often the
# pattern repeats along a cell.
LAYERS = (4.0, 5.0, 2.0, 1.0)  # bricks, bands, squares, stripes
JOINTS = (0.14, 0.0, 0.0, 0.0)
REPEATS = (2.0, 1.0, 1.0, 3.0)
BRICKS, BANDS, SQUARES, STRIPES = range(4)

CEILING, FLOOR, GOLD = (0.52, 0.60, 0.72), (0.56, 0.50, 0.44), (1.0, 0.84, 0.10)


class Hit(NamedTuple):
    """Where rays meet a wall."""

    distance: Float[Array, "width"]  # cells along the line of sight
    place: Float[Array, "2 width"]  # x, y
    cell: Int[Array, "2 width"]  # the wall's row and column
    face: Int[Array, "width"]  # the wall's side that is seen: 0 south, 1 north, 2 east, 3 west


class Wallpaper(NamedTuple):
    """What the walls of each column of a picture look like; layers are counted from the top."""

    layers: Float[Array, "width"]
    joint: Float[Array, "width"]  # share of a layer that is joint, at its top
    even: UInt8[Array, "width 3"]
    odd: UInt8[Array, "width 3"]
    mortar: UInt8[Array, "width 3"]


class Goal(NamedTuple):
    """Where a column of the picture shows the goal: rows from the horizon down; none if top > bottom."""

    pillar_top: Float[Array, "width"]
    pillar_bottom: Float[Array, "width"]
    patch_top: Float[Array, "width"]
    patch_bottom: Float[Array, "width"]
    colour: UInt8[Array, "width 3"]  # of the pillar


@dataclasses.dataclass(frozen=True)
class Camera:
    """What a picture is made with. Angles in degrees, lengths in cells, sizes in square pixels."""

    height: int = 12
    width: int = 16
    view: float = 90.0  # degrees that the width subtends
    pillar_radius: float = 0.2  # of the pillar in the middle of the goal's cell
    pillar_height: float = 0.7
    dimming: float = 0.22  # what is d away has 1 / (1 + dimming d) of its light

    def __post_init__(self):
        check_integer("height", self.height, 1)
        check_integer("width", self.width, 1)
        check_between("view", self.view, 1.0, 170.0)
        check_between("pillar_radius", self.pillar_radius, 0.01, 0.5)
        check_between("pillar_height", self.pillar_height, 0.01, 1.0)
        check_between("dimming", self.dimming, 0.0)

    @property
    def focal(self) -> float:
        """Pixels from the eye to the picture: what has length 1 at distance 1 is this long in the picture."""
        return self.width / 2 / math.tan(math.radians(self.view) / 2)

    def render(
        self,
        walls: Bool[Array, "rows columns"],
        position: Float[Array, "2"],
        heading: Num[Array, ""],
        goal: Num[Array, "2"],
        goal_seen: Bool[Array, ""],
    ) -> UInt8[Array, "{self.height} {self.width} 3"]:
        """The picture, red, green and blue, from `position` (x, y) in degrees clockwise from north.

        The goal's cell (row, column) has a golden floor and a pillar in its middle, if `goal_seen`; walls
        before them hide them. Walls look different from cell to cell and from side to side, and the same
        wherever they are seen from, but for light and for detail too small for the pixels.
        """
        return self._batched()(walls, position, heading, goal, goal_seen)

    def _batched(self):
        """`render`, of which a whole batch is made stage by stage, its batch axis last."""

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
        """Every stage is kept before the next, which would else compute it again for every pixel."""
        once = jnp.minimum(jnp.abs(position[0, 0].astype(jnp.int32)) + 1, 1)  # a number XLA cannot foresee
        rays = _kept(once, _lifetimes(self.rays), heading)
        across_down = _kept(once, _lifetimes(_nearest), walls, position, rays)
        numbers, colours = _kept(
            once, _lifetimes(self._columns), *across_down, position, rays, goal, goal_seen
        )
        shown = _kept(once, self._shown, *numbers)
        return _kept(once, self._picture, shown, *colours)

    def _columns(self, across, down, position, rays, goal, goal_seen):
        hit = _hit(across, down, position, rays)
        paper, mark = self._wallpaper(hit), self._goal(hit, position, rays, goal, goal_seen)
        scale = paper.layers * hit.distance / self.focal
        numbers = (paper.layers, paper.joint, scale, *mark[:4])
        return numbers, (paper.even, paper.odd, paper.mortar, mark.colour)

    def rays(self, heading: Num[Array, ""]) -> Float[Array, "2 {self.width}"]:
        """The direction of each column's middle, (x, y), of length 1 along the line of sight."""
        angle = jnp.deg2rad(heading.astype(jnp.float32))
        east, south = jnp.sin(angle), -jnp.cos(angle)  # ahead; to the right of it is (-south, east)
        right = jnp.asarray(_middles(self.width) / self.focal, jnp.float32)
        return jnp.stack([east - right * south, south + right * east])

    def _light(self, distance):
        return 1.0 / (1.0 + self.dimming * distance)

    def _wallpaper(self, hit: Hit) -> Wallpaper:
        number = mixed(hit.cell, hit.face)
        kind = (number >> 8) & 3
        layers, joint, repeats = (_one_of(table, kind) for table in (LAYERS, JOINTS, REPEATS))
        along = jnp.where(hit.face >= 2, hit.place[1], hit.place[0]) * repeats
        even, odd, mean = _pattern(kind, along)
        # Detail fades before it is smaller than a pixel, as it would in the eye.
        fine = jnp.clip(1.6 - jnp.maximum(layers, repeats) * hit.distance * (1.6 / self.focal), 0.0, 1.0)
        light = self._light(hit.distance) * jnp.where(hit.face >= 2, 0.78, 1.0)
        base = hue(hit.cell, hit.face) * (light * 255.0)[:, None]
        shade = lambda part: _bytes(base * (mean + (part - mean) * fine)[:, None])  # noqa: E731
        return Wallpaper(layers, joint, shade(even), shade(odd), shade(jnp.float32(0.6)))

    def _goal(self, hit: Hit, position, rays, goal, seen) -> Goal:
        corner = goal[::-1].astype(jnp.float32)
        near, far = _crossed(position, rays, corner)
        distance, facing = _pillar(position - corner - 0.5, rays, self.pillar_radius)
        there = seen & (distance > 0.0) & (distance < hit.distance)
        scale = self.focal / jnp.maximum(distance, LEAST)
        on_patch = seen & (far > near)
        colour = jnp.asarray(GOLD)[None] * (self._light(distance) * (0.55 + 0.45 * facing) * 255.0)[:, None]
        return Goal(
            jnp.where(there, (0.5 - self.pillar_height) * scale, FAR),
            jnp.where(there, 0.5 * scale, -FAR),
            jnp.where(on_patch, 0.5 * self.focal / jnp.maximum(far, LEAST), FAR),
            jnp.where(on_patch, 0.5 * self.focal / jnp.maximum(near, LEAST), -FAR),
            _bytes(colour),
        )

    def _shown(self, *numbers):
        """What every pixel shows. Rows count from the horizon, at their middles, downwards."""
        layers, joint, scale, pillar_top, pillar_bottom, patch_top, patch_bottom = (n[None] for n in numbers)
        row = jnp.asarray(_middles(self.height), jnp.float32)[:, None, None]
        depth = row * scale + layers / 2
        layer = jnp.floor(depth)
        part = jnp.where(depth - layer < joint, JOINT, EVEN + (layer.astype(jnp.int32) & 1))
        patch = (row > patch_top) & (row < patch_bottom)
        wall = (depth >= 0.0) & (depth < layers)
        shown = jnp.where(wall, part, jnp.where(patch, PATCH, OPEN))
        pillar = (row > pillar_top) & (row < pillar_bottom)
        return jnp.where(pillar, PILLAR, shown).astype(jnp.uint8)

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
    line = jnp.round(place).astype(jnp.int32) - (rays < 0)  # of the cell behind a line that was crossed
    inside = jnp.floor(place).astype(jnp.int32)
    cell = jnp.stack([jnp.where(sideways, inside[1], line[1]), jnp.where(sideways, line[0], inside[0])])
    face = jnp.where(sideways, 2 + (rays[0] > 0), (rays[1] > 0).astype(jnp.int32))
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


def mixed(cell: Int[Array, "2 width"], face: Int[Array, "width"]) -> UInt32[Array, "width"]:
    """A number that looks random, the same for the same side of the same cell."""
    row, column, side = cell[0].astype(jnp.uint32), cell[1].astype(jnp.uint32), face.astype(jnp.uint32)
    number = row * np.uint32(0x9E3779B1) + column * np.uint32(0x85EBCA77) + side * np.uint32(0xC2B2AE3D)
    number = (number ^ (number >> 15)) * np.uint32(0x2C1B3C6D)
    return number ^ (number >> 13)


def hue(cell: Int[Array, "2 width"], face: Int[Array, "width"]) -> Float[Array, "width 3"]:
    """A wall's colour, red, green and blue in 0 to 1.

    Hues are a lattice in which neighbours are far apart (Roberts 2018, "The unreasonable effectiveness of
    quasirandom sequences": powers of the inverse of 1.32472, which solves x³ = x + 1).
    """
    turn = cell[0] * 0.7548777 + cell[1] * 0.5698403 + face * 0.13
    six = (turn - jnp.floor(turn))[:, None] * 6.0 + jnp.array([0.0, 4.0, 2.0])[None]
    ramp = jnp.abs(jnp.where(six >= 6.0, six - 6.0, six) - 3.0) - 1.0
    return 0.38 + 0.52 * jnp.clip(ramp, 0.0, 1.0)


def _pattern(kind: UInt32[Array, "width"], along: Float[Array, "width"]):
    """The brightness of even and of odd layers at a place along a wall, and the wall's mean brightness."""
    part, shifted = along - jnp.floor(along), along + 0.5 - jnp.floor(along + 0.5)
    light, dark = jnp.where(part < 0.5, 1.0, 0.62), jnp.where(part < 0.5, 0.62, 1.0)
    bricks = jnp.where(part < 0.07, 0.6, 1.0), jnp.where(shifted < 0.07, 0.6, 0.92)
    even = jnp.where(kind == BRICKS, bricks[0], jnp.where(kind == BANDS, 1.0, light))
    odd = jnp.where(kind == BRICKS, bricks[1], jnp.where(kind == SQUARES, dark, light))
    odd = jnp.where(kind == BANDS, 0.62, odd)
    return even, odd, jnp.where(kind == BRICKS, 0.9, 0.81)


def _one_of(table: tuple[float, ...], index: UInt32[Array, "width"]) -> Float[Array, "width"]:
    """The entries, without a look-up in memory."""
    chosen = jnp.full(index.shape, table[0])
    for place, entry in enumerate(table[1:], start=1):
        chosen = jnp.where(index == place, entry, chosen)
    return chosen


def _bytes(colour: Shaped[Array, "width 3"]) -> UInt8[Array, "width 3"]:
    return jnp.clip(colour, 0.0, 255.0).astype(jnp.uint8)


def _middles(count: int) -> np.ndarray:
    """Of so many pixels in a row, counted from the middle of the row."""
    return np.arange(count) - (count - 1) / 2


def _lifetimes(kernel):
    return jax.vmap(kernel, in_axes=-1, out_axes=-1)


def _kept(once, stage, *given):
    """What a stage gives, in memory and batch last.

    A loop of one turn, of which XLA cannot tell that it has one, for it keeps nothing else.
    """
    given = jax.tree.map(_row_major, given)
    start = jax.tree.map(lambda like: jnp.zeros(like.shape, like.dtype), jax.eval_shape(stage, *given))
    return jax.lax.fori_loop(0, once, lambda *_: jax.tree.map(_row_major, stage(*given)), start)


def _row_major(array):
    return with_layout_constraint(array, Layout(tuple(range(array.ndim))))

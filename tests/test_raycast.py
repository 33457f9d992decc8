"""The first-person view against its definition: a marcher that takes tiny steps in a plain grid of cells."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.tasks.mazes.raycast import GOLD, PILLAR, Camera, cast, packed
from prefrontal.tasks.mazes.wall_patterns import hue, mixed, turn

CAMERA = Camera(height=24, width=32)
ROOM = np.pad(np.zeros((5, 7), bool), 1, constant_values=True)


def mazes(count, rows=9, columns=12, seed=0):
    """Random closed grids, and a place and a heading in a free cell of each."""
    random = np.random.default_rng(seed)
    for _ in range(count):
        walls = np.pad(random.random((rows - 2, columns - 2)) < 0.3, 1, constant_values=True)
        row, column = random.permutation(np.argwhere(~walls))[0]
        yield walls, np.array([column, row]) + random.uniform(0.1, 0.9, 2), random.uniform(0, 360)


def marched(walls, position, ray, step=2e-4):
    """How far along a ray the first wall is, by tiny steps."""
    far = np.arange(1, int(20 / step)) * step
    places = position[:, None] + far[None] * ray[:, None]
    cells = np.clip(np.floor(places).astype(int), 0, np.array(walls.shape)[::-1, None] - 1)
    first = np.argmax(walls[cells[1], cells[0]])
    return far[first], cells[::-1, first]


draw = jax.jit(CAMERA.render)
hit = jax.jit(cast)


def picture(walls, position, heading, goal=(1, 1), seen=False):
    return np.asarray(
        draw(
            jnp.asarray(walls),
            jnp.asarray(position, jnp.float32),
            jnp.float32(heading),
            jnp.asarray(goal),
            jnp.asarray(seen),
        )
    )


def golden(image):
    """Where there is the goal's colour: much red and green, hardly any blue; no wall is like that."""
    image = image.astype(float)
    ratio = image / np.maximum(image.max(axis=2, keepdims=True), 1)
    return np.all(np.abs(ratio - np.array(GOLD)[None, None]) < 0.08, axis=2)


def test_distances_and_cells_are_those_of_a_marcher():
    for walls, position, heading in mazes(12):
        rays = CAMERA.rays(jnp.float32(heading))
        found = hit(jnp.asarray(walls), jnp.asarray(position, jnp.float32), rays)
        expected = [marched(walls, position, ray) for ray in np.asarray(rays, np.float64).T]
        near = np.abs(np.asarray(found.distance) - [distance for distance, _ in expected]) < 1e-3
        cells = np.array([cell for _, cell in expected])
        same = np.all(cells == np.asarray(found.cell).T, axis=1)
        assert np.mean(near & same) > 0.98  # a ray through a corner may be told apart by rounding


def test_faces_are_those_that_look_at_the_eye():
    walls, middle = jnp.asarray(ROOM), jnp.array([4.5, 3.5])
    for heading, face in ((0, 0), (180, 1), (270, 2), (90, 3)):  # going north one sees the south face
        found = hit(walls, middle, CAMERA.rays(jnp.float32(heading)))
        assert int(found.face[16]) == face


def test_a_straight_wall_is_seen_straight():
    found = hit(jnp.asarray(ROOM), jnp.array([4.5, 2.5]), CAMERA.rays(jnp.float32(0.0)))
    np.testing.assert_allclose(found.distance[8:24], 1.5, rtol=1e-5)


def test_a_wall_is_as_high_as_its_distance_says():
    # A wall 1.5 away is 16 / 1.5 = 10.7 pixels high: 10 of 24 rows, and the rows beside are not of it.
    column = picture(ROOM, (4.5, 2.5), 0.0)[:, 16].astype(int)
    ground = picture(ROOM, (4.5, 2.5), 180.0)[:, 16].astype(int)  # a wall 3.5 away leaves more of the ground
    assert [row for row in range(24) if np.any(column[row] != ground[row])] == list(range(7, 17))


def test_hues_of_neighbours_differ_and_numbers_tell_sides_apart():
    rows, columns = np.divmod(np.arange(400), 20)
    cells, sides = jnp.asarray(np.stack([rows, columns])), jnp.zeros(400, int)
    colours = np.asarray(hue(turn(cells, sides))).reshape(20, 20, 3)
    assert np.abs(np.diff(colours, axis=0)).max(axis=2).min() > 0.2
    assert np.abs(np.diff(colours, axis=1)).max(axis=2).min() > 0.2
    numbers = [np.asarray(mixed(cells, sides + side)) for side in range(4)]
    assert len(np.unique(numbers)) == 1600


def test_a_wall_looks_the_same_from_wherever_it_is_seen():
    """But for light: the hue at the middle of a wall from near and far, and from the side."""
    found = []
    for position, heading in (((4.5, 2.1), 0.0), ((4.5, 3.5), 0.0), ((3.5, 2.0), 45.0)):
        image = picture(ROOM, position, heading)[12]
        rays = CAMERA.rays(jnp.float32(heading))
        cells = np.asarray(hit(jnp.asarray(ROOM), jnp.asarray(position, jnp.float32), rays).cell)
        seen = image[(cells == np.array([[0], [4]])).all(axis=0)].astype(float)
        found.append(np.mean(seen / seen.max(axis=1, keepdims=True), axis=0))
    assert np.ptp(np.stack(found), axis=0).max() < 0.03


def test_the_goal_is_hidden_by_walls_and_by_nothing_else():
    open_room, divided = ROOM.copy(), ROOM.copy()
    divided[1:6, 4] = True
    assert golden(picture(open_room, (3.5, 3.5), 90.0, (3, 6), True)).sum() > 10
    assert golden(picture(divided, (3.5, 3.5), 90.0, (3, 6), True)).sum() == 0
    assert golden(picture(open_room, (3.5, 3.5), 90.0, (3, 6), False)).sum() == 0
    assert golden(picture(open_room, (2.5, 3.5), 270.0, (3, 6), True)).sum() == 0  # behind the back


def test_the_pillar_stands_where_the_goal_is():
    wide = golden(picture(ROOM, (2.5, 3.5), 90.0, (3, 6), True))
    assert wide[:12].any(axis=0).nonzero()[0].tolist() == [15, 16]  # 4 away, 0.4 wide: 1.6 pixels
    left = golden(picture(ROOM, (2.5, 3.5), 110.0, (3, 6), True))
    assert left.any(axis=0).nonzero()[0].mean() < 12  # one who turned right sees it on the left
    assert PILLAR == 5


def test_a_mirrored_world_has_mirrored_distances():
    for walls, position, heading in mazes(4, seed=1):
        place = jnp.asarray(position, jnp.float32)
        one = hit(jnp.asarray(walls), place, CAMERA.rays(jnp.float32(heading))).distance
        place = jnp.asarray([walls.shape[1] - position[0], position[1]], jnp.float32)
        other = hit(jnp.asarray(walls[:, ::-1].copy()), place, CAMERA.rays(jnp.float32(-heading))).distance
        assert np.mean(np.abs(np.asarray(one) - np.asarray(other)[::-1]) < 1e-3) > 0.95


def test_a_batch_is_what_its_members_are():
    walls, positions, headings = (np.stack(part, axis=-1) for part in zip(*mazes(6), strict=True))
    goals, seen = np.stack([np.arange(6) % 7 + 1] * 2), np.arange(6) % 2 == 0
    batch = jax.jit(jax.vmap(CAMERA.render, in_axes=-1, out_axes=-1))(
        jnp.asarray(walls),
        jnp.asarray(positions, jnp.float32),
        jnp.asarray(headings, jnp.float32),
        jnp.asarray(goals),
        jnp.asarray(seen),
    )
    assert batch.shape == (24, 32, 3, 6)
    assert batch.dtype == jnp.uint8
    for one in range(6):
        alone = picture(walls[..., one], positions[:, one], headings[one], goals[:, one], seen[one])
        assert np.mean(np.any(alone != np.asarray(batch[..., one]), axis=2)) < 0.01  # rounding


def test_mazes_of_more_cells_than_bits():
    walls = np.pad(np.zeros((68, 3), bool), 1, constant_values=True)
    walls[40, 1:4] = True
    rays = CAMERA.rays(jnp.float32(180.0))
    assert float(cast(jnp.asarray(walls), jnp.array([2.5, 1.5]), rays).distance[16]) == pytest.approx(38.5)
    assert packed(jnp.asarray(walls)).shape == (3, 5)


def test_settings_out_of_range_are_named():
    with pytest.raises(ValueError, match=r"view is 180\.0; it must be a number from 1 to 170"):
        Camera(view=180.0)


def test_pictures_one_by_one_are_compiled_once(monkeypatch):
    """Who takes single steps, as a person at play does, does not wait for the compiler at each."""
    camera, made, traced = Camera(height=6, width=10), Camera._pictures, []
    monkeypatch.setattr(Camera, "_pictures", lambda *given: traced.append(given) or made(*given))
    for heading in (0.0, 40.0):
        camera.render(jnp.asarray(ROOM), jnp.full(2, 2.5), jnp.float32(heading), jnp.ones(2), jnp.array(True))
    assert len(traced) == 1

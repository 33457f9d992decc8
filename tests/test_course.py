"""Obstacle courses: what their encodings make, and what the body can and cannot do."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.errors import UserError
from prefrontal.scenes.base import Rectangle
from prefrontal.scenes.course import running
from prefrontal.tasks.course.body import DISTANCE, FALL, PAYS, CourseWorld, moved
from prefrontal.tasks.course.course import Course, course_of
from prefrontal.tasks.course.terrain import (
    CLEARANCE,
    DEEP,
    FLAT,
    KINDS,
    MARGIN,
    MOST,
    OPEN,
    SPACING,
    STRETCH,
    flat,
    terrain,
)  # fmt: skip

WORLD = CourseWorld(once=True)
KEYS = jax.random.split(jax.random.key(0), 50)
X = SPACING * np.arange(len(jax.eval_shape(terrain, flat(), KEYS[0]).ground))
made = jax.jit(jax.vmap(terrain, in_axes=(None, 0)))


def only(**sizes):
    """Flat ground with these obstacles, each of one size."""
    pair = lambda size: jnp.full(2, size, jnp.float32)  # noqa: E731
    numbers = {
        name: jnp.float32(size) if name in ("roughness", "steps") else pair(size)
        for name, size in sizes.items()
    }
    return flat()._replace(**numbers)


@jax.jit
def run(task, actions):
    """The states after the actions `(steps, 2)`, and the rewards."""

    def step(state, action):
        after = WORLD.transition((), task, state, action)
        return after.state, (after.state, after.reward, after.lifetime_over)

    return jax.lax.scan(step, WORLD.reset(KEYS[0], task)[0], actions)[1]


def always(push, crouch, steps=160):
    return jnp.tile(jnp.array([push, crouch], jnp.float32), (steps, 1))


def test_flat_ground_is_flat():
    one = terrain(flat(), KEYS[0])
    assert np.all(one.ground == 0)
    assert np.all(one.ceiling == OPEN)


@pytest.mark.parametrize("kind", KINDS)
def test_there_are_five_obstacles_of_one_kind_each_in_its_own_stretch(kind):
    size = MOST[kind]
    ground, ceiling = (np.asarray(part) for part in made(only(**{kind: size}), KEYS))
    there = {
        "gap": ground < 0, "stump": ground > 0, "stairs": ground > 0, "ceiling": ceiling < OPEN,
    }[kind]  # fmt: skip
    height = {"gap": -DEEP, "stump": size, "stairs": size, "ceiling": CLEARANCE - size}[kind]
    values = (ceiling if kind == "ceiling" else ground)[there]
    np.testing.assert_allclose(np.unique(values), [height], rtol=1e-6)
    begins = there & ~np.roll(there, 1, axis=1)
    assert np.all(begins.sum(axis=1) == 5)
    into = (X[np.nonzero(begins)[1]] - FLAT) % STRETCH
    assert into.min() >= MARGIN
    assert into.max() <= STRETCH - MARGIN


def test_all_kinds_that_there_are_come_up_and_sizes_lie_between_the_least_and_the_greatest():
    mixed = only(gap=2.0, ceiling=0.4)._replace(stump=jnp.array([0.5, 1.0]))
    ground, ceiling = (np.asarray(part) for part in made(mixed, KEYS))
    assert np.any(ground == -DEEP)
    assert np.any(ceiling < OPEN)
    stumps = np.unique(ground[ground > 0])
    assert stumps.min() >= 0.5
    assert stumps.max() <= 1.0
    assert len(stumps) > 40


def test_rough_ground_carries_its_ceilings():
    smooth, rough = only(ceiling=0.4), only(ceiling=0.4, roughness=8.0)
    even, uneven = made(smooth, KEYS), made(rough, KEYS)
    hangs = np.asarray(even.ceiling) < OPEN
    np.testing.assert_allclose((uneven.ceiling - uneven.ground)[hangs], CLEARANCE - 0.4, atol=1e-5)
    assert np.abs(uneven.ground).max() > 0.3


def test_running_reaches_the_end_of_flat_ground_and_creeping_does_not():
    task = course_of(flat(), KEYS[0])
    states, reward, over = run(task, always(1.0, -1.0))
    end = int(np.argmax(over)) + 1
    assert 105 < end < 125
    np.testing.assert_allclose(np.sum(reward[:end]), PAYS, rtol=1e-5)
    states, reward, _ = run(task, always(1.0, 1.0))
    assert states.place[-1, 0] < DISTANCE
    np.testing.assert_allclose(np.sum(reward), PAYS / DISTANCE * states.place[-1, 0], rtol=1e-5)


def test_a_gap_is_fallen_into_and_costs():
    states, reward, over = run(course_of(only(gap=2.0), KEYS[0]), always(1.0, -1.0))
    end = int(np.argmax(over)) + 1
    assert over[end - 1]
    np.testing.assert_allclose(
        np.sum(reward[:end]), PAYS / DISTANCE * states.place[end - 1, 0] - FALL, rtol=1e-4
    )


@pytest.mark.parametrize(("kind", "size"), [("stump", 0.5), ("stairs", 0.5), ("ceiling", 0.5)])
def test_what_stands_in_the_way_stops_the_body(kind, size):
    task = course_of(only(**{kind: size}), KEYS[0])
    states, _, over = run(task, always(1.0, -1.0))
    assert not np.any(over[:-1])
    wrong = task.ground if kind != "ceiling" else task.ceiling
    edge = X[np.argmax(np.asarray(wrong) != (OPEN if kind == "ceiling" else 0))]
    assert edge - 0.6 <= states.place[-1, 0] <= edge


def test_a_low_ceiling_is_crept_under():
    task = course_of(only(ceiling=0.65), KEYS[0])
    states, _, _ = run(task, always(1.0, 1.0))
    assert states.place[-1, 0] > 40


def test_nobody_stands_up_under_a_ceiling():
    """What is let go there knocks its head, and stays below."""
    task = course_of(only(ceiling=0.65), KEYS[0])
    states, _, _ = run(task, jnp.concatenate([always(1.0, 1.0, 60), always(1.0, -1.0, 100)]))
    roof = np.asarray(task.ceiling)[(np.asarray(states.place[:, 0]) / SPACING).astype(int)]
    assert np.all(states.place[:, 1] + 0.5 <= roof + 1e-5)


def test_a_jump_is_as_high_as_its_force():
    task = course_of(flat(), KEYS[0])
    heights = []
    for steps in (1, 3, 5, 8):
        states, _, _ = run(task, jnp.concatenate([always(1.0, 1.0, steps), always(1.0, -1.0, 40)]))
        heights.append(float(np.max(states.place[:, 1])))
    assert heights[0] < heights[1] < heights[2] == heights[3]
    assert 1.2 < heights[2] < 1.7
    assert np.all(np.asarray(states.place[:, 1]) >= 0)


@pytest.mark.parametrize(("kind", "size"), [("gap", 6.0), ("stump", 1.2), ("stairs", 0.6), ("ceiling", 0.65)])
def test_each_kind_can_be_passed(kind, size):
    """By searching over simple plans, stretch by stretch: when to crouch, for how long, and the run-up."""
    task = course_of(only(**{kind: size}), KEYS[1])
    assert _passed(task, WORLD.reset(KEYS[0], task)[0]) >= DISTANCE - 1


def _passed(task, state) -> float:
    """How far a search gets, whose plans are to run n steps, crouch m, and run on.

    It takes the plan that leads furthest, and plans anew from some steps before the end of it.
    """

    @jax.jit
    def outcome(state, runs, crouches):
        def step(state, k):
            crouch = (k >= runs) & (k < runs + crouches)
            after = moved(task, state, jnp.stack([jnp.float32(1.0), jnp.where(crouch, 1.0, -1.0)]))
            return after, after

        times = jnp.arange(60, dtype=jnp.int32)
        states = jax.lax.scan(step, state, times)[1]
        safe = states.grounded & (jnp.cumsum(states.place[:, 1] < -0.5) == 0)
        furthest = jnp.argmax(jnp.where(safe, states.place[:, 0], -1.0))
        before = safe & (times <= furthest - 12) & (states.place[:, 0] > state.place[0])
        again = jnp.where(jnp.any(before), jnp.max(jnp.where(before, times, 0)), furthest)
        return states.place[furthest, 0], jax.tree.map(lambda leaf: leaf[again], states)

    plans = jnp.array([(n, m) for n in range(0, 40) for m in (0, 3, 5, 8, 14)], jnp.int32)
    best = 0.0
    for _ in range(20):
        reached, after = jax.vmap(outcome, in_axes=(None, 0, 0))(state, *plans.T)
        if float(jnp.max(reached)) <= best:
            break
        best, plan = float(jnp.max(reached)), int(jnp.argmax(reached))
        state = jax.tree.map(lambda leaf, plan=plan: leaf[plan], after)
    return best


def test_encodings_are_drawn_up_to_the_sizes_that_are_given():
    tasks = Course(gap=4.0, stump=0.0)
    drawn = jax.vmap(tasks.encoding)(KEYS)
    assert 3.5 < np.max(drawn.gap) <= 4.0
    assert np.min(drawn.gap) < 0.5
    assert np.all(drawn.stump == 0)
    same = jax.vmap(dataclasses.replace(tasks, least=1.0).encoding)(KEYS)
    np.testing.assert_allclose(same.gap, 4.0)
    assert dataclasses.replace(tasks, episodes=2).horizon == 320


def test_sizes_have_limits():
    with pytest.raises(UserError, match=r"gap is 7.*from 0 to 6"):
        Course(gap=7.0)


def test_it_sees_what_is_ahead():
    task = course_of(only(stump=1.0), KEYS[0])
    state, seen = WORLD.reset(KEYS[0], task)
    assert np.all(seen[:10] == 0)
    edge = float(X[np.argmax(np.asarray(task.ground) > 0)])
    near = state._replace(place=jnp.array([edge - 0.6, 0.0]))
    seen = WORLD.transition((), task, near, jnp.array([0.0, -1.0])).observation
    assert seen[1] == 0.5
    assert seen[0] == 0


def test_its_scene_follows_the_body():
    """The body is near the left of what is seen, and lower while it crouches."""
    task = course_of(only(gap=3.0), KEYS[0])
    given = {
        "spacing": SPACING,
        "distance": DISTANCE,
        "episode": 1,
        "step": 3,
        "paid": 2.0,
        "name": "trained",
    }
    ground, ceiling = np.asarray(task.ground), np.asarray(course_of(only(ceiling=0.5), KEYS[0]).ceiling)
    trail = np.array([[30.0, 0.0], [30.5, 0.0]])
    low = running(ground, ceiling, trail, tall=0.5, force=0.4, **given)
    high = running(ground, ceiling, trail, tall=1.0, force=0.0, **given)
    bodies, hanging = [], []
    for scene in (low, high):
        boxes = [shape for shape in scene.shapes if isinstance(shape, Rectangle)]
        bodies += [box for box in boxes if box.fill == "agent"]
        hanging += [box for box in boxes if box.fill == "wall"]
    assert [body.height for body in bodies] == [0.5, 1.0]
    assert bodies[0].x == bodies[1].x < low.width / 2
    assert hanging
    assert all(box.width == SPACING for box in hanging)
    assert low.numbers["place"] == 30.5

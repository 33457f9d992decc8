"""The box and the four rooms in which skills are learnt: what moves, what stops, and what is told."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.errors import UserError
from prefrontal.tasks import BoxWorld, SkillTask, distribution

ROOMS = BoxWorld(door=0.3)


def moved(world, start, *actions):
    state = world.begun(jax.random.key(0))._replace(position=jnp.array(start, jnp.float32))
    for action in actions:
        state = world.after(state, jnp.array(action, jnp.float32))
    return np.asarray(state.position)


def test_the_walls_of_the_box_stop_the_point_and_it_slides_along_them():
    np.testing.assert_allclose(moved(BoxWorld(), (0.95, 0.0), (0.1, 0.1)), (1.0, 0.1), atol=1e-6)
    np.testing.assert_allclose(moved(BoxWorld(), (0.0, -0.95), (-0.1, -0.1)), (-0.1, -1.0), atol=1e-6)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("side", [-1, 1])
def test_between_rooms_a_point_passes_by_doors_only(turned, side):
    """From either side, through either wall; in front of the wall it stays on its own side."""
    turn = (lambda place: place[::-1]) if turned else (lambda place: place)
    for along, passes in ((0.5, True), (-0.4, True), (0.3, False), (0.9, False), (-0.1, False)):
        start, move = turn((side * 0.05, along)), turn((-side * 0.1, 0.0))
        across = moved(ROOMS, start, move)[int(turned)]
        if passes:
            np.testing.assert_allclose(across, -side * 0.05, atol=1e-6)
        else:
            assert abs(across) <= 2e-3
            assert (across < 0) == (side < 0)


def test_every_room_can_be_reached():
    """By a way along the doors; and a way straight to the opposite corner ends at the walls."""
    right, up = (0.1, 0.0), (0.0, 0.1)
    np.testing.assert_allclose(moved(ROOMS, (-0.5, -0.5), *[right] * 10), (0.5, -0.5), atol=1e-5)
    np.testing.assert_allclose(moved(ROOMS, (0.5, -0.5), *[up] * 10), (0.5, 0.5), atol=1e-5)
    assert np.all(moved(ROOMS, (-0.2, -0.2), *[(0.1, 0.1)] * 5) < 0)


def test_the_agent_is_told_its_skill_at_every_step_and_nothing_is_paid():
    world, task = BoxWorld(skills=3), SkillTask(jnp.array([0.0, 1.0, 0.0]))
    state, seen = world.reset(jax.random.key(0), task)
    np.testing.assert_array_equal(seen, (0, 0, 0, 1, 0))
    step = world.step(jax.random.key(0), task, state, jnp.array((0.1, -0.1)))
    np.testing.assert_allclose(step.observation, (0.1, -0.1, 0, 1, 0), atol=1e-7)
    assert step.reward == 0
    assert not step.lifetime_over


def test_skills_are_uniform():
    tasks = jax.vmap(distribution("skills-box:skills=4").sample)(jax.random.split(jax.random.key(0), 4000))
    assert np.all(np.asarray(tasks.skill).sum(axis=1) == 1)
    np.testing.assert_allclose(np.asarray(tasks.skill).mean(axis=0), 0.25, atol=4 * np.sqrt(0.1875 / 4000))


def test_a_task_that_does_not_fit_is_refused():
    with pytest.raises(UserError, match=r"skill is .*; it must be an array of shape \(8,\)"):
        BoxWorld().check_task(SkillTask(jnp.zeros(3)))
    with pytest.raises(UserError, match="skill has 2; it must be from 0 to 1"):
        BoxWorld().check_task(SkillTask(jnp.full(8, 2.0)))


@pytest.mark.parametrize(
    ("fields", "said"), [("skills=1", "skills is 1"), ("door=2", "door is 2"), ("speed=0", "speed is 0")]
)
def test_settings_out_of_range_are_refused(fields, said):
    with pytest.raises(ValueError, match=said):
        distribution(f"skills-box:{fields}")

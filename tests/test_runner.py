"""The runner: how a foot moves the body, and the best gait against all courses of finer actions."""

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.references.exact import exact
from prefrontal.tasks import DirectionRunner
from prefrontal.tasks.plane.gait import best_gait, grip
from prefrontal.tasks.plane.runner import RunnerState, RunnerTask

WORLD = DirectionRunner(strides=4, cost=0.05).environment
FORWARD, BACKWARD = (RunnerTask(jnp.float32(way), jnp.float32(0)) for way in (1, -1))


def course(world, task, actions):
    """Where the foot and the body get to, and what each action earns."""
    state, _ = world.reset(jax.random.key(0), task)
    places, rewards = [], []
    for action in np.asarray(actions, np.float32):
        step = world.step(jax.random.key(0), task, state, jnp.array(action))
        state = step.state
        places.append((*state.foot.tolist(), float(state.position)))
        rewards.append(float(step.reward))
    return np.array(places), np.array(rewards)


def test_a_foot_that_is_down_pushes_and_one_that_is_up_does_not():
    down, up = [(0, -1)] * 4, [(0, 1)] * 4
    places, rewards = course(WORLD, FORWARD, [*down, (-1, 0), (-1, 0), *up, *up, (1, 0), (1, 0)])
    np.testing.assert_allclose(places[3], [0, -1, 0], atol=1e-6)
    np.testing.assert_allclose(places[5], [-0.5, -1, 0.5], atol=1e-6)
    np.testing.assert_allclose(places[-1], [0, 1, 0.5], atol=1e-6)
    np.testing.assert_allclose(rewards[4:6], 1 - 0.05, atol=1e-6)  # as fast as the foot can
    np.testing.assert_allclose([*rewards[:4], *rewards[-2:]], -0.05, atol=1e-6)
    back = course(WORLD, BACKWARD, [*down, (-1, 0)])[1]
    np.testing.assert_allclose(back[-1], -1 - 0.05, atol=1e-6)


def test_around_a_course_half_its_area_and_along_one_and_back_nothing():
    corner = [(1, 1)] * 2
    square = [*[(-1, 0)] * 4, *[(0, -1)] * 4, *[(1, 0)] * 4, *[(0, 1)] * 4]
    places, _ = course(WORLD, FORWARD, [*corner, *square])
    np.testing.assert_allclose(places[-1][:2], places[1][:2], atol=1e-6)
    assert places[-1][2] - places[1][2] == pytest.approx(-1 / 2, abs=1e-6)  # a side is 4 strides: 1
    way = np.random.default_rng(0).uniform(-0.3, 0.3, (6, 2))
    assert course(WORLD, FORWARD, [*way, *-way[::-1]])[0][-1] == pytest.approx([0, 0, 0], abs=1e-6)


def test_the_end_of_the_reach_stops_the_foot_and_outside_d_motors_are_exchanged():
    places, rewards = course(WORLD, FORWARD, [(-1, 0.5)] * 10)
    np.testing.assert_allclose(places[-1][:2], [-1, 1], atol=1e-6)
    np.testing.assert_allclose(rewards[-1], -0.05 * 1.5, atol=1e-6)
    crossed = course(WORLD, FORWARD._replace(crossed=jnp.float32(1)), [(0.5, -1)] * 10)
    np.testing.assert_array_equal(crossed[0], places)


def test_the_body_does_not_slip_out_of_what_is_seen():
    state = RunnerState(jnp.array([0.2, -0.4]), jnp.float32(3.0), jnp.array(7))
    np.testing.assert_array_equal(WORLD.seen(state), state.foot)
    assert not WORLD.transition((), FORWARD, state, jnp.zeros(2)).episode_over
    assert WORLD.transition((), FORWARD, state._replace(time=jnp.array(49)), jnp.zeros(2)).episode_over


# --- the best gait


def best_of_all(length: int, strides: int, cost: float, parts: int) -> float:
    """The most that any course earns whose actions are multiples of 1 / `parts`."""
    ticks = np.arange(-parts, parts + 1) / parts
    actions = np.array(list(itertools.product(ticks, ticks)))
    foot, total = np.zeros((1, 2)), np.zeros(1)
    for _ in range(length):
        after = np.clip(foot[:, None] + actions / strides, -1, 1)
        earned = -grip(foot[:, None, 1], after[..., 1]) * (after[..., 0] - foot[:, None, 0]) * strides
        total = (total[:, None] + earned - cost * np.abs(actions).sum(axis=1)).ravel()
        foot = after.reshape(-1, 2)
        foot, total = merged(foot, total)
    return float(total.max())


def merged(foot, total):
    """Of all courses to the same place only the best goes on."""
    order = np.lexsort((-total, *np.round(foot, 6).T))
    foot, total = foot[order], total[order]
    new = np.ones(len(foot), bool)
    new[1:] = np.any(np.abs(np.diff(foot, axis=0)) > 1e-5, axis=1)
    return foot[new], total[new]


@pytest.mark.parametrize(
    ("length", "strides", "cost"), [(3, 1, 0.0), (12, 2, 0.05), (9, 3, 0.3), (25, 4, 0.05)]
)
@pytest.mark.parametrize("parts", [1, 3])
def test_no_course_earns_more_even_off_the_lattice(length, strides, cost, parts):
    gait = best_gait(length, strides, cost)
    assert gait.rewards.sum() == pytest.approx(best_of_all(length, strides, cost, parts), abs=1e-9)


def test_the_same_action_all_the_time_earns_little():
    """About a tenth of the optimum; so a gait is more than an action."""
    world = DirectionRunner().environment
    ticks = np.linspace(-1, 1, 41)
    actions = jnp.array(list(itertools.product(ticks, ticks)), jnp.float32)

    def earned(action):
        def step(state, _):
            return world.after(FORWARD, state, action), world.expected_reward(FORWARD, state, action)

        return jax.lax.scan(step, world.reset(jax.random.key(0), FORWARD)[0], None, 50)[1].sum()

    best = exact("oracle", DirectionRunner(episodes=1))
    assert best is not None
    assert best.total_return == pytest.approx(14.18)
    assert 0.09 < jax.jit(jax.vmap(earned))(actions).max() / best.total_return < 0.12


def test_where_moving_costs_more_than_it_earns_the_best_is_to_stand():
    assert best_gait(20, 4, 1.0).rewards.tolist() == [0.0] * 20
    assert not best_gait(20, 4, 1.0).actions[0, 4, 4].any()

"""Points in the plane: their laws, their oracles against brute force, and that nothing shows the task."""

import dataclasses
import itertools

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from prefrontal.references import reference
from prefrontal.references.exact import ExactValue, exact, exact_value, oracle_rewards
from prefrontal.rollout.live import live
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import DirectionRunner, FourCorners, Navigation, Rotation, distribution
from prefrontal.tasks.base import Environment, sample_tasks
from prefrontal.tasks.plane.corners import CornersTask
from prefrontal.tasks.plane.navigation import NavigationTask
from prefrontal.tasks.plane.point import PointState
from prefrontal.tasks.plane.rotation import RotationTask
from prefrontal.types import Percept

live_in = eqx.filter_jit(live)
MANY = 2000  # lifetimes at once, everywhere: so each program is compiled once
NAVIGATION, ROTATION, CORNERS = Navigation(episodes=2), Rotation(episodes=2), FourCorners(episodes=2)
RUNNER = DirectionRunner(episodes=2)
ALL = (NAVIGATION, ROTATION, CORNERS, RUNNER)
every = pytest.mark.parametrize("tasks", ALL, ids=lambda tasks: type(tasks).__name__)


def known(value: ExactValue | None) -> ExactValue:
    assert value is not None
    return value


def keys(count: int, split: str = "test"):
    return lifetime_keys(split, 0, jnp.arange(count))


def drawn(tasks):
    return sample_tasks(tasks, keys(MANY, "train"))


def lifetimes(name: str, tasks, of_tasks, of_keys=None):
    """Those of a reference in the given tasks, `MANY` of them."""
    life_keys = keys(MANY) if of_keys is None else of_keys
    return live_in(reference(name, tasks), tasks.environment, tasks.horizon, of_tasks, life_keys)


def at(place, time: int = 0, start=(0.0, 0.0)) -> PointState:
    return PointState(jnp.array(place, jnp.float32), jnp.array(start, jnp.float32), jnp.array(time))


# --- the laws of tasks and starts


def uniform_in(values: np.ndarray, low: float, high: float) -> bool:
    return scipy.stats.kstest((values - low) / (high - low), "uniform").pvalue > 1e-4


def test_goals_are_uniform_in_the_square_and_in_the_frame_around_it():
    x, y = np.asarray(drawn(NAVIGATION).goal)
    cells = np.histogram2d(x, y, bins=4, range=[(-0.5, 0.5)] * 2)[0]
    assert cells.sum() == MANY
    assert scipy.stats.chisquare(cells.ravel()).pvalue > 1e-4
    x, y = np.asarray(drawn(NAVIGATION.outside()).goal)
    cells = np.histogram2d(x, y, bins=4, range=[(-1, 1)] * 2)[0]
    frame = np.ones((4, 4), bool)
    frame[1:3, 1:3] = False
    assert cells[~frame].sum() == 0
    assert cells.sum() == MANY
    assert scipy.stats.chisquare(cells[frame]).pvalue > 1e-4


def test_angles_starts_corners_and_directions():
    assert uniform_in(np.asarray(drawn(ROTATION).angle), -np.pi, np.pi)
    starts = jax.vmap(ROTATION.environment.starts_at)(keys(MANY))
    assert all(uniform_in(np.asarray(one), -0.5, 0.5) for one in starts.T)
    goals = np.asarray(drawn(CORNERS).goal).T
    found, counts = np.unique(goals, axis=0, return_counts=True)
    assert {tuple(goal) for goal in found.tolist()} == {(x, y) for x in (-1.0, 1.0) for y in (-1.0, 1.0)}
    assert scipy.stats.chisquare(counts).pvalue > 1e-4
    forward = np.asarray(drawn(RUNNER).direction)
    assert set(forward) == {-1.0, 1.0}
    assert abs(forward.mean()) < 4 / np.sqrt(MANY)


@every
def test_a_lifetime_is_given_in_steps_or_in_episodes(tasks):
    one = dataclasses.replace(tasks, episodes=1)
    assert one.horizon == one.length == one.environment.episode_length
    assert type(tasks.environment).restart is Environment.restart
    with pytest.raises(ValueError, match="length is 0; it must be a whole number"):
        dataclasses.replace(tasks, length=0)


def test_what_no_distribution_has_is_refused():
    with pytest.raises(ValueError, match=r"inner is 0.5; it must be a number from 0 to 0.495"):
        Navigation(inner=0.5)
    with pytest.raises(ValueError, match=r"radius is 2.0; it must be a number from 0.001 to 1"):
        FourCorners(radius=2.0)
    with pytest.raises(ValueError, match=r"strides is 21; it must be a whole number, from 1 to 20"):
        DirectionRunner(strides=21)
    assert distribution("navigation:episodes=40").horizon == 1200


@every
def test_a_task_that_is_none_is_refused(tasks):
    wrong = jax.tree.map(lambda leaf: leaf + 9.0, tasks.sample(jax.random.key(0)))
    with pytest.raises(ValueError, match="it must be from"):
        tasks.environment.check_task(wrong)


# --- moves and rewards


def test_a_move_its_reward_and_the_end_of_an_episode():
    world, task = NAVIGATION.environment, NavigationTask(jnp.array([0.3, 0.4]))
    step = world.step(jax.random.key(0), task, at((0, 0)), jnp.array([0.1, -5.0]))
    np.testing.assert_allclose(step.observation, [0.1, -0.1], rtol=1e-6)
    np.testing.assert_allclose(step.reward, -np.hypot(0.2, 0.5), rtol=1e-6)
    assert not step.episode_over
    last = world.step(jax.random.key(0), task, at((0.3, 0.4), time=29), jnp.zeros(2))
    assert last.episode_over
    assert not last.truncated | last.lifetime_over
    assert last.reward == 0
    squared = Navigation(squared=True).environment
    np.testing.assert_allclose(squared.expected_reward(task, at((0, 0)), jnp.zeros(2)), -0.25, rtol=1e-6)


def test_an_action_is_turned_and_outside_mirrored_first():
    world = ROTATION.environment
    quarter, mirror = RotationTask(jnp.float32(np.pi / 2), jnp.float32(1)), jnp.float32(-1)
    along, across = jnp.array([0.1, 0.0]), jnp.array([0.0, 0.1])
    np.testing.assert_allclose(world.moved(quarter, along), [0, 0.1], atol=1e-7)
    np.testing.assert_allclose(world.moved(quarter, across), [-0.1, 0], atol=1e-7)
    np.testing.assert_allclose(world.moved(quarter._replace(mirror=mirror), across), [0.1, 0], atol=1e-7)
    for tasks in (ROTATION, ROTATION.outside()):
        task, way = tasks.sample(jax.random.key(3)), jnp.array([0.07, -0.02])
        np.testing.assert_allclose(world.moved(task, world.aimed(task, way)), way, atol=1e-7)
        assert np.linalg.norm(world.moved(task, way)) == pytest.approx(np.linalg.norm(way))


def test_a_corner_pays_within_its_radius():
    world, task = FourCorners(radius=0.5).environment, CornersTask(jnp.array([1.0, -1.0]))
    stays = jnp.zeros(2)
    for place, paid in (((1, -1), 1), ((0.7, -0.6), 0), ((0.7, -1), 0.4), ((1, 1), 0), ((0, 0), 0)):
        np.testing.assert_allclose(world.expected_reward(task, at(place), stays), paid, atol=1e-6)


# --- the oracle


def test_the_scale_of_the_prototype():
    """Returns of an episode of navigation: of the oracle, and of staying."""
    one = Navigation(episodes=1)
    assert known(exact("oracle", one)).total_return == pytest.approx(-0.507, abs=2e-3)
    assert known(exact("stay", one)).total_return == pytest.approx(-11.48, abs=5e-3)


@every
def test_the_oracle_earns_what_is_said_wherever_the_agent_goes(tasks):
    """In tasks of D and outside it."""
    half = [jax.tree.map(lambda leaf: leaf[..., ::2], drawn(one)) for one in (tasks, tasks.outside())]
    both = jax.tree.map(lambda one, other: jnp.concatenate([one, other], axis=-1), *half)
    best, wandering = (lifetimes(name, tasks, both) for name in ("oracle", "random"))
    np.testing.assert_allclose(best.reward, best.oracle_reward, atol=1e-6)
    np.testing.assert_array_equal(best.oracle_reward, wandering.oracle_reward)
    first, second = np.asarray(best.reward).reshape(2, tasks.length, -1)
    if tasks is not ROTATION:  # where each episode has a start of its own
        np.testing.assert_array_equal(first, second)


CASES = (
    *ALL,
    NAVIGATION.outside(),
    Navigation(squared=True, horizon=40),
    Rotation(speed=0.04, outer=0.3, horizon=20),
)


@pytest.mark.parametrize("tasks", CASES, ids=str)
def test_exact_values_are_those_of_simulation(tasks):
    """The oracle's comes with any lifetimes, for it does not depend on what is done in them."""
    lived = lifetimes("random", tasks, drawn(tasks))
    agree(lived.oracle_reward, oracle_rewards(tasks))
    if (value := exact("random", tasks)) is not None:
        assert value.regret_by_time is not None
        agree((lived.oracle_reward - lived.expected_reward).cumsum(axis=0), value.regret_by_time)
    assert known(exact("oracle", tasks)).regret == 0.0

    def stays(task, key):
        state, _ = tasks.environment.reset(key, task)
        return tasks.environment.expected_reward(task, state, jnp.zeros(2, jnp.float32))

    paid = jax.jit(jax.vmap(stays, in_axes=(-1, 0)))(drawn(tasks), keys(MANY))
    stay = known(exact("stay", tasks)).total_return / tasks.horizon
    agree(paid[None], np.array([stay]))


def agree(sampled, expected) -> None:
    """Within five standard errors at every time, for lifetimes `(T, lifetimes)`."""
    numbers = np.asarray(sampled, float)
    error = np.abs(numbers.mean(axis=1) - expected)
    assert np.all(error <= 5 * numbers.std(axis=1) / np.sqrt(numbers.shape[1]) + 2e-5)


def test_what_is_known_of_random_actions():
    known_of = {type(tasks).__name__ for tasks in (*ALL, *CASES) if exact("random", tasks) is not None}
    assert known_of == {"DirectionRunner", "Navigation"}
    assert exact("random", NAVIGATION) is None


def test_the_oracle_elsewhere_has_no_exact_value():
    assert exact_value(reference("oracle", RUNNER), dataclasses.replace(RUNNER, cost=0.0)) is None


@pytest.mark.parametrize("tasks", [NAVIGATION, ROTATION, CORNERS], ids=lambda one: type(one).__name__)
def test_no_course_is_better_than_the_oracles(tasks):
    """All courses of three actions, each of a lattice of 25."""
    world, steps = dataclasses.replace(tasks, speed=0.2, length=3).environment, 3
    ticks = 0.2 * np.linspace(-1, 1, 5)
    lattice = jnp.array(list(itertools.product(ticks, ticks)), jnp.float32)
    courses = lattice[jnp.array(list(itertools.product(range(25), repeat=steps)))]

    def earned(task, start, course):
        state, total = at(start, start=start), 0.0
        for action in course:
            total += world.expected_reward(task, state, action)
            state = world.after(task, state, action)
        return total

    every_course = jax.jit(jax.vmap(earned, in_axes=(None, None, 0)))
    for number in range(3):
        task = tasks.sample(jax.random.key(number))
        start = world.starts_at(jax.random.key(number + 10))
        oracle = sum(world.oracle_reward(task, at(start, time, start)) for time in range(steps))
        assert every_course(task, start, courses).max() <= oracle + 1e-5


@every
def test_the_oracle_must_be_told(tasks):
    seen = Percept(jnp.zeros(2), jnp.zeros(2), jnp.array(0.0), jnp.array(0), jnp.array(True))
    with pytest.raises(ValueError, match="call act_told"):
        reference("oracle", tasks).act((), seen, ())
    with pytest.raises(ValueError, match="stay is for tasks in the plane; it is not for GridWorld"):
        reference("stay", "gridworld")


# --- leaks: what shows the task, and what can be had without learning in it


@every
def test_nothing_but_reward_shows_the_task(tasks):
    """One lifetime's randomness and actions in many tasks: all percepts are alike but for the reward.

    Where the task is how actions move, the first percept of every episode is.
    """
    same = jnp.broadcast_to(keys(1)[0], (MANY,))
    lived = lifetimes("random", tasks, drawn(tasks), same)
    assert np.ptp(lived.action, axis=-1).max() == 0
    seen = lived.percept._replace(previous_reward=jnp.zeros((1, MANY)))
    spread = jax.tree.map(lambda leaf: np.ptp(np.asarray(leaf, float), axis=-1), seen)
    first = np.arange(tasks.horizon) % tasks.length == 0
    assert np.array_equal(lived.percept.episode_start[:, 0], first)
    which = first if isinstance(tasks, Rotation) else np.ones(tasks.horizon, bool)
    assert all(leaf[which].max() == 0 for leaf in (spread.observation, spread.time, spread.episode_start))
    assert spread.previous_action.max() == 0
    if tasks is not CORNERS:  # where a random course may end without a reward
        assert np.ptp(lived.reward, axis=-1).max() > 0


PLACES = np.array(list(itertools.product(np.linspace(-1.2, 1.2, 25), repeat=2)), np.float32)


def mean_rewards_at(tasks, of_tasks) -> np.ndarray:
    """For each of `PLACES`, what standing there pays, over tasks."""
    one = lambda place, task: tasks.environment.expected_reward(task, at(place), jnp.zeros(2))  # noqa: E731
    over = jax.vmap(jax.vmap(one, in_axes=(None, -1)), in_axes=(0, None))
    return np.asarray(jax.jit(over)(PLACES, of_tasks), float).mean(axis=1)


def test_without_learning_nothing_is_better_in_navigation_than_to_stay():
    """What is seen does not depend on the goal, so such a policy is a course; no place of it is better."""
    ticks = np.linspace(-0.5, 0.5, 41)
    goals = np.array(list(itertools.product(ticks, ticks)), np.float32).T
    paid = mean_rewards_at(NAVIGATION, NavigationTask(jnp.array(goals)))
    assert np.array_equal(PLACES[paid.argmax()], [0, 0])


def test_without_learning_four_corners_pay_a_quarter():
    """Wherever a course leads at a step, a quarter of what the oracle earns with it is the most."""
    paid = mean_rewards_at(CORNERS, CornersTask(jnp.array(CORNERS.goals).T))
    assert paid.max() == pytest.approx(0.25)
    assert np.abs(PLACES[paid > 0.249]).min() == pytest.approx(1.0)
    course = lifetimes("oracle", CORNERS, drawn(CORNERS)).percept.observation[1 : CORNERS.length, :, :1]
    away = [np.linalg.norm(course - np.reshape(goal, (1, 2, 1)), axis=1) for goal in CORNERS.goals]
    total = float(np.maximum(1 - np.array(away) / CORNERS.radius, 0).sum())
    oracle = known(exact("oracle", dataclasses.replace(CORNERS, horizon=CORNERS.length - 1)))
    assert total / 4 == pytest.approx(oracle.total_return / 4, rel=1e-5)


def test_without_learning_a_runner_earns_nothing():
    """The mean over both directions is minus what the action costs, in every state."""
    world = RUNNER.environment
    rng = np.random.default_rng(0)
    feet, actions = rng.uniform(-1, 1, (2, 500, 2)).astype(np.float32)
    task = RUNNER.sample(jax.random.key(0))
    state, _ = world.reset(jax.random.key(0), task)
    pays = lambda foot, action, way: world.expected_reward(  # noqa: E731
        task._replace(direction=way), state._replace(foot=foot), action
    )
    both = [jax.vmap(pays, in_axes=(0, 0, None))(feet, actions, way) for way in jnp.array([1.0, -1.0])]
    np.testing.assert_allclose(sum(both) / 2, -RUNNER.cost * np.abs(actions).sum(axis=1), atol=1e-6)


def test_a_course_of_rotated_moves_leads_no_nearer():
    angles = np.linspace(-np.pi, np.pi, 360, endpoint=False)
    rng = np.random.default_rng(0)
    for start, moves in rng.uniform(-0.5, 0.5, (50, 2, 2)):
        turned = np.stack(
            [
                np.cos(angles) * moves[0] - np.sin(angles) * moves[1],
                np.sin(angles) * moves[0] + np.cos(angles) * moves[1],
            ]
        )
        assert np.hypot(*(start[:, None] + turned)).mean() >= np.hypot(*start)


def test_a_fixed_policy_of_the_position_can_serve_all_rotations():
    """The policy of the module's docstring: the position remembers the angle. No reward is seen."""
    tasks, world = dataclasses.replace(ROTATION, horizon=30), ROTATION.environment

    def spiral(place):
        distance, angle = jnp.linalg.norm(place), jnp.arctan2(place[1], place[0])
        towards = jnp.stack([jnp.cos(7 * angle + jnp.pi), jnp.sin(7 * angle + jnp.pi)])
        return jnp.minimum(0.3 * distance, 0.1) * towards / jnp.abs(towards).max()

    def earned(key, task):
        def step(state, _):
            action = spiral(state.position)
            return world.after(task, state, action), world.expected_reward(task, state, action)

        return jax.lax.scan(step, world.reset(key, task)[0], None, 30)[1].sum()

    found = jax.jit(jax.vmap(earned, in_axes=(0, -1)))(keys(MANY), drawn(tasks))
    stay, oracle = (known(exact(name, tasks)).total_return for name in ("stay", "oracle"))
    assert 0.77 < (found.mean() - stay) / (oracle - stay) < 0.87

"""Every registered task distribution, and the toy world of the tests, through the same tests."""

import dataclasses
import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from drawn_tasks import draw, keys_of
from gymnasium import spaces
from toy_tasks import Corridor

from prefrontal.growth.unsupervised import ProposedTasks
from prefrontal.tasks import DISTRIBUTIONS

ALL = {name: make() for name, make in DISTRIBUTIONS.items()} | {
    "toy": Corridor(),
    "proposed": ProposedTasks(),
}
every = pytest.mark.parametrize("world", ALL.values(), ids=ALL.keys())
SPLITS = ("train", "test", "outside")
PLANE = ("navigation", "rotation", "four-corners", "direction-runner", "box-goals")
SKILLS = ("skills-box", "skills-rooms")
MOVING = ("two-step-2016", "two-step-2018", "tabular-mdp", "gridworld", *PLANE, *SKILLS)
MOVING += ("course", "grown", "proposed")
MAZES = (
    *("maze", "maze-new", "maze-view", "maze-view-new", "maze-view-paper"),
    *("maze-episodes", "maze-episodes-large", "maze-episodes-view", "maze-episodes-view-large"),
)
STEPS = 30


def same(one, other) -> bool:
    pairs = zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True)
    return all(np.array_equal(a, b) for a, b in pairs)


def close(one, other) -> None:
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-7), one, other)


# A compiled program of each, and not one of every operation in it: that is what takes the time.
@functools.cache
def compiled(world):
    return tuple(jax.jit(part) for part in plain(world))


def over(function):
    return jax.jit(jax.vmap(function, in_axes=-1, out_axes=-1))


def plain(world):
    return world.sample, world.environment.reset, world.environment.step


def live(parts, actions, key):
    """One lifetime of actions taken in turn: the task, the first observation and all that the steps gave."""
    sample, reset, transit = parts
    task_key, reset_key, life_key = jax.random.split(key, 3)
    task = sample(task_key)
    state, observation = reset(reset_key, task)
    steps = []
    for k, step_key in enumerate(jax.random.split(life_key, STEPS)):
        steps.append(transit(step_key, task, state, actions[k % 2]))
        fresh = steps[-1].episode_over | steps[-1].truncated
        state = reset(step_key, task)[0] if fresh else steps[-1].state
    return task, observation, steps


@functools.cache
def lived(world, number: int):
    return live(compiled(world), every_action(world), keys_of("train", number + 1)[number])


def every_action(world):
    """All that there are; of an interval both ends and some between, of a square its middle and around it."""
    space = world.environment.action_space
    if isinstance(space, spaces.Box) and space.shape:
        assert space.shape == (2,)
        places = ((1, 0.5), (-1, 1), (0, 0), (0.5, -1))
        return [jnp.array(place, jnp.float32) * space.high for place in places]
    if isinstance(space, spaces.Box):
        return list(interval(space, 5))
    return [jnp.array(action) for action in range(space.n)]


def interval(space: spaces.Box, points: int):
    assert space.shape == ()
    return jnp.linspace(space.low, space.high, points, dtype=jnp.float32)


@every
def test_a_distribution_is_frozen_and_hashable(world):
    assert hash(world) == hash(dataclasses.replace(world))
    assert world == dataclasses.replace(world)
    with pytest.raises(dataclasses.FrozenInstanceError):
        world.horizon = 3
    assert hash(world.environment) == hash(dataclasses.replace(world).environment)


@every
def test_same_key_same_lifetime(world):
    assert same(lived(world, 0), live(compiled(world), every_action(world), keys_of("train", 1)[0]))


@every
def test_different_keys_different_lifetimes(world):
    """Of the first few: where tasks are few and nothing is random, two may be alike."""
    assert any(not same(lived(world, 0), lived(world, other)) for other in range(1, 6))


@every
def test_different_keys_different_tasks(world):
    few = {"bandit-dependent-easy": 2, "bandit-dependent-medium": 2, "bandit-dependent-hard": 2}
    few |= {"bandit-informative": 9, "gridworld": 15, "maze": 30, "maze-view": 30, "maze-view-paper": 30}
    few |= {"four-corners": 4, "direction-runner": 2, **dict.fromkeys((*SKILLS, "proposed"), 8)}
    least = few | {"bandit-restless": 50, "two-step-2016": 2, "two-step-2018": 40}
    distinct = np.unique(rows(world, keys_of("train", 64)), axis=0)
    assert len(distinct) >= least.get(name_of(world), 64)


@every
def test_neither_reset_nor_step_changes_the_task(world):
    """The task is the caller's: the same arrays afterwards, and used again with the same result."""
    sample, reset, step = compiled(world)
    task = sample(jax.random.key(0))
    before = jax.tree.map(np.array, task)
    key, action = jax.random.key(1), every_action(world)[0]
    first = reset(key, task)
    step(key, task, first[0], action)
    assert same(reset(key, task), first)
    assert same(task, before)


@every
def test_jit_equals_no_jit(world):
    close(live(plain(world), every_action(world), keys_of("train", 1)[0]), lived(world, 0))


@every
def test_vmap_equals_a_loop(world):
    """Over tasks, states and actions at once, the batch axis last."""
    environment, keys = world.environment, keys_of("test", 5)
    sample, reset, move = compiled(world)
    tasks = draw(world, keys)
    states, observations = over(environment.reset)(keys, tasks)
    known = every_action(world)
    actions = jnp.stack([known[k % len(known)] for k in range(5)], axis=-1)
    steps = over(environment.step)(keys, tasks, states, actions)
    for k in range(5):
        task = sample(keys[k])
        state, observation = reset(keys[k], task)
        step = move(keys[k], task, state, actions[..., k])
        mine = jax.tree.map(lambda x, k=k: x[..., k], (tasks, observations, steps))
        close(mine, (task, observation, step))


@every
def test_a_step_is_a_transition_with_its_noise(world):
    environment, key = world.environment, jax.random.key(5)
    sample, reset, step = compiled(world)
    task = sample(jax.random.key(6))
    state, _ = reset(jax.random.key(7), task)
    action = every_action(world)[1]
    drawn = jax.jit(environment.transition)(jax.jit(environment.noise)(key), task, state, action)
    assert same(step(key, task, state, action), drawn)


@every
def test_rewards_are_in_the_declared_range_and_among_the_declared_values(world):
    environment = world.environment
    low, high = environment.reward_range
    rewards = np.array([step.reward for k in range(2) for step in lived(world, k)[2]])
    assert np.all((rewards >= low - 1e-6) & (rewards <= high + 1e-6))
    if environment.reward_values is None:
        return
    values = np.array(environment.reward_values)
    assert list(values) == sorted(set(values))
    assert (low, high) == (values[0], values[-1])
    assert np.all(np.abs(rewards[:, None] - values).min(1) < 1e-6)


@every
def test_observations_are_in_the_observation_space(world):
    space = world.environment.observation_space
    _, first, steps = lived(world, 0)
    for observation in [first, *(step.observation for step in steps)]:
        assert space.contains(np.asarray(observation, space.dtype))


@every
def test_actions_are_a_gymnasium_space(world):
    space = world.environment.action_space
    if isinstance(space, spaces.Box):
        assert np.issubdtype(space.dtype, np.floating)
        assert space.is_bounded()
    else:
        assert isinstance(space, spaces.Discrete)
        assert space.n >= 2
        assert space.start == 0


@every
def test_flags_are_single_truths_and_rewards_single_numbers(world):
    for step in lived(world, 0)[2]:
        for flag in (step.episode_over, step.truncated, step.lifetime_over):
            assert (flag.shape, flag.dtype) == ((), bool)
        assert (step.reward.shape, step.reward.dtype) == ((), jnp.float32)
        assert world.environment.restarts or not (step.episode_over | step.truncated)


@every
def test_the_expected_reward_is_the_mean_of_sampled_rewards(world):
    """Within four standard errors, for every action, from the first state and from one reached later."""
    environment, draws = world.environment, 10_000
    task, _, steps = lived(world, 0)
    keys = jax.random.split(jax.random.key(2), draws)
    sampled = jax.jit(jax.vmap(lambda *all: environment.step(*all).reward, in_axes=(0, None, None, None)))
    expected_of = jax.jit(environment.expected_reward)
    for state in (steps[0].state, steps[STEPS // 2].state):
        for action in every_action(world):
            reward = np.asarray(sampled(keys, task, state, action), np.float64)
            expected = expected_of(task, state, action)
            if expected is None:  # the task does not know it
                continue
            assert abs(reward.mean() - expected) <= 4 * reward.std() / np.sqrt(draws) + 1e-6


@every
def test_the_oracle_earns_the_best_action_of_the_moment(world):
    if name_of(world) in MOVING:
        pytest.skip("its actions decide where the agent is next; its own tests say what the oracle earns")
    environment, known = world.environment, every_action(world)
    nearly = 1e-6 * isinstance(environment.action_space, spaces.Box)
    if nearly:
        known = interval(environment.action_space, 2001)  # so many that the best is among them, or nearly
    pays = jax.jit(jax.vmap(environment.expected_reward, in_axes=(None, None, 0)))
    earns = jax.jit(environment.oracle_reward)
    for number in range(2):
        task, _, steps = lived(world, number)
        for step in steps[::7]:
            paid = pays(task, step.state, jnp.stack(list(known)))
            if paid is None:
                continue
            best, oracle = paid.max(), earns(task, step.state)
            np.testing.assert_allclose(oracle, best, rtol=1e-6, atol=nearly)


@every
def test_the_task_does_not_leak_into_the_observation(world):
    """The same start looks the same in every task."""
    if name_of(world) in MAZES:
        pytest.skip("a start is in a place of the task; its own tests say what is seen from a place")
    if name_of(world) in SKILLS:
        pytest.skip("the task is the skill, which the agent is told")
    if name_of(world) in ("course", "grown"):
        pytest.skip("the agent sees the course ahead, which is the task")
    tasks = draw(world, keys_of("train", 64))
    reset = jax.jit(jax.vmap(world.environment.reset, in_axes=(None, -1), out_axes=-1))
    _, observations = reset(jax.random.key(0), tasks)
    assert np.all(np.ptp(np.asarray(observations), axis=-1) == 0)


@every
def test_outside_is_another_distribution_with_the_same_horizon(world):
    outside = world.outside()
    assert outside != world
    assert outside.horizon == world.horizon
    assert outside.environment.action_space == world.environment.action_space
    keys = keys_of("outside", 64)
    assert not same(draw(outside, keys), draw(world, keys))


@every
def test_streams_of_tasks_are_disjoint(world):
    """Where tasks are drawn from a continuum, none comes twice; where not, no two streams are alike."""
    streams = [rows(world, keys_of(split, 200, seed)) for split in SPLITS for seed in (0, 1)]
    drawn_from_a_continuum = ("bandit-independent", "bandit-dependent-uniform", "bandit-continuous", "toy")
    if name_of(world) in (*drawn_from_a_continuum, "tabular-mdp", "navigation", "box-goals", "rotation"):
        assert len(np.unique(np.concatenate(streams), axis=0)) == 200 * len(streams)
    assert all(not np.array_equal(a, b) for i, a in enumerate(streams) for b in streams[:i])


@every
def test_the_horizon_can_be_changed(world):
    longer = dataclasses.replace(world, horizon=world.horizon + 1)
    assert longer.horizon == world.horizon + 1
    assert longer.environment == world.environment


def rows(world, keys) -> np.ndarray:
    """Each task as one row of numbers."""
    leaves = jax.tree.leaves(draw(world, keys))
    return np.concatenate([np.asarray(leaf).reshape(-1, len(keys)) for leaf in leaves]).T


def name_of(world) -> str:
    return next(name for name, known in ALL.items() if known == world)

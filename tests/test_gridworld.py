"""The grid with a hidden goal: its law, and its exact optimum against a slow search through beliefs."""

import dataclasses
import functools
from fractions import Fraction

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.stats

from prefrontal.references import reference
from prefrontal.references.exact import ExactValue, exact, exact_value
from prefrontal.references.gridworld.walk import best_walk, walk_rewards
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import HiddenGoal, distribution
from prefrontal.tasks.base import sample_tasks
from prefrontal.tasks.gridworld import MOVES, GridState, GridTask

GRID = HiddenGoal()
roll = eqx.filter_jit(rollout)


def known(value: ExactValue | None) -> ExactValue:
    assert value is not None
    return value


def keys(count: int):
    return lifetime_keys("test", 0, jnp.arange(count))


def test_goals_are_any_cells_away_from_the_start():
    goals = np.asarray(sample_tasks(GRID, keys(4200)).goal).T
    assert len(GRID.goals) == 21
    assert not {(4, 0), (3, 0), (3, 1), (4, 1)} & set(GRID.goals)
    cells, counts = np.unique(goals, axis=0, return_counts=True)
    assert {tuple(cell) for cell in cells.tolist()} == set(GRID.goals)
    assert scipy.stats.chisquare(counts).pvalue > 1e-4
    assert len(HiddenGoal(clear=0).goals) == 24
    assert distribution("gridworld:episodes=2") == HiddenGoal(horizon=30)
    with pytest.raises(ValueError, match="clear is 4; it must be a whole number, from 0 to 3"):
        HiddenGoal(clear=4)


def test_moves_rewards_and_ends():
    world, task = GRID.environment, GridTask(jnp.array([4, 2]))
    state, _ = world.reset(jax.random.key(0), task)
    seen = []
    for action in (2, 2, 0, 2, 3, 4, 4, 4, 4, 1):  # east twice, stay, east, south, west four times, north
        step = world.step(jax.random.key(1), task, state, jnp.array(action))
        state = step.state
        seen.append((*state.position.tolist(), round(float(step.reward), 3)))
    assert seen == [
        (4, 1, -0.1), (4, 2, 1.0), (4, 2, 1.0), (4, 3, -0.1), (4, 3, -0.1),
        (4, 2, 1.0), (4, 1, -0.1), (4, 0, -0.1), (4, 0, -0.1), (3, 0, -0.1),
    ]  # fmt: skip
    last = world.step(jax.random.key(1), task, GridState(state.position, jnp.array(14)), jnp.array(0))
    assert last.episode_over
    assert not last.lifetime_over


def test_what_is_seen_does_not_depend_on_the_goal():
    """The same actions in all tasks: a goal leaks through rewards alone."""
    world, tasks = GRID.environment, sample_tasks(GRID, keys(64))
    states, first = jax.vmap(world.reset, in_axes=(None, -1), out_axes=-1)(jax.random.key(0), tasks)
    seen = [first]
    for action in (1, 2, 1, 2, 2, 3):
        go = lambda task, state, action=action: world.transition((), task, state, jnp.array(action))  # noqa: E731
        step = jax.vmap(go, in_axes=-1, out_axes=-1)(tasks, states)
        states = step.state
        seen.append(step.observation)
    assert np.all(np.ptp(np.stack(seen), axis=-1) == 0)


# --- the optimum


def test_the_optimum_is_the_known_one():
    """In the first episode 4.000; later as much as if the goal were known (both are upper bounds)."""
    value = known(exact("bayes-optimal", GRID))
    assert value.total_return == pytest.approx(4 + 3 * (11 + 1 / 14), abs=1e-9)
    np.testing.assert_allclose(
        walk_rewards(GRID).reshape(4, 15).sum(axis=1), [4.0, *[11 + 1 / 14] * 3], rtol=1e-9
    )
    # No more than one goal is met at a step, and none with the first, which is beside the start.
    found = [16.1 - 1.1 * step for step in range(2, 16)]
    assert (sum(found) - 1.5 * 7) / 21 == pytest.approx(4.0)
    knowing = [16.1 - 1.1 * (4 - row + column) for row, column in GRID.goals]
    assert np.mean(knowing) == pytest.approx(11 + 1 / 14)
    assert value.regret == pytest.approx(4 * np.mean(knowing) - value.total_return)


def best_by_beliefs(tasks: HiddenGoal) -> Fraction:
    """Bellman's equation over what may still be the goal, in fractions: no policy has a higher return."""
    reward, cost = Fraction(tasks.reward), Fraction(tasks.cost).limit_denominator(100)
    last, start = tasks.size - 1, tasks.environment.start

    @functools.cache
    def value(time: int, cell, possible: frozenset) -> Fraction:
        if time == tasks.horizon:
            return Fraction(0)
        if time % tasks.length == 0:
            cell = start
        options = []
        for down, across in MOVES:
            there = (min(max(cell[0] + down, 0), last), min(max(cell[1] + across, 0), last))
            chance = Fraction(there in possible, len(possible))
            worth = Fraction(0)
            if chance > 0:
                worth += chance * (reward + value(time + 1, there, frozenset({there})))
            if chance < 1:
                worth += (1 - chance) * (value(time + 1, there, possible - {there}) - cost)
            options.append(worth)
        return max(options)

    return value(0, start, frozenset(tasks.goals))


@pytest.mark.parametrize(
    "tasks",
    [
        HiddenGoal(size=3, length=4, episodes=2),
        HiddenGoal(size=3, length=5, episodes=3, clear=0),
        HiddenGoal(size=3, length=3, episodes=3, reward=2.0, cost=0.5),
        HiddenGoal(size=3, length=4, horizon=7),
        HiddenGoal(size=4, length=3, episodes=2),
    ],
    ids=str,
)
def test_the_best_walk_is_the_best_of_all_policies(tasks):
    assert walk_rewards(tasks).sum() == pytest.approx(float(best_by_beliefs(tasks)), abs=1e-9)


@pytest.mark.parametrize("tasks", [GRID, HiddenGoal(size=3, length=4, episodes=3, clear=0)], ids=str)
def test_the_policy_earns_it_in_the_rollout(tasks):
    """In lifetimes where every goal comes, so that the mean is exact."""
    drawn, lifetimes = roll(reference("bayes-optimal", tasks), tasks, keys(300))
    goals, rewards = np.asarray(drawn.goal), np.asarray(lifetimes.reward)
    by_goal = [rewards[:, (goals[0] == row) & (goals[1] == column)] for row, column in tasks.goals]
    assert all(len(one.T) and np.all(np.ptp(one, axis=1) == 0) for one in by_goal)
    mean = np.mean([one[:, 0] for one in by_goal], axis=0)
    np.testing.assert_allclose(mean, walk_rewards(tasks), atol=1e-5)


def test_where_the_search_is_too_long_no_optimum_is_known(monkeypatch):
    monkeypatch.setattr("prefrontal.references.gridworld.walk.MOST_STATES", 10)
    with pytest.raises(ValueError, match="no exact Bayes-optimal policy is known for HiddenGoal"):
        best_walk(HiddenGoal(size=6, length=14, episodes=3))


def test_the_optimum_elsewhere_is_not_its_value():
    assert exact_value(reference("bayes-optimal", GRID), GRID.outside()) is None


def test_another_walk_is_not_the_optimum():
    tasks = HiddenGoal(size=3, length=4, horizon=7)
    best = reference("bayes-optimal", tasks)
    assert exact_value(best, tasks) is not None
    assert exact_value(dataclasses.replace(best, actions=best.actions[::-1]), tasks) is None


def test_a_long_lifetime_is_as_many_short_ones():
    """Random moves earn the same in every episode; a goal is known from the first walk on."""
    short, long = dataclasses.replace(GRID, horizon=50), dataclasses.replace(GRID, horizon=100_000)
    mean = known(exact("random", long)).regret_by_time
    first = known(exact("random", dataclasses.replace(GRID, horizon=15))).regret_by_time
    assert mean is not None
    assert first is not None
    np.testing.assert_allclose(np.diff(mean)[:14], np.diff(first))
    np.testing.assert_allclose(np.diff(mean)[15 * 6000 : 15 * 6000 + 14], np.diff(first))
    best = known(exact("bayes-optimal", long))
    assert best.regret == pytest.approx(known(exact("bayes-optimal", short)).regret)


@pytest.mark.parametrize("tasks", [GRID, HiddenGoal(size=3, length=4, horizon=7)], ids=str)
def test_random_moves_earn_what_is_said(tasks):
    value = known(exact("random", tasks))
    _, lifetimes = roll(reference("random", tasks), tasks, keys(3000))
    assert lifetimes.expected_reward is not None
    assert lifetimes.oracle_reward is not None
    regret = np.asarray(lifetimes.oracle_reward - lifetimes.expected_reward, float).cumsum(axis=0)
    error = np.abs(regret.mean(axis=1) - value.regret_by_time)
    assert np.all(error <= 5 * regret.std(axis=1) / np.sqrt(3000) + 1e-4)


def test_the_oracle_does_not_depend_on_where_the_agent_is():
    world, task = GRID.environment, GridTask(jnp.array([2, 2]))
    for time, earned in ((0, -0.1), (2, -0.1), (3, 1.0), (14, 1.0)):
        at = [
            world.oracle_reward(task, GridState(jnp.array(cell), jnp.array(time)))
            for cell in ((4, 0), (2, 2))
        ]
        assert at[0] == at[1] == pytest.approx(earned)
    assert dataclasses.replace(GRID, cost=0.0).environment.reward_range == (0.0, 1.0)

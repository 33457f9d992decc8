"""Mazes of two episodes: costs, what is carried from one episode to the next, and the end of the lifetime."""

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.references import reference
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import MazeEpisodes, MazeTask, NewMazeEpisodes, distribution
from prefrontal.tasks.mazes.episodes import EpisodeState
from prefrontal.tasks.mazes.layouts import cells_to, layout
from prefrontal.tasks.mazes.maze import MazeGrid, MazeState

NORTH, EAST, SOUTH, WEST = range(4)
WALLS = layout("##### #...# #.#.# #.### #####")


def test_steps_cost_and_the_last_arrival_ends_the_lifetime():
    goal = jnp.array([1, 3])
    task = MazeTask(jnp.asarray(WALLS), goal, cells_to(jnp.asarray(WALLS), goal))
    world = MazeEpisodes(MazeGrid(5, 5))
    state, lived = EpisodeState(MazeState(jnp.array([1, 1]), jnp.array(0)), jnp.array(0)), []
    for action in (NORTH, EAST, EAST):
        step = world.transition((), task, state, jnp.array(action))
        state = step.state
        lived.append((float(step.reward), bool(step.episode_over), bool(step.lifetime_over)))
    cheap, bumped, paid = -0.04, -0.041, 0.96
    np.testing.assert_allclose([one[0] for one in lived], [bumped, cheap, paid], rtol=1e-5)
    assert [one[1:] for one in lived] == [(False, False), (False, False), (True, False)]
    again, _ = world.restart(jax.random.key(0), task, state)
    assert again.episode == 1
    near = EpisodeState(MazeState(jnp.array([1, 2]), jnp.array(0)), again.episode)
    step = world.transition((), task, near, jnp.array(EAST))
    assert step.episode_over
    assert step.lifetime_over
    assert world.reset(jax.random.key(0), task)[0].episode == 0


def test_the_shortest_way_twice_and_then_no_more():
    tasks = NewMazeEpisodes(horizon=40, size=5, opened=1)
    assert distribution("maze-episodes-large").horizon == 500
    drawn, lives = eqx.filter_jit(rollout)(
        reference("shortest-path", tasks), tasks, lifetime_keys("test", 0, jnp.arange(64)), states=True
    )
    over, alive = np.asarray(lives.episode_over), np.asarray(lives.alive)
    assert (over.sum(axis=0) == 2).all()
    steps = alive.sum(axis=0)
    np.testing.assert_allclose(np.asarray(lives.reward).sum(axis=0), 2 - 0.04 * steps, rtol=1e-4)
    # The last step lived is the second arrival, and the lengths are those of the shortest ways.
    assert all(over[alive[:, life], life][-1] for life in range(64))
    starts = np.asarray(lives.percept.episode_start) & alive
    ways = np.asarray(drawn.steps)
    for life in range(64):
        rows, columns = np.asarray(lives.state.place.position)[:, :, life][starts[:, life]].T
        assert ways[0, rows, columns, life].sum() == steps[life]


@pytest.mark.parametrize("name", ["maze-episodes", "maze-episodes-view"])
def test_what_is_seen_and_done_is_that_of_the_maze(name):
    tasks = distribution(name)
    world = tasks.environment
    assert world.observation_space == world.maze.observation_space
    assert tasks.outside().environment == world
    assert (world.episodes, world.cost, world.bump) == (2, 0.04, 0.001)

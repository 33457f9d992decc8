"""Mazes: layouts, shortest ways, arrivals and new starts, and what is seen, against plain definitions."""

import collections

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from prefrontal.agents import AgentSettings
from prefrontal.evaluation import evaluate
from prefrontal.memory import MEMORIES
from prefrontal.references import reference
from prefrontal.rollout.live import rollout
from prefrontal.streams import lifetime_keys
from prefrontal.tasks import Maze, MazeInView, MazeTask, NewMaze, distribution
from prefrontal.tasks.base import sample_tasks
from prefrontal.tasks.mazes.layouts import (
    FAR,
    LAYOUT,
    MOVES,
    cells_to,
    layout,
    most_opened,
    random_layout,
    turns_and_cells_to,
)
from prefrontal.tasks.mazes.maze import MazeGrid, MazeState
from prefrontal.tasks.mazes.view import AHEAD, LEFT, RIGHT, MazeView
from prefrontal.types import Percept

NORTH, EAST, SOUTH, WEST = range(4)
SMALL = layout("##### #...# #.#.# #.### #####")
FIXED = layout(LAYOUT)
roll = eqx.filter_jit(rollout)


def keys_of(count: int, seed: int = 0):
    return lifetime_keys("test", seed, jnp.arange(count))


def task_of(walls, goal) -> MazeTask:
    walls, goal = jnp.asarray(walls), jnp.asarray(goal)
    return MazeTask(walls, goal, cells_to(walls, goal))


def queue_search(walls: np.ndarray, goal, onwards) -> dict:
    """Breadth first from the goal with a queue: the distance of every state that leads there.

    `onwards` are the states one step *before* a state.
    """
    found = dict.fromkeys(goal, 0)
    queue = collections.deque(goal)
    while queue:
        state = queue.popleft()
        for before in onwards(walls, state):
            if before not in found:
                found[before] = found[state] + 1
                queue.append(before)
    return found


def neighbours(walls, cell):
    for down, across in MOVES:
        other = (cell[0] + down, cell[1] + across)
        if not walls[other]:
            yield other


def before_turning_or_moving(walls, state):
    heading, row, column = state
    yield ((heading + 1) % 4, row, column)
    yield ((heading - 1) % 4, row, column)
    behind = (row - MOVES[heading][0], column - MOVES[heading][1])
    if not walls[behind]:
        yield (heading, *behind)


def some_layouts():
    made = jax.vmap(lambda key: random_layout(key, 9, 3))(jax.random.split(jax.random.key(0), 3))
    return [SMALL, FIXED, *np.asarray(made)]


@pytest.mark.parametrize("number", range(5))
def test_steps_are_those_of_a_plain_search_with_a_queue(number):
    walls = some_layouts()[number]
    goal = tuple(int(x) for x in np.argwhere(~walls)[number])
    cells = np.asarray(cells_to(jnp.asarray(walls), jnp.array(goal)))
    turns = np.asarray(turns_and_cells_to(jnp.asarray(walls), jnp.array(goal)))
    expected = np.full((1, *walls.shape), FAR)
    for cell, steps in queue_search(walls, [goal], neighbours).items():
        expected[0, *cell] = steps
    np.testing.assert_array_equal(cells, expected)
    expected = np.full((4, *walls.shape), FAR)
    for state, steps in queue_search(walls, [(h, *goal) for h in range(4)], before_turning_or_moving).items():
        expected[state] = steps
    np.testing.assert_array_equal(turns, expected)


def joined(walls: np.ndarray) -> bool:
    start = tuple(np.argwhere(~walls)[0])
    return len(queue_search(walls, [start], neighbours)) == (~walls).sum()


@pytest.mark.parametrize(("size", "opened"), [(5, 0), (7, 1), (9, 3)])
def test_every_layout_is_joined_and_has_the_declared_passages(size, opened):
    make = jax.jit(jax.vmap(lambda key: random_layout(key, size, opened)))
    layouts = np.asarray(make(jax.random.split(jax.random.key(size), 50)))
    nodes = (size // 2) ** 2
    assert opened <= most_opened(size)
    for walls in layouts:
        assert joined(walls)
        assert (~walls).sum() == nodes + nodes - 1 + opened
        assert walls[0].all() and walls[-1].all() and walls[:, 0].all() and walls[:, -1].all()  # noqa: PT018
    assert len(np.unique(layouts, axis=0)) > {5: 3, 7: 40, 9: 49}[size]


def test_the_fixed_layout_is_joined_and_has_ways_round():
    """More passages than a tree of as many cells has."""
    assert joined(FIXED)
    free = ~FIXED
    passages = (free[1:] & free[:-1]).sum() + (free[:, 1:] & free[:, :-1]).sum()
    assert passages >= free.sum() + 2


def test_with_every_wall_opened_there_is_one_layout():
    walls = random_layout(jax.random.key(3), 7, most_opened(7))
    pillars = np.zeros((7, 7), bool)
    pillars[2:-1:2, 2:-1:2] = True
    np.testing.assert_array_equal(np.asarray(walls)[1:-1, 1:-1], pillars[1:-1, 1:-1])


def test_a_drawing_must_be_walled_in():
    with pytest.raises(ValueError, match="with # all around"):
        layout("### #.. ###")
    with pytest.raises(ValueError, match="with # all around"):
        Maze(drawing="### #x# ###")


def test_goals_are_drawn_from_all_free_cells_alike():
    goals = np.asarray(sample_tasks(Maze(), keys_of(5200)).goal)
    counts = np.zeros(FIXED.shape)
    np.add.at(counts, (goals[0], goals[1]), 1)
    assert counts[FIXED].sum() == 0
    counts = counts[~FIXED]
    assert ((counts - 100) ** 2 / 100).sum() < len(counts) + 5 * np.sqrt(2 * len(counts))


def test_starts_are_all_free_cells_but_the_goal_alike():
    task = task_of(SMALL, (1, 3))
    world = MazeGrid(*SMALL.shape)
    place = jax.vmap(lambda key: world.reset(key, task)[0].position)
    starts = place(jax.random.split(jax.random.key(0), 2500))
    cells, counts = np.unique(np.asarray(starts), axis=0, return_counts=True)
    assert cells.tolist() == [[1, 1], [1, 2], [2, 1], [2, 3], [3, 1]]
    assert np.abs(counts - 500).max() < 5 * np.sqrt(400)


def test_moves_and_walls_and_the_goal():
    task, world = task_of(SMALL, (1, 3)), MazeGrid(*SMALL.shape, reward=10.0)
    state = MazeState(jnp.array([2, 1]), jnp.array(0))
    walked = []
    for action in (WEST, EAST, SOUTH, NORTH, NORTH, NORTH, EAST, EAST):
        step = world.transition((), task, state, jnp.array(action))
        state = step.state
        walked.append((*state.position.tolist(), float(step.reward), bool(step.episode_over)))
        assert not step.truncated | step.lifetime_over
    at = [(2, 1), (2, 1), (3, 1), (2, 1), (1, 1), (1, 1), (1, 2)]
    assert walked == [(*cell, 0.0, False) for cell in at] + [(1, 3, 10.0, True)]


def test_what_is_seen_is_the_place_the_walls_around_and_the_goal_beside():
    task, world = task_of(SMALL, (1, 3)), MazeGrid(*SMALL.shape)
    far = np.asarray(world.observe(task, MazeState(jnp.array([2, 1]), jnp.array(0))))
    assert far[:10].tolist() == [0, 0, 1, 0, 0, 0, 1, 0, 0, 0]
    assert far[10:18].tolist() == [1, 0, 0, 1, 1, 1, 0, 1]  # north-west first, row by row
    assert far[18:].tolist() == [0] * 8
    beside = np.asarray(world.observe(task, MazeState(jnp.array([1, 2]), jnp.array(0))))
    assert beside[18:].tolist() == [0, 0, 0, 0, 1, 0, 0, 0]


def test_the_goal_is_not_seen_from_afar():
    """In the same place of the same layout all that differs is a goal in one of the cells around."""
    world = MazeGrid(*FIXED.shape)
    state = MazeState(jnp.array([5, 5]), jnp.array(0))
    cells = np.argwhere(~FIXED)
    tasks = [task_of(FIXED, cell) for cell in cells]
    seen = np.stack([np.asarray(world.observe(task, state)) for task in tasks])
    near = np.abs(cells - np.array([[5, 5]])).max(axis=1) <= 1
    assert (seen[~near] == seen[~near][:1]).all()
    assert len(np.unique(seen, axis=0)) == near.sum()  # one's own cell, a goal by law never, looks as afar


@pytest.mark.parametrize("make", [Maze, NewMaze, MazeInView])
def test_the_shortest_path_takes_the_steps_of_the_search(make):
    """Each way to the goal is as long as the shortest one from its start, and a new start follows it."""
    tasks = make(horizon=60)
    records = evaluate(reference("shortest-path", tasks), tasks, lifetimes=40, keep=("state",))
    over, position, heading = records.episode_over, records.state["position"], records.state["heading"]
    arrivals = 0
    for life in range(40):
        start = 0
        for end in np.flatnonzero(over[life]):
            row, column = position[life, start]
            assert end + 1 - start == records.task["steps"][life, heading[life, start], row, column]
            arrivals, start = arrivals + 1, end + 1
    assert arrivals > 100
    np.testing.assert_array_equal(records.reward, over.astype(np.float32))


def test_shortest_path_is_for_mazes_and_needs_to_be_told():
    with pytest.raises(ValueError, match="is for mazes; it is not for BernoulliBandit"):
        reference("shortest-path", distribution("bandit-independent"))
    oracle = reference("shortest-path", Maze())
    given = Percept(jnp.zeros(3), jnp.array(0), jnp.array(0.0), jnp.array(0), jnp.array(False))
    with pytest.raises(ValueError, match="call act_told"):
        oracle.act((), given, ())


def test_random_choice_walks_but_arrives_seldom():
    records = evaluate(reference("random", Maze()), Maze(), lifetimes=200)
    assert 0.3 < records.total_return.mean() < 4


def test_episodes_differ_in_length_and_memory_is_told_of_their_starts():
    tasks = NewMaze(horizon=60, size=5, opened=1)
    _, lives = roll(reference("random", tasks), tasks, keys_of(32))
    starts, over = np.asarray(lives.percept.episode_start), np.asarray(lives.episode_over)
    np.testing.assert_array_equal(starts[1:], over[:-1])
    lengths = np.diff(np.flatnonzero(over.T.reshape(-1)))
    assert len(np.unique(lengths)) > 10
    assert not np.asarray(lives.truncated).any()
    assert np.asarray(lives.alive).all()
    continues = np.asarray(lives.continues)
    assert (continues[:-1] == 1).all()  # the world goes on after an arrival
    assert (continues[-1] == 0).all()


@pytest.mark.parametrize("memory", ["lstm", "none"])
def test_replay_equals_rollout(memory):
    tasks = NewMaze(horizon=40, size=5, opened=1)
    settings = AgentSettings(memory=MEMORIES.make(memory, units=8))
    agent = settings.build(tasks.environment, tasks.horizon, key=jax.random.key(1))
    _, lives = roll(agent, tasks, keys_of(8))
    assert np.asarray(lives.episode_over).sum() > 4
    again = agent.replay(lives._replace(residuals=None)), agent.recall(lives)
    chosen = [one.log_probability(lives.action) for one in again]
    np.testing.assert_allclose(chosen[0], chosen[1], rtol=1e-4, atol=1e-5)
    memory_now, acted = agent.initial_memory(), []
    for step in range(40):
        percept = jax.tree.map(lambda leaf, step=step: leaf[step, ..., 0], lives.percept)
        memory_now, output, _ = agent.memory.step(memory_now, agent.encoder(percept))
        acted.append(jax.nn.log_softmax(agent.policy.numbers(output))[lives.action[step, 0]])
    np.testing.assert_allclose(chosen[0][:, 0], np.array(acted), rtol=1e-4, atol=1e-5)


def test_turning_and_moving_ahead_in_first_person():
    walls, goal = jnp.asarray(SMALL), jnp.array([3, 1])
    task, world = MazeTask(walls, goal, turns_and_cells_to(walls, goal)), MazeView()
    state = MazeState(jnp.array([1, 3]), jnp.array(NORTH))
    walked = []
    for action in (AHEAD, RIGHT, LEFT, LEFT, AHEAD, AHEAD, LEFT, AHEAD, AHEAD):
        step = world.transition((), task, state, jnp.array(action))
        state = step.state
        walked.append((*state.position.tolist(), int(state.heading), float(step.reward)))
    turns = [(1, 3, NORTH, 0), (1, 3, EAST, 0), (1, 3, NORTH, 0), (1, 3, WEST, 0)]
    moves = [(1, 2, WEST, 0), (1, 1, WEST, 0), (1, 1, SOUTH, 0), (2, 1, SOUTH, 0), (3, 1, SOUTH, 1)]
    assert walked == turns + moves


def test_the_picture_shows_the_goal_from_near_and_places_differ():
    """One cell before the goal it is seen, from farther than `seen_from` the picture is as without it."""
    world, heading = MazeView(seen_from=1.0), jnp.array(SOUTH)
    look = jax.jit(lambda goal, place: world.observe(task_of(SMALL, goal), MazeState(place, heading)))
    near, far, elsewhere = jnp.array([2, 1]), jnp.array([1, 1]), jnp.array([2, 3])
    goal, other = jnp.array([3, 1]), jnp.array([1, 3])
    assert np.any(look(goal, near) != look(other, near))
    np.testing.assert_array_equal(look(goal, far), look(jnp.array([2, 3]), far))
    assert np.any(look(goal, elsewhere) != look(goal, far))


def test_errors_name_the_value():
    with pytest.raises(ValueError, match="size is 8; it must be odd"):
        NewMaze(size=8)
    with pytest.raises(ValueError, match="opened"):
        NewMaze(size=5, opened=2)
    with pytest.raises(ValueError, match=r"opened is -1; it must be a whole number, from 0 to 2304$"):
        NewMaze(opened=-1)


def test_a_size_that_is_too_small_for_what_opened_is_by_itself():
    """The person who gave the size has not heard of `opened`: both ways out are named, and both work."""
    said = (
        "size is 5 and opened is 3; of the walls of such mazes at most 1 can be opened: give opened too, "
        "from 0 to 1, or a size of at least 7"
    )
    with pytest.raises(ValueError, match=f"^{said}$"):
        distribution("maze-new:size=5")
    assert distribution("maze-new:size=5,opened=1") == NewMaze(size=5, opened=1)
    assert distribution("maze-new:size=7") == NewMaze(size=7)

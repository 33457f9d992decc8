"""One-shot navigation: a goal is found once, and then repeatedly (Wang et al. 2016, section 3.2.3).

After the random-goal maze of Mirowski et al. 2016. The goal is drawn with the task and stays for the
lifetime. An agent that reaches it is paid, and the next episode begins at a random cell of the same maze. On
the first journey the agent has to search, because it sees the goal only from a neighbouring cell. On later
journeys it can take the shortest way.

In the *grid view* a step is a move to one of the four neighbouring cells, and the agent sees its own place
and the cells around it.
"""

import abc
import dataclasses
from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Bool, Float, Int, Shaped

from prefrontal.actions import choices_of
from prefrontal.checks import check_integer, settle
from prefrontal.errors import UserError
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.tasks.mazes.layouts import (
    FAR,
    LAYOUT,
    MOVES,
    cells_to,
    layout,
    most_opened,
    random_layout,
)
from prefrontal.types import RandomKey, Step, Task

_LARGEST = 99  # cells, of a new maze, walls included


class MazeTask(NamedTuple):
    walls: Bool[Array, "height width"]
    goal: Int[Array, "2"]  # row and column
    # To the goal, by heading where there is a heading: for a reference; no agent sees it.
    steps: Int[Array, "headings height width"]


class MazeState(NamedTuple):
    position: Int[Array, "2"]  # row and column
    heading: Int[Array, ""]  # 0 north, 1 east, 2 south, 3 west; always 0 in the grid view


class MazeWorld(Environment):
    """A maze with any kind of view. Arriving pays `reward` and ends the episode; the lifetime goes on."""

    reward: float

    @property
    def size(self) -> tuple[int | str, int | str]:
        """The height and the width of its mazes in cells, or words if they may have any size."""
        return ("height", "width")

    @abc.abstractmethod
    def steps_to(self, walls: Bool[Array, "h w"], goal: Int[Array, "2"]) -> Int[Array, "headings h w"]:
        """The length of the shortest way from every place."""

    @abc.abstractmethod
    def moved(self, task: MazeTask, state: MazeState, action: Int[Array, ""]) -> MazeState:
        """The place that an action leads to. Walls stop the move."""

    @abc.abstractmethod
    def observe(self, task: MazeTask, state: MazeState) -> Shaped[Array, "*observation"]: ...

    @property
    def reward_range(self) -> tuple[float, float]:
        return (0.0, self.reward)

    @property
    def reward_values(self) -> tuple[float, ...]:
        return (0.0, self.reward)

    def check_task(self, task: Task) -> None:
        check_field(self, task, "walls", self.size, 0, 1)
        height, width = jnp.shape(task.walls)[:2]
        check_field(self, task, "goal", (2,), 0, max(height, width) - 1)
        check_field(self, task, "steps", ("headings", height, width), 0, inf)

    def reset(self, key: RandomKey, task: MazeTask) -> tuple[MazeState, Shaped[Array, "*observation"]]:
        """Any free cell but the goal, and any heading, all with the same probability."""
        height, width = task.walls.shape
        places = ((task.steps > 0) & (task.steps < FAR)).reshape(-1).astype(jnp.int32)
        through = jnp.cumsum(places, dtype=jnp.int32)
        uniform = jax.random.uniform(key, (), jnp.float32)
        chosen = jnp.floor(uniform * through[-1].astype(jnp.float32)).astype(jnp.int32)
        place = jnp.sum(through <= jnp.minimum(chosen, through[-1] - 1), dtype=jnp.int32)
        cell = place % (height * width)
        state = MazeState(jnp.stack([cell // width, cell % width]), place // (height * width))
        return state, self.observe(task, state)

    def noise(self, key: RandomKey) -> tuple[()]:
        """A step is certain."""
        return ()

    def transition(self, noise: tuple[()], task: MazeTask, state: MazeState, action: Int[Array, ""]) -> Step:
        after = self.moved(task, state, action)
        arrived = jnp.all(after.position == task.goal)
        reward = jnp.where(arrived, self.reward, 0.0).astype(jnp.float32)
        never = jnp.zeros((), bool)
        return Step(after, self.observe(task, after), reward, arrived, never, never)

    def shortest_action(self, task: MazeTask, state: MazeState) -> Int[Array, ""]:
        """The first action of a shortest way; if there are several, the one with the lowest number."""

        def left(action):
            after = self.moved(task, state, action)
            return task.steps[after.heading, after.position[0], after.position[1]]

        return jnp.argmin(jax.vmap(left)(jnp.arange(choices_of(self.action_space).n)))


def ahead(task: MazeTask, position: Int[Array, "2"], direction: Int[Array, ""]) -> Int[Array, "2"]:
    """The neighbouring cell, or the agent's own cell if there is a wall."""
    beyond = position + jnp.asarray(MOVES, jnp.int32)[direction]
    return jnp.where(task.walls[beyond[0], beyond[1]], position, beyond)


@dataclasses.dataclass(frozen=True)
class MazeGrid(MazeWorld):
    """Moves north, east, south and west.

    The observation has three parts: the place, as a one-hot row and a one-hot column (it replaces landmarks,
    which show the place to an agent that knows the maze); whether each of the eight cells around is a wall;
    and whether the goal is in each of these cells.
    """

    height: int = 11
    width: int = 11
    reward: float = 1.0  # for an arrival

    def __post_init__(self):
        settle(self, height=(3, inf), width=(3, inf), reward=(0.0, inf))

    @property
    def size(self) -> tuple[int, int]:
        return (self.height, self.width)

    @property
    def observation_space(self) -> spaces.Box:
        return spaces.Box(0.0, 1.0, (self.height + self.width + 2 * len(_AROUND),), np.float32)

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(len(MOVES))

    def steps_to(self, walls: Bool[Array, "h w"], goal: Int[Array, "2"]) -> Int[Array, "1 h w"]:
        return cells_to(walls, goal)

    def moved(self, task: MazeTask, state: MazeState, action: Int[Array, ""]) -> MazeState:
        return MazeState(ahead(task, state.position, action), state.heading)

    def observe(self, task: MazeTask, state: MazeState) -> Float[Array, "seen"]:
        row, column = state.position
        around = state.position[None] + jnp.asarray(_AROUND)
        walls = task.walls[around[:, 0], around[:, 1]]
        goal = jnp.all(around == task.goal[None], axis=1)
        place = [
            jax.nn.one_hot(row, self.height, dtype=jnp.float32),
            jax.nn.one_hot(column, self.width, dtype=jnp.float32),
        ]
        return jnp.concatenate([*place, walls.astype(jnp.float32), goal.astype(jnp.float32)])


_AROUND = tuple((down, across) for down in (-1, 0, 1) for across in (-1, 0, 1) if (down, across) != (0, 0))


class MazeDistribution(TaskDistribution):
    """A layout, and a goal drawn from its free cells."""

    @property
    @abc.abstractmethod
    def environment(self) -> MazeWorld: ...

    @abc.abstractmethod
    def walls(self, key: RandomKey) -> Bool[Array, "height width"]:
        """The layout of a lifetime."""

    def sample(self, key: RandomKey) -> MazeTask:
        walls_key, goal_key = jax.random.split(key)
        walls = self.walls(walls_key)
        width = walls.shape[1]
        scores = jnp.where(walls, -1.0, jax.random.uniform(goal_key, walls.shape, jnp.float32))
        cell = jnp.argmax(scores).astype(jnp.int32)
        goal = jnp.stack([cell // width, cell % width])
        return MazeTask(walls, goal, self.environment.steps_to(walls, goal))


@dataclasses.dataclass(frozen=True)
class Maze(MazeDistribution):
    """A maze with one layout for all lifetimes, as in the paper; each lifetime has its own goal.

    There are only as many tasks as free cells, so test lifetimes have the same goals as training; their
    starts differ, because they come from another stream. Outside D: new layouts of the same size.
    """

    horizon: int = 300  # steps
    drawing: str = LAYOUT  # the layout: # is a wall, . a free cell
    reward: float = 1.0  # for an arrival

    def __post_init__(self):
        settle(self, horizon=(1, inf), reward=(0.0, inf))
        layout(self.drawing)

    @property
    def environment(self) -> MazeWorld:
        height, width = layout(self.drawing).shape
        return MazeGrid(height, width, self.reward)

    def walls(self, key: RandomKey) -> Bool[Array, "height width"]:
        return jnp.asarray(layout(self.drawing))

    def outside(self) -> "NewMaze":
        return NewMaze(self.horizon, **self.new_layouts(), reward=self.reward)

    def new_layouts(self) -> dict[str, int]:
        """The size of new layouts like this one, and how many walls are removed from a tree.

        With 5 x 5 cells there is only one layout with a wall removed, so new layouts are trees.
        """
        height, width = layout(self.drawing).shape
        if height != width or height % 2 == 0 or height < 5:
            raise ValueError(
                f"drawing has {height} x {width} cells; new layouts, which are outside its distribution, are "
                "known only for squares of 5, 7, 9 or more cells, an odd number"
            )
        return {"size": height, "opened": 3 if most_opened(height) >= 3 else 0}


@dataclasses.dataclass(frozen=True)
class NewMaze(MazeDistribution):
    """A maze with a new layout and goal for every lifetime: a random tree with a few walls removed.

    Outside D: trees with no wall removed, in which there is only one way between any two cells. If D itself
    has only trees, as many walls as possible are removed.
    """

    horizon: int = 300  # steps
    size: int = 9  # cells, walls included; odd
    opened: int = 3  # walls removed from the tree
    reward: float = 1.0  # for an arrival

    def __post_init__(self):
        settle(self, horizon=(1, inf), size=(5, _LARGEST), reward=(0.0, inf))
        if self.size % 2 == 0:
            raise ValueError(f"size is {self.size}; it must be odd")
        check_integer("opened", self.opened, 0, most_opened(_LARGEST))
        most = most_opened(self.size)
        if self.opened > most:
            least = next(size for size in range(5, _LARGEST + 1, 2) if most_opened(size) >= self.opened)
            raise UserError(
                f"size is {self.size} and opened is {self.opened}; of the walls of such mazes at most {most} "
                f"can be opened: give opened too, from 0 to {most}, or a size of at least {least}"
            )

    @property
    def environment(self) -> MazeWorld:
        return MazeGrid(self.size, self.size, self.reward)

    def walls(self, key: RandomKey) -> Bool[Array, "height width"]:
        return random_layout(key, self.size, self.opened)

    def outside(self) -> "NewMaze":
        return dataclasses.replace(self, opened=0 if self.opened else most_opened(self.size))

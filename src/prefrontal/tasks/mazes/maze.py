"""One-shot navigation: a goal is found once, and then again and again (Wang et al. 2016, section 3.2.3).

After the random-goal maze of Mirowski et al. 2016. The goal is drawn with the task and stays for the
lifetime. Whoever reaches it is paid, and the next episode begins at a random cell of the same maze. The first
way to the goal is a search, for it is seen from beside it only; every later one can be the shortest.

In the *grid view* a step is a move to one of the four neighbouring cells, and what is seen is where one is
and the cells around.
"""

import abc
import dataclasses
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Bool, Float, Int, Shaped

from prefrontal.actions import choices_of
from prefrontal.checks import check_between, check_integer
from prefrontal.tasks.base import Environment, TaskDistribution
from prefrontal.tasks.mazes.layouts import (
    FAR,
    LAYOUT,
    MOVES,
    cells_to,
    layout,
    most_opened,
    random_layout,
)
from prefrontal.types import RandomKey, Step


class MazeTask(NamedTuple):
    walls: Bool[Array, "height width"]
    goal: Int[Array, "2"]  # row and column
    # To the goal, by heading where one has a heading: what a reference is told and no agent sees.
    steps: Int[Array, "headings height width"]


class MazeState(NamedTuple):
    position: Int[Array, "2"]  # row and column
    heading: Int[Array, ""]  # 0 north, 1 east, 2 south, 3 west; always 0 in the grid view


class MazeWorld(Environment):
    """A maze, whatever is seen of it. Arriving pays `reward` and ends the episode; the lifetime goes on."""

    reward: float

    @abc.abstractmethod
    def steps_to(self, walls: Bool[Array, "h w"], goal: Int[Array, "2"]) -> Int[Array, "headings h w"]:
        """The length of the shortest way from everywhere."""

    @abc.abstractmethod
    def moved(self, task: MazeTask, state: MazeState, action: Int[Array, ""]) -> MazeState:
        """Where an action leads. Walls stop it."""

    @abc.abstractmethod
    def observe(self, task: MazeTask, state: MazeState) -> Shaped[Array, "*observation"]: ...

    @property
    def reward_range(self) -> tuple[float, float]:
        return (0.0, self.reward)

    @property
    def reward_values(self) -> tuple[float, ...]:
        return (0.0, self.reward)

    def reset(self, key: RandomKey, task: MazeTask) -> tuple[MazeState, Shaped[Array, "*observation"]]:
        """Any free cell but the goal, and any heading, all with the same probability."""
        height, width = task.walls.shape
        places = ((task.steps > 0) & (task.steps < FAR)).reshape(-1).astype(jnp.int32)
        through = jnp.cumsum(places)
        chosen = jnp.floor(jax.random.uniform(key) * through[-1]).astype(jnp.int32)
        place = jnp.sum(through <= jnp.minimum(chosen, through[-1] - 1))
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
        """The first step of a shortest way; of several such, the action of the lowest number."""

        def left(action):
            after = self.moved(task, state, action)
            return task.steps[after.heading, after.position[0], after.position[1]]

        return jnp.argmin(jax.vmap(left)(jnp.arange(choices_of(self.action_space).n)))


def ahead(task: MazeTask, position: Int[Array, "2"], direction: Int[Array, ""]) -> Int[Array, "2"]:
    """The neighbouring cell, or where one stands if there is a wall."""
    beyond = position + jnp.asarray(MOVES)[direction]
    return jnp.where(task.walls[beyond[0], beyond[1]], position, beyond)


@dataclasses.dataclass(frozen=True)
class MazeGrid(MazeWorld):
    """Moves north, east, south and west.

    Seen is the place, as a one-hot row and a one-hot column (it stands for the landmarks by which one who
    knows a maze knows where he is); then the eight cells around, whether they are walls; then the same cells,
    whether the goal is there.
    """

    height: int = 11
    width: int = 11
    reward: float = 1.0

    def __post_init__(self):
        check_integer("height", self.height, 3)
        check_integer("width", self.width, 3)
        check_between("reward", self.reward, 0.0)

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
        place = [jax.nn.one_hot(row, self.height), jax.nn.one_hot(column, self.width)]
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
        scores = jnp.where(walls, -1.0, jax.random.uniform(goal_key, walls.shape))
        cell = jnp.argmax(scores)
        goal = jnp.stack([cell // width, cell % width])
        return MazeTask(walls, goal, self.environment.steps_to(walls, goal))


@dataclasses.dataclass(frozen=True)
class Maze(MazeDistribution):
    """One layout for all lifetimes, as in the paper; the goal is drawn anew for each.

    There are as many tasks as free cells, so that test lifetimes have goals of training; their starts are
    others, by the stream that they are drawn from. Outside D: new layouts of the same size.
    """

    horizon: int = 300
    drawing: str = LAYOUT
    reward: float = 1.0

    def __post_init__(self):
        check_integer("horizon", self.horizon, 1)
        layout(self.drawing)

    @property
    def environment(self) -> MazeWorld:
        height, width = layout(self.drawing).shape
        return MazeGrid(height, width, self.reward)

    def walls(self, key: RandomKey) -> Bool[Array, "height width"]:
        return jnp.asarray(layout(self.drawing))

    def outside(self) -> "NewMaze":
        return NewMaze(self.horizon, len(layout(self.drawing)), reward=self.reward)


@dataclasses.dataclass(frozen=True)
class NewMaze(MazeDistribution):
    """A new layout and a new goal for every lifetime: a random tree of passages and a few walls fewer.

    Outside D: trees with no wall fewer, in which there is one way only between any two cells.
    """

    horizon: int = 300
    size: int = 9  # cells, walls included; odd
    opened: int = 3
    reward: float = 1.0

    def __post_init__(self):
        check_integer("horizon", self.horizon, 1)
        check_integer("size", self.size, 5)
        if self.size % 2 == 0:
            raise ValueError(f"size is {self.size}; it must be odd")
        check_integer("opened", self.opened, 0, most_opened(self.size))

    @property
    def environment(self) -> MazeWorld:
        return MazeGrid(self.size, self.size, self.reward)

    def walls(self, key: RandomKey) -> Bool[Array, "height width"]:
        return random_layout(key, self.size, self.opened)

    def outside(self) -> "NewMaze":
        return dataclasses.replace(self, opened=0)

"""One-shot navigation in first person: turning, moving ahead, and a picture of the view ahead.

The world of `maze.py`, seen by the camera of `raycast.py`. As in Labyrinth (Mirowski et al. 2016), the
actions are turning and moving ahead. Here a turn is 90 degrees and a move is one cell, so the shortest way is
known exactly.
"""

import dataclasses
from math import inf

import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Bool, Int, UInt8

from prefrontal.checks import settle
from prefrontal.tasks.mazes.layouts import turns_and_cells_to
from prefrontal.tasks.mazes.maze import Maze, MazeState, MazeTask, MazeWorld, NewMaze, ahead
from prefrontal.tasks.mazes.raycast import Camera

LEFT, RIGHT, AHEAD = 0, 1, 2  # actions
CAMERA = Camera()


@dataclasses.dataclass(frozen=True)
class MazeView(MazeWorld):
    """Turns left and right, and moves ahead. The agent sees the camera's picture from the middle of its cell.

    The goal is visible within `seen_from` cells in any direction, unless a wall hides it.
    """

    camera: Camera = CAMERA
    seen_from: float = 3.0  # cells
    reward: float = 1.0  # for an arrival

    def __post_init__(self):
        settle(self, seen_from=(0.0, inf), reward=(0.0, inf))

    @property
    def observation_space(self) -> spaces.Box:
        return spaces.Box(0, 255, (self.camera.height, self.camera.width, 3), np.uint8)

    @property
    def action_space(self) -> spaces.Discrete:
        return spaces.Discrete(3)

    def steps_to(self, walls: Bool[Array, "h w"], goal: Int[Array, "2"]) -> Int[Array, "4 h w"]:
        return turns_and_cells_to(walls, goal)

    def moved(self, task: MazeTask, state: MazeState, action: Int[Array, ""]) -> MazeState:
        turned = jnp.where(action == RIGHT, 1, jnp.where(action == LEFT, -1, 0))
        moved = ahead(task, state.position, state.heading)
        position = jnp.where(action == AHEAD, moved, state.position)
        return MazeState(position, jnp.mod(state.heading + turned, 4))

    def observe(self, task: MazeTask, state: MazeState) -> UInt8[Array, "height width 3"]:
        row, column = state.position
        place = jnp.stack([column, row]).astype(jnp.float32) + 0.5
        apart = jnp.sum((task.goal - state.position) ** 2)
        near = apart.astype(jnp.float32) <= self.seen_from**2
        return self.camera.render(task.walls, place, 90 * state.heading, task.goal, near)


@dataclasses.dataclass(frozen=True)
class MazeInView(Maze):
    """`Maze` in first person. Outside D: new layouts of the same size."""

    camera: Camera = CAMERA  # the size and the angle of the view

    @property
    def environment(self) -> MazeView:
        return MazeView(self.camera, reward=self.reward)

    def outside(self) -> "NewMazeInView":
        return NewMazeInView(self.horizon, **self.new_layouts(), reward=self.reward, camera=self.camera)


@dataclasses.dataclass(frozen=True)
class NewMazeInView(NewMaze):
    """`NewMaze` in first person. Outside D: trees with one way only between any two cells."""

    camera: Camera = CAMERA  # the size and the angle of the view

    @property
    def environment(self) -> MazeView:
        return MazeView(self.camera, reward=self.reward)

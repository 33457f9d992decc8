"""Mazes in which a lifetime is over after so many episodes (Duan et al. 2016, section 3.3).

In the first episode the goal must be searched for; in the second it can be gone to at once. Arriving pays 1,
every step costs .04, and one against a wall .001 more.
"""

import dataclasses
from math import inf
from typing import NamedTuple

import jax.numpy as jnp
from gymnasium import spaces
from jaxtyping import Array, Bool, Int, Shaped

from prefrontal.checks import settle
from prefrontal.tasks.mazes.maze import MazeGrid, MazeState, MazeTask, MazeWorld, NewMaze
from prefrontal.tasks.mazes.raycast import Camera
from prefrontal.tasks.mazes.view import CAMERA, MazeView
from prefrontal.types import RandomKey, Step


class EpisodeState(NamedTuple):
    place: MazeState
    episode: Int[Array, ""]  # episodes that are over


@dataclasses.dataclass(frozen=True)
class MazeEpisodes(MazeWorld):
    """`maze`, but steps cost, and the lifetime is over with the last of so many `episodes`."""

    maze: MazeGrid | MazeView = dataclasses.field(default_factory=MazeGrid)
    episodes: int = 2
    cost: float = 0.04  # of every step
    bump: float = 0.001  # of a step against a wall, beside

    def __post_init__(self):
        settle(self, episodes=(1, inf), cost=(0.0, inf), bump=(0.0, inf))

    @property
    def reward(self) -> float:
        return self.maze.reward

    @property
    def size(self) -> tuple[int | str, int | str]:
        return self.maze.size

    @property
    def observation_space(self) -> spaces.Box:
        return self.maze.observation_space

    @property
    def action_space(self) -> spaces.Discrete:
        return self.maze.action_space

    @property
    def reward_range(self) -> tuple[float, float]:
        return (-self.cost - self.bump, self.reward - self.cost)

    @property
    def reward_values(self) -> tuple[float, ...]:
        return tuple(sorted({-self.cost - self.bump, -self.cost, self.reward - self.cost}))

    def steps_to(self, walls: Bool[Array, "h w"], goal: Int[Array, "2"]) -> Int[Array, "headings h w"]:
        return self.maze.steps_to(walls, goal)

    def moved(self, task: MazeTask, state: MazeState, action: Int[Array, ""]) -> MazeState:
        return self.maze.moved(task, state, action)

    def observe(self, task: MazeTask, state: MazeState) -> Shaped[Array, "*observation"]:
        return self.maze.observe(task, state)

    def reset(self, key: RandomKey, task: MazeTask):
        place, seen = self.maze.reset(key, task)
        return EpisodeState(place, jnp.array(0, jnp.int32)), seen

    def restart(self, key: RandomKey, task: MazeTask, state: EpisodeState):
        """Any place again; the episodes that are over stay counted."""
        place, seen = self.maze.reset(key, task)
        return EpisodeState(place, state.episode), seen

    def transition(self, noise: tuple[()], task: MazeTask, state: EpisodeState, action) -> Step:
        step = self.maze.transition(noise, task, state.place, action)
        stopped = jnp.all(step.state.position == state.place.position) & (
            step.state.heading == state.place.heading
        )
        reward = step.reward - self.cost - jnp.where(stopped, self.bump, 0.0)
        episode = state.episode + step.episode_over.astype(jnp.int32)
        after = EpisodeState(step.state, episode)
        return step._replace(
            state=after, reward=reward.astype(jnp.float32), lifetime_over=episode >= self.episodes
        )

    def shortest_action(self, task: MazeTask, state: EpisodeState) -> Int[Array, ""]:
        return self.maze.shortest_action(task, state.place)


@dataclasses.dataclass(frozen=True)
class NewMazeEpisodes(NewMaze):
    """Mazes with a new layout for every lifetime, which is over after two episodes. Steps cost.

    Outside D is as for `NewMaze`. RL²'s small mazes have 5 x 5 rooms and 250 steps for both episodes, and its
    large ones 9 x 9 and 500. With walls that is a `size` of 11 and 19.
    """

    horizon: int = 250
    size: int = 11  # cells, walls included; odd
    episodes: int = 2  # the lifetime is over after so many arrivals at the goal
    cost: float = 0.04  # of a step
    bump: float = 0.001  # further cost of a step against a wall

    def __post_init__(self):
        settle(self, episodes=(1, inf), cost=(0.0, inf), bump=(0.0, inf), horizon=(1, inf), reward=(0.0, inf))
        super().__post_init__()

    @property
    def environment(self) -> MazeEpisodes:
        return MazeEpisodes(MazeGrid(self.size, self.size, self.reward), self.episodes, self.cost, self.bump)


@dataclasses.dataclass(frozen=True)
class NewMazeEpisodesInView(NewMazeEpisodes):
    """Mazes of two episodes, as `NewMazeEpisodes`, in first person."""

    camera: Camera = CAMERA  # the size and the angle of the view

    @property
    def environment(self) -> MazeEpisodes:
        maze = MazeView(self.camera, reward=self.reward)
        return MazeEpisodes(maze, self.episodes, self.cost, self.bump)

"""The shortest way to the goal of a maze, from the first step. No agent that has to search does better."""

import dataclasses
from typing import ClassVar

import equinox as eqx
import jax
from jaxtyping import Array, Int

from prefrontal.agents import Agent
from prefrontal.references.base import ReferenceSettings
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.mazes.maze import MazeTask, MazeWorld
from prefrontal.types import Noise, Percept, State


class ShortestPath(Agent):
    """An oracle: it knows the maze, the goal and its own place, and takes a shortest way to the goal."""

    world: MazeWorld = eqx.field(static=True)

    def initial_memory(self) -> tuple[()]:
        return ()

    def act(self, memory: tuple[()], percept: Percept, noise: Noise):
        """Raises an error, because a percept does not show where the goal is."""
        raise ValueError("shortest-path acts on the task and the state; call act_told, as the rollout does")

    def act_told(
        self, memory: tuple[()], percept: Percept, noise: Noise, task: MazeTask, state: State
    ) -> tuple[tuple[()], Int[Array, "batch"], None]:
        action = jax.vmap(self.world.shortest_action, in_axes=-1, out_axes=-1)(task, state)
        return memory, action, None


@dataclasses.dataclass(frozen=True)
class ShortestPathSettings(ReferenceSettings):
    description: ClassVar[str] = "knows the maze and the goal, and takes a shortest way"

    def build(self, distribution: TaskDistribution) -> ShortestPath:
        world = distribution.environment
        if not isinstance(world, MazeWorld):
            raise ValueError(f"shortest-path is for mazes; it is not for {type(world).__name__}")
        return ShortestPath(world)

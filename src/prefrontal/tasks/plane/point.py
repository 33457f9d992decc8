"""A point that actions move. The reward depends on its distance from a goal.

The oracle moves towards the goal at full speed along each axis of the action. If the reward falls with the
distance, no other path is better: the axes of an action do not limit each other, so at every step this path
is the nearest along both axes. After t steps of length s, a distance of (x, y) has shrunk to

    (max(|x| - s t, 0), max(|y| - s t, 0)).
"""

import abc
import dataclasses
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float, Int

from prefrontal.tasks.plane.base import PlaneWorld
from prefrontal.types import RandomKey, Task

Place = Float[Array, "2"]


class PointState(NamedTuple):
    position: Place
    start: Place  # of this episode; an oracle's path begins there too
    time: Int[Array, ""]  # steps since the start of the episode


@dataclasses.dataclass(frozen=True)
class PointWorld(PlaneWorld):
    """An action moves the point by at most `speed` along each axis. The agent sees its position."""

    length: int = 30  # steps of an episode
    speed: float = 0.1

    @property
    def action_space(self) -> spaces.Box:
        return spaces.Box(-self.speed, self.speed, (2,), np.float32)

    @abc.abstractmethod
    def starts_at(self, key: RandomKey) -> Place:
        """Where an episode begins. It does not depend on the task, so it does not reveal the task."""

    @abc.abstractmethod
    def goal(self, task: Task) -> Place:
        """Where the goal is."""

    @abc.abstractmethod
    def pays(self, distance: Float[Array, ""]) -> Float[Array, ""]:
        """The reward at a distance from the goal. It must not rise with the distance."""

    def moved(self, task: Task, action: Place) -> Place:
        """How an action moves the point: by `action`, if not overridden."""
        return action

    def aimed(self, task: Task, way: Place) -> Place:
        """The inverse of `moved`: the action that moves the point by `way`, if `way` is short enough."""
        return way

    def reset(self, key: RandomKey, task: Task) -> tuple[PointState, Place]:
        start = self.starts_at(key)
        return PointState(start, start, jnp.array(0, jnp.int32)), start

    def after(self, task: Task, state: PointState, action: Place) -> PointState:
        return PointState(state.position + self.moved(task, action), state.start, state.time + 1)

    def seen(self, state: PointState) -> Place:
        return state.position

    def expected_reward(self, task: Task, state: PointState, action: Place) -> Float[Array, ""]:
        position = self.after(task, state, action).position
        return self.pays(length_of(self.goal(task) - position))

    def oracle_reward(self, task: Task, state: PointState) -> Float[Array, ""]:
        """The reward of an oracle that moves to the goal from the start of this episode, and stays there."""
        way = jnp.abs(self.aimed(task, self.goal(task) - state.start))
        gone = self.speed * (state.time + 1).astype(jnp.float32)
        return self.pays(length_of(jnp.maximum(way - gone, 0.0)))

    def best_action(self, task: Task, state: PointState) -> Place:
        way = self.aimed(task, self.goal(task) - state.position)
        return jnp.clip(way, -self.speed, self.speed)


def length_of(way: Place) -> Float[Array, ""]:
    return jnp.sqrt(jnp.sum(way**2))

"""What tasks in the plane share: certain moves, and episodes that end after their length.

Nothing is carried from one episode to the next: the environment begins each one anew, in the same task.
"""

import abc
from typing import Any

import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float

from prefrontal.tasks.base import Environment
from prefrontal.types import RandomKey, State, Step, Task


class PlaneWorld(Environment):
    """Seen are two numbers, and an action is two numbers; zeros are to stay. The task is not seen.

    Its subclasses are frozen dataclasses with a field `length`, the steps of an episode, and states with a
    field `time`, the steps since its start.
    """

    length: int
    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)

    @property
    def episode_length(self) -> int:
        return self.length

    def noise(self, key: RandomKey) -> tuple[()]:
        """A step is certain."""
        return ()

    def transition(self, noise: tuple[()], task: Task, state: Any, action: Float[Array, "2"]) -> Step:
        after = self.after(task, state, action)
        over, never = after.time >= self.length, jnp.zeros((), bool)
        reward = self.expected_reward(task, state, action)
        return Step(after, self.seen(after), reward, over, never, never)

    @abc.abstractmethod
    def after(self, task: Task, state: State, action: Float[Array, "2"]) -> Any:
        """The state that an action leads to."""

    @abc.abstractmethod
    def seen(self, state: State) -> Float[Array, "2"]:
        """What is observed in a state."""

    @abc.abstractmethod
    def best_action(self, task: Task, state: State) -> Float[Array, "2"]:
        """What an oracle does that knows the task: in its own course, it earns `oracle_reward`."""

    @abc.abstractmethod
    def expected_reward(self, task: Task, state: State, action: Float[Array, "2"]) -> Float[Array, ""]:
        """The reward of an action, which is certain."""

"""What tasks in the plane share: deterministic steps, and episodes of one length.

The environment carries nothing from one episode to the next: each one starts again, in the same task.
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
    """Observation and action are two numbers; an action of zeros means to stay. The task is hidden.

    Subclasses are frozen dataclasses with a field `length`, the number of steps in an episode. Their states
    have a field `time`, the number of steps since the episode began.
    """

    length: int
    observation_space = spaces.Box(-np.inf, np.inf, (2,), np.float32)

    @property
    def episode_length(self) -> int:
        return self.length

    def noise(self, key: RandomKey) -> tuple[()]:
        """No noise: a step is deterministic."""
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
        """The observation in a state."""

    @abc.abstractmethod
    def best_action(self, task: Task, state: State) -> Float[Array, "2"]:
        """The action of an oracle that knows the task. Over its own episode it earns `oracle_reward`."""

    @abc.abstractmethod
    def expected_reward(self, task: Task, state: State, action: Float[Array, "2"]) -> Float[Array, ""]:
        """The reward of an action. It is deterministic, so it is also the sampled reward."""

"""The common base of bandits: nothing is observed, and no pull ends an episode."""

import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float

from prefrontal.tasks.base import Environment
from prefrontal.types import RandomKey, State, Step, Task

NO_OBSERVATION = spaces.Box(0.0, 1.0, (0,), np.float32)


class OneEpisode(Environment):
    """An environment in which a lifetime is one episode and there is nothing to observe.

    A subclass defines the reward of a pull: its `transition` returns `self.paid(state, reward)`.
    """

    @property
    def observation_space(self) -> spaces.Box:
        return NO_OBSERVATION

    @property
    def restarts(self) -> bool:
        return False

    def reset(self, key: RandomKey, task: Task) -> tuple[State, Float[Array, "0"]]:
        return self.begin(task), jnp.zeros((0,), jnp.float32)

    def begin(self, task: Task) -> State:
        """The state before the first pull: empty, unless a subclass overrides this."""
        return ()

    def paid(self, state: State, reward: Float[Array, ""]) -> Step:
        """The `Step` of a pull that paid `reward` and led to `state`."""
        never = jnp.zeros((), bool)
        return Step(state, jnp.zeros((0,), jnp.float32), reward, never, never, never)

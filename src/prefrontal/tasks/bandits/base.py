"""What bandits have in common: there is nothing to observe, and no pull ends anything."""

import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float

from prefrontal.tasks.base import Environment
from prefrontal.types import RandomKey, State, Step, Task

NO_OBSERVATION = spaces.Box(0.0, 1.0, (0,), np.float32)


class OneEpisode(Environment):
    """An environment in which a lifetime is one episode and there is nothing to observe.

    A subclass says what a pull pays: `transition` ends in `self.paid(state, reward)`.
    """

    @property
    def observation_space(self) -> spaces.Box:
        return NO_OBSERVATION

    @property
    def restarts(self) -> bool:
        return False

    def reset(self, key: RandomKey, task: Task) -> tuple[State, Float[Array, "0"]]:
        return self.begin(task), jnp.zeros((0,))

    def begin(self, task: Task) -> State:
        """The state before the first pull: nothing, unless a subclass says otherwise."""
        return ()

    def paid(self, state: State, reward: Float[Array, ""]) -> Step:
        """The step of a pull that paid `reward` and left the world in `state`."""
        never = jnp.zeros((), bool)
        return Step(state, jnp.zeros((0,)), reward, never, never, never)

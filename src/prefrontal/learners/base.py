"""The seam of the learners' room."""

import abc
from typing import Any

import equinox as eqx
from jaxtyping import Array, Float

from prefrontal.agents import RecurrentAgent


class Learner(abc.ABC):
    """A meta-learning algorithm: a frozen dataclass of settings with two pure functions.

    The state is a pytree of arrays with at least `update`, the number of updates done, and holds all that the
    next update depends on: random keys are derived from the run's seed and the update's number, so a state
    saved and loaded goes on as if it had never stopped.
    """

    @property
    @abc.abstractmethod
    def updates(self) -> int:
        """How many updates make a whole training."""

    @property
    @abc.abstractmethod
    def lifetimes_per_update(self) -> int: ...

    @property
    @abc.abstractmethod
    def horizon(self) -> int:
        """The most steps of one lifetime."""

    @abc.abstractmethod
    def init(self, seed: int) -> Any:
        """The state before the first update, an `equinox.Module`: `state.update` counts updates done."""

    @abc.abstractmethod
    def step(self, state: Any) -> tuple[Any, dict[str, Float[Array, ""]]]:
        """One update: the next state, and metrics, each a scalar mean over the update's lifetimes."""

    @abc.abstractmethod
    def agent(self, state: Any) -> RecurrentAgent:
        """The agent as it now is, to be frozen and evaluated."""


class LearnerState(eqx.Module):
    """What every learner's state begins with."""

    update: Any  # updates done: an integer array
    seed: Any  # the run's seed: an integer array

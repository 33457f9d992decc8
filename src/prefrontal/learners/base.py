"""The seam of the learners' room."""

import abc
import dataclasses
from typing import Any, ClassVar

import equinox as eqx
import numpy as np
from jaxtyping import Array, Float

from prefrontal.agents import Agent
from prefrontal.registry import Registry
from prefrontal.tasks import TaskDistribution, distribution

Metrics = dict[str, Float[Array, ""]]


@dataclasses.dataclass(frozen=True)
class Product:
    """What a learner leaves beside its agent: the distribution that it grew, and how it came about."""

    tasks: TaskDistribution
    history: dict[str, np.ndarray]


class Learner(abc.ABC):
    """A meta-learning algorithm: a frozen dataclass with pure functions, which is its own configuration.

    The state is a pytree of arrays. It has at least `update`, the number of updates done, and everything that
    the next update depends on. Random keys come from the run's seed and the update's number. So a training
    that is saved and loaded continues as if it had not been stopped.
    """

    registry: ClassVar[Registry["Learner"]]

    tasks: TaskDistribution | str  # what it learns on: a distribution, or the name of one

    @property
    def distribution(self) -> TaskDistribution:
        """The distribution in `tasks`, or the one that `tasks` names."""
        return distribution(self.tasks)

    @property
    @abc.abstractmethod
    def updates(self) -> int:
        """The number of updates in a whole training."""

    @property
    @abc.abstractmethod
    def lifetimes_per_update(self) -> int:
        """The number of lifetimes that one update uses."""

    @property
    def horizon(self) -> int:
        """The most steps of one lifetime."""
        return int(self.distribution.horizon)

    def steps(self, updates: int) -> int:
        """Environment steps in the first `updates` updates, if every lifetime lasts to its horizon."""
        return updates * self.lifetimes_per_update * self.horizon

    def on(self, devices: int) -> "Learner":
        """This learner, spread over as many of the given `devices` as it can use.

        **Returns:** a learner whose attribute `devices` is the number that it uses; this learner, if it uses
        only one.
        """
        return self

    @abc.abstractmethod
    def init(self, seed: int, agent: Any = None) -> Any:
        """The state before the first update, an `equinox.Module`: `state.update` counts updates done.

        **Arguments:** `seed`, a whole number from 0 to 2²⁹ - 1, which determines all randomness of the
        training; `agent`, an agent with the weights to start from, such as that of another training, or None
        for fresh weights.

        **Raises:** ValueError if the seed is out of range.
        """

    def step(self, state: Any) -> tuple[Any, Metrics]:
        """One update on the learner's own tasks. Returns what `learn` returns."""
        return self.learn(state, self.distribution)

    @abc.abstractmethod
    def learn(self, state: Any, tasks: TaskDistribution) -> tuple[Any, Metrics]:
        """One update on the given tasks, which may change from update to update.

        **Returns:** the next state, with the same shapes and dtypes, and metrics by name, each a scalar mean
        over the update's lifetimes.
        """

    @abc.abstractmethod
    def agent(self, state: Any) -> Agent:
        """The agent of this state, with frozen weights, for evaluation."""

    def product(self, state: Any) -> Product | None:
        """What a finished training leaves beside its agent; None for all learners but growers."""
        return None


class LearnerState(eqx.Module):
    """The fields that every learner's state has."""

    update: Any  # updates done: an integer array
    seed: Any  # the run's seed: an integer array

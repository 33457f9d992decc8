"""The seam of the learners' room."""

import abc
from typing import Any, ClassVar

import equinox as eqx
from jaxtyping import Array, Float

from prefrontal.agents import Agent
from prefrontal.registry import Registry
from prefrontal.tasks import TaskDistribution, distribution

Metrics = dict[str, Float[Array, ""]]


class Learner(abc.ABC):
    """A meta-learning algorithm: a frozen dataclass, which is its own configuration, with pure functions.

    The state is a pytree of arrays with at least `update`, the number of updates done, and holds all that the
    next update depends on: random keys are derived from the run's seed and the update's number, so a state
    saved and loaded goes on as if it had never stopped.
    """

    registry: ClassVar[Registry["Learner"]]

    tasks: TaskDistribution | str  # what it learns on: a distribution, or the name of one

    @property
    def distribution(self) -> TaskDistribution:
        """The distribution that `tasks` is, or names."""
        return self.tasks if isinstance(self.tasks, TaskDistribution) else distribution(self.tasks)

    @property
    @abc.abstractmethod
    def updates(self) -> int:
        """How many updates make a whole training."""

    @property
    @abc.abstractmethod
    def lifetimes_per_update(self) -> int:
        """How many lifetimes are lived for one update."""

    @property
    def horizon(self) -> int:
        """The most steps of one lifetime."""
        return self.distribution.horizon

    def on(self, devices: int) -> "Learner":
        """This learner spread over as many of so many devices as it can use; `devices` says how many."""
        return self

    @abc.abstractmethod
    def init(self, seed: int, agent: Any = None) -> Any:
        """The state before the first update, an `equinox.Module`: `state.update` counts updates done.

        **Arguments:** `agent`, weights to begin with, such as those of another training; fresh ones if None.
        """

    def step(self, state: Any) -> tuple[Any, Metrics]:
        """One update on the learner's own tasks: the next state, and metrics."""
        return self.learn(state, self.distribution)

    @abc.abstractmethod
    def learn(self, state: Any, tasks: TaskDistribution) -> tuple[Any, Metrics]:
        """One update on tasks that the caller gives, which may be others at every update.

        **Returns:** the next state, and metrics, each a scalar mean over the update's lifetimes.
        """

    @abc.abstractmethod
    def agent(self, state: Any) -> Agent:
        """The agent as it now is, to be frozen and evaluated."""


class LearnerState(eqx.Module):
    """What every learner's state begins with."""

    update: Any  # updates done: an integer array
    seed: Any  # the run's seed: an integer array

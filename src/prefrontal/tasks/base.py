"""The two seams of the tasks' room: an environment's dynamics, and a distribution of tasks."""

import abc
from typing import ClassVar

import gymnasium
import jax
from jaxtyping import Array, Float, Shaped

from prefrontal.registry import Registry
from prefrontal.types import Noise, RandomKey, State, Step, Task


class Environment(abc.ABC):
    """The dynamics, given a task. Pure functions of one lifetime; the task belongs to the caller.

    Implement `reset`, `transition` and, if a step is random, `noise`. An environment that knows the expected
    reward of an action says so through `expected_reward` and `oracle_reward`: regret is then exact, and a
    learner may learn from expectations in place of samples.
    """

    @property
    @abc.abstractmethod
    def observation_space(self) -> gymnasium.Space:
        """What is observed: a space with a shape, such as a Box. `(0,)` where there is nothing to observe."""

    @property
    @abc.abstractmethod
    def action_space(self) -> gymnasium.Space:
        """Discrete, MultiDiscrete, MultiBinary, or a Box of floats."""

    @property
    def reward_range(self) -> tuple[float, float]:
        """The lowest and the highest reward of one step."""
        return (-float("inf"), float("inf"))

    @property
    def reward_values(self) -> tuple[float, ...] | None:
        """Every reward there can be, in rising order, where they are few (for a one-hot reward input)."""
        return None

    @property
    def restarts(self) -> bool:
        """Whether episodes end before the lifetime does, so that the rollout must start new ones."""
        return True

    @property
    def episode_length(self) -> int | None:
        """The number of steps in every episode, where all are of one length; None where they differ.

        What an agent revises itself by are whole episodes, so that its segments are multiples of this.
        """
        return None

    @abc.abstractmethod
    def reset(self, key: RandomKey, task: Task) -> tuple[State, Shaped[Array, "*observation"]]:
        """The start of an episode in `task`: the environment's state and the first observation."""

    def noise(self, key: RandomKey) -> Noise:
        """All the randomness of one step. The rollout draws it for whole lifetimes at once."""
        return key

    @abc.abstractmethod
    def transition(self, noise: Noise, task: Task, state: State, action: Shaped[Array, "*action"]) -> Step:
        """What `action` brings about, with the randomness given."""

    def step(self, key: RandomKey, task: Task, state: State, action: Shaped[Array, "*action"]) -> Step:
        """`transition` with fresh randomness."""
        return self.transition(self.noise(key), task, state, action)

    def expected_reward(
        self, task: Task, state: State, action: Shaped[Array, "*action"]
    ) -> Float[Array, ""] | None:
        """E[reward | task, state, action], or None if the task does not know it."""
        return None

    def oracle_reward(self, task: Task, state: State) -> Float[Array, ""] | None:
        """The expected reward at this step of an oracle that knows the task, or None.

        It must not depend on what the agent did, for a learner may take it for a baseline. Where an action
        can end the lifetime it would (the oracle's steps end with the agent's): such tasks give None.
        Cumulative expected regret is Σₜ (oracle_reward - expected_reward)  (Wang et al. 2016, section 3.1).
        """
        return None


class TaskDistribution(abc.ABC):
    """Draws tasks. A frozen dataclass that gives `environment`, `horizon` and `sample`.

    `horizon` is the number of steps in a lifetime; `dataclasses.replace` makes a longer or shorter one.
    """

    registry: ClassVar[Registry["TaskDistribution"]]

    horizon: int

    @property
    @abc.abstractmethod
    def environment(self) -> Environment: ...

    @abc.abstractmethod
    def sample(self, key: RandomKey) -> Task:
        """One task drawn from the distribution D."""

    @property
    def caution(self) -> str:
        """In what it is not quite what its name says, on this machine; nothing where it is."""
        return ""

    def held_out(self) -> "TaskDistribution":
        """The distribution of the test stream: this one, unless its tasks are made from a finite pool.

        Tasks that are drawn from a continuum, or by chance alone, differ from stream to stream anyhow. Where
        they are made from a pool (of images, say) this is the distribution over the part of the pool that
        training never draws from.
        """
        return self

    def outside(self) -> "TaskDistribution":
        """A distribution D' of tasks unlike those trained on, to see how far the learnt algorithm carries."""
        raise ValueError(f"{type(self).__name__} declares no tasks outside its distribution")


def sample_tasks(distribution: TaskDistribution, keys: Shaped[Array, "n"]) -> Task:
    """Tasks for `n` lifetimes, the batch axis last."""
    return jax.vmap(distribution.sample, out_axes=-1)(keys)

"""A body on one leg that has to go forward or backward, in place of HalfCheetah-Dir (Finn et al. 2017).

Seen from the side, a body slides along the ground. Below it a foot moves forward and backward, up and down. A
foot that is down pushes the body in the opposite direction; a foot that is up does not move the body. So the
foot has to move in circles: one way round to go forward, the other way to go backward. The action is the
velocity of the foot. If the action does not change, the foot soon reaches the end of its range, where it
moves nothing. There is no inertia, and the body cannot fall. The agent sees two numbers, and the best gait is
known exactly.

Tasks differ only in their rewards. A policy that does not learn in the task earns at most 0, like standing
still: forward and backward are equally likely, so movement pays nothing on average, and actions cost.
"""

import dataclasses
from math import inf
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Float, Int

from prefrontal.checks import settle
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.tasks.plane.base import PlaneWorld
from prefrontal.tasks.plane.gait import Gait, best_gait, grip
from prefrontal.tasks.tabular.mdps import settle_episodes
from prefrontal.types import RandomKey, Task

LONGEST, MOST_STRIDES = 1000, 20  # limits: the best gait is planned for all steps and places of the foot


class RunnerTask(NamedTuple):
    direction: Float[Array, ""]  # 1 for forward, -1 for backward
    crossed: Float[Array, ""]  # 1 if the action's two numbers are exchanged, otherwise 0


class RunnerState(NamedTuple):
    foot: Float[Array, "2"]  # forward (1) or backward (-1), up (1) or down (-1), from the body's middle
    position: Float[Array, ""]  # of the body, in units of the foot's reach; hidden
    time: Int[Array, ""]  # steps since the start of the episode


@dataclasses.dataclass(frozen=True)
class RunnerWorld(PlaneWorld):
    """The action is the foot's velocity; the foot stops at the end of its reach. The agent sees the foot.

    The reward is the body's velocity in the task's direction, in units of the foot's highest velocity, minus
    `cost` times the sum of the absolute values of the action's two numbers.

    **Arguments:** `strides`, how many whole actions lead from the middle of the foot's reach to its end.
    """

    length: int = 50  # steps of an episode
    strides: int = 2
    cost: float = 0.02

    def __post_init__(self):
        settle(self, length=(1, LONGEST), strides=(1, MOST_STRIDES), cost=(0.0, 1.0))

    @property
    def action_space(self) -> spaces.Box:
        return spaces.Box(-1.0, 1.0, (2,), np.float32)

    @property
    def reward_range(self) -> tuple[float, float]:
        return (-1.0 - 2 * self.cost, 1.0)

    @property
    def gait(self) -> Gait:
        """The best gait forward; backward is its mirror image."""
        return best_gait(self.length, self.strides, self.cost)

    def check_task(self, task: Task) -> None:
        check_field(self, task, "direction", (), -1, 1)
        check_field(self, task, "crossed", (), 0, 1)

    def reset(self, key: RandomKey, task: RunnerTask) -> tuple[RunnerState, Float[Array, "2"]]:
        middle = jnp.zeros(2, jnp.float32)
        return RunnerState(middle, jnp.zeros((), jnp.float32), jnp.array(0, jnp.int32)), middle

    def after(self, task: RunnerTask, state: RunnerState, action: Float[Array, "2"]) -> RunnerState:
        foot = self._stepped(task, state, action)
        return RunnerState(foot, state.position + _advance(state.foot, foot), state.time + 1)

    def seen(self, state: RunnerState) -> Float[Array, "2"]:
        return state.foot

    def expected_reward(self, task: RunnerTask, state: RunnerState, action) -> Float[Array, ""]:
        velocity = self.strides * _advance(state.foot, self._stepped(task, state, action))
        return task.direction * velocity - self.cost * jnp.sum(jnp.abs(action))

    def oracle_reward(self, task: RunnerTask, state: RunnerState) -> Float[Array, ""]:
        """The reward of the best gait, which begins with the foot in the middle, as every episode does."""
        return jnp.asarray(self.gait.rewards, jnp.float32)[state.time]

    def best_action(self, task: RunnerTask, state: RunnerState) -> Float[Array, "2"]:
        towards = jnp.stack([task.direction, jnp.ones_like(task.direction)])
        near = jnp.round(self.strides * towards * state.foot).astype(jnp.int32) + self.strides
        action = jnp.asarray(self.gait.actions, jnp.float32)[state.time, near[0], near[1]]
        return _exchanged(task, towards * action)

    def _stepped(self, task: RunnerTask, state: RunnerState, action) -> Float[Array, "2"]:
        """Where an action takes the foot."""
        return jnp.clip(state.foot + _exchanged(task, action) / self.strides, -1.0, 1.0)


@dataclasses.dataclass(frozen=True)
class DirectionRunner(TaskDistribution):
    """A body on one leg has to go forward or backward, with equal probability, for a whole lifetime.

    **Arguments:**

    - `strides`: how many whole actions lead from the middle of the foot's reach to its end.
    - `cost`: of a whole action, for each of its two numbers.
    - `episodes`: the number of episodes in a lifetime. It replaces `horizon`, which becomes `episodes` times
      `length`; `episodes` is None afterwards.
    - `crossed`: whether the action's first number moves the foot up and down, and the second forward and
      backward (outside D).
    """

    horizon: int = 150
    length: int = 50  # steps of an episode
    episodes: int | None = None
    strides: int = 2
    cost: float = 0.02
    crossed: bool = False

    def __post_init__(self):
        settle(
            self,
            **dict.fromkeys(("horizon", "episodes"), (1, inf)),
            length=(1, LONGEST),
            strides=(1, MOST_STRIDES),
            cost=(0.0, 1.0),
        )
        settle_episodes(self)

    @property
    def environment(self) -> RunnerWorld:
        return RunnerWorld(self.length, self.strides, self.cost)

    def sample(self, key: RandomKey) -> RunnerTask:
        forward = jax.random.bernoulli(key)
        return RunnerTask(jnp.where(forward, 1.0, -1.0).astype(jnp.float32), jnp.float32(self.crossed))

    def outside(self) -> "DirectionRunner":
        return dataclasses.replace(self, crossed=not self.crossed)


def _exchanged(task: RunnerTask, action: Float[Array, "2"]) -> Float[Array, "2"]:
    return jnp.where(task.crossed > 0, action[::-1], action)


def _advance(foot: Float[Array, "2"], after: Float[Array, "2"]) -> Float[Array, ""]:
    """How far the body moves while the foot moves from one place to another."""
    return -grip(foot[1], after[1]) * (after[0] - foot[0])

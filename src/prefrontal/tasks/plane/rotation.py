"""Rotated actuators: the hidden task is an angle by which every action is rotated.

An episode begins at a random place of the unit square around the goal, which is the origin. The reward is
minus the distance after the move. The first observation does not depend on the angle; the first move reveals
it.

*What a policy can earn without learning.* If the moves do not depend on what is observed, no policy is better
than staying: over all angles, a sum of moves leads nowhere on average, and the mean distance does not fall.
But a fixed policy that sees only the position can do much better. Where it moves depends on the angle, so the
position remembers the angle. Let φ be the angle of the position. A policy that moves in the direction
(m + 1) φ + π drifts to the φ at which m φ cancels the rotation, and from there straight to the goal. With
m = 6 it has a score of .8 in every episode (0 is staying, 1 the oracle). So a high return is no evidence of
learning here. A gain from episode to episode is.
"""

import dataclasses
from math import inf, pi, sqrt
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import settle
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.tasks.plane.point import Place, PointWorld
from prefrontal.tasks.tabular.mdps import settle_episodes
from prefrontal.types import RandomKey, Task


class RotationTask(NamedTuple):
    angle: Float[Array, ""]  # counter-clockwise, in radians
    mirror: Float[Array, ""]  # 1, or -1: the sign of the action's second number changes before the rotation


@dataclasses.dataclass(frozen=True)
class RotationWorld(PointWorld):
    """The move is the action, rotated by the task's angle.

    **Arguments:** `outer`, the largest absolute value of a start's coordinates.
    """

    length: int = 30  # steps of an episode
    speed: float = 0.1
    outer: float = 0.5

    def __post_init__(self):
        settle(self, length=(1, inf), speed=(1e-3, 1e3), outer=(1e-3, 1e3))

    @property
    def reward_range(self) -> tuple[float, float]:
        return (-sqrt(2.0) * (self.length * self.speed + self.outer), 0.0)

    def check_task(self, task: Task) -> None:
        check_field(self, task, "angle", (), -pi, pi)
        check_field(self, task, "mirror", (), -1, 1)

    def starts_at(self, key: RandomKey) -> Place:
        return jax.random.uniform(key, (2,), jnp.float32, -self.outer, self.outer)

    def goal(self, task: RotationTask) -> Place:
        return jnp.zeros(2, jnp.float32)

    def pays(self, distance: Float[Array, ""]) -> Float[Array, ""]:
        return -distance

    def moved(self, task: RotationTask, action: Place) -> Place:
        return _turned(task.angle, action[0], task.mirror * action[1])

    def aimed(self, task: RotationTask, way: Place) -> Place:
        back = _turned(-task.angle, way[0], way[1])
        return jnp.stack([back[0], task.mirror * back[1]])


@dataclasses.dataclass(frozen=True)
class Rotation(TaskDistribution):
    """A point goes to the origin with actions that are rotated by a hidden angle, uniform from -π to π.

    The angle is the same for a lifetime of several episodes. Each begins at a random place of the square
    around the origin of half width `outer`.

    **Arguments:**

    - `speed`: how far an action can move the point along each of the action's axes.
    - `episodes`: the number of episodes in a lifetime. It replaces `horizon`, which becomes `episodes` times
      `length`; `episodes` is None afterwards.
    - `mirrored`: whether actions are mirrored before they are rotated, which no angle can do (outside D).
    """

    horizon: int = 90
    length: int = 30  # steps of an episode
    episodes: int | None = None
    speed: float = 0.1
    outer: float = 0.5
    mirrored: bool = False

    def __post_init__(self):
        whole = dict.fromkeys(("horizon", "length", "episodes"), (1, inf))
        settle(self, **whole, speed=(1e-3, 1e3), outer=(1e-3, 1e3))
        settle_episodes(self)

    @property
    def environment(self) -> RotationWorld:
        return RotationWorld(self.length, self.speed, self.outer)

    def sample(self, key: RandomKey) -> RotationTask:
        angle = jax.random.uniform(key, (), jnp.float32, -pi, pi)
        return RotationTask(angle, jnp.float32(-1.0 if self.mirrored else 1.0))

    def outside(self) -> "Rotation":
        return dataclasses.replace(self, mirrored=not self.mirrored)


def _turned(angle: Float[Array, ""], x: Float[Array, ""], y: Float[Array, ""]) -> Place:
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    return jnp.stack([cos * x - sin * y, sin * x + cos * y])

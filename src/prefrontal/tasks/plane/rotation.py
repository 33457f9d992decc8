"""Rotated actuators: the hidden task is an angle by which every action is turned.

An episode begins anywhere in the unit square about the goal, which is the origin. Reward is minus the
distance after the move. The first observation says nothing of the angle; the first move shows it.

*What can be had without learning.* If moves do not answer what is seen, nothing is better than to stay: over
all angles a sum of moves leads nowhere on average, and the mean distance from there is no less than from the
start. But a fixed policy that sees the position alone can do far better, for where it is pushed depends on
the angle, and so the position remembers it. One that heads for (m + 1) φ + π, where the angle of its position
is φ, drifts to the φ at which m φ cancels the actuators' angle, and from there straight to the goal: with
m = 6 it earns .8 of what lies between staying and the oracle, in every episode. So a high return here is no
evidence of learning. What an agent gains from episode to episode is.
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
    mirror: Float[Array, ""]  # 1, or -1 where the action's second number is reversed before it is turned


@dataclasses.dataclass(frozen=True)
class RotationWorld(PointWorld):
    """The move is the action, turned by the task's angle.

    **Arguments:** `outer`, the largest coordinate of a start, either way.
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
    """A point goes to the origin with actions that are turned by a hidden angle, uniform from -π to π.

    The angle stays for a lifetime of several episodes; each begins at a random place of the square about the
    origin, of half width `outer`.

    **Arguments:** `speed`, the furthest that an action moves the point along each of its axes; `episodes`,
    how many a lifetime has, in place of `horizon`, which becomes so many times `length`; it is None
    afterwards. Outside D (`mirrored`): actions are mirrored as well as turned, which no angle does.
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

"""2D navigation: a point seeks a hidden goal; the nearer, the more it pays (Finn et al. 2017, section 5.3.1).

Each episode begins at the origin. The goal is part of the task, uniform in the unit square around the origin,
and hidden. A policy that does not learn in the task cannot do better than stay at the origin, where the mean
distance to the goals is smallest.
"""

import dataclasses
from math import inf, sqrt
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from prefrontal.checks import check_between, settle
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.checking import check_field
from prefrontal.tasks.plane.point import Place, PointWorld
from prefrontal.tasks.tabular.mdps import settle_episodes
from prefrontal.types import RandomKey, Task


class NavigationTask(NamedTuple):
    goal: Place


@dataclasses.dataclass(frozen=True)
class NavigationWorld(PointWorld):
    """Reward is minus the distance to the goal after the move, or minus its square.

    **Arguments:** `outer`, the largest absolute value of a goal's coordinates.
    """

    length: int = 30  # steps of an episode
    speed: float = 0.1
    squared: bool = False
    outer: float = 0.5

    def __post_init__(self):
        settle(self, length=(1, inf), speed=(1e-3, 1e3), outer=(1e-3, 1e3))

    @property
    def reward_range(self) -> tuple[float, float]:
        furthest = sqrt(2.0) * (self.length * self.speed + self.outer)
        return (-(furthest**2 if self.squared else furthest), 0.0)

    def check_task(self, task: Task) -> None:
        check_field(self, task, "goal", (2,), -self.outer, self.outer)

    def starts_at(self, key: RandomKey) -> Place:
        return jnp.zeros(2, jnp.float32)

    def goal(self, task: NavigationTask) -> Place:
        return task.goal

    def pays(self, distance: Float[Array, ""]) -> Float[Array, ""]:
        return -(distance**2 if self.squared else distance)


@dataclasses.dataclass(frozen=True)
class Navigation(TaskDistribution):
    """A point seeks a hidden goal, which stays in one place for a lifetime of several episodes.

    The goal is uniform in a square around the origin of half width `outer`, without the square of half width
    `inner` inside it. Outside D: goals around the square, up to twice as far away.

    **Arguments:**

    - `speed`: how far an action can move the point along each axis.
    - `squared`: whether the reward is minus the square of the distance, as in the paper.
    - `episodes`: the number of episodes in a lifetime. It replaces `horizon`, which becomes `episodes` times
      `length`; `episodes` is None afterwards.
    """

    horizon: int = 90
    length: int = 30  # steps of an episode
    episodes: int | None = None
    speed: float = 0.1
    squared: bool = False
    outer: float = 0.5
    inner: float = 0.0

    def __post_init__(self):
        whole = dict.fromkeys(("horizon", "length", "episodes"), (1, inf))
        settle(self, **whole, speed=(1e-3, 1e3), outer=(1e-3, 500), inner=(0, inf))
        check_between("inner", self.inner, 0, 0.99 * self.outer)
        settle_episodes(self)

    @property
    def environment(self) -> NavigationWorld:
        return NavigationWorld(self.length, self.speed, self.squared, self.outer)

    def sample(self, key: RandomKey) -> NavigationTask:
        """Draw the goal.

        It is on the edge of a square whose area is uniform between those of the inner and outer squares.
        """
        area_key, side_key, along_key = jax.random.split(key, 3)
        area = jax.random.uniform(area_key, (), jnp.float32, self.inner**2, self.outer**2)
        side = jax.random.randint(side_key, (), 0, 4, jnp.int32)
        along = jax.random.uniform(along_key, (), jnp.float32, -1.0, 1.0)
        across = jnp.where(side % 2 == 0, 1.0, -1.0).astype(jnp.float32)
        x, y = jnp.where(side < 2, across, along), jnp.where(side < 2, along, across)
        return NavigationTask(jnp.sqrt(area) * jnp.stack([x, y]))

    def outside(self) -> "Navigation":
        return dataclasses.replace(self, inner=self.outer, outer=2 * self.outer)

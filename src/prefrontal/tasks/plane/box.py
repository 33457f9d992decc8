"""Goals in a box: the tasks that a person writes for the box in which skills are learnt without a reward.

The point moves as in `BoxWorld`: the walls of the square from -1 to 1 stop it. The reward is that of 2D
navigation. The oracle never leaves the box, so its exact return is that of 2D navigation, and so is that of
`stay`.
"""

import dataclasses
from math import inf

import jax.numpy as jnp

from prefrontal.checks import check_between, settle
from prefrontal.tasks.plane.navigation import Navigation, NavigationWorld
from prefrontal.tasks.plane.point import Place, PointState
from prefrontal.tasks.tabular.mdps import settle_episodes
from prefrontal.types import Task

WALL = 1.0  # the walls' distance from the middle of the box
CLOSE = 0.95  # from here on, a place is close to a wall


@dataclasses.dataclass(frozen=True)
class BoxGoalsWorld(NavigationWorld):
    """`NavigationWorld` between walls at ±1."""

    length: int = 20  # steps of an episode
    outer: float = WALL

    def after(self, task: Task, state: PointState, action: Place) -> PointState:
        free = super().after(task, state, action)
        return free._replace(position=jnp.clip(free.position, -WALL, WALL))


@dataclasses.dataclass(frozen=True)
class BoxGoals(Navigation):
    """A point in a box seeks a hidden goal, which stays in one place for a lifetime of several episodes.

    The goal is uniform in a square around the middle of the box, of half width `outer`; by default, anywhere
    in the box. Outside D: goals around that square, up to the walls, or close to the walls only.

    **Arguments:** as those of `Navigation`; `outer` is at most 1.
    """

    horizon: int = 60
    length: int = 20  # steps of an episode
    outer: float = WALL

    def __post_init__(self):
        whole = dict.fromkeys(("horizon", "length", "episodes"), (1, inf))
        settle(self, **whole, speed=(1e-3, WALL), outer=(1e-3, WALL), inner=(0, WALL))
        check_between("inner", self.inner, 0, 0.99 * self.outer)
        settle_episodes(self)

    @property
    def environment(self) -> BoxGoalsWorld:
        return BoxGoalsWorld(self.length, self.speed, self.squared, self.outer)

    def outside(self) -> "BoxGoals":
        return dataclasses.replace(self, inner=min(self.outer, CLOSE), outer=WALL)

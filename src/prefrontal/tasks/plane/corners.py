"""Four corners: one of them pays, and only within a radius of it (after Rothfuss et al. 2019).

In their code the corners are at ±2, a move is at most .2 along each axis, and starts are uniform up to ±.2.
Progress towards the goal pays wherever the goal is the nearest corner, outside a centre of |x| + |y| < .5.
Here all lengths are half of theirs, and every episode begins at the origin, so tasks and episodes differ only
in their rewards. The reward is 1 at the goal and falls to 0 at the radius, and the agent is paid at every
step that it stays there. So the agent has to search, and most directions pay nothing.

A policy that does not learn in the task goes to one corner and stays. It earns a quarter of what the oracle
earns. No such policy earns more: the circles around the corners do not overlap, so each place pays for at
most one of the four goals, and at no step is a policy nearer to a corner than the oracle is to its goal.
"""

import dataclasses
from math import inf
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

CORNERS = ((1, 1), (-1, 1), (-1, -1), (1, -1))
SIDES = ((1, 0), (0, 1), (-1, 0), (0, -1))


class CornersTask(NamedTuple):
    goal: Place


@dataclasses.dataclass(frozen=True)
class CornersWorld(PointWorld):
    """Reward is 1 - distance / `radius` after the move, and 0 beyond the radius.

    **Arguments:** `corner`, the absolute value of a corner's coordinates.
    """

    length: int = 30  # steps of an episode
    speed: float = 0.1
    radius: float = 1.0
    corner: float = 1.0

    def __post_init__(self):
        settle(self, length=(1, inf), speed=(1e-3, 1e3), radius=(1e-3, 1e3), corner=(1e-3, 1e3))

    @property
    def reward_range(self) -> tuple[float, float]:
        return (0.0, 1.0)

    def check_task(self, task: Task) -> None:
        check_field(self, task, "goal", (2,), -self.corner, self.corner)

    def starts_at(self, key: RandomKey) -> Place:
        return jnp.zeros(2, jnp.float32)

    def goal(self, task: CornersTask) -> Place:
        return task.goal

    def pays(self, distance: Float[Array, ""]) -> Float[Array, ""]:
        return jnp.maximum(1.0 - distance / self.radius, 0.0)


@dataclasses.dataclass(frozen=True)
class FourCorners(TaskDistribution):
    """One of the four corners of a square pays, the same one for a lifetime of several episodes.

    **Arguments:**

    - `speed`: how far an action can move the point along each axis.
    - `corner`: the absolute value of a corner's coordinates.
    - `radius`: the distance from the corner within which it pays. At most `corner`, so no place pays for two
      goals.
    - `episodes`: the number of episodes in a lifetime. It replaces `horizon`, which becomes `episodes` times
      `length`; `episodes` is None afterwards.
    - `sides`: whether the middle of one of the square's sides pays instead of a corner (outside D).
    """

    horizon: int = 90
    length: int = 30  # steps of an episode
    episodes: int | None = None
    speed: float = 0.1
    radius: float = 1.0
    corner: float = 1.0
    sides: bool = False

    def __post_init__(self):
        whole = dict.fromkeys(("horizon", "length", "episodes"), (1, inf))
        settle(self, **whole, speed=(1e-3, 1e3), corner=(2e-3, 1e3), radius=(1e-3, 1e3))
        check_between("radius", self.radius, 1e-3, self.corner)
        settle_episodes(self)

    @property
    def environment(self) -> CornersWorld:
        return CornersWorld(self.length, self.speed, self.radius, self.corner)

    @property
    def goals(self) -> tuple[tuple[float, float], ...]:
        """The four possible places of the goal, all equally likely."""
        places = SIDES if self.sides else CORNERS
        return tuple((self.corner * x, self.corner * y) for x, y in places)

    def sample(self, key: RandomKey) -> CornersTask:
        which = jax.random.randint(key, (), 0, len(self.goals), jnp.int32)
        return CornersTask(jnp.asarray(self.goals, jnp.float32)[which])

    def outside(self) -> "FourCorners":
        return dataclasses.replace(self, sides=not self.sides)

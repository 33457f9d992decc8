"""A point in a box, with or without walls that divide it into four rooms, and a skill to be told apart."""

import dataclasses
from math import inf
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from gymnasium import spaces
from jaxtyping import Array, Bool, Float, Int

from prefrontal.checks import settle
from prefrontal.tasks.base import TaskDistribution
from prefrontal.tasks.skills.base import MOST_SKILLS, SkillTask, SkillWorld, any_mixture, any_skill
from prefrontal.tasks.tabular.mdps import settle_episodes
from prefrontal.types import RandomKey

Place = Float[Array, "2"]
_BESIDE = 1e-3  # how far from a wall a point stops that comes from below or from the left
DOOR_AT = 0.5  # the middles of the doors are so far from the middle of the box


class BoxState(NamedTuple):
    position: Place
    time: Int[Array, ""]  # steps since the start of the episode


@dataclasses.dataclass(frozen=True)
class BoxWorld(SkillWorld):
    """A point in the square from -1 to 1, moved by at most `speed` along each axis. Its walls stop it.

    **Arguments:** `door`, the width of the doors in the two walls x = 0 and y = 0, which make four rooms. The
    doors' middles are at ±.5. If it is 0, there are no such walls: an episode then begins in the middle of
    the box. With walls it begins in the middle of the room at the lower left.
    """

    length: int = 50  # steps of an episode
    skills: int = 8
    speed: float = 0.1
    door: float = 0.0

    def __post_init__(self):
        settle(self, length=(1, inf), skills=(2, MOST_SKILLS), speed=(1e-3, 1.0), door=(0.0, 1.0))

    @property
    def size(self) -> int:
        return 2

    @property
    def action_space(self) -> spaces.Box:
        return spaces.Box(-self.speed, self.speed, (2,), np.float32)

    def begun(self, key: RandomKey) -> BoxState:
        return BoxState(jnp.full(2, -0.5 if self.door else 0.0, jnp.float32), jnp.array(0, jnp.int32))

    def after(self, state: BoxState, action: Place) -> BoxState:
        """First along x, then along y, so a point slides along a wall."""
        x, y = state.position
        x = self._moved(x, action[0], y)
        return BoxState(jnp.stack([x, self._moved(y, action[1], x)]), state.time + 1)

    def seen(self, state: BoxState) -> Place:
        return state.position

    def _moved(self, at: Float[Array, ""], by: Float[Array, ""], along: Float[Array, ""]) -> Float[Array, ""]:
        """One coordinate after a move; `along` is the other one, by which a door is met or missed."""
        to = jnp.clip(at + by, -1.0, 1.0)
        if not self.door:
            return to
        stopped: Bool[Array, ""] = ((at < 0) != (to < 0)) & (
            jnp.abs(jnp.abs(along) - DOOR_AT) > self.door / 2
        )
        return jnp.where(stopped, jnp.where(at < 0, -_BESIDE, 0.0), to)


@dataclasses.dataclass(frozen=True)
class BoxSkills(TaskDistribution):
    """A point in a box, or in four rooms, is told one of several skills. Nothing pays by itself.

    Outside D, two skills are told at once.

    **Arguments:**

    - `skills`: how many there are, all equally probable.
    - `speed`: how far an action can move the point along each axis; the box is 2 wide.
    - `door`: the width of the doors between four rooms; 0 for a box without rooms.
    - `episodes`: the number of episodes in a lifetime. It replaces `horizon`, which becomes `episodes` times
      `length`; `episodes` is None afterwards.
    - `mixed`: whether two skills are told at once (outside D).
    """

    horizon: int = 50
    length: int = 50  # steps of an episode
    episodes: int | None = None
    skills: int = 8
    speed: float = 0.1
    door: float = 0.0
    mixed: bool = False

    def __post_init__(self):
        whole = dict.fromkeys(("horizon", "length", "episodes"), (1, inf))
        settle(self, **whole, skills=(2, MOST_SKILLS), speed=(1e-3, 1.0), door=(0.0, 1.0))
        settle_episodes(self)

    @property
    def environment(self) -> BoxWorld:
        return BoxWorld(self.length, self.skills, self.speed, self.door)

    def sample(self, key: RandomKey) -> SkillTask:
        return any_mixture(key, self.skills) if self.mixed else any_skill(key, self.skills)

    def outside(self) -> "BoxSkills":
        return dataclasses.replace(self, mixed=not self.mixed)
